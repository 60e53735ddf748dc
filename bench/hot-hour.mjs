/**
 * One hour of very many rows, and 23 empty ones, in deployed form (bench/day.mjs says what that is): does it end through
 * continuations, within the time limit, in bounded memory, with every row?
 *
 *   node bench/hot-hour.mjs               100,000 rows of 2 KB of SQL on a clock of its own: quotas x 20, time limit 30 s
 *   node bench/hot-hour.mjs 20000 --scale 10 --limit 20 --latency 25
 *   node bench/hot-hour.mjs --real        AWS's quotas, the template's own time limits, 250 ms a look-up; about 20 minutes
 *
 * The limit holds for the functions inside the Map and before it. On the scaled clock LOOKUP_RATE is passed, where the configuration knows it,
 * and Athena's list is not compared (UNCOMPARED_WORKGROUPS), because the product paces it by the real quota.
 * --check ends with 1 when a row is lost or doubled, or an invocation was cut off at its limit: for CI, which measures nothing.
 * --parameter, --env, --json and --verbose are those of bench/day.mjs.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runProduct } from './deployed.mjs';
import { figuresOf, printFigures } from './figures.mjs';
import { bundleSources, root } from './sources.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: '20' },
    limit: { type: 'string', default: '30' },
    latency: { type: 'string' },
    real: { type: 'boolean', default: false },
    parameter: { type: 'string', multiple: true, default: [] },
    env: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    check: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const pairs = (list) => Object.fromEntries(list.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
const rows = Number(positionals[0] ?? 100_000);
const scale = values.real ? 1 : Number(values.scale);
const limit = values.real ? undefined : Number(values.limit);
const latencyMs = Number(values.latency ?? 250 / scale);

execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--quiet'], { stdio: 'inherit' });
const { module, remove } = await bundleSources();
try {
  const sources = await import(module);
  const knowsRate = sources.SETTING_NAMES.includes('LOOKUP_RATE');
  const environment = { ...(values.real ? {} : { UNCOMPARED_WORKGROUPS: '*', ...(knowsRate ? { LOOKUP_RATE: String(2 * scale) } : {}) }), ...pairs(values.env) };
  const rates = Object.fromEntries(Object.entries(sources.DEFAULT_RATES).map(([operation, { perSecond, burst }]) => [operation, { perSecond: perSecond * scale, burst: burst * scale }]));
  console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim()}; quotas x ${scale}, time limit ${limit === undefined ? 'of the template' : `${limit} s`}, ${latencyMs} ms a call`);
  if (!knowsRate && !values.real) console.log('The configuration knows no LOOKUP_RATE: the product keeps the real rate.');
  const measured = await runProduct({ sources, module, environment, parameters: pairs(values.parameter), day: { kind: 'hot', rows }, rates, latencyMs, athenaLatencyMs: latencyMs, mapLimitMs: limit === undefined ? undefined : limit * 1000, verbose: values.verbose });
  const figures = figuresOf(measured, { latencyMs, lookupRate: 2 * scale });
  printFigures(`an hour of ${rows.toLocaleString('en')} rows`, figures, { lost: ['0 lost', '0 lost'], refused: ['<= 5 %', '<= 2 %'], batchPeak: [`<= ${10 * scale}`], ids: ['', '50'] });
  printVerdict(figures);
  if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify({ name: 'hot-hour', rows, scale, limit, ...figures })}\n`);
} finally {
  await remove();
}

/** What issue 5 asks of this hour, in as many lines. */
function printVerdict({ functions, reports, status, verdict, seconds }) {
  const peak = functions.reduce((a, b) => (b.peakMb > a.peakMb ? b : a));
  const late = functions.filter(({ failed }) => failed['Sandbox.Timedout'] !== undefined).map(({ id, failed }) => `${id} ${failed['Sandbox.Timedout']} times`);
  const tight = functions.filter(({ memoryMb, peakMb }) => memoryMb < 1.25 * peakMb).map(({ id, memoryMb, peakMb }) => `${id} has ${memoryMb} MB and needs ${Math.ceil(1.25 * peakMb)}`);
  const ended = status === 'SUCCEEDED' && reports.lost + reports.foreign + reports.doubled + reports.unordered === 0;
  if (values.check && (!ended || late.length > 0)) process.exitCode = 1;
  console.log(`\nfinished, every row once and in order   ${ended ? 'yes' : `NO: ${status}, ${verdict}; ${reports.lost} rows lost of ${reports.true}`}`);
  console.log(`continuations                           ${functions.map(({ id, continuations }) => `${id} ${continuations}`).join(', ')}`);
  console.log(`over the time limit                     ${late.length === 0 ? 'none' : `YES: ${late.join(', ')}`}`);
  console.log(`highest memory                          ${peak.id}, ${peak.peakMb.toFixed(0)} MB; must be <= 400, aim 300`);
  console.log(`MemorySize at least 1.25 x the peak     ${tight.length === 0 ? 'yes' : `NO: ${tight.join(', ')}`}`);
  console.log(`seconds in all                          ${seconds.toFixed(1)}; the report has ${(reports.bytes / 1e6).toFixed(0)} MB`);
}
