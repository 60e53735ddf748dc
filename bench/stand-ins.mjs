/**
 * The stand-ins of AWS in processes of their own, so that they share no event loop with the interpreter: one for CloudTrail and
 * Athena, one for S3. This file is both sides: `startStandIn` for who asks, and what runs in the process.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createDay } from './days.mjs';

/** Starts one, `apis` or `s3`. Shape: `ask(method, argument)` and `stop()`. */
export function startStandIn(role, module) {
  const child = fork(fileURLToPath(import.meta.url), [], { execArgv: ['--max-old-space-size=8192'], env: { ...process.env, BENCH_STAND_IN: role, BENCH_SOURCES: module } });
  const open = new Map();
  let number = 0;
  child.on('message', ({ id, result, error }) => {
    const { resolve, reject } = open.get(id);
    open.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(`${role}: ${error}`));
  });
  child.on('exit', (code) => {
    for (const { reject } of open.values()) reject(new Error(`the stand-in ${role} ended with ${code}`));
  });
  const ask = (method, argument) =>
    new Promise((resolve, reject) => {
      open.set(++number, { resolve, reject });
      child.send({ id: number, method, argument });
    });
  return { ask, stop: () => child.kill('SIGKILL') };
}

/** CloudTrail and Athena. Latencies and faults come as numbers, because a function does not travel. */
function createApis(sources) {
  let day;
  let apis;
  return {
    start: async ({ day: wanted, rates, latencyMs, athenaLatencyMs, refusalMs, faults }) => {
      day = createDay(wanted, sources);
      const chance = sources.createSeeded(faults.seed);
      const draw = () => {
        const drawn = chance.next();
        if (drawn < faults.throttled) return { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' };
        return drawn < faults.throttled + faults.failing ? { status: 503, type: 'ServiceUnavailable', message: 'drawn by the benchmark' } : undefined;
      };
      apis = await sources.startAwsApis({ ...day, now: day.asOf, rates, refusalMs, latencyMs: ({ operation }) => (operation === 'LookupEvents' ? latencyMs : athenaLatencyMs), ...(faults.throttled + faults.failing > 0 ? { fault: draw } : {}) });
      return { url: apis.url, truth: day.truth };
    },
    /** Events that LookupEvents gives for each window, by its label. */
    events: ({ windows }) => {
      const times = day.events.filter(({ EventName }) => EventName === 'StartQueryExecution').map(({ EventTime }) => EventTime * 1000);
      return windows.map(({ hour, start, end }) => ({ hour, events: times.filter((at) => at >= Date.parse(start) && at < Date.parse(end)).length }));
    },
    calls: () =>
      apis.calls().map(({ at, operation, outcome, faulty, params, userAgent }) => ({ at, operation, outcome, faulty, ids: params.QueryExecutionIds?.length ?? 0, by: /\bapp\/(\w+)/.exec(userAgent)?.[1] ?? '' })),
  };
}

/** S3, which also reads the reports, where they lie. */
function createStore(sources) {
  let s3;
  return {
    start: async () => {
      s3 = await sources.startS3Api(new Map());
      return { url: s3.url };
    },
    compare: ({ truth }) => compareReports([...s3.objects].filter(([key]) => key.endsWith('.csv') && !/(^|\/)[_.]/.test(key)), new Set(truth)),
  };
}

/** Event ids of all reports beside the true ones. A row is one line, and its first two cells are id and time: docs/report.md. */
function compareReports(reports, truth) {
  const found = new Map();
  let rows = 0;
  let unordered = 0;
  let bytes = 0;
  for (const [, report] of reports) {
    bytes += report.byteLength;
    let last = '';
    for (const line of rowStarts(report)) {
      const [, id = '', time = ''] = /^"?([^",]*)"?,"?([^",]*)/.exec(line) ?? [];
      rows += 1;
      found.set(id, (found.get(id) ?? 0) + 1);
      if (`${time} ${id}` < last) unordered += 1;
      last = `${time} ${id}`;
    }
  }
  const lost = [...truth].filter((id) => !found.has(id)).length;
  const foreign = [...found.keys()].filter((id) => !truth.has(id)).length;
  return { reports: reports.length, bytes, rows, true: truth.size, lost, foreign, doubled: rows - found.size, unordered };
}

/** The beginning of each line but the header's: enough for an id and a time. */
function* rowStarts(report) {
  for (let at = report.indexOf(10) + 1; at > 0 && at < report.byteLength; at = report.indexOf(10, at) + 1) yield report.toString('utf8', at, at + 100);
}

if (process.env['BENCH_STAND_IN'] !== undefined) {
  process.on('disconnect', () => process.exit());
  const sources = await import(process.env['BENCH_SOURCES'] ?? '');
  const methods = process.env['BENCH_STAND_IN'] === 's3' ? createStore(sources) : createApis(sources);
  process.on('message', async ({ id, method, argument }) => {
    try {
      process.send?.({ id, result: await methods[method](argument) });
    } catch (error) {
      process.send?.({ id, error: String(error?.stack ?? error) });
    }
  });
}
