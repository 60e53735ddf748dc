/** Figures of one run, and a table of them with the limits and aims of issue 5 beside each. */

const LOOKUPS_A_SECOND = 2;

/** Makes figures of what bench/deployed.mjs measured. Units: seconds, MB, GB-seconds; shares 0 to 1. */
export function figuresOf({ seconds, outcome, functions, mapped, invocations, calls, events, reports }, { lookupRate = LOOKUPS_A_SECOND, latencyMs }) {
  const lookUps = calls.filter(({ operation }) => operation === 'LookupEvents');
  const batches = calls.filter(({ operation }) => operation === 'BatchGetQueryExecution');
  const gets = calls.filter(({ operation }) => operation === 'GetQueryExecution');
  const refused = (all) => all.filter(({ outcome: ended, faulty }) => ended === 'ThrottlingException' && !faulty).length;
  const faulty = lookUps.filter((call) => call.faulty).length;
  const least = events.reduce((sum, hour) => sum + Math.max(1, Math.ceil(hour.events / 50)), 0);
  // The last of the least calls may go this long after the first.
  const ideal = least / lookupRate;
  const lookUpSeconds = spanOf(lookUps);
  const apis = [...lookUps, ...batches, ...gets];
  const apiSeconds = spanOf(apis);
  // Without what the closing of the day asks, after the hours are done.
  const hoursEnd = Math.max(0, ...apis.filter(({ by }) => mapped.has(by)).map(({ at }) => at));
  const hoursSeconds = spanOf(apis.filter(({ at }) => at <= hoursEnd));
  return {
    seconds,
    status: outcome.status,
    verdict: outcome.output?.verdict ?? outcome.error ?? '-',
    cause: outcome.cause,
    events: events.reduce((sum, hour) => sum + hour.events, 0),
    hottest: Math.max(...events.map((hour) => hour.events)),
    least,
    ideal,
    lookUps: lookUps.length,
    lookUpsBy: countBy(lookUps, ({ by }) => by),
    refused: refused(lookUps),
    refusedShare: refused(lookUps) / Math.max(1, lookUps.length),
    faulty,
    lookUpSeconds,
    lookUpMultiple: lookUpSeconds / ideal,
    answeredMultiple: (lookUpSeconds + latencyMs / 1000) / ideal,
    apiSeconds,
    apiMultiple: apiSeconds / ideal,
    hoursSeconds,
    hoursMultiple: hoursSeconds / ideal,
    lookUpPeak: peakOf(lookUps.filter((call) => call.outcome !== 'ThrottlingException' && !call.faulty)),
    batches: batches.length,
    batchesRefused: refused(batches),
    batchPeak: peakOf(batches),
    idsACall: batches.reduce((sum, { ids }) => sum + ids, 0) / Math.max(1, batches.length),
    gets: gets.length,
    gbSeconds: invocations.reduce((sum, invocation) => sum + invocation.gbSeconds, 0),
    functions: [...functions].flatMap(([id, known]) => functionFigures(id, known, invocations.filter((invocation) => invocation.function === id))),
    reports,
  };
}

function functionFigures(id, { memoryMb }, invocations) {
  if (invocations.length === 0) return [];
  const succeeded = new Set();
  let continuations = 0;
  for (const { hour, day, error } of invocations) {
    // One that follows an answer for the same hour goes on where that stopped; one that follows an error is a retry.
    if (succeeded.has(`${day} ${hour}`)) continuations += 1;
    if (error === undefined) succeeded.add(`${day} ${hour}`);
  }
  const longest = invocations.reduce((a, b) => (b.ms / b.limitMs > a.ms / a.limitMs ? b : a));
  return [
    {
      id,
      memoryMb,
      invocations: invocations.length,
      cold: invocations.filter(({ cold }) => cold).length,
      continuations,
      failed: countBy(invocations.filter(({ error }) => error !== undefined), ({ error }) => error),
      messages: [...new Set(invocations.flatMap(({ error, message }) => (error === undefined ? [] : [`${error}: ${message}`.slice(0, 160)])))],
      gbSeconds: invocations.reduce((sum, invocation) => sum + invocation.gbSeconds, 0),
      billedSeconds: invocations.reduce((sum, { billedMs }) => sum + billedMs, 0) / 1000,
      initMs: Math.max(...invocations.map(({ initMs }) => initMs)),
      peakMb: Math.max(...invocations.map(({ peakMb }) => peakMb)),
      longestSeconds: longest.ms / 1000,
      limitSeconds: longest.limitMs / 1000,
    },
  ];
}

function spanOf(calls) {
  if (calls.length === 0) return 0;
  const times = calls.map(({ at }) => at);
  return (Math.max(...times) - Math.min(...times)) / 1000;
}

/** Most calls within any one second. */
function peakOf(calls) {
  const times = calls.map(({ at }) => at).sort((a, b) => a - b);
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while (times[to] - times[from] >= 1000) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

function countBy(list, key) {
  const counts = {};
  for (const item of list) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

/** Prints a table. `limits`: by measure, `[must, aim]`. */
export function printFigures(title, figures, limits = {}) {
  const { reports } = figures;
  const fixed = (digits) => (number) => number.toFixed(digits);
  const lines = [
    ['outcome', `${figures.status}, ${figures.verdict}`],
    ['rows in the reports / true rows', `${reports.rows} / ${reports.true}`],
    ['rows lost, foreign, doubled, out of order', [reports.lost, reports.foreign, reports.doubled, reports.unordered].join(', '), 'lost'],
    [`LookupEvents calls (${toText(figures.lookUpsBy)})`, String(figures.lookUps), 'lookUps'],
    ['  least, by the events of each hour', `${figures.least} (${figures.events} events, most in an hour ${figures.hottest})`],
    ['  calls / least', fixed(2)(figures.lookUps / figures.least), 'callsShare'],
    ['  refused by the limit', `${figures.refused} (${fixed(1)(figures.refusedShare * 100)} %)`, 'refused'],
    ...(figures.faulty > 0 ? [['  drawn faults', `${figures.faulty} (${fixed(1)((figures.faulty / figures.lookUps) * 100)} %)`]] : []),
    ['  first to last call', `${fixed(1)(figures.lookUpSeconds)} s, ${fixed(2)(figures.lookUpMultiple)} x ${fixed(1)(figures.ideal)} s`, 'time'],
    ['  first call to last answer', `${fixed(2)(figures.answeredMultiple)} x`],
    ['  most in a second that were not refused', String(figures.lookUpPeak)],
    ['look-ups and batches, first to last of the hours', `${fixed(1)(figures.hoursSeconds)} s, ${fixed(2)(figures.hoursMultiple)} x`, 'time'],
    ['  first to last of all functions', `${fixed(1)(figures.apiSeconds)} s, ${fixed(2)(figures.apiMultiple)} x`, 'time'],
    ['BatchGetQueryExecution calls, refused', `${figures.batches}, ${figures.batchesRefused}`],
    ['  most in a second', String(figures.batchPeak), 'batchPeak'],
    ['  ids a call, mean', fixed(1)(figures.idsACall), 'ids'],
    ...(figures.gets > 0 ? [['GetQueryExecution calls', String(figures.gets)]] : []),
    ['billed GB-seconds', fixed(1)(figures.gbSeconds), 'gbSeconds'],
    ['from the dispatcher to the end', `${fixed(1)(figures.seconds)} s`],
  ];
  console.log(`\n== ${title}\n${'measure'.padEnd(52)} ${'measured'.padEnd(44)} ${'must'.padEnd(8)} aim`);
  for (const [name, measured, limit] of lines) {
    const [must = '', aim = ''] = limits[limit] ?? [];
    console.log(`${name.padEnd(52)} ${measured.padEnd(44)} ${must.padEnd(8)} ${aim}`.trimEnd());
  }
  console.log(`${'function'.padEnd(14)} ${'MB'.padStart(5)} ${'calls'.padStart(6)} ${'cold'.padStart(5)} ${'go on'.padStart(6)} ${'failed'.padStart(7)} ${'billed s'.padStart(9)} ${'GB-s'.padStart(8)} ${'peak MB'.padStart(8)} ${'init ms'.padStart(8)}  longest s / limit s`);
  for (const each of figures.functions) {
    const failed = Object.values(each.failed).reduce((sum, count) => sum + count, 0);
    console.log(
      `${each.id.padEnd(14)} ${String(each.memoryMb).padStart(5)} ${String(each.invocations).padStart(6)} ${String(each.cold).padStart(5)} ${String(each.continuations).padStart(6)} ${String(failed).padStart(7)} ${fixed(1)(each.billedSeconds).padStart(9)} ${fixed(2)(each.gbSeconds).padStart(8)} ${fixed(0)(each.peakMb).padStart(8)} ${fixed(0)(each.initMs).padStart(8)}  ${fixed(1)(each.longestSeconds)} / ${fixed(0)(each.limitSeconds)}`,
    );
    for (const message of each.messages.slice(0, 3)) console.log(`  failed: ${message}`);
  }
  if (figures.cause !== undefined) console.log(`  cause: ${String(figures.cause).slice(0, 400)}`);
}

function toText(counts) {
  return Object.entries(counts).map(([name, count]) => `${name || '?'} ${count}`).join(', ') || 'none';
}
