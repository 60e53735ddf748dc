/**
 * The source of files over genuine public CloudTrail records, in every shape in which such records are kept.
 * They are not part of this repository: CLOUDTRAIL_RECORDS names their folder, else it is looked for beside the clone.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createFileSource, type FileSource } from '#adapters/files';
import { isObject, type Json } from '#core/json';
import { mergeCopies, type QueryStart } from '#core/record';
import { toRow } from '#core/row';

const RECORDS = resolve(process.env['CLOUDTRAIL_RECORDS'] ?? 'no-public-records');
const here = existsSync(RECORDS);

/** Every value of every JSON file below a folder; found without a line of the code under test. */
async function readAll(folder: string): Promise<unknown[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.json')).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.sort().map(async (file) => JSON.parse(await readFile(file, 'utf8'))));
}

/** The outermost records in a value: what has a version and a time. `CloudTrailEvent` holds one as text. */
function recordsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(recordsIn);
  if (!isObject(value)) return [];
  if ('eventVersion' in value && 'eventTime' in value) return [value];
  return Object.entries(value).flatMap(([name, inner]) => recordsIn(name === 'CloudTrailEvent' && typeof inner === 'string' ? JSON.parse(inner) : inner));
}

function identitiesIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(identitiesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === 'userIdentity' ? [inner] : identitiesIn(inner)));
}

const isStart = (record: Json) => record['eventName'] === 'StartQueryExecution' && record['eventSource'] === 'athena.amazonaws.com';

const ALL_TIME = { day: '1970-01-01', hour: '00', start: '1970-01-01T00:00:00Z', end: '2100-01-01T00:00:00Z', offsets: [{ from: '1970-01-01T00:00:00Z', minutes: 0 }] };

async function startsOf({ source }: FileSource): Promise<QueryStart[]> {
  const starts: QueryStart[] = [];
  for await (const page of source.readRecords(ALL_TIME)) {
    expect(page.read).toBe(page.starts.length + page.outside + page.skipped + page.malformed);
    starts.push(...page.starts);
  }
  return starts;
}

/** Copies of one event made one, as the worker does; by event id. */
function merged(starts: readonly QueryStart[]): QueryStart[] {
  const byId = new Map<string, QueryStart[]>();
  for (const start of starts) byId.set(start.eventId, [...(byId.get(start.eventId) ?? []), start]);
  return [...byId.values()].map(mergeCopies).sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
}

const inHundreds = <T>(all: readonly T[]) => Array.from({ length: Math.ceil(all.length / 100) }, (_, index) => all.slice(index * 100, index * 100 + 100));
const toEntry = (record: Json) => ({ EventId: record['eventID'], EventName: record['eventName'], EventSource: record['eventSource'], EventTime: '2026-11-20T10:15:00+01:00', CloudTrailEvent: JSON.stringify(record) });
const toEnvelope = (record: Json) => ({ version: '0', id: 'i', 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.athena', time: record['eventTime'], detail: record });
const toLines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** Every shape that the command takes, as files. */
const SHAPES: Readonly<Record<string, (records: readonly Json[]) => (string | Uint8Array)[]>> = {
  'trail files': (records) => inHundreds(records).map((some) => JSON.stringify({ Records: some })),
  'packed trail files': (records) => inHundreds(records).map((some) => gzipSync(JSON.stringify({ Records: some }))),
  'one large packed trail file': (records) => [gzipSync(JSON.stringify({ Records: records }))],
  'answers of LookupEvents': (records) => inHundreds(records).map((some) => JSON.stringify({ Events: some.map(toEntry) }, null, 4)),
  'answers of LookupEvents one behind the other': (records) => [inHundreds(records).map((some) => JSON.stringify({ Events: some.map(toEntry) }, null, 4)).join('\n')],
  'a list of entries': (records) => [JSON.stringify(records.map(toEntry))],
  'entries, one a line': (records) => [toLines(records.map(toEntry))],
  'records, one a line': (records) => [toLines(records)],
  'packed records, one a line': (records) => [gzipSync(toLines(records))],
  'records one behind the other, each on many lines': (records) => [records.map((record) => JSON.stringify(record, null, 2)).join('\n')],
  'EventBridge events, one a line': (records) => [toLines(records.map(toEnvelope))],
  'EventBridge events, a file each': (records) => records.map((record) => JSON.stringify(toEnvelope(record))),
  'a list of records': (records) => [JSON.stringify(records, null, 2)],
  'records, a file each': (records) => records.map((record) => JSON.stringify(record, null, 2)),
};

(here ? describe : describe.skip)(here ? 'the public records' : 'the public records are not in this clone (set CLOUDTRAIL_RECORDS)', () => {
  let folder: string;
  let records: Json[];
  let expectedIds: unknown[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'public-records-'));
    records = (await readAll(RECORDS)).flatMap(recordsIn);
    expectedIds = [...new Set(records.filter(isStart).map((record) => record['eventID']))].sort();
    for (const [shape, toFiles] of Object.entries(SHAPES)) await put(join('shapes', shape), toFiles(records));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function put(name: string, contents: readonly (string | Uint8Array)[]): Promise<string> {
    const path = join(folder, name);
    await mkdir(path, { recursive: true });
    await Promise.all(contents.map((content, index) => writeFile(join(path, `${String(index).padStart(5, '0')}.json`), content)));
    return path;
  }

  it('are all read, and add up', async () => {
    const source = createFileSource(RECORDS);

    const report = await source.scanReport();

    expect(records.length).toBeGreaterThan(2000);
    expect(report).toMatchObject({ read: records.length, starts: records.filter(isStart).length, malformed: 0, samples: [], athenaSide: false });
    expect(report.skipped).toBe(report.read - report.starts);
    expect(await source.eventTimes()).toHaveLength(report.starts);
  });

  it('hold exactly the starts that an independent count finds', async () => {
    const starts = await startsOf(createFileSource(RECORDS));

    expect(expectedIds.length).toBeGreaterThan(0);
    expect(merged(starts).map(({ eventId }) => eventId)).toEqual(expectedIds);
  });

  it('lie among files that are passed over, each for its reason', async () => {
    const { passedOver, files } = await createFileSource(RECORDS).scanReport();
    const all = (await readdir(RECORDS, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

    expect(files + passedOver.length).toBe(all.length);
    expect(passedOver.filter(({ reason }) => reason === 'digest').map(({ name }) => name)).toEqual(['digest/digest.awsdocs.empty.json', 'digest/digest.elastic.json']);
    expect(new Set(passedOver.filter(({ reason }) => reason === 'foreign').map(({ name }) => name.replace(/\/.*/, '')))).toEqual(new Set(['README.md', 'useridentity-fragments']));
  });

  it.each(Object.keys(SHAPES))('say the same as %s', async (shape) => {
    const source = createFileSource(join(folder, 'shapes', shape));

    expect(await source.scanReport()).toMatchObject({ read: records.length, starts: records.filter(isStart).length, malformed: 0, passedOver: [] });
    expect(merged(await startsOf(source))).toEqual(merged(await startsOf(createFileSource(RECORDS))));
  });

  it('count once for each shape in one folder, and are the same events', async () => {
    const shapes = Object.keys(SHAPES).length;
    const source = createFileSource(join(folder, 'shapes'));

    expect(await source.scanReport()).toMatchObject({ read: records.length * shapes, starts: records.filter(isStart).length * shapes, malformed: 0 });
    expect(merged(await startsOf(source))).toEqual(merged(await startsOf(createFileSource(RECORDS))));
  });

  it('show no identity that would cost an Athena query its row', async () => {
    const identities = [...new Set((await readAll(RECORDS)).flatMap(identitiesIn).map((identity) => JSON.stringify(identity)))].map((json) => JSON.parse(json));
    const athena = records.find((record) => isStart(record) && isObject(record['responseElements']));
    const grafted = identities.map((userIdentity, index) => ({ ...athena, userIdentity, eventID: `graft-${index}` }));
    const source = createFileSource(await put('grafted', [JSON.stringify({ Records: grafted }), toLines(grafted.map(toEntry))]));

    const starts = merged(await startsOf(source));
    const rows = starts.map((start) => toRow({ start, execution: null, retryOf: null, assumption: null }, undefined, ALL_TIME.offsets, new Date('2026-11-21T06:00:00Z')));

    expect(identities.length).toBeGreaterThan(60);
    expect(new Set(identities.map((identity) => (isObject(identity) ? identity['type'] : identity))).size).toBeGreaterThan(10);
    expect(await source.scanReport()).toMatchObject({ read: grafted.length * 2, starts: grafted.length * 2, skipped: 0, malformed: 0 });
    expect(rows.map((row) => row.event_id)).toEqual(grafted.map(({ eventID }) => eventID).sort());
    expect(rows.filter((row) => row.actor_kind === null || (row.actor === null) !== (row.actor_kind === 'unknown'))).toEqual([]);
  });
});
