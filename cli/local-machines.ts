/**
 * The state machines on one machine: the very ASL files that are deployed, run by aws-local-stepfunctions within the dialect
 * that tests/contract holds them to. The only place that knows the interpreter.
 */
import { readFile } from 'node:fs/promises';
import type { StateMachine } from 'aws-local-stepfunctions';
import type { StartExecution } from '#core/ports';

/** A Lambda handler as the interpreter calls it. Errors: as the function throws them, by name. */
export type Invoke = (payload: unknown) => Promise<unknown>;

/** The functions that the machines call. */
export interface LocalFunctions {
  readonly reader: Invoke;
  readonly worker: Invoke;
  readonly closer: Invoke;
}

/** How an execution ended. */
export type Outcome = { readonly status: 'SUCCEEDED'; readonly output: unknown } | { readonly status: 'FAILED'; readonly error: string; readonly cause: string };

/** The machines, started as in AWS; `outcome` waits for the one that was started. */
export interface LocalMachines {
  readonly dayMachineArn: string;
  readonly backfillMachineArn: string;
  readonly startExecution: StartExecution;
  readonly outcome: () => Promise<Outcome>;
}

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:';
const ARNS: Readonly<Record<string, string>> = {
  ReaderArn: 'arn:aws:lambda:us-east-1:000000000000:function:Reader',
  WorkerArn: 'arn:aws:lambda:us-east-1:000000000000:function:Worker',
  CloserArn: 'arn:aws:lambda:us-east-1:000000000000:function:Closer',
  DayStateMachineArn: `${MACHINE}Day`,
};

/** What the interpreter takes between states. */
type JsonValue = Parameters<StateMachine['run']>[0];
type TaskHandler = (parameters: JsonValue) => Promise<JsonValue>;

/**
 * Reads the ASL files of a folder and binds the functions to their Task states.
 * Units: `retryMs` is waited before every retry, instead of the ASL's own intervals. Errors: Error when a file is missing or no JSON.
 */
export async function createLocalMachines(folder: URL, functions: LocalFunctions, retryMs?: number): Promise<LocalMachines> {
  const Interpreter = await importInterpreter();
  // tests/contract validates the definitions; here it would cost seconds a run.
  const options = { validationOptions: { noValidate: true } };
  const dayMachine = new Interpreter(await readDefinition(new URL('day.asl.json', folder)), options);
  const backfillMachine = new Interpreter(await readDefinition(new URL('backfill.asl.json', folder)), options);
  const tasks = { Reader: lambdaTask(functions.reader), Worker: lambdaTask(functions.worker), Closer: lambdaTask(functions.closer) };
  const intervals = retryMs === undefined ? {} : { retryIntervalOverrides: { Reader: retryMs, Worker: retryMs, Closer: retryMs, Day: retryMs } };

  const run = async (machine: StateMachine, name: string, input: unknown): Promise<Outcome> => {
    const execution = machine.run(toJson(input), {
      overrides: { taskResourceLocalHandlers: { ...tasks, Day: runDay }, ...intervals },
      context: { Execution: { Name: name, Id: `${machine === dayMachine ? ARNS['DayStateMachineArn'] : `${MACHINE}Backfill`}:${name}` } },
    });
    try {
      return { status: 'SUCCEEDED', output: await execution.result };
    } catch (error) {
      // The interpreter wraps what the execution failed with.
      const { name: failed, message } = ((error as Error).name === 'ExecutionError' ? (error as Error).cause : error) as Error;
      return { status: 'FAILED', error: failed, cause: message };
    }
  };
  /** states:startExecution.sync:2, which gives the child's output as JSON and fails as States.TaskFailed. */
  const runDay: TaskHandler = async (parameters) => {
    const { Name: name, Input: input } = parameters as { Name: string; Input: JsonValue };
    const outcome = await run(dayMachine, name, input);
    if (outcome.status === 'SUCCEEDED') return { Status: outcome.status, Output: toJson(outcome.output) };
    throw named('States.TaskFailed', JSON.stringify({ Status: outcome.status, Error: outcome.error, Cause: outcome.cause }));
  };

  let running: Promise<Outcome> | null = null;
  return {
    dayMachineArn: `${MACHINE}Day`,
    backfillMachineArn: `${MACHINE}Backfill`,
    startExecution: (arn, name, input) => {
      running = run(arn === `${MACHINE}Day` ? dayMachine : backfillMachine, name, input);
      return Promise.resolve({ executionArn: `${arn.replace(':stateMachine:', ':execution:')}:${name}`, already: false });
    },
    outcome: () => running ?? Promise.reject(new Error('no execution was started')),
  };
}

async function importInterpreter() {
  // The interpreter calls Promise.withResolvers, which Node 20 has not got; the cure must be there before it is loaded.
  const promise = Promise as { withResolvers?: unknown };
  promise.withResolvers ??= function withResolvers<T>() {
    let resolve: (value: T) => void = () => {};
    let reject: (reason: unknown) => void = () => {};
    const settled = new Promise<T>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise: settled, resolve, reject };
  };
  return (await import('aws-local-stepfunctions')).StateMachine;
}

async function readDefinition(file: URL) {
  const text = await readFile(file, 'utf8');
  return JSON.parse(text.replace(/\$\{(\w+)\}/g, (whole, name: string) => ARNS[name] ?? whole));
}

/** arn:aws:states:::lambda:invoke, which wraps event and answer in `Payload` and gives errors by name with a JSON cause. */
function lambdaTask(invoke: Invoke): TaskHandler {
  return async (parameters) => {
    const { Payload: payload } = parameters as { Payload: JsonValue };
    try {
      return { StatusCode: 200, Payload: toJson(await invoke(toJson(payload))) };
    } catch (error) {
      const { name, message } = error as Error;
      throw named(name, JSON.stringify({ errorType: name, errorMessage: message }));
    }
  };
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** What goes between states is JSON: nothing else may survive here either. */
function toJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value ?? null));
}
