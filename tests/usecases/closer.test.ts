import type { Certificate } from '#core/certificate';
import { InvalidInputError, UpstreamThrottledError } from '#core/errors';
import type { HistoryCursor, ListedExecution, ListHistory } from '#core/history';
import type { Counts } from '#core/manifest';
import { type CloserPorts, close, createCloser } from '../../functions/closer/closer.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { answerOf, idOf, pageOf, startNumber } from '../fakes/records.ts';
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
    ['it has no result', [{ day: '2026-11-20', verdict: 'complete' }], 'the run brought no result for it'],
    ['its verdict is not complete', [{ day: '2026-11-20', verdict: 'complete' }, { day: '2026-11-19', verdict: 'incomplete' }], 'no cause was given'],
    ['it has no verdict', [{ day: '2026-11-20', verdict: 'complete' }, { day: '2026-11-19' }], 'no cause was given'],
  ])('names a day as failed when %s', (_why, results, message) => {
    const verdict = close(backfillOf(['2026-11-20', '2026-11-19'], results));

    expect(verdict).toMatchObject({ verdict: 'incomplete', failed: [{ of: '2026-11-19', error: 'NoResult', message }] });
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
    expect(certificateIn(store)).toMatchObject({ verdict: 'complete', rows: 2, compared: { hours: 24, athena: { executions: 2, rows: 2, workgroups: ['primary'] } } });
    expect(store.names()).not.toContain(`${FOLDER}_closing.json`);
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

  it('is incomplete when a report was altered between the hours and the closing', async () => {
    const store = createMemoryStore();
    const event = await writeDay(store, TWO_ROWS);
    const name = `${FOLDER}hour=10/report_2026_11_20_h10.json`;
    await store.write(name, new TextEncoder().encode(store.text(name).replace('SELECT 1', 'SELECT 9')), '');

    const verdict = await closerOf(store, { rows: [1, 2] })(event);

    expect(verdict).toMatchObject({ verdict: 'incomplete', cause: `1 object_changed: ${name}` });
  });

  it('does not ask Athena about records from files', async () => {
    const { store, verdict } = await closeDay({ source: 'files' }, {}, { history: null, source: 'files' });

    expect(verdict).toMatchObject({ verdict: 'complete', counts: { read: 2, rows: 2 } });
    expect(certificateIn(store).compared.athena).toBeNull();
    expect(certificateIn(store).notCompared).toContain("Athena's history: the records came from files");
  });

  it('does not ask Athena when it is told not to, and says so', async () => {
    const { store, verdict } = await closeDay({ asOf: SETTLED }, {}, { history: null });

    expect(verdict).toMatchObject({ verdict: 'complete' });
    expect(certificateIn(store).notCompared).toContain("Athena's history: it was not asked");
  });

  it.each([['2027-01-04T04:59:59Z', 1], ['2027-01-05T05:00:01Z', 0]])('asks Athena only while it may know something of the day: as of %s %d times', async (asOf, times) => {
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

  it.each<[string, (store: MemoryStore) => Promise<unknown>]>([
    ['is gone', (store) => store.remove(`${FOLDER}_closing.json`)],
    ['is of another run', (store) => store.write(`${FOLDER}_closing.json`, new TextEncoder().encode(JSON.stringify({ asOf: SETTLED, unknown: [other(9)] })), '')],
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
