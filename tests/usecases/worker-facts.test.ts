import { readZone } from '#adapters/zones';
import type { Manifest } from '#core/manifest';
import type { RecordPage } from '#core/ports';
import type { QueryExecutionAnswer } from '#core/query-execution';
import { countRecords, parseRecord } from '#core/record';
import type { Row } from '#core/row';
import { planDay } from '#core/window';
import type { Encode } from '#encoders/encoder';
import { createReader } from '../../functions/reader/reader.ts';
import type { WorkerPorts } from '../../functions/worker/worker.ts';
import { holdLookUps } from '../fakes/look-ups.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { answerOf, idOf, startRecord } from '../fakes/records.ts';
import { runHour } from '../fakes/run-hour.ts';

const FOLDER = 'year=2026/month=11/day=20/hour=10/';
const REPORT = `${FOLDER}report_2026_11_20_h10.json`;
const MANIFEST = `${FOLDER}_manifest.json`;
const FACTS = `${FOLDER}_facts.jsonl`;
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
  const given: WorkerPorts = {
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
    lookUps: null,
    readAssumption: null,
    store,
    encode,
    contentType: 'application/x-ndjson',
    format: 'json',
    timeZone: 'America/New_York',
    ...ports,
  };
  return runHour(given, WINDOW, asOf);
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

  it('lists it also in an hour that had no query before: that left a manifest, and no facts', async () => {
    const store = createMemoryStore();
    await run(store, {});
    expect(manifestOf(store)).toMatchObject({ report: null, facts: null, changes: null });

    await run(store, { records: [start(1)] });

    expect(manifestOf(store)).toMatchObject({ report: { rows: 1 }, changes: { added: 1, learned: 0, addedIds: [idOf(1001)] } });
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

  it('heals a fact that somebody has altered, by what CloudTrail and Athena say now, and lists it', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1), start(2)] });
    const before = rowsOf(store);
    const altered = store.text(FACTS).replace('"actor":"ada"', '"actor":"mallory"').replace('"query":"SELECT 1"', '"query":"SELECT 0"');
    await store.write(FACTS, Buffer.from(altered), 'application/x-ndjson');

    await run(store, { records: [start(1), start(2)] });

    expect(altered).toContain('mallory');
    expect(altered).toContain('SELECT 0');
    expect(rowsOf(store)).toEqual(before);
    expect(store.text(FACTS)).not.toContain('mallory');
    expect(manifestOf(store)).toMatchObject({ changes: { added: 0, learned: 1, learnedIds: [idOf(1001)] } });
  });

  it('takes a correction that CloudTrail has delivered since for what it is: no row and no retry, but a better word', async () => {
    const store = createMemoryStore();
    const correction = { ...start(1), eventID: idOf(1500), userAgent: 'corrected', addendum: { reason: 'UPDATED_DATA', originalEventID: idOf(1001) } };
    await run(store, { records: [start(1)] });

    await run(store, { records: [correction, start(1)] });

    expect(rowsOf(store)).toMatchObject([{ event_id: idOf(1001), user_agent: 'corrected', retry_of_event_id: null }]);
    expect(rowsOf(store)).toHaveLength(1);
    expect(manifestOf(store)).toMatchObject({ counts: { read: 2, rows: 1, duplicates: 1 }, report: { rows: 1 }, kept: { rows: 0 }, changes: { added: 0, learnedIds: [idOf(1001)] } });
  });

  it('says what changed also when the hour had no query before', async () => {
    const store = createMemoryStore();
    await run(store, {});

    await run(store, { records: [start(1)] });

    expect(manifestOf(store).changes).toEqual({ added: 1, learned: 0, addedIds: [idOf(1001)], learnedIds: [] });
  });
});

describe('the ids of what a run keeps, adds or learns', () => {
  it('are a hundred at most, and the numbers beside them count all', async () => {
    const store = createMemoryStore();
    const numbers = Array.from({ length: 101 }, (_, n) => n);
    const records = numbers.map((n) => start(n, '2026-11-20T15:30:00Z'));
    const running = Object.fromEntries(numbers.map((n) => [idOf(n), answerOf(idOf(n), { Status: { State: 'RUNNING' } })]));
    const hundred = numbers.slice(0, 100).map((n) => idOf(1000 + n));
    await run(store, {});

    await run(store, { records, answers: running });
    const added = manifestOf(store);
    await run(store, { records });
    const learned = manifestOf(store);
    await run(store, {});

    expect(added.changes).toEqual({ added: 101, learned: 0, addedIds: hundred, learnedIds: [] });
    expect(learned.changes).toEqual({ added: 0, learned: 101, addedIds: [], learnedIds: hundred });
    expect(manifestOf(store).kept).toEqual({ rows: 101, executions: 0, ids: hundred });
  });
});

describe('facts that somebody has changed', () => {
  const lines = (store: MemoryStore) => store.text(FACTS).trimEnd().split('\n');
  const put = (store: MemoryStore, text: string) => store.write(FACTS, new TextEncoder().encode(text), 'application/x-ndjson');
  const setAside = (store: MemoryStore) => store.names().filter((name) => name.endsWith('_set_aside.jsonl'));
  const doubt = 'the manifest of 2026-11-21T06:00:00.000Z vouches for other facts: a run was stopped, or somebody changed them';

  it('are healed by what CloudTrail and Athena say now, without a word', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1)] });
    const before = { facts: store.text(FACTS), report: store.text(REPORT) };
    await put(store, before.facts.replace('"SELECT 1"', '"DROP TABLE x"').replace(/"actor":"[^"]*"/, '"actor":"mallory"'));
    expect(store.text(FACTS)).not.toBe(before.facts);

    await run(store, { records: [start(1)] });

    expect({ facts: store.text(FACTS), report: store.text(REPORT) }).toEqual(before);
    expect(manifestOf(store)).not.toHaveProperty('unvouched');
  });

  it('are named, row by row, as far as nobody else says what they say; in later runs as well', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1), start(2)] });
    await put(store, store.text(FACTS).replace(/"SELECT \d"/g, '"DROP TABLE x"'));
    const later = { records: [start(1), start(2)], answers: { [idOf(1)]: GONE } };

    await run(store, later);
    const first = manifestOf(store).unvouched;
    await run(store, later);

    expect(first).toEqual([`${doubt}; 1 rows hold what only they say: ${idOf(1001)}`]);
    expect(manifestOf(store).unvouched).toEqual(first);
    expect(rowsOf(store).map(({ query }) => query)).toEqual(['DROP TABLE x', 'SELECT 2']);

    // Athena was asked wrongly, or has it again: then nothing rests on these facts any more.
    await run(store, { records: [start(1), start(2)] });

    expect(manifestOf(store)).not.toHaveProperty('unvouched');
    expect(rowsOf(store).map(({ query }) => query)).toEqual(['SELECT 1', 'SELECT 2']);
  });

  it.each([[20, ''], [21, ', …']])('are named when no manifest lies there, and twenty at most: of %d', async (count, more) => {
    const store = createMemoryStore();
    const records = Array.from({ length: count }, (_, n) => start(n));
    await run(store, { records });
    await store.remove(MANIFEST);

    await run(store, {});

    const [words, ...others] = manifestOf(store).unvouched ?? [];
    expect(others).toEqual([]);
    const named = Array.from({ length: 20 }, (_, n) => idOf(1000 + n)).join(', ');
    expect(words).toBe(`no manifest vouches for the facts: a run was stopped, or somebody changed them; ${count} rows hold what only they say: ${named}${more}`);
  });

  it('have their look-ups done again, and keep what is not found again', async () => {
    const store = createMemoryStore();
    const found = { assumedBy: 'ada', evidence: [idOf(2000)] };
    await run(store, { records: [start(1), start(2)], readAssumption: async () => found });
    await put(store, store.text(FACTS).replaceAll('"assumedBy":"ada"', '"assumedBy":"mallory"').replace(/"retryOf":null/, `"retryOf":"${idOf(9)}"`));

    await run(store, { records: [start(1), start(2)], readAssumption: async ({ eventId }) => (eventId === idOf(1001) ? found : null) });

    expect(rowsOf(store)).toMatchObject([{ assumed_by: 'ada' }, { assumed_by: 'mallory' }]);
  });

  it.each<[string, (facts: readonly string[]) => string, string]>([
    ['a line that is no JSON', ([one]) => `${one}\nSELECT 1\n`, '1 of 2'],
    ['a line that was cut off', ([one, two]) => `${one}\n${two?.slice(0, 50)}`, '1 of 2'],
    ['nothing but a foreign text', () => 'SELECT 1\n', '1 of 1'],
    ['an event of another hour', ([one]) => `${one}\n${one?.replace(/"eventTime":\d+/, `"eventTime":${Date.parse('2026-11-20T17:00:00Z')}`)}\n`, '1 of 2'],
  ])('into %s stop no hour: they are set aside as they are, and the rest is kept', async (_what, edit, strange) => {
    const store = createMemoryStore();
    await run(store, { records: [start(1), start(2)] });
    const changed = edit(lines(store));
    await put(store, changed);

    await run(store, { records: [start(1), start(2)] });

    const [name = '', ...others] = setAside(store);
    expect(others).toEqual([]);
    expect(name).toMatch(/^year=2026\/month=11\/day=20\/hour=10\/_facts_[0-9a-f]{12}_set_aside\.jsonl$/);
    expect(store.text(name)).toBe(changed);
    expect(rowsOf(store).map(({ event_id }) => event_id)).toEqual([idOf(1001), idOf(1002)]);
    expect(manifestOf(store).notes).toEqual([`facts: ${strange} lines were none of this hour; they are kept in ${name.slice(FOLDER.length)}`]);
  });

  it.each([['empty', ''], ['foreign', 'SELECT 1\n']])('and are %s stop no hour without queries either', async (_what, text) => {
    const store = createMemoryStore({ [FACTS]: text });

    await run(store, {});

    expect(manifestOf(store)).toMatchObject({ report: null, facts: { bytes: 0 }, changes: null });
  });

  it('come beside the manifest of an hour without queries, as a run leaves them that was stopped', async () => {
    const store = createMemoryStore();
    const other = createMemoryStore();
    await run(other, { records: [start(1)] });
    await run(store, {});
    await put(store, other.text(FACTS));

    await run(store, {});

    expect(manifestOf(store).unvouched).toEqual([`${doubt}; 1 rows hold what only they say: ${idOf(1001)}`]);
    expect(manifestOf(store)).toMatchObject({ report: { rows: 1 }, kept: { rows: 1 } });
  });

  it('come without a manifest: what a run adds to them is listed', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1)] });
    await store.remove(MANIFEST);

    await run(store, { records: [start(1), start(2)] });

    expect(manifestOf(store)).toMatchObject({ changes: { added: 1, learned: 0, addedIds: [idOf(1002)] } });
  });

  it('come with a manifest that is none: it vouches for nothing', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1)] });
    await store.write(MANIFEST, new TextEncoder().encode('{}'), 'application/json');

    await run(store, {});

    expect(manifestOf(store).unvouched).toEqual([expect.stringMatching(/^no manifest vouches/)]);
    expect(manifestOf(store)).toMatchObject({ kept: { rows: 1 } });
  });
});

describe('who assumed the role behind a session', () => {
  it('is not looked up again by a later run', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1)], readAssumption: async () => ({ assumedBy: 'ada', evidence: [idOf(2000)] }) });

    await run(store, { records: [start(1)], readAssumption: () => Promise.reject(new Error('asked again')) });

    expect(rowsOf(store)).toMatchObject([{ assumed_by: 'ada' }]);
  });
});

describe('what could not be asked of the role chain', () => {
  it('is in the same order, whatever was asked first', async () => {
    const store = createMemoryStore();

    await run(store, {
      records: [start(1), start(2)],
      readAssumption: async ({ eventId }, note) => {
        note?.(eventId === idOf(1001) ? 'us-west-2: denied' : 'us-east-1: denied');
        return null;
      },
    });

    expect(manifestOf(store).notes).toEqual(['us-east-1: denied', 'us-west-2: denied']);
  });

  it('is in the manifest, once, and costs the hour nothing', async () => {
    const store = createMemoryStore();
    const words = 'role chain: cloudtrail:LookupEvents in us-east-1: denied; assumed_by may be NULL where it need not be (no)';

    await run(store, {
      records: [start(1), start(2)],
      readAssumption: async (_start, note) => {
        note?.(words);
        return null;
      },
    });

    expect(rowsOf(store).map((row) => row.assumed_by)).toEqual([null, null]);
    expect(manifestOf(store).notes).toEqual([words]);
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

  it('do not take each other for somebody who changed the facts', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(3)] });
    let first = true;
    const writeIf: MemoryStore['writeIf'] = async (name, ...rest) => {
      if (first && name.endsWith('_facts.jsonl')) {
        first = false;
        await store.writeIf(name, ...rest);
        // Its answer is lost: what lies there then is its own.
        return null;
      }
      return store.writeIf(name, ...rest);
    };

    await run({ ...store, writeIf }, { records: [start(1)] });

    expect(manifestOf(store)).toMatchObject({ report: { rows: 2 }, kept: { rows: 1 } });
    expect(manifestOf(store)).not.toHaveProperty('unvouched');
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
  });
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

  it('names the first of several, and none of another execution', async () => {
    const store = createMemoryStore();
    const first = startRecord({ eventID: idOf(1003), eventTime: '2026-11-20T14:59:58Z', responseElements: { queryExecutionId: idOf(1) } });
    const other = startRecord({ eventID: idOf(900), eventTime: '2026-11-20T14:59:57Z', responseElements: { queryExecutionId: idOf(2) } });

    await run(store, { records: [other, early, first, late], answers: submitted('2026-11-20T14:59:58.500Z') });

    expect(rowsOf(store)).toMatchObject([{ event_id: idOf(1001), retry_of_event_id: idOf(1003) }]);
  });

  it('never takes an event of the hour for its own retry, though a source gives it beside what was asked', async () => {
    const store = createMemoryStore();
    const onTheEdge = { ...late, eventTime: '2026-11-20T15:00:00Z' };
    const readRecords = async function* () {
      yield pageOf([onTheEdge]);
    };

    await run(store, { source: { readRecords, report: () => ({ kind: 'lookup' }) }, answers: submitted('2026-11-20T14:59:59.900Z') });

    expect(rowsOf(store)).toMatchObject([{ event_id: idOf(1001), retry_of_event_id: null }]);
  });

  it.each<[string, string[]]>([
    ['2026-11-20T15:00:02Z', []],
    ['2026-11-20T15:00:01.999Z', ['2026-11-20T14:59:59Z 2026-11-20T15:00:00Z']],
    ['2026-11-20T14:59:59.999Z', ['2026-11-20T14:59:57Z 2026-11-20T15:00:00Z']],
    ['2026-11-20T14:57:00Z', ['2026-11-20T14:56:58Z 2026-11-20T14:58:00Z']],
  ])('is looked for around the second in which Athena took the query, before the hour alone: %s', async (at, expected) => {
    const asked: string[] = [];
    const readRecords: WorkerPorts['source']['readRecords'] = async function* ({ start: from, end: to }) {
      asked.push(`${from} ${to}`);
      yield pageOf(asked.length === 1 ? [late] : []);
    };

    await run(createMemoryStore(), { source: { readRecords, report: () => ({ kind: 'lookup' }) }, answers: submitted(at) });

    expect(asked).toEqual([`${WINDOW.start} ${WINDOW.end}`, ...expected]);
  });

  it('names none when Athena took the query in the very second before the hour and no earlier event is there', async () => {
    const store = createMemoryStore();

    await run(store, { records: [late], answers: submitted('2026-11-20T14:59:59.900Z') });

    expect(rowsOf(store)).toMatchObject([{ retry_of_event_id: null }]);
  });
});

describe('facts that are gone, or fewer, than the manifest vouches for', () => {
  const LATE = '2027-02-01T00:00:00Z';
  const asideOf = (store: MemoryStore) => store.names().filter((name) => name.includes('_set_aside'));
  const removeFacts = (store: MemoryStore) => store.remove(FACTS);
  const emptyFacts = (store: MemoryStore) => store.write(FACTS, new Uint8Array(), '');
  const cutFacts = (store: MemoryStore) => store.write(FACTS, Buffer.from(`${store.text(FACTS).split('\n')[0]}\n`), '');

  it.each([['removed', removeFacts], ['emptied', emptyFacts], ['cut', cutFacts]])('leave the earlier manifest and its report when they were %s and more was known in them', async (_how, spoil) => {
    const store = createMemoryStore();
    await run(store, { records: [start(1), start(2)] });
    const [report, manifest] = [store.text(REPORT), store.text(MANIFEST)];
    await spoil(store);

    await run(store, { records: [start(1)], answers: { [idOf(1)]: GONE, [idOf(2)]: GONE }, asOf: LATE });

    const [keptManifest = '', keptReport = ''] = asideOf(store);
    expect([keptManifest, keptReport]).toEqual([expect.stringMatching(/\/_manifest_[0-9a-f]{12}_set_aside\.json$/), expect.stringMatching(/\/_report_2026_11_20_h10_[0-9a-f]{12}_set_aside\.json$/)]);
    expect([store.text(keptManifest), store.text(keptReport)]).toEqual([manifest, report]);
    expect(manifestOf(store).notes).toContainEqual(expect.stringMatching(/^facts: those that the manifest of 2026-11-21T06:00:00.000Z vouches for were gone; it had 2 rows with 0 gaps, this one has 1 with [01]; its report is kept in _report/));
  });

  it('leave nothing when all of it was read again', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1), start(2)] });
    await removeFacts(store);

    await run(store, { records: [start(1), start(2), start(3)] });

    expect(asideOf(store)).toEqual([]);
    expect(manifestOf(store).notes).toEqual([]);
  });

  it('leave the manifest alone when the report was changed as well', async () => {
    const store = createMemoryStore();
    await run(store, { records: [start(1)] });
    await removeFacts(store);
    await store.write(REPORT, Buffer.from('altered'), '');

    await run(store, { records: [start(1)], answers: { [idOf(1)]: GONE }, asOf: LATE });

    expect(asideOf(store)).toEqual([expect.stringMatching(/\/_manifest_/)]);
    expect(manifestOf(store).notes).toContainEqual(expect.stringContaining('its report was gone or changed as well'));
  });
});

describe('an hour whose hour before was read by the same run', () => {
  const [before] = plan.windows.filter(({ hour }) => hour === '09');
  if (before === undefined) throw new TypeError('no hour 09');
  const earlier = { day: plan.day, offsets: plan.offsets, ...before };
  const events = [
    { id: idOf(1000), at: Date.parse('2026-11-20T14:59:59Z'), record: startRecord({ eventID: idOf(1000), eventTime: '2026-11-20T14:59:59Z', responseElements: { queryExecutionId: idOf(1) } }) },
    { id: idOf(1001), at: Date.parse('2026-11-20T15:00:01Z'), record: startRecord({ eventID: idOf(1001), eventTime: '2026-11-20T15:00:01Z', responseElements: { queryExecutionId: idOf(1) } }) },
  ];

  async function runBoth(first: 'read' | 'written' | 'written in another run'): Promise<{ store: MemoryStore; lookedBack: number }> {
    const store = createMemoryStore();
    let lookedBack = 0;
    const lookUps = { lookUp: holdLookUps(events).lookUp, turns: { next: async () => {}, refused: () => {}, taken: () => {} }, pause: async () => {}, listNames: async (folder: string) => store.names().filter((name) => name.startsWith(folder)), timeLeft: () => 1e6, graceMs: 1e6 };
    const source: WorkerPorts['source'] = {
      readRecords: async function* () {
        lookedBack += 1;
        yield pageOf(events.slice(0, 1).map(({ record }) => record));
      },
      report: () => ({ kind: 'lookup' }),
    };
    const readQueryExecutions: WorkerPorts['readQueryExecutions'] = async (ids) => new Map(ids.map((id) => [id, DENIED]));
    const ports: WorkerPorts = { source, lookUps, readQueryExecutions, readAssumption: null, store, encode, contentType: '', format: 'json', timeZone: 'America/New_York' };
    if (first === 'read') await createReader({ ...lookUps, readQueryExecutions, store })({ windows: [earlier, WINDOW], run: 'test', config: {} });
    else await runHour(ports, earlier, first === 'written' ? '2026-11-21T06:00:00Z' : '2026-11-21T05:30:00Z', first === 'written' ? 'test' : 'another');
    await runHour(ports, WINDOW, '2026-11-21T06:00:00Z');
    return { store, lookedBack };
  }

  it.each([['read', 0], ['written', 0], ['written in another run', 1]] as const)('finds a retry across the edge in what was %s, without Athena, in %d look-ups', async (first, expected) => {
    const { store, lookedBack } = await runBoth(first);

    expect(rowsOf(store)).toMatchObject([{ event_id: idOf(1001), retry_of_event_id: idOf(1000), missing_reason: 'access_denied' }]);
    expect(lookedBack).toBe(expected);
    expect(store.names().filter((name) => name.includes('hour=10/_parts'))).toEqual([]);
  });
});
