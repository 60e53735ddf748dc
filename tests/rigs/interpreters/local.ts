/**
 * The cases of compare.py in the command's own interpreter: reads [{name, input}] as JSON, prints what each entered and how it ended.
 * Beside it, built: the interpreter keeps a log of what it does, which the command has no use for.
 */
import { readFileSync } from 'node:fs';
import { StateMachine } from 'aws-local-stepfunctions';
import { createLocalMachines } from '../../../cli/local-machines.ts';
import { closer, reader, worker } from './functions.mjs';

interface Case {
  readonly name: string;
  readonly input: unknown;
}

const ENDS_A_LOG = new Set(['ExecutionSucceeded', 'ExecutionFailed', 'ExecutionTerminated']);
const run = StateMachine.prototype.run;
let entered: [string, unknown][] = [];
let attempts = 0;
let logged = Promise.resolve();

StateMachine.prototype.run = function logging(this: StateMachine, ...given: Parameters<typeof run>) {
  const execution = run.apply(this, given);
  logged = follow(execution.eventLogs);
  return execution;
} as typeof run;

async function follow(events: ReturnType<typeof run>['eventLogs']): Promise<void> {
  for await (const event of events) {
    if (event.type === 'StateEntered') {
      entered.push([event.state.name, event.state.input]);
      if (event.state.type === 'Task') attempts += 1;
    }
    if (event.type === 'StateRetried') attempts += 1;
    if (ENDS_A_LOG.has(event.type)) return;
  }
}

const [, , folder = ''] = process.argv;
const machines = await createLocalMachines(new URL(folder, 'file:'), { reader, worker, closer }, 10);
const results = [];
for (const { name, input } of JSON.parse(readFileSync(0, 'utf8')) as Case[]) {
  entered = [];
  attempts = 0;
  await machines.startExecution(machines.dayMachineArn, name, input as never);
  const outcome = await machines.outcome();
  await logged;
  results.push({ name, entered, attempts, outcome });
}
console.log(JSON.stringify(results));
