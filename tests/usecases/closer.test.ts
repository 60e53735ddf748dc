import { readZone } from '#adapters/zones';
import type { Certificate } from '#core/certificate';
import { InvalidInputError, UpstreamThrottledError } from '#core/errors';
import type { HistoryCursor, ListedExecution, ListHistory } from '#core/history';
import type { Counts } from '#core/manifest';
import type { EventSource } from '#core/ports';
import { planDay } from '#core/window';
import { type CloserPorts, close, createCloser } from '../../functions/closer/closer.ts';
import { parseDayEvent } from '../../functions/closer/event.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { answerOf, idOf, pageOf, refusedRecord, startNumber } from '../fakes/records.ts';
import { DAY, FOLDER, type GivenDay, SETTLED, UNSETTLED, writeDay, ZONE } from '../fakes/written-day.ts';

const COUNTS: Counts = { read: 10, rows: 4, duplicates: 1, outside: 2, skipped: 2, malformed: 1 };
const LABELS = ['00', '01', '02'] as const;
/** What a day's answer has beside the results of its hours, before anybody has judged it. */
const UNJUDGED = { certificate: null, settled: false, running: 0, differences: {}, more: false, next: null };
const windows = LABELS.map((hour) => ({ hour, start: `2026-11-20T${hour}:00:00Z`, end: `2026-11-20T${hour}:59:59Z` }));

/** What the worker answers. */
function written(hour: string, edit: Readonly<Record<string, unknown>> = {}) {
  return { day: '2026-11-20', hour, source: 'lookup', report: null, manifest: `hour=${hour}/_manifest.json`, counts: COUNTS, states: {}, missing: {}, ...edit };
}

/** What the state machine keeps of an hour that failed. */
function failed(hour: string, error: string, cause: unknown) {
  return { hour, error, cause: typeof cause === 'string' ? cause : JSON.stringify(cause) };
}

function dayOf(hours: unknown, edit: Readonly<Record<string, unknown>> = {}) {
  return { day: '2026-11-20', asOf: '2026-11-21T06:00:00Z', config: {}, windows, hours, ...edit };
}

function backfillOf(days: readonly string[], results: unknown) {
  return { days: days.map((day) => ({ day, windows })), results };
}

describe("the results of a day's hours", () => {
  it('is complete when every hour was written', () => {
    const verdict = close(dayOf(LABELS.map((hour) => written(hour))));

    expect(verdict).toEqual({
      day: '2026-11-20',
      hours: 3,
      written: 3,
      counts: { read: 30, rows: 12, duplicates: 3, outside: 6, skipped: 6, malformed: 3 },
      verdict: 'complete',
      failed: [],
      ...UNJUDGED,
    });
  });

  it('adds the scan of files up once: outside is what belongs to none of the hours', () => {
    const verdict = close(dayOf(LABELS.map((hour) => written(hour, { source: 'files', counts: { read: 20, rows: 4, duplicates: 1, outside: 12, skipped: 2, malformed: 1 } }))));

    expect(verdict).toMatchObject({ verdict: 'complete', counts: { read: 20, rows: 12, duplicates: 3, outside: 2, skipped: 2, malformed: 1 } });
  });

  it('is incomplete when hours failed: names each, with error and message, and what the execution fails with', () => {
    const verdict = close(
      dayOf([
        failed('00', 'UpstreamThrottledError', { errorType: 'UpstreamThrottledError', errorMessage: 'LookupEvents: throttled', trace: ['at …'] }),
        written('01'),
        failed('02', 'States.Timeout', 'the task took longer than 930 s'),
      ]),
    );

    expect(verdict).toEqual({
      day: '2026-11-20',
      hours: 3,
      written: 1,
      counts: COUNTS,
      verdict: 'incomplete',
      failed: [
        { of: '00', error: 'UpstreamThrottledError', message: 'LookupEvents: throttled' },
        { of: '02', error: 'States.Timeout', message: 'the task took longer than 930 s' },
      ],
      error: 'DayIncomplete',
      cause: '2 of 3 hours failed: 00 (UpstreamThrottledError: LookupEvents: throttled); 02 (States.Timeout: the task took longer than 930 s)',
      ...UNJUDGED,
    });
  });

  it.each<[string, unknown, { error: string; message: string }]>([
    ["Lambda's JSON", failed('01', 'Lambda.Unknown', { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: 1 Error: exited' }), { error: 'Runtime.ExitError', message: 'RequestId: 1 Error: exited' }],
    ["Lambda's JSON without a type", failed('01', 'Sandbox.Timedout', { errorMessage: 'Task timed out after 900.00 seconds' }), { error: 'Sandbox.Timedout', message: 'Task timed out after 900.00 seconds' }],
    ['plain words', failed('01', 'States.DataLimitExceeded', 'the state was too large'), { error: 'States.DataLimitExceeded', message: 'the state was too large' }],
    ['JSON of another shape', failed('01', 'States.TaskFailed', ['a', 'b']), { error: 'States.TaskFailed', message: '["a","b"]' }],
    ['no cause', { hour: '01', error: 'States.TaskFailed' }, { error: 'States.TaskFailed', message: 'no cause was given' }],
    ['an empty cause', failed('01', 'States.TaskFailed', ''), { error: 'States.TaskFailed', message: 'no cause was given' }],
  ])('reads error and message out of %s', (_cause, result, expected) => {
    const verdict = close(dayOf([written('00'), result, written('02')]));

    expect(verdict.failed).toEqual([{ of: '01', ...expected }]);
  });

  it.each<[string, unknown[], { error: string; message: string }]>([
    ['the Map brought no result for it', [written('00'), written('02')], { error: 'NoResult', message: 'the run brought no result for it' }],
    ['its result is nothing', [written('00'), null, written('02')], { error: 'NoResult', message: 'the run brought no result for it' }],
    ['its result names no manifest', [written('00'), written('01', { manifest: null }), written('02')], { error: 'NoResult', message: 'no cause was given' }],
    ['its result has no counts', [written('00'), written('01', { counts: undefined }), written('02')], { error: 'NoResult', message: 'no cause was given' }],
    ['its result has an error beside its manifest', [written('00'), written('01', { error: 'Half' }), written('02')], { error: 'Half', message: 'no cause was given' }],
  ])('names an hour without a good result: %s', (_why, hours, expected) => {
    const verdict = close(dayOf(hours));

    expect(verdict).toMatchObject({ verdict: 'incomplete', written: 2, failed: [{ of: '01', ...expected }], error: 'DayIncomplete' });
  });

  it('does not depend on the order of the results', () => {
    const hours = [written('00'), failed('01', 'ConfigError', 'no'), written('02')];

    const verdict = close(dayOf([...hours].reverse()));

    expect(verdict).toEqual(close(dayOf(hours)));
  });

  it('keeps the cause short enough to be read, and the failures whole', () => {
    const long = 'x'.repeat(3000);

    const verdict = close(dayOf(LABELS.map((hour) => failed(hour, 'UpstreamDeniedError', long))));

    expect(verdict.cause).toHaveLength(4000);
    expect(verdict.cause).toMatch(/^3 of 3 hours failed: 00 \(UpstreamDeniedError: x{3000}\); 01/);
    expect(verdict.failed).toEqual(LABELS.map((of) => ({ of, error: 'UpstreamDeniedError', message: long })));
  });
});

describe('the verdict over a backfill', () => {
  it('is pending, and green, when a day is', () => {
    const verdict = close(backfillOf(['2026-11-20', '2026-11-19'], [{ day: '2026-11-19', verdict: 'complete' }, { day: '2026-11-20', verdict: 'pending' }]));

    expect(verdict).toEqual({ days: [{ day: '2026-11-20', verdict: 'pending' }, { day: '2026-11-19', verdict: 'complete' }], verdict: 'pending', failed: [] });
  });

  it('is incomplete when one day is, whatever is pending', () => {
    const verdict = close(backfillOf(['2026-11-20', '2026-11-19'], [{ day: '2026-11-19', error: 'States.TaskFailed' }, { day: '2026-11-20', verdict: 'pending' }]));

    expect(verdict).toMatchObject({ verdict: 'incomplete', days: [{ verdict: 'pending' }, { verdict: 'incomplete' }], error: 'BackfillIncomplete' });
  });

  it('is complete when every day is', () => {
    const verdict = close(backfillOf(['2026-11-20', '2026-11-19'], [{ day: '2026-11-19', verdict: 'complete' }, { day: '2026-11-20', verdict: 'complete' }]));

    expect(verdict).toEqual({
      days: [{ day: '2026-11-20', verdict: 'complete' }, { day: '2026-11-19', verdict: 'complete' }],
      verdict: 'complete',
      failed: [],
    });
  });

  it('is incomplete when a day failed: names it, and the execution that has the reason', () => {
    const verdict = close(backfillOf(['2026-11-20', '2026-11-19'], [{ day: '2026-11-20', error: 'States.TaskFailed', execution: '2026-11-20_run' }, { day: '2026-11-19', verdict: 'complete' }]));

    expect(verdict).toEqual({
      days: [{ day: '2026-11-20', verdict: 'incomplete' }, { day: '2026-11-19', verdict: 'complete' }],
      verdict: 'incomplete',
      failed: [{ of: '2026-11-20', error: 'States.TaskFailed', message: 'the execution 2026-11-20_run has the reason' }],
      error: 'BackfillIncomplete',
      cause: '1 of 2 days failed: 2026-11-20 (States.TaskFailed: the execution 2026-11-20_run has the reason)',
    });
  });

  it.each([
    ['it has no result', [{ day: '2026-11-20', verdict: 'complete' }], { error: 'NoResult', message: 'the run brought no result for it' }],
    ['its verdict is not complete', [{ day: '2026-11-20', verdict: 'complete' }, { day: '2026-11-19', verdict: 'incomplete' }], { error: 'NoResult', message: 'no cause was given' }],
    ['it has no verdict', [{ day: '2026-11-20', verdict: 'complete' }, { day: '2026-11-19' }], { error: 'NoResult', message: 'no cause was given' }],
    ['it has an error beside its verdict', [{ day: '2026-11-20', verdict: 'complete' }, { day: '2026-11-19', verdict: 'complete', error: 'States.Timeout' }], { error: 'States.Timeout', message: 'no cause was given' }],
  ])('names a day as failed when %s', (_why, results, expected) => {
    const verdict = close(backfillOf(['2026-11-20', '2026-11-19'], results));

    expect(verdict).toMatchObject({ verdict: 'incomplete', failed: [{ of: '2026-11-19', ...expected }] });
  });
});

describe('an event', () => {
  const neither = 'event: neither a day (windows, hours) nor a backfill (days, results), expected the input of the state machine, such as events/closer.day.json';

  it.each<[string, unknown, string]>([
    ['nothing', undefined, neither],
    ['null', null, neither],
    ['a list', [], neither],
    ['an empty object', {}, neither],
    ['windows that are no list', dayOf([], { windows: 24 }), neither],
    ['a day without its name', dayOf([], { day: undefined }), 'day: missing, expected the day, YYYY-MM-DD'],
    ['a day without hours', dayOf([], { windows: [] }), 'windows: none, expected the hours of 2026-11-20'],
    ['a day without results', dayOf(undefined), 'hours: missing, expected the results of the Map'],
    ['a day with results that are no list', dayOf({ hour: '00' }), 'hours: {"hour":"00"}, expected the results of the Map'],
    ['a day with a long text for results', dayOf('x'.repeat(100)), `hours: "${'x'.repeat(79)}, expected the results of the Map`],
    ['a backfill without days', backfillOf([], []), 'days: none, expected at least one'],
    ['a backfill without results', backfillOf(['2026-11-20'], undefined), 'results: missing, expected the results of the Map'],
  ])('that is %s is refused', (_case, event, message) => {
    const closing = () => close(event);

    expect(closing).toThrow(new InvalidInputError(message));
    expect(closing).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
  });

  it('of a day of one hour is taken', () => {
    const verdict = close(dayOf([written('00')], { windows: windows.slice(0, 1) }));

    expect(verdict).toMatchObject({ verdict: 'complete', hours: 1 });
  });
});

/** What Athena lists: executions of the day by number, and no rows. */
interface Athena {
  readonly others?: readonly ListedExecution[];
  readonly denied?: readonly string[];
  /** Numbers of the rows that it lists. */
  readonly rows?: readonly number[];
}

const other = (number: number, submittedAt = '2026-11-20T18:00:00Z'): ListedExecution => ({ id: idOf(number), submittedAt: Date.parse(submittedAt), workgroup: 'primary' });

function listOf({ others = [], denied = [], rows = [] }: Athena): ListHistory {
  return async (_span, sink) => {
    for (const id of rows.map(idOf)) if (sink.readKnown(id) !== undefined) sink.onKnown(id);
    for (const one of others) {
      if (sink.readKnown(one.id) === undefined) sink.onUnknown(one);
      else sink.onKnown(one.id);
    }
    for (const workgroup of denied) sink.onUnlisted({ workgroup, reason: 'denied', said: 'no' });
    sink.onWorkgroup('primary');
    return null;
  };
}

function closerOf(store: MemoryStore, athena: Athena | ListHistory, edit: Partial<CloserPorts> = {}) {
  return createCloser({
    store,
    listNames: async () => store.names(),
    history: { list: typeof athena === 'function' ? athena : listOf(athena), readRecords: async function* () {} },
    setAside: [],
    source: 'lookup',
    timeZone: ZONE,
    settleHours: 24,
    isLate: () => false,
    ...edit,
  });
}

const CERTIFICATE = `${FOLDER}_certificate.json`;
const certificateIn = (store: MemoryStore) => JSON.parse(store.text(CERTIFICATE)) as Certificate;
const TWO_ROWS: GivenDay = { records: [startNumber(1), startNumber(2)] };

/** Writes the day and closes it. */
async function closeDay(given: GivenDay, athena: Athena | ListHistory, edit: Partial<CloserPorts> = {}) {
  const store = createMemoryStore();
  const event = await writeDay(store, { ...TWO_ROWS, ...given });
  return { store, event, verdict: await closerOf(store, athena, edit)(event) };
}

describe('the closing of a day', () => {
  it('writes a certificate that says complete, and answers with its name', async () => {
    const { store, verdict } = await closeDay({ asOf: SETTLED }, { rows: [1, 2] });

    expect(verdict).toEqual({
      day: DAY,
      hours: 24,
      written: 24,
      counts: { read: 48, rows: 2, duplicates: 0, outside: 46, skipped: 0, malformed: 0 },
      verdict: 'complete',
      failed: [],
      certificate: CERTIFICATE,
      settled: true,
      running: 0,
      differences: {},
      more: false,
      next: null,
    });
    expect(certificateIn(store)).toMatchObject({ verdict: 'complete', rows: 2, compared: { hours: 24, objects: 26, athena: { executions: 2, rows: 2, workgroups: ['primary'] } } });
    expect(certificateIn(store).hours[10]?.manifest).toEqual(await store.hash(`${FOLDER}hour=10/_manifest.json`));
    expect(store.changes().filter((change) => change.endsWith('_closing.json'))).toEqual([]);
  });

  it('says the same in the same bytes when it is done again', async () => {
    const { store, event } = await closeDay({ asOf: SETTLED }, { rows: [1, 2] });
    const before = store.text(CERTIFICATE);

    await closerOf(store, { rows: [2, 1] })(event);

    expect(store.text(CERTIFICATE)).toBe(before);
  });

  it('is pending, and no error, while Athena knows more than CloudTrail has told', async () => {
    const { store, verdict } = await closeDay({}, { rows: [1, 2], others: [other(3)] });

    expect(verdict).toMatchObject({ verdict: 'pending', settled: false, differences: { athena_only: 1 } });
    expect(verdict).not.toHaveProperty('error');
    expect(certificateIn(store)).toMatchObject({ verdict: 'pending', unknown: [other(3)] });
  });

  it('is incomplete when that is still so in a run that settles the day, and says what is wrong', async () => {
    const others = [3, 4, 5, 6, 7, 8].map((number) => other(number));

    const { verdict } = await closeDay({ asOf: SETTLED }, { rows: [1, 2], others, denied: ['finance'] });

    expect(verdict).toMatchObject({
      verdict: 'incomplete',
      settled: true,
      differences: { athena_only: 6, list_denied: 1 },
      error: 'DayIncomplete',
      cause: `6 athena_only: ${[3, 4, 5, 6, 7].map(idOf).join(', ')}, …; 1 list_denied: finance`,
    });
  });

  it('fails with what is wrong alone, and leaves to the certificate what is merely to be known', async () => {
    const others = [3, 4, 5, 6, 7].map((number) => other(number));

    const { verdict } = await closeDay({ asOf: SETTLED, answers: { [idOf(1)]: { missing: 'not_found', detail: null } } }, { rows: [2], others });

    expect(verdict).toMatchObject({ verdict: 'incomplete', differences: { athena_only: 5, expired: 1 }, cause: `5 athena_only: ${[3, 4, 5, 6, 7].map(idOf).join(', ')}` });
  });

  it('keeps the cause short enough to be read when hours failed and rows differ', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, { ...TWO_ROWS, asOf: SETTLED });
    const hours = event.hours.map((hour, index) => (index === 13 ? failed('13', 'ConfigError', 'x'.repeat(3940)) : hour));

    const verdict = await closerOf(store, { rows: [1, 2], others: [other(3)] })({ ...event, hours });

    expect(verdict).toMatchObject({ cause: expect.stringMatching(/^1 of 24 hours failed: 13 \(ConfigError: x{3940}\); 1 /) });
    expect('cause' in verdict && verdict.cause).toHaveLength(4000);
  });

  it('has a row that Athena refused, of which Athena lists nothing', async () => {
    const { store, verdict } = await closeDay({ records: [startNumber(1), refusedRecord({ eventID: idOf(1002) })], asOf: SETTLED }, { rows: [1] });

    expect(verdict).toMatchObject({ verdict: 'complete', differences: {} });
    expect(certificateIn(store)).toMatchObject({ rows: 2, compared: { athena: { executions: 1, rows: 1 } } });
  });

  it('says of which workgroup Athena did not list the newest first', async () => {
    const { store } = await closeDay({}, async (_span, sink) => {
      sink.onUnordered('busy');
      return null;
    });

    expect(certificateIn(store)).toMatchObject({ compared: { athena: { unordered: ['busy'] } } });
  });

  it('is complete when the late event has come by then', async () => {
    const store = createMemoryStore();
    await closerOf(store, { others: [other(3)] })(await writeDay(store, TWO_ROWS));
    expect(certificateIn(store).verdict).toBe('pending');

    await closerOf(store, { others: [other(3)] })(await writeDay(store, { records: [startNumber(1), startNumber(2), startNumber(3)], asOf: SETTLED }));

    expect(certificateIn(store)).toMatchObject({ verdict: 'complete', settled: true, differences: [], rows: 3 });
  });

  it('names the hour that failed first, and certifies what lies there', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const hours = event.hours.map((hour, index) => (index === 13 ? failed('13', 'ConfigError', { errorType: 'ConfigError', errorMessage: 'no' }) : hour));

    const verdict = await closerOf(store, { rows: [1, 2] })({ ...event, hours });

    expect(verdict).toMatchObject({ verdict: 'incomplete', written: 23, failed: [{ of: '13' }], error: 'DayIncomplete', cause: '1 of 24 hours failed: 13 (ConfigError: no)' });
    expect(certificateIn(store).differences).toEqual([{ cause: 'hour_failed', id: '13', detail: 'ConfigError: no' }]);
  });

  it('is left alone when the configuration let no hour run: the certificate of before says more', async () => {
    const { store, event } = await closeDay({ asOf: SETTLED }, { rows: [1, 2] });
    const before = store.text(CERTIFICATE);
    const hours = event.hours.map((_hour, index) => failed(String(index).padStart(2, '0'), 'ConfigError', { errorType: 'ConfigError', errorMessage: 'TIME_ZONE: no' }));

    const verdict = await closerOf(store, {}, { timeZone: 'UTC' })({ ...event, hours });

    expect(verdict).toMatchObject({ verdict: 'incomplete', written: 0, error: 'DayIncomplete', certificate: null });
    expect(verdict).toHaveProperty('failed.length', 24);
    expect(store.text(CERTIFICATE)).toBe(before);
  });

  it('is incomplete when a report was altered between the hours and the closing', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const name = `${FOLDER}hour=10/report_2026_11_20_h10.json`;
    await store.write(name, new TextEncoder().encode(store.text(name).replace('SELECT 1', 'SELECT 9')), '');

    const verdict = await closerOf(store, { rows: [1, 2] })(event);

    expect(verdict).toMatchObject({ verdict: 'incomplete', cause: `1 object_changed: ${name}` });
  });

  it('is not complete over a record that could not be read, of which files tell once', async () => {
    const { verdict } = await closeDay({ source: 'files', asOf: SETTLED, records: [startNumber(1), 'cut o'] }, {}, { history: null, source: 'files' });

    expect(verdict).toMatchObject({ verdict: 'incomplete', counts: { malformed: 1 }, differences: { malformed: 1 }, error: 'DayIncomplete', cause: expect.stringMatching(/^1 malformed: record 2$/) });
  });

  it('is incomplete when facts were altered between the hours and the closing, and nobody can read their rows', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const name = `${FOLDER}hour=10/_facts.jsonl`;
    await store.write(name, new TextEncoder().encode(`${store.text(name).split('\n')[0]}\nSELECT 2\n`), '');

    const verdict = await closerOf(store, { rows: [1, 2], others: [other(1), other(2)] })(event);

    expect(verdict).toMatchObject({ verdict: 'incomplete', differences: { object_changed: 1, athena_only: 2 } });
    expect(certificateIn(store).differences[0]).toMatchObject({ cause: 'object_changed', id: name });
  });

  it('says that facts cannot be read which the manifest vouches for', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const [facts, manifest] = [`${FOLDER}hour=10/_facts.jsonl`, `${FOLDER}hour=10/_manifest.json`];
    const before = await store.hash(facts);
    const now = await store.write(facts, new TextEncoder().encode(`${store.text(facts).split('\n')[0]}\nSELECT 2\n`), '');
    await store.write(manifest, new TextEncoder().encode(store.text(manifest).replace(`${before?.sha256}`, now.sha256).replace(`"bytes": ${before?.bytes}`, `"bytes": ${now.bytes}`)), '');

    await closerOf(store, { rows: [1, 2] })(event);

    expect(certificateIn(store).differences).toEqual([{ cause: 'object_changed', id: facts, detail: '1 of 2 lines are no facts of this tracker; run the hour again' }]);
  });

  it.each<[string, (store: MemoryStore, manifest: string) => Promise<unknown>, string, string]>([
    ['is gone', (store, manifest) => store.remove(manifest), 'hour_missing: 11', 'no manifest: the hour was never finished; run it'],
    ['is none any more', (store, manifest) => store.write(manifest, new TextEncoder().encode('{}'), ''), `object_changed: ${FOLDER}hour=11/_manifest.json`, 'no manifest of this version; run the hour again'],
  ])('is incomplete when the manifest of an hour %s', async (_what, spoil, cause, detail) => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const manifest = `${FOLDER}hour=11/_manifest.json`;
    await spoil(store, manifest);

    const verdict = await closerOf(store, { rows: [1, 2] })(event);

    expect(verdict).toMatchObject({ verdict: 'incomplete', cause: `1 ${cause}` });
    expect(certificateIn(store).differences).toMatchObject([{ detail }]);
    expect(certificateIn(store).hours[11]).toEqual({ hour: '11', rows: 0, manifest: await store.hash(manifest), report: null, facts: null });
  });

  it.each(['../hour=11/_manifest.json', 'x/../../hour=11/_manifest.json'])('looks at no object of another hour, though a manifest names it: %s', async (name) => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const manifest = `${FOLDER}hour=10/_manifest.json`;
    await store.write(manifest, new TextEncoder().encode(store.text(manifest).replace('report_2026_11_20_h10.json', name)), '');
    const looked: string[] = [];
    const hash: MemoryStore['hash'] = (one) => {
      looked.push(one);
      return store.hash(one);
    };

    const verdict = await closerOf({ ...store, hash }, { rows: [1, 2] })(event);

    expect(verdict).toMatchObject({ verdict: 'incomplete' });
    expect(looked).toContain(manifest);
    expect(looked.filter((one) => one.includes('..'))).toEqual([]);
  });

  it('does not ask Athena about records from files', async () => {
    const { store, verdict } = await closeDay({ source: 'files' }, {}, { history: null, source: 'files' });

    expect(verdict).toMatchObject({ verdict: 'complete', counts: { read: 2, rows: 2 } });
    expect(certificateIn(store).compared.athena).toBeNull();
    expect(certificateIn(store).notCompared).toContain("Athena's own list: the records came from files");
  });

  it('holds records from files against the answers beside them, which do not expire', async () => {
    const late = new Date('2027-06-01T00:00:00Z').toISOString();
    const { store, verdict } = await closeDay({ source: 'files', asOf: late }, { rows: [1, 2], others: [other(4)] }, { source: 'files' });

    expect(verdict).toMatchObject({ verdict: 'incomplete', cause: `1 athena_only: ${other(4).id}` });
    expect(certificateIn(store).compared.athena).toMatchObject({ executions: 3, rows: 2 });
    expect(certificateIn(store).notCompared).toContain("Athena's own list: the records came from files, and so did Athena's answers; what nobody saved is not known");
  });

  it('does not ask Athena when it is told not to, and says so', async () => {
    const { store, verdict } = await closeDay({ asOf: SETTLED }, {}, { history: null });

    expect(verdict).toMatchObject({ verdict: 'complete' });
    expect(certificateIn(store).notCompared).toContain("Athena's history: it was not asked");
  });

  it.each([['2027-01-04T04:59:59Z', 1], ['2027-01-05T05:00:00Z', 1], ['2027-01-05T05:00:01Z', 0]])('asks Athena only while it may know something of the day: as of %s %d times', async (asOf, times) => {
    let asked = 0;
    const list: ListHistory = async () => {
      asked += 1;
      return null;
    };

    await closeDay({ asOf }, list);

    expect(asked).toBe(times);
  });

  it('asks Athena for the span of the local day', async () => {
    const spans: unknown[] = [];

    await closeDay({}, async (span) => {
      spans.push(span);
      return null;
    });

    expect(spans).toEqual([{ from: Date.parse('2026-11-20T05:00:00Z'), to: Date.parse('2026-11-21T05:00:00Z') }]);
  });

  it('lets an error of Athena through, to be tried again, and leaves the certificate of before', async () => {
    const { store, event } = await closeDay({}, { rows: [1, 2] });
    const before = store.text(CERTIFICATE);

    const closing = closerOf(store, async () => {
      throw new UpstreamThrottledError('Rate exceeded');
    })(event);

    await expect(closing).rejects.toBeInstanceOf(UpstreamThrottledError);
    expect(store.text(CERTIFICATE)).toBe(before);
  });
});

describe('a day that was closed before', () => {
  const ASIDE = /_certificate_[0-9a-f]{12}_set_aside\.json$/;
  const LATER = '2027-01-20T06:00:00.000Z';
  const asked = (list: Athena) => ({ list: listOf(list), readRecords: async function* () {} });

  /** Settled incomplete: Athena lists an execution that is no row, and a workgroup refused. */
  async function closedOpen() {
    const { store, verdict } = await closeDay({ asOf: SETTLED }, { rows: [1, 2], others: [other(3)], denied: ['finance'] });
    expect(verdict).toMatchObject({ verdict: 'incomplete', differences: { athena_only: 1, list_denied: 1 } });
    return store;
  }

  it.each<[string, GivenDay, Partial<CloserPorts>]>([
    ['when Athena has forgotten the day', { asOf: LATER }, { history: asked({}) }],
    ['when Athena lists it no more', { asOf: SETTLED }, { history: asked({ rows: [1, 2] }) }],
    ['from files without a side of Athena', { asOf: SETTLED, source: 'files' }, { history: null, source: 'files' }],
    ['from files with a side of Athena that lacks it', { asOf: SETTLED, source: 'files' }, { history: asked({ rows: [1, 2] }), source: 'files' }],
    ['with all workgroups set aside', { asOf: SETTLED }, { history: null, setAside: ['*'] }],
  ])('stays incomplete by what was found then: run again %s', async (_how, given, edit) => {
    const store = await closedOpen();

    for (const _time of ['once', 'twice']) {
      const verdict = await closerOf(store, {}, edit)(await writeDay(store, { ...TWO_ROWS, ...given }));

      expect(verdict).toMatchObject({ verdict: 'incomplete', settled: true, differences: { athena_only: 1, list_denied: 1 }, cause: `1 athena_only: ${idOf(3)}; 1 list_denied: finance` });
      expect(certificateIn(store)).toMatchObject({ unknown: [{ ...other(3), asOf: SETTLED }], unlisted: [{ workgroup: 'finance', asOf: SETTLED }] });
    }
  });

  it('is complete when the execution is a row by then, and the workgroup set aside by name', async () => {
    const store = await closedOpen();

    const verdict = await closerOf(store, {}, { history: null, setAside: ['finance'] })(await writeDay(store, { records: [1, 2, 3].map((number) => startNumber(number)), asOf: LATER }));

    expect(verdict).toMatchObject({ verdict: 'complete', differences: {} });
  });

  it('is complete when the workgroup was listed and CloudTrail tells of the execution on the other side of midnight', async () => {
    const store = createMemoryStore();
    const edge = other(3, '2026-11-21T04:59:59.900Z');
    await closerOf(store, { rows: [1, 2], others: [edge], denied: ['primary'] })(await writeDay(store, TWO_ROWS));

    const verdict = await closerOf(store, {}, {
      history: {
        list: listOf({ rows: [1, 2] }),
        readRecords: async function* () {
          yield pageOf([startNumber(3, { eventTime: '2026-11-21T05:00:00Z' })]);
        },
      },
    })(await writeDay(store, { ...TWO_ROWS, asOf: SETTLED }));

    expect(verdict).toMatchObject({ verdict: 'complete', differences: {} });
    expect(certificateIn(store)).toMatchObject({ unknown: [{ ...edge, asOf: UNSETTLED }], compared: { athena: { elsewhere: [idOf(3)], executions: 2 } } });

    const readRecords = jest.fn(async function* () {});
    await expect(closerOf(store, {}, { history: { list: listOf({ rows: [1, 2] }), readRecords } })(await writeDay(store, { ...TWO_ROWS, asOf: SETTLED }))).resolves.toMatchObject({ verdict: 'complete' });
    expect(readRecords).not.toHaveBeenCalled();
  });

  it.each(['{', '{"version":2}'])('keeps a certificate that cannot be read, and is not complete until somebody has looked at it: %s', async (text) => {
    const store = await closedOpen();
    await store.write(CERTIFICATE, new TextEncoder().encode(text), '');
    const event = await writeDay(store, { ...TWO_ROWS, asOf: LATER });

    const verdict = await closerOf(store, {})(event);

    const aside = store.names().filter((name) => ASIDE.test(name));
    expect(aside.map((name) => store.text(name))).toEqual([text]);
    expect(verdict).toMatchObject({ verdict: 'incomplete', cause: `1 object_changed: ${aside[0]}` });
    await expect(closerOf(store, {})(event)).resolves.toMatchObject({ verdict: 'incomplete' });
    await store.remove(aside[0] ?? '');
    await expect(closerOf(store, {})(event)).resolves.toMatchObject({ verdict: 'complete' });
  });

  it('names a certificate that cannot be read also where all was compared anew', async () => {
    const { store, event } = await closeDay({ asOf: SETTLED }, { rows: [1, 2] });
    await store.write(CERTIFICATE, new TextEncoder().encode('{'), '');

    await expect(closerOf(store, { rows: [1, 2] })(event)).resolves.toMatchObject({ verdict: 'complete', differences: { unvouched: 1 } });
  });
});

describe('the edges of a day', () => {
  const EDGE = other(3, '2026-11-21T04:59:59.900Z');
  const LATER = startNumber(3, { eventTime: '2026-11-21T05:00:00Z' });

  it.each([
    ['the first hour of the day after', '2026-11-21', '00', LATER, EDGE],
    ['the last hour of the day before', '2026-11-19', '23', startNumber(3, { eventTime: '2026-11-20T04:59:59Z' }), other(3, '2026-11-20T05:00:00.100Z')],
  ])('take an execution that is a row of %s for no difference', async (_what, day, hour, record, execution) => {
    const store = createMemoryStore();
    await writeDay(store, { day, hours: [hour], records: [record], answers: { [idOf(3)]: answerOf(idOf(3)) } });

    const verdict = await closerOf(store, { rows: [1, 2], others: [execution] })(await writeDay(store, TWO_ROWS));

    expect(verdict).toMatchObject({ verdict: 'complete', differences: {} });
  });

  it('are looked up in CloudTrail where no such report lies yet, and only around midnight', async () => {
    const windows: string[] = [];
    const { store, verdict } = await closeDay({}, listOf({ rows: [1, 2], others: [EDGE, other(4)] }), {
      history: {
        list: listOf({ rows: [1, 2], others: [EDGE, other(4)] }),
        readRecords: async function* ({ start, end }) {
          windows.push(`${start} ${end}`);
          yield pageOf([LATER, startNumber(4, { eventTime: '2026-11-21T05:00:01Z' })]);
        },
      },
    });

    expect(windows).toEqual(['2026-11-21T05:00:00Z 2026-11-21T05:01:00Z']);
    expect(certificateIn(store)).toMatchObject({ compared: { athena: { elsewhere: [idOf(3)] } } });
    expect(verdict).toMatchObject({ verdict: 'pending', differences: { athena_only: 1 } });
  });

  it('leave the execution a difference when CloudTrail does not tell of it there either', async () => {
    const { verdict } = await closeDay({ asOf: SETTLED }, { rows: [1, 2], others: [EDGE] });

    expect(verdict).toMatchObject({ verdict: 'incomplete', differences: { athena_only: 1 } });
  });

  it.each(['2026-11-21T04:59:59Z', '2026-11-21T05:01:00Z'])('leave it one also when CloudTrail tells of it at %s, which was not asked for', async (eventTime) => {
    const list = listOf({ rows: [1, 2], others: [EDGE] });
    const readRecords = async function* () {
      yield pageOf([startNumber(3, { eventTime })]);
    };

    const { verdict } = await closeDay({ asOf: SETTLED }, list, { history: { list, readRecords } });

    expect(verdict).toMatchObject({ verdict: 'incomplete', differences: { athena_only: 1 } });
  });

  it('are not looked up beyond the instant of the run', async () => {
    const list = listOf({ others: [EDGE] });
    const readRecords = () => {
      throw new TypeError('asked for the future');
    };

    const { verdict } = await closeDay({ asOf: '2026-11-21T05:00:00Z' }, list, { history: { list, readRecords } });

    expect(verdict).toMatchObject({ verdict: 'pending', differences: { athena_only: 1 } });
  });
});

describe('a run of some hours only', () => {
  it('says nothing of the day', async () => {
    const { store, verdict } = await closeDay({ hours: ['10'] }, { others: [other(3)] });

    expect(verdict).toMatchObject({ verdict: 'complete', hours: 1, certificate: null, settled: false });
    expect(store.names()).not.toContain(CERTIFICATE);
  });

  it('renews the certificate of a day that has one: it must not stay behind what lies there', async () => {
    const { store } = await closeDay({}, { rows: [1, 2] });
    const before = certificateIn(store);

    const verdict = await closerOf(store, { rows: [1, 2, 3] })(await writeDay(store, { records: [startNumber(1), startNumber(2), startNumber(3)], hours: ['10'], asOf: SETTLED }));

    expect(verdict).toMatchObject({ verdict: 'complete', hours: 1, certificate: CERTIFICATE, settled: false });
    expect(before.rows).toBe(2);
    expect(certificateIn(store)).toMatchObject({ rows: 3, asOf: SETTLED, compared: { hours: 24 } });
  });
});

describe('a listing that takes longer than one invocation', () => {
  const CURSOR: HistoryCursor = { page: null, workgroup: 'primary', token: 'second', older: 0, last: null, unordered: false };

  /** Tells of one execution an invocation, and notes from where it was asked to go on. */
  function inParts(others: readonly ListedExecution[], from: (HistoryCursor | null)[]): ListHistory {
    return async (_span, sink, cursor) => {
      from.push(cursor);
      const at = cursor === null ? 0 : cursor.older;
      const one = others[at];
      if (one !== undefined) sink.onUnknown(one);
      if (at === 0) sink.onKnown(idOf(1));
      else sink.onKnown(idOf(2));
      return at + 1 < others.length ? { ...CURSOR, older: at + 1 } : null;
    };
  }

  it('answers with the event again and where to go on, keeps what it found, and certifies all of it in the end', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const from: (HistoryCursor | null)[] = [];
    const close = closerOf(store, inParts([other(3), other(4)], from));

    const open = await close(event);

    expect(open).toEqual({ ...event, more: true, next: { ...CURSOR, older: 1 } });
    expect(JSON.stringify(open)).not.toContain(idOf(3));
    expect(store.names()).toContain(`${FOLDER}_closing.json`);
    expect(store.names()).not.toContain(CERTIFICATE);

    const verdict = await close(JSON.parse(JSON.stringify(open)));

    expect(from).toEqual([null, { ...CURSOR, older: 1 }]);
    expect(verdict).toMatchObject({ verdict: 'pending', more: false, next: null, differences: { athena_only: 2 } });
    expect(certificateIn(store)).toMatchObject({ unknown: [other(3), other(4)], compared: { athena: { executions: 4, rows: 2 } } });
    expect(store.names()).not.toContain(`${FOLDER}_closing.json`);
  });

  it('keeps also what was listed to its end, what was not, and what was not newest first', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const denied = { workgroup: 'finance', reason: 'denied', said: 'no' } as const;
    const close = closerOf(store, async (_span, sink, cursor) => {
      if (cursor !== null) return null;
      sink.onWorkgroup('primary');
      sink.onUnordered('busy');
      sink.onUnlisted(denied);
      return CURSOR;
    });

    await close(await close(event));

    expect(certificateIn(store)).toMatchObject({ unlisted: [denied], compared: { athena: { workgroups: ['primary'], unordered: ['busy'] } } });
  });

  it.each<[string, (store: MemoryStore) => Promise<unknown>]>([
    ['is gone', (store) => store.remove(`${FOLDER}_closing.json`)],
    ['is of another run', (store) => store.write(`${FOLDER}_closing.json`, new TextEncoder().encode(JSON.stringify({ of: SETTLED, unknown: [other(9)] })), '')],
    ['cannot be read', (store) => store.write(`${FOLDER}_closing.json`, new TextEncoder().encode('{'), '')],
  ])('begins anew when what was found %s', async (_why, spoil) => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const from: (HistoryCursor | null)[] = [];
    const close = closerOf(store, inParts([other(3), other(4)], from));
    const open = await close(event);
    await spoil(store);

    const again = await close(open);
    await close(again);

    expect(from).toEqual([null, null, { ...CURSOR, older: 1 }]);
    expect(certificateIn(store)).toMatchObject({ asOf: UNSETTLED, unknown: [other(3), other(4)] });
  });

  it('goes on with what is left where what was found has lost its lists', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const from: (HistoryCursor | null)[] = [];
    const close = closerOf(store, inParts([other(3), other(4)], from));
    const open = await close(event);
    await store.write(`${FOLDER}_closing.json`, new TextEncoder().encode(JSON.stringify({ of: UNSETTLED, done: false })), '');

    await close(open);

    expect(from).toEqual([null, { ...CURSOR, older: 1 }]);
    expect(certificateIn(store)).toMatchObject({ unknown: [other(4)], unlisted: [], compared: { athena: { workgroups: [], unordered: [] } } });
  });

  it('says of what it keeps and of the certificate that they are JSON', async () => {
    const store = createMemoryStore();
    const types: Record<string, string> = {};
    const write: MemoryStore['write'] = (name, content, type) => {
      types[name] = type;
      return store.write(name, content, type);
    };
    const event = await writeDay(store, TWO_ROWS);
    const close = closerOf({ ...store, write }, inParts([other(3), other(4)], []));

    await close(await close(event));

    expect(types).toEqual({ [`${FOLDER}_closing.json`]: 'application/json', [CERTIFICATE]: 'application/json' });
  });

  it('counts once what is told twice, after an invocation that died was tried again', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const close = closerOf(store, inParts([other(3), other(4)], []));
    await close(event);
    const open = await close(event);

    const verdict = await close(open);

    expect(verdict).toMatchObject({ differences: { athena_only: 2 } });
  });
});

describe('the days of one run', () => {
  const HISTORY = '_history.json';
  const RUN = { id: 'arn:aws:states:us-east-1:111122223333:execution:Backfill:nightly', from: '2026-11-19T05:00:00Z', to: '2026-11-21T05:00:00Z' };
  const EARLIER = '2026-11-19';
  const earlier = (number: number) => other(number, '2026-11-19T18:00:00Z');

  /** A list that tells of these executions, and notes the span that it is asked for. */
  function noting(others: readonly ListedExecution[], spans: unknown[]): ListHistory {
    return (span, sink, cursor, isLate) => {
      spans.push(span);
      return listOf({ others })(span, sink, cursor, isLate);
    };
  }

  /** Both days, the newer with rows 1 and 2, the older with row 5. */
  async function writeRun(store: MemoryStore, asOf = SETTLED) {
    const newer = await writeDay(store, { ...TWO_ROWS, asOf });
    const older = await writeDay(store, { day: EARLIER, records: [startNumber(5, { eventTime: '2026-11-19T18:00:01Z' })], asOf });
    return [{ ...newer, run: RUN }, { ...older, run: RUN }] as const;
  }
  const certificateOfDay = (store: MemoryStore, day: string) => JSON.parse(store.text(`year=2026/month=11/day=${day}/_certificate.json`)) as Certificate;

  it('share one listing, which is gone after the oldest of them', async () => {
    const store = createMemoryStore();
    const [newer, older] = await writeRun(store);
    const spans: unknown[] = [];
    const close = closerOf(store, noting([other(1), other(2), other(3), earlier(5), earlier(6)], spans));

    expect(await close(newer)).toMatchObject({ verdict: 'incomplete', differences: { athena_only: 1 } });
    expect(store.names()).toContain(HISTORY);
    expect(await close(older)).toMatchObject({ verdict: 'incomplete', differences: { athena_only: 1 } });

    expect(spans).toEqual([{ from: Date.parse(RUN.from) - 60_000, to: Date.parse(RUN.to) + 60_000 }]);
    expect(certificateOfDay(store, '20')).toMatchObject({ unknown: [other(3)], compared: { athena: { executions: 3, rows: 2, workgroups: ['primary'] } } });
    expect(certificateOfDay(store, '19')).toMatchObject({ unknown: [earlier(6)], compared: { athena: { executions: 2, rows: 1, workgroups: ['primary'] } } });
    expect(store.names()).not.toContain(HISTORY);
  });

  it('have the certificates that they would have alone', async () => {
    const [together, alone] = [createMemoryStore(), createMemoryStore()];
    const others = [other(1), other(2), other(3), earlier(5), earlier(6)];
    for (const event of await writeRun(together)) await closerOf(together, { others })(event);
    for (const { run: _run, ...event } of await writeRun(alone)) await closerOf(alone, { others })(event);

    for (const day of ['19', '20']) expect(certificateOfDay(together, day)).toEqual(certificateOfDay(alone, day));
  });

  it.each<[string, (store: MemoryStore) => Promise<unknown>]>([
    ['that nobody left', (store) => store.remove(HISTORY)],
    ['that another run left', async (store) => store.write(HISTORY, new TextEncoder().encode(store.text(HISTORY).replace(':nightly', ':other')), '')],
    ['that was left at another instant', async (store) => store.write(HISTORY, new TextEncoder().encode(store.text(HISTORY).replace(SETTLED, UNSETTLED)), '')],
    ['that was not read to its end', async (store) => store.write(HISTORY, new TextEncoder().encode(store.text(HISTORY).replace('"done":true', '"done":false').replace('"unknown":[', `"unknown":[${JSON.stringify(earlier(9))},`)), '')],
  ])('list anew instead of taking a listing %s', async (_which, spoil) => {
    const store = createMemoryStore();
    const [newer, older] = await writeRun(store);
    const spans: unknown[] = [];
    const close = closerOf(store, noting([other(1), other(2), earlier(5)], spans));
    await close(newer);
    await spoil(store);

    expect(await close(older)).toMatchObject({ verdict: 'complete' });

    expect(spans).toHaveLength(2);
    expect(certificateOfDay(store, '19')).toMatchObject({ compared: { athena: { executions: 1, rows: 1 } } });
  });

  it.each([{ to: '2026-11-21T04:00:00Z' }, { from: '2026-11-20T06:00:00Z' }])('list alone when the run was planned for a part of the day: %j', async (part) => {
    const store = createMemoryStore();
    const [newer] = await writeRun(store);
    const spans: unknown[] = [];

    await closerOf(store, noting([], spans))({ ...newer, run: { ...RUN, ...part } });

    expect(spans).toEqual([{ from: Date.parse('2026-11-20T05:00:00Z'), to: Date.parse('2026-11-21T05:00:00Z') }]);
    expect(store.names()).not.toContain(HISTORY);
  });

  it('go on with a long listing, over invocations and days', async () => {
    const store = createMemoryStore();
    const [newer, older] = await writeRun(store);
    const others = [other(3), earlier(6)];
    const from: unknown[] = [];
    const CURSOR: HistoryCursor = { page: null, workgroup: 'primary', token: 'second', older: 1, last: null, unordered: false };
    const close = closerOf(store, async (_span, sink, cursor) => {
      from.push(cursor);
      const one = others[cursor?.older ?? 0];
      if (one !== undefined) sink.onUnknown(one);
      return cursor === null ? CURSOR : null;
    });

    const open = await close(newer);
    expect(await close(JSON.parse(JSON.stringify(open)))).toMatchObject({ differences: { athena_only: 1 } });
    expect(await close(older)).toMatchObject({ differences: { athena_only: 1 } });

    expect(from).toEqual([null, CURSOR]);
    expect(store.names()).not.toContain(HISTORY);
  });

  it('look in CloudTrail around the midnights of each day only', async () => {
    const store = createMemoryStore();
    const [newer, older] = await writeRun(store);
    const asked: string[] = [];
    const others = [other(3, '2026-11-20T05:00:01Z'), other(6, '2026-11-20T04:59:30Z')];
    const close = closerOf(store, { others }, {
      history: {
        list: listOf({ others }),
        readRecords: async function* ({ start, end }) {
          asked.push(`${start} ${end}`);
          yield* [];
        },
      },
    });

    await close(newer);
    await close(older);

    expect(asked).toEqual(['2026-11-20T04:59:58Z 2026-11-20T05:00:00Z', '2026-11-20T05:00:00Z 2026-11-20T05:01:00Z']);
  });

  const BEFORE_MIDNIGHT = '2026-11-20T04:59:58Z 2026-11-20T05:00:00Z';
  const AFTER_MIDNIGHT = '2026-11-20T05:00:00Z 2026-11-20T05:01:00Z';

  it.each<[string, string[]]>([
    ['2026-11-19T18:00:00Z', []],
    ['2026-11-20T04:58:59.999Z', []],
    ['2026-11-20T04:59:00Z', [AFTER_MIDNIGHT]],
    ['2026-11-20T04:59:59.999Z', [AFTER_MIDNIGHT]],
    ['2026-11-20T05:00:00Z', [BEFORE_MIDNIGHT]],
    ['2026-11-20T05:00:01.999Z', [BEFORE_MIDNIGHT]],
    ['2026-11-20T05:00:02Z', []],
    ['2026-11-20T18:00:00Z', []],
  ])('look for one that Athena took at %s only where its event may be timed: %j', async (submittedAt, expected) => {
    const store = createMemoryStore();
    const asked: string[] = [];
    const list = listOf({ others: [other(3, submittedAt)] });
    const readRecords: EventSource['readRecords'] = async function* ({ start, end }) {
      asked.push(`${start} ${end}`);
      yield* [];
    };

    for (const event of await writeRun(store)) await closerOf(store, list, { history: { list, readRecords } })(event);

    expect(asked).toEqual(expected);
  });

  it('take an execution for no difference that is a row of the day before the oldest', async () => {
    const store = createMemoryStore();
    await writeDay(store, { day: '2026-11-18', hours: ['23'], records: [startNumber(7, { eventTime: '2026-11-19T04:59:59Z' })] });
    const [newer, older] = await writeRun(store);
    const close = closerOf(store, { others: [other(1), other(2), earlier(5), other(7, '2026-11-19T05:00:00.100Z')] });

    await close(newer);

    expect(await close(older)).toMatchObject({ verdict: 'complete', differences: {} });
  });
});

describe('an event of a whole day', () => {
  it.each([['America/New_York', DAY], ['America/Nuuk', '2026-03-28'], ['America/Scoresbysund', '2027-03-27'], ['Asia/Pyongyang', '2018-05-04']])('is taken for one, also where the clock leaves its last hour out: %s %s', (zone, day) => {
    const plan = planDay(day, readZone(zone));

    expect(parseDayEvent({ ...plan, asOf: SETTLED })).toMatchObject({ plan, partial: false });
    expect(parseDayEvent({ ...plan, windows: plan.windows.slice(1), asOf: SETTLED })).toMatchObject({ plan, partial: true });
  });
});

describe('an event of a day that is not what it says', () => {
  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['has no instant', { asOf: 'yesterday' }, /^asOf: "yesterday", expected an instant in UTC/],
    ['has no offsets', { offsets: [] }, /^offsets: \[\], expected at least one UTC offset$/],
    ['has an hour of another day', { windows: [{ hour: '10', start: '2026-11-19T15:00:00Z', end: '2026-11-19T16:00:00Z' }] }, /^windows: hour 10, 2026-11-19T15:00:00Z to 2026-11-19T16:00:00Z, expected an hour of 2026-11-20 by its offsets$/],
  ])('is refused: %s', async (_what, edit, message) => {
    const store = createMemoryStore();
    const event = await writeDay(store, {});

    const closing = closerOf(store, {})({ ...event, ...edit });

    await expect(closing).rejects.toThrow(message);
    await expect(closing).rejects.toBeInstanceOf(InvalidInputError);
  });

  it('is a backfill, which is judged by its days and needs nothing else', async () => {
    const store = createMemoryStore();

    await expect(closerOf(store, {})(backfillOf(['2026-11-20'], [{ day: '2026-11-20', verdict: 'complete' }]))).resolves.toMatchObject({ verdict: 'complete' });
    expect(store.changes()).toEqual([]);
  });
});
