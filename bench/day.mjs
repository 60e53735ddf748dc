/**
 * A whole day in deployed form: the bundles as Lambdas in processes of their own, the deployed ASL, CloudTrail, Athena and S3
 * stood in for, with AWS's quotas. What is measured, with the limit and aim of issue 5 beside it; nothing is asserted.
 *
 *   node bench/day.mjs                            every scenario, and the design that was replaced; a quarter of an hour
 *   node bench/day.mjs 250 quiet hot              some of them: a latency in ms, or a name of SCENARIOS
 *   node bench/day.mjs 250 --predecessor          with the design that was replaced on the same day (--only-predecessor: without the product)
 *   node bench/day.mjs 250 --strict               LookupEvents takes at most 2 calls in any second, instead of a bucket of 2
 *   node bench/day.mjs 250 --athena-latency 1000  Athena's time a call; by default that of LookupEvents, at most 250 ms
 *   node bench/day.mjs faults --seed 7            another course of faults
 *   node bench/day.mjs 250 --parameter MapConcurrency=4 --env NAME=VALUE --rows 10000 --verbose
 *   node bench/day.mjs --json figures.jsonl       the figures as lines of JSON as well
 *
 * Not in it: the time of a state's transition (some 50 ms), of a call to S3, and CPU in proportion to memory.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HOT_HOUR } from './days.mjs';
import { runPredecessor, runProduct } from './deployed.mjs';
import { figuresOf, printFigures } from './figures.mjs';
import { bundleSources, root } from './sources.mjs';

const ROWS = 3016;
/** By name. A number as name is a latency. */
const SCENARIOS = {
  quiet: { title: 'a quiet day, 24 empty hours', day: { kind: 'quiet' } },
  hot: { title: 'a hot hour, 60 % of the day', day: { kind: 'synthetic', hotHour: { label: HOT_HOUR, share: 0.6 } } },
  throttled: { title: '30 % of all calls throttled at random', faults: { throttled: 0.3 } },
  faults: { title: '30 % throttled, 10 % failing with 503, a tenth of the invocations killed', faults: { throttled: 0.3, failing: 0.1, killed: 0.1 } },
};
const DEFAULTS = ['250', '4000', '200', '1000', ...Object.keys(SCENARIOS)];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    predecessor: { type: 'boolean', default: false },
    'only-predecessor': { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    rows: { type: 'string', default: String(ROWS) },
    seed: { type: 'string', default: '1' },
    'athena-latency': { type: 'string' },
    parameter: { type: 'string', multiple: true, default: [] },
    env: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const pairs = (list) => Object.fromEntries(list.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--quiet'], { stdio: 'inherit' });
const { module, predecessor, remove } = await bundleSources();
try {
  const sources = await import(module);
  console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim()}; ${values.strict ? 'at most 2 look-ups in any second' : 'a bucket of 2 look-ups, 2 a second'}`);
  const names = positionals.length === 0 ? DEFAULTS : positionals;
  const compared = values.predecessor || values['only-predecessor'] || positionals.length === 0;
  if (!values['only-predecessor']) for (const name of names) await runScenario(name, sources);
  if (compared) await runScenario(names[0], sources, true);
} finally {
  await remove();
}

async function runScenario(name, sources, isPredecessor = false) {
  const scenario = /^\d+$/.test(name) ? {} : SCENARIOS[name];
  if (scenario === undefined) throw new Error(`${name}: no scenario, expected a latency in ms or one of ${Object.keys(SCENARIOS).join(', ')}`);
  const latencyMs = scenario.title === undefined ? Number(name) : 250;
  const options = {
    sources,
    module,
    latencyMs,
    athenaLatencyMs: Number(values['athena-latency'] ?? Math.min(latencyMs, 250)),
    day: { kind: 'synthetic', ...scenario.day, rows: Number(values.rows), seed: Number(values.seed) },
    rates: values.strict ? { LookupEvents: { perSecond: 2, burst: 2, sliding: true } } : {},
    faults: { ...scenario.faults, seed: Number(values.seed) },
    verbose: values.verbose,
  };
  const measured = isPredecessor ? await runPredecessor({ ...options, bundle: predecessor }) : await runProduct({ ...options, parameters: pairs(values.parameter), environment: pairs(values.env) });
  const figures = figuresOf(measured, { latencyMs });
  const what = `${scenario.title ?? `${figures.reports.true} rows`}, ${latencyMs} ms a look-up, ${options.athenaLatencyMs} ms a call of Athena`;
  printFigures(isPredecessor ? `the design that was replaced: ${what}` : what, figures, limitsOf(name, latencyMs));
  if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify({ name, predecessor: isPredecessor, strict: values.strict, ...figures })}\n`);
}

/** Of issue 5: what it says of this scenario. */
function limitsOf(name, latencyMs) {
  return {
    lost: ['0 lost', '0 lost'],
    refused: ['<= 5 %', '<= 2 %'],
    batchPeak: ['<= 10'],
    ids: ['', '50'],
    ...(name === 'quiet' ? { lookUps: ['<= 26', '24'] } : {}),
    ...(name === 'throttled' || name === 'faults' ? { callsShare: ['<= 2.2'] } : {}),
    ...(name === '250' ? { time: ['<= 1.25', '<= 1.05'], gbSeconds: ['<= 84', '<= 42'] } : {}),
    ...(latencyMs === 4000 ? { time: ['<= 1.6', '<= 1.25'] } : {}),
  };
}
