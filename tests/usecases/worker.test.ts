import { createHash } from 'node:crypto';
import { readZone } from '#adapters/zones';
import { ConfigError, InvalidInputError, UpstreamDeniedError, UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import type { Manifest } from '#core/manifest';
import { FORMATS } from '#core/partition';
import type { RecordPage } from '#core/ports';
import type { QueryExecutionAnswer } from '#core/query-execution';
import type { Row } from '#core/row';
import { type HourWindow, planDay } from '#core/window';
import type { Encode } from '#encoders/encoder';
import { encoders } from '#encoders/index';
import { SCHEMA_VERSION } from '#glue/columns';
import { parseWorkerEvent } from '../../functions/worker/event.ts';
import type { WorkerPorts } from '../../functions/worker/worker.ts';
import { createLocalClock } from '../fakes/local-hours.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { answerOf, idOf, otherRecord, pageOf, refusedRecord, sourceOf, startNumber, startRecord } from '../fakes/records.ts';
import { runHour } from '../fakes/run-hour.ts';

const HOUR_10 = 'year=2026/month=11/day=20/hour=10/';
const REPORT = `${HOUR_10}report_2026_11_20_h10.json`;
const MANIFEST = `${HOUR_10}_manifest.json`;
const FACTS = MANIFEST.replace('_manifest.json', '_facts.jsonl');
const LAYOUT = '_layout.json';

/** Hour labels of a local day, cut by the product's own planning. */
function hoursOf(day: string, zone: string): HourWindow[] {
  const { offsets, windows } = planDay(day, readZone(zone));
  return windows.map((window) => ({ day, offsets, ...window }));
}

/** An hour of 2026-11-20 in New York: hour 10 is [15:00Z, 16:00Z). */
function hourOf(hour: string): HourWindow {
  const window = hoursOf('2026-11-20', 'America/New_York').find((each) => each.hour === hour);
  if (window === undefined) throw new Error(`no hour ${hour}`);
  return window;
}

const encodeLines: Encode = async function* (batches) {
  for await (const rows of batches) for (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
};

interface Given extends Partial<Omit<WorkerPorts, 'store'>> {
  readonly pages?: readonly RecordPage[];
  /** What Athena answers; ids that are not in it have ended well. */
  readonly answers?: Readonly<Record<string, QueryExecutionAnswer>>;
  readonly window?: HourWindow;
  readonly asOf?: string;
}

function run(store: MemoryStore, { pages = [], answers = {}, window = hourOf('10'), asOf = '2026-11-21T06:00:00Z', ...ports }: Given) {
  const given: WorkerPorts = {
    source: sourceOf(pages),
    lookUps: null,
    readAssumption: null,
    readQueryExecutions: async (ids) => new Map(ids.map((id) => [id, answers[id] ?? answerOf(id)])),
    store,
    encode: encodeLines,
    contentType: 'application/x-ndjson',
    format: 'json',
    timeZone: 'America/New_York',
    ...ports,
  };
  return runHour(given, window, asOf);
}

/** The rows of hour 10 for these records. */
async function rowsOf(records: readonly unknown[], given: Given = {}): Promise<Row[]> {
  const store = createMemoryStore();
  await run(store, { pages: [pageOf(records)], ...given });
  return readRows(store);
}

function readRows(store: MemoryStore, name = REPORT): Row[] {
  return store.text(name).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}

function readManifest(store: MemoryStore): Manifest {
  return JSON.parse(store.text(MANIFEST)) as Manifest;
}

describe('the counts of an hour', () => {
  it('tells rows, duplicates, outside, skipped and malformed records apart, and they add up to what was read', async () => {
    const store = createMemoryStore();
    const first = pageOf([startNumber(1), refusedRecord({ eventID: idOf(1002) }), startNumber(1), otherRecord()], 4);
    const second = pageOf([startNumber(1), startNumber(3, { eventTime: '2026-11-20T16:00:00Z' }), 'no record', { eventName: 7 }]);

    const { counts } = await run(store, { pages: [first, second] });

    expect(counts).toEqual({ read: 12, rows: 2, duplicates: 2, outside: 5, skipped: 1, malformed: 2 });
    expect(readManifest(store).counts).toEqual(counts);
    expect(readRows(store)).toHaveLength(counts.rows);
  });

  it('refuses to publish when a source counts what it does not give', async () => {
    const store = createMemoryStore();
    const page = pageOf([startNumber(1)]);

    const running = run(store, { pages: [{ ...page, read: 2 }] });

    await expect(running).rejects.toThrow('counts do not add up: read 2 is not rows 1 + duplicates 0 + outside 0 + skipped 0 + malformed 0');
    expect(store.changes()).toEqual([]);
  });

  it('samples ten malformed records at most, but counts them all', async () => {
    const store = createMemoryStore();
    const broken = (count: number) => pageOf(Array.from({ length: count }, (_, index) => `broken ${index + 1}`));

    const { counts } = await run(store, { pages: [broken(7), broken(7)] });

    const { malformedSamples } = readManifest(store);
    expect(counts.malformed).toBe(14);
    expect(malformedSamples).toHaveLength(10);
    expect(malformedSamples[6]).toEqual({ from: 'record 7', problem: 'record: "broken 7", expected a JSON object' });
    expect(malformedSamples[7]).toEqual({ from: 'record 1', problem: 'record: "broken 1", expected a JSON object' });
  });
});

describe('the hour of a record', () => {
  it.each([
    ['10:00:00', '2026-11-20T15:00:00Z', '10'],
    ['10:59:59', '2026-11-20T15:59:59Z', '10'],
    ['09:59:59', '2026-11-20T14:59:59Z', '09'],
    ['11:00:00', '2026-11-20T16:00:00Z', '11'],
  ])('has %s in its own hour and in no other of the day', async (_clock, eventTime, hour) => {
    const page = pageOf([startNumber(1, { eventTime })]);

    const results = await Promise.all(hoursOf('2026-11-20', 'America/New_York').map((window) => run(createMemoryStore(), { pages: [page], window })));

    expect(results).toHaveLength(24);
    expect(results.filter(({ counts }) => counts.rows === 1).map((result) => result.hour)).toEqual([hour]);
    expect(results.filter(({ counts }) => counts.outside === 1)).toHaveLength(23);
  });

  it('follows the wall clock where the labels of two hours interleave (Antarctica/Troll, two hours back)', async () => {
    const clock = createLocalClock('Antarctica/Troll');
    const midnight = Date.parse('2026-10-24T22:00:00Z');
    const times = Array.from({ length: 26 * 4 }, (_, quarter) => midnight + quarter * 900_000);
    const page = pageOf(times.map((at, index) => startNumber(index, { eventTime: new Date(at).toISOString() })));
    const windows = hoursOf('2026-10-25', 'Antarctica/Troll');
    const stores = windows.map(() => createMemoryStore());

    await Promise.all(windows.map((window, index) => run(stores[index] ?? createMemoryStore(), { pages: [page], window })));

    const found = windows.flatMap(({ hour }, index) => {
      const name = `year=2026/month=10/day=25/hour=${hour}/report_2026_10_25_h${hour}.json`;
      return readRows(stores[index] ?? createMemoryStore(), name).map((row) => ({ hour, at: row.event_time, local: row.event_time_local }));
    });
    expect(found).toHaveLength(times.length);
    expect(new Set(found.map(({ at }) => at))).toEqual(new Set(times));
    for (const { hour, at, local } of found) {
      expect(local).toBe(clock(at ?? 0));
      expect(local?.slice(0, 13)).toBe(`2026-10-25T${hour}`);
    }
    // The two clocks of this night: 01 and 02 come, and come again.
    expect(found.filter(({ hour }) => hour === '01').map(({ at }) => new Date(at ?? 0).toISOString().slice(11, 13))).toEqual(['23', '23', '23', '23', '01', '01', '01', '01']);
  });
});

describe('the rows of an hour', () => {
  it('has a row for a start that Athena refused, with the error and without an execution', async () => {
    const rows = await rowsOf([refusedRecord()]);

    expect(rows).toMatchObject([{ event_id: idOf(1001), query_execution_id: null, state: 'REJECTED', missing_reason: 'rejected', error_code: 'InvalidRequestException', error_message: "line 1:8: mismatched input ':'", query: null, query_source: null }]);
  });

  it('has no state REJECTED on a start that Athena took', async () => {
    const rows = await rowsOf([startNumber(1)]);

    expect(rows).toMatchObject([{ query_execution_id: idOf(1), state: 'SUCCEEDED', missing_reason: null, error_code: null, query: 'SELECT 1', query_source: 'athena', data_scanned_bytes: 1024 }]);
  });

  it('merges the copies of one event into what all of them know', async () => {
    const withText = startNumber(1, { userAgent: undefined, requestParameters: { queryString: 'SELECT 42' } });
    const without = startNumber(1);

    const rows = await rowsOf([without, withText], { answers: { [idOf(1)]: { missing: 'not_found', detail: null } } });

    expect(rows).toMatchObject([{ event_id: idOf(1001), query: 'SELECT 42', query_source: 'cloudtrail', user_agent: 'aws-cli/2.31.0', workgroup: 'primary' }]);
  });

  it('keeps all events of a retried start and marks the later ones with the first', async () => {
    const last = startRecord({ eventID: idOf(1000), eventTime: '2026-11-20T15:30:06Z' });
    const later = startRecord({ eventID: idOf(1001), eventTime: '2026-11-20T15:30:05Z' });
    const first = startRecord({ eventID: idOf(1002), eventTime: '2026-11-20T15:30:04Z' });
    const other = startNumber(3, { eventTime: '2026-11-20T15:30:07Z' });

    const rows = await rowsOf([other, last, later, first]);

    expect(rows.map((row) => [row.event_id, row.query_execution_id, row.retry_of_event_id])).toEqual([
      [idOf(1002), idOf(1), null],
      [idOf(1001), idOf(1), idOf(1002)],
      [idOf(1000), idOf(1), idOf(1002)],
      [idOf(1003), idOf(3), null],
    ]);
  });

  it('marks a retry that comes a thousand rows later', async () => {
    const starts = Array.from({ length: 1001 }, (_, index) => startNumber(index + 1));
    const retry = startNumber(2000, { responseElements: { queryExecutionId: idOf(1) }, eventTime: '2026-11-20T15:59:00Z' });

    const rows = await rowsOf([...starts, retry]);

    expect(rows).toHaveLength(1002);
    expect(rows.filter((row) => row.retry_of_event_id !== null).map((row) => [row.event_id, row.retry_of_event_id])).toEqual([[idOf(3000), idOf(1001)]]);
  });

  it('orders them by event time, then by event id', async () => {
    const at = (number: number, eventTime: string) => startNumber(number, { eventTime });

    const rows = await rowsOf([at(3, '2026-11-20T15:30:00Z'), at(1, '2026-11-20T15:31:00Z'), at(2, '2026-11-20T15:30:00Z')]);

    expect(rows.map((row) => row.event_id)).toEqual([idOf(1002), idOf(1003), idOf(1001)]);
  });
});

describe("Athena's side", () => {
  it('is asked once for each execution, however many events name it', async () => {
    const asked: string[][] = [];
    const readQueryExecutions: WorkerPorts['readQueryExecutions'] = async (ids) => {
      asked.push([...ids]);
      return new Map();
    };

    await rowsOf([startNumber(1), startRecord({ eventID: idOf(1009) }), startNumber(2), refusedRecord({ eventID: idOf(1010) })], { readQueryExecutions });

    expect(asked).toEqual([[idOf(1), idOf(2)]]);
  });

  it('is told the workgroup of each execution, as far as its record has one', async () => {
    const told: unknown[] = [];
    const readQueryExecutions: WorkerPorts['readQueryExecutions'] = async (ids, workgroupOf) => {
      told.push(...ids.map((id) => workgroupOf?.(id)));
      return new Map();
    };

    await rowsOf([startNumber(1), startNumber(2, { requestParameters: null })], { readQueryExecutions });

    expect(told).toEqual(['primary', null]);
  });

  it('is not asked in an hour of refused starts', async () => {
    const readQueryExecutions = () => Promise.reject(new Error('asked for nothing'));

    const rows = await rowsOf([refusedRecord()], { readQueryExecutions });

    expect(rows).toHaveLength(1);
  });

  it.each<[string, QueryExecutionAnswer, Partial<Row>]>([
    ['succeeded', answerOf(idOf(1)), { state: 'SUCCEEDED', missing_reason: null, query_source: 'athena', total_ms: 1875 }],
    ['failed', answerOf(idOf(1), { Status: { State: 'FAILED', StateChangeReason: 'TABLE_NOT_FOUND', AthenaError: { ErrorCategory: 2, ErrorType: 1301, Retryable: false, ErrorMessage: 'no table' } } }), { state: 'FAILED', missing_reason: null, state_reason: 'TABLE_NOT_FOUND', athena_error_category: 2, athena_error_type: 1301, athena_error_retryable: false, athena_error_message: 'no table' }],
    ['cancelled', answerOf(idOf(1), { Status: { State: 'CANCELLED' } }), { state: 'CANCELLED', missing_reason: null }],
    ['running', answerOf(idOf(1), { Status: { State: 'RUNNING' }, Statistics: {} }), { state: 'RUNNING', missing_reason: 'running', query: 'SELECT 1', total_ms: null, completed_at: null }],
    ['queued', answerOf(idOf(1), { Status: { State: 'QUEUED' } }), { state: 'QUEUED', missing_reason: 'running' }],
    ['not found', { missing: 'not_found', detail: 'was not found' }, { state: null, missing_reason: 'not_found', query: null, query_source: null, data_scanned_bytes: null, workgroup: 'primary' }],
    ['denied', { missing: 'access_denied', detail: 'not authorized' }, { state: null, missing_reason: 'access_denied' }],
    ['throttled out', { missing: 'throttled_out', detail: 'Rate exceeded' }, { state: null, missing_reason: 'throttled_out' }],
    ['not given', { missing: 'not_asked', detail: null }, { state: null, missing_reason: 'not_asked' }],
  ])('makes an execution that is %s that row', async (_kind, answer, expected) => {
    const rows = await rowsOf([startNumber(1)], { answers: { [idOf(1)]: answer } });

    expect(rows).toMatchObject([{ query_execution_id: idOf(1), ...expected }]);
  });

  it('is unknown for a start whose answer CloudTrail left out for its size: no refusal and no id', async () => {
    const rows = await rowsOf([startNumber(1, { responseElements: { omitted: true, originalSize: 110_000 } })]);

    expect(rows).toMatchObject([{ query_execution_id: null, state: null, missing_reason: 'not_asked' }]);
  });

  it.each<[string, string, QueryExecutionAnswer, Row['missing_reason']]>([
    ['not found at 45 days is not found', '2027-01-04T15:30:00Z', { missing: 'not_found', detail: null }, 'not_found'],
    ['not found after 45 days has expired', '2027-01-04T15:30:01Z', { missing: 'not_found', detail: null }, 'expired'],
    ['denied after 45 days is denied', '2027-01-04T15:30:01Z', { missing: 'access_denied', detail: null }, 'access_denied'],
    ['given after 45 days is not missing', '2027-01-04T15:30:01Z', answerOf(idOf(1)), null],
  ])('judges by the asOf of the run: what is %s', async (_case, asOf, answer, reason) => {
    const rows = await rowsOf([startNumber(1)], { asOf, answers: { [idOf(1)]: answer } });

    expect(rows).toMatchObject([{ missing_reason: reason }]);
  });

  it("has its refusals noted once each, in Athena's words, at most twenty, and not that an id is unknown", async () => {
    const store = createMemoryStore();
    const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
    const detailOf = (number: number) => `no access to workgroup ${String(Math.min(number, 25)).padStart(2, '0')}`;
    const denied = Object.fromEntries(numbers.map((number) => [idOf(number), { missing: 'access_denied', detail: detailOf(number) } as const]));

    await run(store, { pages: [pageOf([...numbers, 31].map((number) => startNumber(number)))], answers: { ...denied, [idOf(31)]: { missing: 'not_found', detail: 'A: unknown id' } } });

    const { notes } = readManifest(store);
    expect(notes).toHaveLength(20);
    expect([notes[0], notes.at(-1)]).toEqual(['access_denied: grant athena:BatchGetQueryExecution on workgroup/primary; no access to workgroup 01', 'access_denied: grant athena:BatchGetQueryExecution on workgroup/primary; no access to workgroup 20']);
  });
});

describe('the notes of an hour', () => {
  it('say the same words about many ids once, and what to grant of refusals alone', async () => {
    const store = createMemoryStore();
    const answers = Object.fromEntries([1, 2, 3].map((number) => [idOf(number), { missing: 'throttled_out', detail: `query ${idOf(number)}: Rate exceeded` } as const]));

    await run(store, { pages: [pageOf([1, 2, 3].map((number) => startNumber(number)))], answers });

    expect(readManifest(store).notes).toEqual(['throttled_out: query …: Rate exceeded']);
  });

  it('say so when the record does not name the workgroup to be granted', async () => {
    const store = createMemoryStore();

    await run(store, { pages: [pageOf([startNumber(1, { requestParameters: null })])], answers: { [idOf(1)]: { missing: 'access_denied', detail: 'not yours' } } });

    expect(readManifest(store).notes).toEqual(['access_denied: grant athena:BatchGetQueryExecution on the workgroup, which the record does not name; not yours']);
  });
});

describe('what an hour publishes', () => {
  it('writes the facts, the report, and then the manifest that vouches for both', async () => {
    const store = createMemoryStore();
    const grace = startNumber(2, { userIdentity: { type: 'IAMUser', userName: 'grace' }, eventTime: '2026-11-20T15:40:00Z' });
    const service = refusedRecord({ eventID: idOf(1003), userIdentity: { type: 'AWSService', invokedBy: 'scheduler.amazonaws.com' } });

    const result = await run(store, { pages: [pageOf([grace, startNumber(1), service, startNumber(4)])], answers: { [idOf(2)]: { missing: 'access_denied', detail: 'not yours' } } });

    const report = store.text(REPORT);
    const facts = store.text(FACTS);
    expect(store.changes()).toEqual([`write ${LAYOUT}`, `write ${FACTS}`, `write ${REPORT}`, `write ${MANIFEST}`]);
    expect(readManifest(store)).toEqual({
      version: 1,
      day: '2026-11-20',
      hour: '10',
      timeZone: 'America/New_York',
      start: '2026-11-20T15:00:00Z',
      end: '2026-11-20T16:00:00Z',
      offsets: hourOf('10').offsets,
      asOf: '2026-11-21T06:00:00.000Z',
      source: { kind: 'lookup' },
      counts: { read: 4, rows: 4, duplicates: 0, outside: 0, skipped: 0, malformed: 0 },
      report: { name: 'report_2026_11_20_h10.json', format: 'json', rows: 4, bytes: Buffer.byteLength(report), sha256: createHash('sha256').update(report).digest('hex') },
      facts: { name: '_facts.jsonl', bytes: Buffer.byteLength(facts), sha256: createHash('sha256').update(facts).digest('hex') },
      kept: { rows: 0, executions: 0, ids: [] },
      changes: null,
      states: { REJECTED: 1, SUCCEEDED: 2, UNKNOWN: 1 },
      missing: { access_denied: 1, rejected: 1 },
      notes: ['access_denied: grant athena:BatchGetQueryExecution on workgroup/primary; not yours'],
      unanswered: [],
      actors: [{ actor: 'ada', kind: 'person', rows: 2 }, { actor: 'grace', kind: 'person', rows: 1 }, { actor: 'scheduler.amazonaws.com', kind: 'service', rows: 1 }],
      malformedSamples: [],
    });
    expect(result).toEqual({
      more: false,
      day: '2026-11-20',
      hour: '10',
      source: 'lookup',
      report: REPORT,
      manifest: MANIFEST,
      counts: { read: 4, rows: 4, duplicates: 0, outside: 0, skipped: 0, malformed: 0 },
      states: { REJECTED: 1, SUCCEEDED: 2, UNKNOWN: 1 },
      missing: { access_denied: 1, rejected: 1 },
    });
  });

  it('names the executions about which Athena was too busy to answer, a hundred at most, and counts them all', async () => {
    const store = createMemoryStore();
    const numbers = Array.from({ length: 101 }, (_, index) => index + 1);
    const answers = Object.fromEntries(numbers.map((number) => [idOf(number), { missing: 'throttled_out', detail: 'Rate exceeded' } as const]));
    const denied = { [idOf(102)]: { missing: 'access_denied', detail: 'not yours' } as const };

    await run(store, { pages: [pageOf([102, ...numbers].map((number) => startNumber(number)))], answers: { ...answers, ...denied } });

    expect(readManifest(store)).toMatchObject({ missing: { throttled_out: 101, access_denied: 1 }, unanswered: numbers.slice(0, 100).map(idOf) });
  });

  it('lists states and reasons in the order of their names, whatever the order of the rows', async () => {
    const store = createMemoryStore();
    const records = [startNumber(1), refusedRecord({ eventID: idOf(1002) }), startNumber(3), startNumber(4), startNumber(5)];
    const answers = { [idOf(3)]: { missing: 'not_found', detail: null }, [idOf(4)]: { missing: 'access_denied', detail: null }, [idOf(5)]: answerOf(idOf(5), { Status: { State: 'FAILED' } }) } as const;

    await run(store, { pages: [pageOf(records)], answers });

    expect(Object.keys(readManifest(store).states)).toEqual(['FAILED', 'REJECTED', 'SUCCEEDED', 'UNKNOWN']);
    expect(Object.keys(readManifest(store).missing)).toEqual(['access_denied', 'not_found', 'rejected']);
  });

  it('says of each object what it holds, so that a browser shows it', async () => {
    const store = createMemoryStore();
    const types: Record<string, string> = {};
    const write: MemoryStore['write'] = (name, content, type) => {
      types[name] = type;
      return store.write(name, content, type);
    };
    const writeIf: MemoryStore['writeIf'] = (name, content, type, version) => {
      types[name] = type;
      return store.writeIf(name, content, type, version);
    };

    await run({ ...store, write, writeIf }, { pages: [pageOf([startNumber(1)])], contentType: 'text/csv' });

    expect(types).toEqual({ [LAYOUT]: 'application/json', [FACTS]: 'application/x-ndjson', [REPORT]: 'text/csv', [MANIFEST]: 'application/json' });
  });

  it('lists no actor whom no record names, and keeps the row', async () => {
    const store = createMemoryStore();

    const { counts } = await run(store, { pages: [pageOf([startNumber(1, { userIdentity: {} }), startNumber(2)])] });

    expect(counts.rows).toBe(2);
    expect(readManifest(store).actors).toEqual([{ actor: 'ada', kind: 'person', rows: 1 }]);
  });

  it('says of files what the source says of its scan', async () => {
    const store = createMemoryStore();
    const report = { kind: 'files', files: 3, passedOver: 1, athenaSide: false } as const;

    const result = await run(store, { source: sourceOf([pageOf([startNumber(1)])], report) });

    expect(readManifest(store).source).toEqual(report);
    expect(result.source).toBe('files');
  });

  it('has a manifest and no report for an hour without queries', async () => {
    const store = createMemoryStore();

    const result = await run(store, { pages: [pageOf([otherRecord()])] });

    expect(store.names()).toEqual([LAYOUT, MANIFEST]);
    expect(readManifest(store)).toMatchObject({ report: null, states: {}, missing: {}, actors: [], counts: { read: 1, rows: 0, skipped: 1 } });
    expect(result.report).toBeNull();
  });

  it('removes a report without facts when the hour is empty', async () => {
    const store = createMemoryStore({ [REPORT]: 'left by nobody\n' });

    await run(store, { pages: [] });

    expect(store.names()).toEqual([LAYOUT, MANIFEST]);
    expect(readManifest(store)).toMatchObject({ report: null, facts: null });
  });

  it.each(FORMATS)('gives the same bytes for the same records, whatever the order of pages, records and answers (%s)', async (format) => {
    const [one, two] = [createMemoryStore(), createMemoryStore()];
    const records = [...Array.from({ length: 20 }, (_, index) => startNumber(index, { eventTime: `2026-11-20T15:00:${String(59 - (index >> 1)).padStart(2, '0')}Z` })), refusedRecord({ eventID: idOf(1999) }), startNumber(1, { userAgent: undefined, eventTime: '2026-11-20T15:00:59Z' })];
    const answers = { [idOf(3)]: { missing: 'access_denied', detail: 'b' }, [idOf(7)]: { missing: 'throttled_out', detail: 'a' } } as const;
    const reversed: WorkerPorts['readQueryExecutions'] = async (ids) => new Map([...ids].reverse().map((id) => [id, (answers as Given['answers'])?.[id] ?? answerOf(id)]));

    await run(one, { format, ...encoders[format], answers, pages: [pageOf(records)] });
    await run(two, { format, ...encoders[format], readQueryExecutions: reversed, pages: records.map((record) => pageOf([record])).reverse() });

    const [bytes, again] = await Promise.all([one, two].map((store) => Promise.all(store.names().map(async (name) => [name, Buffer.from((await store.read(name)) ?? []).toString('base64')]))));
    expect(bytes).toHaveLength(4);
    expect(again).toEqual(bytes);
  });

  it('gives the same bytes when the same run is repeated over its own output', async () => {
    const store = createMemoryStore();
    const pages = [pageOf([startNumber(1), startNumber(2)])];
    await run(store, { pages });
    const before = store.names().map((name) => [name, store.text(name)]);

    await run(store, { pages });

    expect(store.names().map((name) => [name, store.text(name)])).toEqual(before);
  });
});

describe('the format of a root', () => {
  const layout = (format: string, schemaVersion: unknown) => ({ [LAYOUT]: `${JSON.stringify({ version: 1, format, timeZone: 'America/New_York', schemaVersion })}\n` });

  it('is recorded by the first writer', async () => {
    const store = createMemoryStore();

    await run(store, {});

    expect(JSON.parse(store.text(LAYOUT))).toEqual({ version: 1, format: 'json', timeZone: 'America/New_York', schemaVersion: SCHEMA_VERSION });
  });

  it('refuses a root that holds days of another time zone, which would hold the same queries again', async () => {
    const store = createMemoryStore({ [LAYOUT]: JSON.stringify({ version: 1, format: 'json', timeZone: 'Asia/Tokyo', schemaVersion: SCHEMA_VERSION }) });

    const running = run(store, {});

    await expect(running).rejects.toMatchObject({ name: 'ConfigError', message: 'TIME_ZONE: "America/New_York", but memory://reports/ holds days of Asia/Tokyo (_layout.json), and the same query would stand in a day of each; choose another root (REPORT_PREFIX, --to) or Asia/Tokyo' });
    expect(store.changes()).toEqual([]);
  });

  it('is left alone by the next writer of the same format', async () => {
    const store = createMemoryStore(layout('json', SCHEMA_VERSION));

    await run(store, {});

    expect(store.changes()).toEqual([`write ${MANIFEST}`]);
  });

  it('is brought up to date where an older version of the tracker has written', async () => {
    const store = createMemoryStore(layout('json', SCHEMA_VERSION - 1));

    await run(store, {});

    expect(JSON.parse(store.text(LAYOUT))).toEqual({ version: 1, format: 'json', timeZone: 'America/New_York', schemaVersion: SCHEMA_VERSION });
  });

  it.each([
    ['another format', layout('csv', SCHEMA_VERSION), 'OUTPUT_TYPE: "json", but memory://reports/ holds csv reports (_layout.json), and one root holds one format; choose another root (REPORT_PREFIX, --to) or csv'],
    ['a newer schema', layout('json', SCHEMA_VERSION + 1), `memory://reports/_layout.json: schema version ${SCHEMA_VERSION + 1}, this version of the tracker writes ${SCHEMA_VERSION}; use the newer version`],
    ["somebody else's JSON", { [LAYOUT]: '{"layout": "grid"}' }, 'memory://reports/_layout.json: no layout of this tracker; remove it if the root is ours to use, or choose another root (REPORT_PREFIX, --to)'],
    ['a format of no text', layout('json', '1'), 'memory://reports/_layout.json: no layout of this tracker; remove it if the root is ours to use, or choose another root (REPORT_PREFIX, --to)'],
    ['nothing', { [LAYOUT]: 'null' }, 'memory://reports/_layout.json: no layout of this tracker; remove it if the root is ours to use, or choose another root (REPORT_PREFIX, --to)'],
    ['a list', { [LAYOUT]: '[]' }, 'memory://reports/_layout.json: no layout of this tracker; remove it if the root is ours to use, or choose another root (REPORT_PREFIX, --to)'],
    ['no JSON', { [LAYOUT]: 'layout: grid' }, 'memory://reports/_layout.json: no layout of this tracker; remove it if the root is ours to use, or choose another root (REPORT_PREFIX, --to)'],
  ])('refuses a root that holds %s before anything is read or written', async (_case, objects, problem) => {
    const store = createMemoryStore(objects);
    const source = { ...sourceOf([]), readRecords: () => { throw new Error('read'); } };

    const running = run(store, { source });

    await expect(running).rejects.toThrow(new ConfigError([problem]));
    await expect(running).rejects.toMatchObject({ name: 'ConfigError', problems: [problem] });
    expect(store.changes()).toEqual([]);
  });
});

describe('a port that fails', () => {
  const cause = new Error('ECONNRESET');
  const failures = [
    new UpstreamThrottledError('cloudtrail:LookupEvents on hour 10: throttled', { cause }),
    new UpstreamUnavailableError('cloudtrail:LookupEvents on hour 10: 503', { cause }),
    new UpstreamDeniedError('cloudtrail:LookupEvents on hour 10: access denied', { cause }),
    new InvalidInputError('window: no range', { cause }),
    new TypeError('a fault of our own'),
  ].map((failure) => [failure.name, failure] as const);
  const before = { [LAYOUT]: JSON.stringify({ version: 1, format: 'json', timeZone: 'America/New_York', schemaVersion: SCHEMA_VERSION }), [REPORT]: 'the report before\n', [MANIFEST]: '{"the manifest": "before"}\n' };

  it.each(failures)('passes %s of the source through and leaves what was published', async (_name, failure) => {
    const store = createMemoryStore(before);
    const readRecords = async function* () {
      yield pageOf([startNumber(1)]);
      throw failure;
    };

    const running = run(store, { source: { ...sourceOf([]), readRecords } });

    await expect(running).rejects.toBe(failure);
    expect(store.changes()).toEqual([]);
  });

  it.each(failures)("passes %s of Athena's side through and leaves what was published", async (_name, failure) => {
    const store = createMemoryStore(before);

    const running = run(store, { pages: [pageOf([startNumber(1)])], readQueryExecutions: () => Promise.reject(failure) });

    await expect(running).rejects.toBe(failure);
    expect(store.changes()).toEqual([]);
  });

  it('leaves neither report nor manifest of an encoder that breaks off', async () => {
    const store = createMemoryStore(before);
    const failure = new RangeError('row 1: too long');
    const encode: Encode = async function* () {
      yield Buffer.from('the first half');
      throw failure;
    };

    const running = run(store, { pages: [pageOf([startNumber(1)])], encode });

    await expect(running).rejects.toBe(failure);
    expect(store.changes()).toEqual([`write ${FACTS}`]);
    expect(store.text(REPORT)).toBe('the report before\n');
  });

  it.each<[string, string, Readonly<Record<string, string>>, string[]]>([
    ['the layout', LAYOUT, {}, []],
    ['the layout of an older version', LAYOUT, { [LAYOUT]: JSON.stringify({ version: 1, format: 'json', timeZone: 'America/New_York', schemaVersion: SCHEMA_VERSION - 1 }) }, []],
    ['the facts', FACTS, {}, [`write ${LAYOUT}`]],
    ['the report', REPORT, {}, [`write ${LAYOUT}`, `write ${FACTS}`]],
    ['the manifest', MANIFEST, {}, [`write ${LAYOUT}`, `write ${FACTS}`, `write ${REPORT}`]],
  ])('ends the hour when %s cannot be written: what comes after it is not', async (_what, refused, objects, changes) => {
    const store = createMemoryStore(objects);
    const failure = new UpstreamDeniedError('s3:PutObject: access denied');
    const write: MemoryStore['write'] = (name, content, type) => (name === refused ? Promise.reject(failure) : store.write(name, content, type));

    const writeIf: MemoryStore['writeIf'] = (name, content, type, version) => (name === refused ? Promise.reject(failure) : store.writeIf(name, content, type, version));

    const running = run({ ...store, write, writeIf }, { pages: [pageOf([startNumber(1)])] });

    await expect(running).rejects.toBe(failure);
    expect(store.changes()).toEqual(changes);
  });

  it('leaves the manifest of a report that cannot be removed', async () => {
    const store = createMemoryStore(before);
    const failure = new UpstreamDeniedError('s3:DeleteObject: access denied');

    const running = run({ ...store, remove: () => Promise.reject(failure) }, { pages: [] });

    await expect(running).rejects.toBe(failure);
    expect(store.changes()).toEqual([]);
  });

  it('publishes over what was there when no port fails', async () => {
    const store = createMemoryStore(before);

    await run(store, { pages: [pageOf([startNumber(1)])] });

    expect(store.changes()).toEqual([`write ${FACTS}`, `write ${REPORT}`, `write ${MANIFEST}`]);
  });
});

describe('the event of an hour', () => {
  const event = { ...hourOf('10'), asOf: '2026-11-21T06:00:00Z', config: { format: 'csv' } };
  const { config: _, ...alone } = event;

  it('is taken with its configuration, as it is, and with members that are none of ours left out', () => {
    const parsed = parseWorkerEvent({ ...event, AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn' });

    expect(parsed).toEqual({ window: hourOf('10'), asOf: new Date('2026-11-21T06:00:00Z'), config: { format: 'csv' }, run: 'alone' });
  });

  it('is taken without a configuration', () => {
    const parsed = parseWorkerEvent(alone);

    expect(parsed).toEqual({ window: hourOf('10'), asOf: new Date('2026-11-21T06:00:00Z'), config: undefined, run: 'alone' });
    expect(parseWorkerEvent(alone, 'a-request').run).toBe('a-request');
    expect(parseWorkerEvent({ ...alone, run: 'an-execution' }, 'a-request').run).toBe('an-execution');
  });

  it('is taken with an offset that begins with the hour', () => {
    const offsets = [{ from: event.start, minutes: -300 }];

    const parsed = parseWorkerEvent({ ...event, offsets });

    expect(parsed.window.offsets).toEqual(offsets);
  });

  it.each<[string, object, string | RegExp]>([
    ['no day of the calendar', { day: '2026-02-30' }, 'day: "2026-02-30", expected a day, YYYY-MM-DD'],
    ['an hour of one digit', { hour: '7' }, 'hour: "7", expected an hour label, 00 to 23'],
    ['no start', { start: undefined }, /^start: missing, expected /],
    ['a start without zone', { start: '2026-11-20T15:00:00' }, /^start: "2026-11-20T15:00:00", expected an instant in UTC, such as 2026-11-20T14:00:00Z/],
    ['a start of no clock', { start: '2026-11-20T25:00:00Z' }, /^start: "2026-11-20T25:00:00Z", expected an instant in UTC, such as 2026-11-20T14:00:00Z/],
    ['a start between two seconds', { start: '2026-11-20T15:00:00.500Z' }, 'start: "2026-11-20T15:00:00.500Z", expected whole seconds, such as 2026-11-20T14:00:00Z'],
    ['an end at its start', { end: event.start }, /^end: .*, expected an instant after start$/],
    ['no offsets', { offsets: [] }, /^offsets: \[\], expected at least one UTC offset/],
    ['an offset of days', { offsets: [{ from: '2026-11-01T06:00:00Z', minutes: 1441 }] }, 'offsets.0.minutes: 1441, expected minutes east of UTC, such as -300'],
    ['offsets that begin after its start', { offsets: [{ from: '2026-11-20T15:00:01Z', minutes: -300 }] }, /^offsets: .*, expected an offset that is valid at start$/],
    ['no asOf', { asOf: undefined }, /^asOf: missing, expected /],
  ])('is refused with %s', (_case, edit, message) => {
    const parsing = () => parseWorkerEvent({ ...event, ...edit });

    expect(parsing).toThrow(typeof message === 'string' ? new InvalidInputError(message) : message);
    expect(parsing).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
  });

  it.each([
    ['nothing', undefined, 'event: missing, expected an hour window, such as events/worker.hour.json'],
    ['a text', '10', 'event: "10", expected an hour window, such as events/worker.hour.json'],
  ])('is refused when it is %s', (_case, value, message) => {
    const parsing = () => parseWorkerEvent(value);

    expect(parsing).toThrow(new InvalidInputError(message));
  });
});
