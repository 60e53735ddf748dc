/**
 * Step Functions on this machine: the deployed ASL, run by aws-local-stepfunctions as in cli/local-machines.ts, whose tasks are
 * invocations of bench/lambda.mjs; and the one call of its API that the product makes, StartExecution.
 * Kept: retries with their own intervals and jitter, concurrency, 256 KiB between states. Not kept: the time of a transition.
 */
import { createServer } from 'node:http';
import { idOf, machineArn } from './stack.mjs';

const MAX_STATE_BYTES = 262_144;

/** Runs executions. Shape of `run`: `{status, output | error, cause}`, never an error. */
export async function createMachines(machines, invoke) {
  const Interpreter = await importInterpreter();

  async function run(id, name, input) {
    const machine = new Interpreter(machines.get(id).definition, { validationOptions: { noValidate: true } });
    const context = { Execution: { Name: name, Id: `${machineArn(id).replace(':stateMachine:', ':execution:')}:${name}` } };
    const taskResourceLocalHandlers = Object.fromEntries(tasksOf(machines.get(id).definition).map(([state, resource]) => [state, handlerOf(resource)]));
    try {
      const execution = machine.run(bounded(input), { overrides: { taskResourceLocalHandlers }, context });
      return { status: 'SUCCEEDED', output: await execution.result };
    } catch (error) {
      const { name: failed, message } = error.name === 'ExecutionError' ? error.cause : error;
      return { status: 'FAILED', error: failed, cause: message };
    }
  }

  function handlerOf(resource) {
    if (resource === 'arn:aws:states:::lambda:invoke') {
      return async ({ FunctionName, Payload }) => ({ StatusCode: 200, Payload: bounded(await invoke(idOf(FunctionName), bounded(Payload))) });
    }
    if (resource === 'arn:aws:states:::states:startExecution.sync:2') {
      return async ({ StateMachineArn, Name, Input }) => {
        const { status, output, error, cause } = await run(idOf(StateMachineArn), Name, Input);
        if (status === 'SUCCEEDED') return { Status: status, Output: bounded(output) };
        throw Object.assign(new Error(JSON.stringify({ Status: status, Error: error, Cause: cause })), { name: 'States.TaskFailed' });
      };
    }
    return async (input) => bounded(await invoke(idOf(resource), bounded(input)));
  }
  return run;
}

/** Every Task by the name of its state, also those inside a Map. */
export function tasksOf({ States = {} }) {
  return Object.entries(States).flatMap(([name, state]) => [...(state.Type === 'Task' ? [[name, state.Resource]] : []), ...innerMachines(state).flatMap(tasksOf)]);
}

/** Logical ids of the functions that run once an item of a Map, which is here once an hour, or before it. */
export function mappedFunctions(definition) {
  return [...functionsBefore(definition), ...functionsInside(definition, false)];
}

/** Those of the Tasks that lead to a Map. */
function functionsBefore({ StartAt, States = {} }) {
  const found = [];
  for (let state = States[StartAt]; state !== undefined && !['Map', 'Fail', 'Succeed'].includes(state.Type); state = States[state.Next ?? state.Default]) {
    if (state.Type === 'Task') found.push(functionOf(state));
  }
  return Object.values(States).some(({ Type }) => Type === 'Map') ? found : [];
}

function functionsInside({ States = {} }, inside) {
  return Object.values(States).flatMap((state) => [
    ...(inside && state.Type === 'Task' ? [functionOf(state)] : []),
    ...innerMachines(state).flatMap((machine) => functionsInside(machine, inside || state.Type === 'Map')),
  ]);
}

function functionOf(task) {
  return idOf(task.Parameters?.FunctionName ?? task.Resource);
}

function innerMachines({ ItemProcessor, Iterator: iterator, Branches = [] }) {
  return [ItemProcessor, iterator, ...Branches].filter((machine) => machine !== undefined);
}

/** Answers StartExecution, which the dispatcher calls. Shape: `started` is the first one that came. */
export async function startStates() {
  let settle;
  const started = new Promise((resolve) => {
    settle = resolve;
  });
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { stateMachineArn, name, input } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    settle({ id: idOf(stateMachineArn), name, input: JSON.parse(input) });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`, startDate: Date.now() / 1000 }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, started, stop };
}

/** What goes between states is JSON, and no more than Step Functions takes. */
function bounded(value) {
  const json = JSON.stringify(value ?? null);
  if (Buffer.byteLength(json) > MAX_STATE_BYTES) throw Object.assign(new Error(`${Buffer.byteLength(json)} bytes between two states`), { name: 'States.DataLimitExceeded' });
  return JSON.parse(json);
}

async function importInterpreter() {
  // The interpreter calls Promise.withResolvers, which Node 20 has not got; the cure must be there before it is loaded.
  Promise.withResolvers ??= function withResolvers() {
    let resolve;
    let reject;
    const promise = new Promise((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise, resolve, reject };
  };
  return (await import('aws-local-stepfunctions')).StateMachine;
}
