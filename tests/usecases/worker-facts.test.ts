import { readZone } from '#adapters/zones';
import type { Manifest } from '#core/manifest';
import type { RecordPage } from '#core/ports';
import type { QueryExecutionAnswer } from '#core/query-execution';
import { countRecords, parseRecord } from '#core/record';
import type { Row } from '#core/row';
import { planDay } from '#core/window';
import type { Encode } from '#encoders/encoder';
import { createWorker, type WorkerPorts } from '../../functions/worker/worker.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { answerOf, idOf, startRecord } from '../fakes/records.ts';

const FOLDER = 'year=2026/month=11/day=20/hour=10/';
const REPORT = `${FOLDER}report_2026_11_20_h10.json`;
const MANIFEST = `${FOLDER}_manifest.json`;
const DENIED: QueryExecutionAnswer = { missing: 'access_denied', detail: 'not yours' };
const GONE: QueryExecutionAnswer = { missing: 'not_found', detail: null };

const plan = planDay('2026-11-20', readZone('America/New_York'));
const span = plan.windows.find(({ hour }) => hour === '10');
if (span === undefined) throw new TypeError('no hour 10');
const WINDOW = { day: plan.day, offsets: plan.offsets, ...span };

const encode: Encode = async function* (batches) {
  for await (const rows of batches) for (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
};

/** The start number n: event id 1000 + n, execution id n. */
function start(n: number, eventTime = `2026-11-20T15:00:${String(n).padStart(2, '0')}Z`) {
  return startRecord({ eventID: idOf(1000 + n), eventTime, responseElements: { queryExecutionId: idOf(n) } });
}

function pageOf(records: readonly unknown[]): RecordPage {
  return { ...countRecords(records.map((record) => () => parseRecord(record)), () => 'test'), outside: 0 };
}

interface Given extends Partial<WorkerPorts> {
  readonly records?: readonly unknown[];
  readonly answers?: Readonly<Record<string, QueryExecutionAnswer>>;
  readonly asOf?: string;
}

function run(store: MemoryStore, { records = [], answers = {}, asOf = '2026-11-21T06:00:00Z', ...ports }: Given) {
  const worker = createWorker({
    source: {
      // Like LookupEvents: what lies in the span that is asked for.
      readRecords: async function* ({ start: from, end: to }) {
        const page = pageOf(records);
        const starts = page.starts.filter(({ eventTime }) => eventTime >= Date.parse(from) && eventTime < Date.parse(to));
        yield { ...page, read: starts.length, starts };
      },
      report: () => ({ kind: 'lookup' }),
    },
    readQueryExecutions: async (ids) => new Map(ids.map((id) => [id, answers[id] ?? answerOf(id)])),
    readAssumption: null,
    store,
    encode,
    contentType: 'application/x-ndjson',
    format: 'json',
    timeZone: 'America/New_York',
    ...ports,
  });
  return worker({ window: WINDOW, asOf: new Date(asOf), config: undefined });
}

const rowsOf = (store: MemoryStore) => store.text(REPORT).trimEnd().split('\n').map((line) => JSON.parse(line) as Row);
const manifestOf = (store: MemoryStore) => JSON.parse(store.text(MANIFEST)) as Manifest;

describe('a second run of an hour', () => {
  it.each([
    ['has expired since', GONE, '2027-02-01T00:00:00Z'],
    ['is denied this time', DENIED, '2026-11-22T06:00:00Z'],
  ])('keeps what the first knew of an execution that %s, and says so', async (_why, answer, asOf) => {
    const store = createMemoryStore();
    await run(store, { records: [start(1)] });
    const before = rowsOf(store);

    await run(store, { records: [start(1)], answers: { [idOf(1)]: answer }, asOf });

    expect(rowsOf(store)).toEqual(before);
    expect(before[0]).toMatchObject({ query_source: 'athena', missing_reason: null });
    expect(manifestOf(store)).toMatchObject({ kept: { rows: 0, executions: 1, ids: [idOf(1)] }, missing: {}, changes: null });
  });

  it('keeps the rows of events that it does not find any more, and counts only what it read', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1), start(2)] });

    await run(store, { records: [start(2)] });

    expect(rowsOf(store).map((row) => row.event_id)).toEqual([idOf(1001), idOf(1002)]);
    expect(manifestOf(store)).toMatchObject({ counts: { read: 1, rows: 1 }, report: { rows: 2 }, kept: { rows: 1, ids: [idOf(1001)] } });
  });

  it('adds an event that CloudTrail delivered late, and lists it', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(2)] });

    await run(store, { records: [start(1), start(2)] });

    expect(rowsOf(store).map((row) => row.event_id)).toEqual([idOf(1001), idOf(1002)]);
    expect(manifestOf(store)).toMatchObject({ kept: { rows: 0 }, changes: { added: 1, learned: 0, addedIds: [idOf(1001)] } });
  });

  it('learns the end of a query that was running, and lists it', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1)], answers: { [idOf(1)]: answerOf(idOf(1), { Status: { State: 'RUNNING' } }) } });
    expect(rowsOf(store)).toMatchObject([{ state: 'RUNNING', missing_reason: 'running' }]);

    await run(store, { records: [start(1)] });

    expect(rowsOf(store)).toMatchObject([{ state: 'SUCCEEDED', missing_reason: null }]);
    expect(manifestOf(store)).toMatchObject({ changes: { added: 0, learned: 1, learnedIds: [idOf(1001)] } });
  });

  it('does not take an ended query for a running one', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1)] });

    await run(store, { records: [start(1)], answers: { [idOf(1)]: answerOf(idOf(1), { Status: { State: 'RUNNING' } }) } });

    expect(rowsOf(store)).toMatchObject([{ state: 'SUCCEEDED', missing_reason: null }]);
  });

  it('refuses facts that are none of its own, and publishes nothing', async () => {
    const store = createMemoryStore({ [`${FOLDER}_facts.jsonl`]: 'SELECT 1\n' });

    const running = run(store, { records: [start(1)] });

    await expect(running).rejects.toMatchObject({ name: 'MalformedRecordError', message: '_facts.jsonl: line 1 is no fact of this tracker; move the object away to start the hour anew' });
    expect(store.changes()).toEqual([]);
  });
});

describe('two runs on one hour at the same time', () => {
  it('lose nothing: the one that comes second to the facts merges', async () => {
    const store = createMemoryStore();
    let first = true;
    const writeIf: MemoryStore['writeIf'] = async (name, ...rest) => {
      if (first && name.endsWith('_facts.jsonl')) {
        first = false;
        await run(store, { records: [start(2)] });
      }
      return store.writeIf(name, ...rest);
    };

    await run({ ...store, writeIf }, { records: [start(1)] });

    expect(rowsOf(store).map((row) => row.event_id)).toEqual([idOf(1001), idOf(1002)]);
    expect(manifestOf(store)).toMatchObject({ report: { rows: 2 } });
  });

  it('leave the richer report: whoever publishes last finds the facts changed and publishes again', async () => {
    const store = createMemoryStore();
    let first = true;
    const write: MemoryStore['write'] = async (name, ...rest) => {
      if (first && name === REPORT) {
        first = false;
        await run(store, { records: [start(2)] });
      }
      return store.write(name, ...rest);
    };

    await run({ ...store, write }, { records: [start(1)] });

    expect(rowsOf(store).map((row) => row.event_id)).toEqual([idOf(1001), idOf(1002)]);
    expect(manifestOf(store)).toMatchObject({ report: { rows: 2 } });
  });

  it('give way, by name, when the hour never comes to rest', async () => {
    const store = createMemoryStore();
    const writeIf: MemoryStore['writeIf'] = (name, ...rest) => (name.endsWith('_facts.jsonl') ? Promise.resolve(null) : store.writeIf(name, ...rest));

    const running = run({ ...store, writeIf }, { records: [start(1)] });

    await expect(running).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: `${store.root}${FOLDER}: other runs keep writing this hour; run it again when they have ended` });
  }, 20_000);
});

describe("a client's retry across the hour's edge", () => {
  const late = startRecord({ eventID: idOf(1001), eventTime: '2026-11-20T15:00:01Z', responseElements: { queryExecutionId: idOf(1) } });
  const early = startRecord({ eventID: idOf(1000), eventTime: '2026-11-20T14:59:59Z', responseElements: { queryExecutionId: idOf(1) } });
  const submitted = (at: string) => ({ [idOf(1)]: answerOf(idOf(1), { Status: { State: 'SUCCEEDED', SubmissionDateTime: at } }) });

  it('names the event of the hour before', async () => {
    const store = createMemoryStore();

    await run(store, { records: [early, late], answers: submitted('2026-11-20T14:59:58.500Z') });

    expect(rowsOf(store)).toMatchObject([{ event_id: idOf(1001), retry_of_event_id: idOf(1000) }]);
    expect(manifestOf(store).counts).toMatchObject({ read: 1, rows: 1, outside: 0 });
  });

  it('names none when Athena took the query in the very second before the hour and no earlier event is there', async () => {
    const store = createMemoryStore();

    await run(store, { records: [late], answers: submitted('2026-11-20T14:59:59.900Z') });

    expect(rowsOf(store)).toMatchObject([{ retry_of_event_id: null }]);
  });
});
