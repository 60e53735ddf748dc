/**
 * A stand-in of Lambda on this machine. Every invocation runs in an execution environment: a process of its own that shares no
 * memory with others, is used again when it is free and made when all are busy. Kept of Lambda: the function's environment, the
 * time limit (the process is killed), what is billed (start + run, up to the next millisecond), the shape of errors.
 * Not kept: the memory limit (the peak is reported instead), CPU in proportion to memory (each process has a whole core when one
 * is free), freezing between invocations.
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('lambda-environment.mjs', import.meta.url));
/** How often the memory of a busy environment is looked at, so that one that is killed is not without a figure. */
const SAMPLE_MS = 250;

/**
 * Makes it of a stack's functions. `environment` is what the platform adds; `limitMs(id)` may shorten a time limit; `kill` may
 * give a time after which an invocation dies. Shape: `invocations` grows as they end. Errors of `invoke`: as Step Functions sees
 * them, `name` and a JSON message.
 */
export function createLambda(functions, { environment, limitMs = () => undefined, kill = () => undefined, verbose = false }) {
  const free = new Map();
  const all = new Set();
  const invocations = [];

  function start(id) {
    const { memoryMb, environment: own, bundle } = functions.get(id);
    const from = performance.now();
    const child = fork(CHILD, [bundle], {
      execArgv: [],
      stdio: ['ignore', verbose ? 2 : 'ignore', verbose ? 2 : 'ignore', 'ipc'],
      env: {
        PATH: process.env['PATH'],
        NODE_NO_WARNINGS: '1',
        AWS_LAMBDA_FUNCTION_NAME: id,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs',
        // The stand-ins see by it who asks.
        AWS_SDK_UA_APP_ID: id,
        ...environment,
        ...own,
      },
    });
    const made = { child, peakMb: 0, settle: () => {} };
    all.add(made);
    const sampling = setInterval(() => sample(made), SAMPLE_MS);
    child.on('message', (message) => made.settle(message));
    child.on('exit', (code, signal) => {
      clearInterval(sampling);
      all.delete(made);
      free.set(id, (free.get(id) ?? []).filter((other) => other !== made));
      made.settle({ exit: signal === null ? `Runtime exited with error: exit status ${code}` : `Runtime exited with error: signal: ${signal}` });
    });
    const ready = new Promise((resolve) => {
      made.settle = resolve;
    });
    return { made, ready: ready.then((message) => ({ ...message, initMs: performance.now() - from })) };
  }

  async function invoke(id, payload) {
    const known = functions.get(id);
    if (known === undefined) throw Object.assign(new Error(`Function not found: ${id}`), { name: 'Lambda.ResourceNotFoundException' });
    const warm = free.get(id)?.pop();
    const { made, ready } = warm === undefined ? start(id) : { made: warm, ready: Promise.resolve({ initMs: 0 }) };
    const { initMs, exit: died } = await ready;
    const limit = Math.min(known.timeoutMs, limitMs(id) ?? Number.POSITIVE_INFINITY);
    const from = performance.now();
    const answer = died === undefined ? await run(made, payload, limit, kill(id)) : { error: { errorType: 'Runtime.ExitError', errorMessage: died } };
    const ms = performance.now() - from;
    sample(made, answer.peakMb);
    const billedMs = Math.ceil(initMs + ms);
    invocations.push({ function: id, day: payload?.day, hour: payload?.hour, cold: warm === undefined, initMs, ms, limitMs: limit, billedMs, gbSeconds: (billedMs / 1000) * (known.memoryMb / 1024), peakMb: made.peakMb, error: answer.error?.errorType, message: answer.error?.errorMessage });
    // A handler that threw leaves its environment usable, as in Lambda.
    if (all.has(made) && answer.answered) free.set(id, [...(free.get(id) ?? []), made]);
    if (answer.error === undefined) return JSON.parse(answer.result);
    throw Object.assign(new Error(JSON.stringify(answer.error)), { name: answer.error.errorType });
  }

  async function run(made, payload, limit, killMs) {
    const awsRequestId = randomUUID();
    const { promise, resolve } = deferred();
    made.settle = resolve;
    const timers = [setTimeout(() => resolve({ timedOut: true }), limit)];
    if (killMs !== undefined) timers.push(setTimeout(() => made.child.kill('SIGKILL'), killMs));
    made.child.send({ event: JSON.stringify(payload ?? null), awsRequestId, deadline: Date.now() + limit });
    const message = await promise;
    for (const timer of timers) clearTimeout(timer);
    made.settle = () => {};
    if (message.timedOut) {
      sample(made);
      all.delete(made);
      made.child.kill('SIGKILL');
      return { error: { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${awsRequestId} Error: Task timed out after ${(limit / 1000).toFixed(2)} seconds` } };
    }
    if (message.exit !== undefined) return { error: { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${awsRequestId} Error: ${message.exit}` } };
    return { ...message, answered: true };
  }

  return {
    invoke,
    invocations,
    stop: () => {
      for (const { child } of all) child.kill('SIGKILL');
    },
  };
}

function deferred() {
  let resolve;
  const promise = new Promise((yes) => {
    resolve = yes;
  });
  return { promise, resolve };
}

/**
 * The peak so far. A process's own maxRSS would do, but for Linux counting in it what the parent held when it forked:
 * the high-water mark of the process's own memory is right, where there is one.
 */
function sample(made, otherwise = 0) {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${made.child.pid}/status`, 'utf8')) ?? [];
    if (kilobytes !== undefined) made.peakMb = Math.max(made.peakMb, Number(kilobytes) / 1024);
  } catch {
    made.peakMb = Math.max(made.peakMb, process.platform === 'linux' ? 0 : otherwise);
  }
}
