/** One day in deployed form: stand-ins of AWS, a Lambda, the state machine; from the dispatcher's event to the last verdict. */

import { DATE } from './days.mjs';
import { createLambda } from './lambda.mjs';
import { createMachines, mappedFunctions, startStates } from './machines.mjs';
import { PREDECESSOR } from './predecessor-machine.mjs';
import { REGION, readStack } from './stack.mjs';
import { startStandIn } from './stand-ins.mjs';

/** Time of a call that a quota refuses: AWS says so at once. Units: milliseconds. */
const REFUSAL_MS = 50;
/** An invocation that is to be killed dies within this time, early more often than late, or is done before. Units: milliseconds. */
const KILLED_WITHIN_MS = 30_000;
const NO_FAULTS = { throttled: 0, failing: 0, killed: 0, seed: 1 };

/**
 * Runs the product's day. `day` as in bench/days.mjs, `rates` as tests/fakes/aws-apis.ts takes them; `mapLimitMs` shortens the
 * time limit of the functions inside the Map and before it. Shape: what was measured, raw; bench/figures.mjs makes sense of it.
 */
export async function runProduct({ sources, module, parameters, environment, mapLimitMs, ...services }) {
  const stack = readStack(sources, { parameters, environment });
  return withServices(sources, module, services, async ({ platform, apis, truth, s3, kill }) => {
    const states = await startStates();
    const mapped = new Set([...stack.machines.values()].flatMap(({ definition }) => mappedFunctions(definition)));
    const lambda = createLambda(stack.functions, { environment: { ...platform, AWS_ENDPOINT_URL_SFN: states.url }, limitMs: (id) => (mapped.has(id) ? mapLimitMs : undefined), kill: (id) => (mapped.has(id) ? kill() : undefined), verbose: services.verbose });
    try {
      const run = await createMachines(stack.machines, lambda.invoke);
      const started = performance.now();
      const dispatched = lambda.invoke(dispatcherOf(stack), { startDate: DATE, endDate: DATE, asOf: '2026-11-21T06:00:00Z', runId: 'bench' });
      const { id, name, input } = await Promise.race([states.started, dispatched.then(() => states.started)]);
      await dispatched;
      const outcome = await run(id, name, input);
      const seconds = (performance.now() - started) / 1000;
      return { seconds, outcome, functions: stack.functions, mapped, invocations: lambda.invocations, ...(await measure({ apis, s3, truth, windows: input.windows })) };
    } finally {
      lambda.stop();
      states.stop();
    }
  });
}

/** Runs the same day by the design that was replaced. */
export async function runPredecessor({ sources, module, bundle, ...services }) {
  const functions = new Map([['Predecessor', { ...PREDECESSOR.function, bundle }]]);
  return withServices(sources, module, services, async ({ platform, apis, truth, s3, kill }) => {
    const lambda = createLambda(functions, { environment: platform, kill, verbose: services.verbose });
    try {
      const { windows } = sources.planDay(DATE, sources.readZone('America/New_York'));
      const run = await createMachines(new Map([['Predecessor', { definition: PREDECESSOR.definition }]]), lambda.invoke);
      const started = performance.now();
      const outcome = await run('Predecessor', DATE, { windows });
      const seconds = (performance.now() - started) / 1000;
      return { seconds, outcome, functions, mapped: new Set(functions.keys()), invocations: lambda.invocations, ...(await measure({ apis, s3, truth, windows })) };
    } finally {
      lambda.stop();
    }
  });
}

async function withServices(sources, module, { day, rates = {}, latencyMs, athenaLatencyMs, faults: given }, use) {
  const faults = { ...NO_FAULTS, ...given };
  const apis = startStandIn('apis', module);
  const s3 = startStandIn('s3', module);
  try {
    const { url, truth } = await apis.ask('start', { day, rates, latencyMs, athenaLatencyMs, refusalMs: REFUSAL_MS, faults });
    const { url: s3Url } = await s3.ask('start');
    const chance = sources.createSeeded(faults.seed + 1);
    const kill = () => (chance.chance(faults.killed) ? chance.next() ** 3 * KILLED_WITHIN_MS : undefined);
    return await use({ apis, s3, truth, kill, platform: platformOf(url, s3Url) });
  } finally {
    apis.stop();
    s3.stop();
  }
}

/** What Lambda adds to a function's environment: credentials that are none, and the way to the stand-ins. */
function platformOf(url, s3Url) {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_CLOUDTRAIL: url,
    AWS_ENDPOINT_URL_ATHENA: url,
    AWS_ENDPOINT_URL_S3: s3Url,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

async function measure({ apis, s3, truth, windows }) {
  return { calls: await apis.ask('calls'), events: await apis.ask('events', { windows }), reports: await s3.ask('compare', { truth }) };
}

/** The function that starts machines: the one that is told their ARNs. */
function dispatcherOf({ functions }) {
  const [id] = [...functions].find(([, { environment }]) => environment.STATE_MACHINE_ARN !== undefined) ?? [];
  if (id === undefined) throw new Error('template.yaml: no function is told STATE_MACHINE_ARN');
  return id;
}
