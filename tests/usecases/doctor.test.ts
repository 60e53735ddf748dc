import type { Workgroup } from '#adapters/workgroup';
import { readZone } from '#adapters/zones';
import { certificateOf, toCertificateBytes } from '#core/certificate';
import { UpstreamDeniedError } from '#core/errors';
import { FORMATS, type Format, LAYOUT_NAME } from '#core/partition';
import type { Row } from '#core/row';
import { MADE_BY, VIEW_NAME, WORKGROUP } from '#glue/catalog';
import { COLUMNS } from '#glue/columns';
import { CANARY_ROW, canaryPlace } from '../../cli/canary.ts';
import { type DoctorEnds, type DoctorOptions, doctor } from '../../cli/doctor.ts';
import { provision } from '../../cli/provision.ts';
import { createMemoryCatalog, type MemoryCatalog } from '../fakes/memory-catalog.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';

const CSV = 'athena_query_reports_csv';
const GOOD: Workgroup = { enabled: true, enforced: true, outputLocation: 's3://answers/', encrypted: true, managedResults: false, scanLimitBytes: 10_737_418_240 };

let catalog: MemoryCatalog;
let store: MemoryStore;
let workgroup: Workgroup | null;
beforeEach(async () => {
  catalog = createMemoryCatalog();
  workgroup = GOOD;
  await deploy('csv');
});

async function deploy(format: Format): Promise<void> {
  store = createMemoryStore({ [LAYOUT_NAME]: JSON.stringify({ version: 1, format, timeZone: 'America/New_York', schemaVersion: 1 }) });
  await provision({ to: { bucket: 'reports', prefix: '' }, format, database: 'mine' }, { catalog, store, output: { write: () => {} }, command: 'tracker' });
  Object.assign(catalog.databases.get('mine')?.parameters ?? {}, { [WORKGROUP]: 'tracker' });
}

/** The cells of the canary as an engine writes them. */
const cells = COLUMNS.map(({ name, type }) => {
  const value = CANARY_ROW[name];
  return value === null ? null : type === 'timestamp' ? new Date(Number(value)).toISOString().replace('T', ' ').slice(0, -1) : String(value);
});

async function examine(options: Partial<DoctorOptions> = {}, ends: Partial<DoctorEnds> = {}): Promise<{ code: number; text: string }> {
  let text = '';
  const code = await doctor(
    { database: 'mine', ...options },
    { catalog, readWorkgroup: async () => workgroup, openRoot: () => store, ask: () => async () => [cells], probes: [], readZone, now: () => new Date('2026-11-21T12:00:00Z'), output: { write: (part) => (text += part) }, command: 'tracker', ...ends },
  );
  return { code, text };
}

describe('doctor', () => {
  it('finds nothing wrong with what provision has made, and that no day has been reported yet', async () => {
    const { code, text } = await examine();

    expect(text).toContain(`ok     database mine: is there\nok     table ${CSV}: columns, SerDe and projection are those of this version; it reads s3://reports/\nok     root s3://reports/: csv reports, days of America/New_York\n`);
    expect(text).toContain('look   day 2026-11-20: yesterday has no certificate in csv');
    expect(text).toContain(`ok     view ${VIEW_NAME}: is that of this version and reads ${CSV}\nok     workgroup tracker: answers encrypted at s3://answers/, at most 10,737,418,240 bytes a query\n\nNothing is wrong, 1 to look at.`);
    expect(code).toBe(0);
  });

  it('says what is missing when nothing is deployed', async () => {
    const { code, text } = await examine({ database: 'other' });

    expect(text).toContain('wrong  database other: there is none of this name in this account and Region\n       → deploy the stack, or: tracker provision --to s3://BUCKET; another name: --database');
    expect(code).toBe(1);
  });

  it.each([
    ['a column is gone', CSV, (table: object) => edited(table, 'StorageDescriptor', 'Columns', (columns: unknown[]) => columns.slice(0, 5)), 'wrong  table athena_query_reports_csv: column source_ip, user_agent,'],
    ['the SerDe is another', CSV, (table: object) => edited(table, 'StorageDescriptor', 'SerdeInfo', () => ({ SerializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe' })), 'SerDe is org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe, expected org.apache.hadoop.hive.serde2.OpenCSVSerde'],
    ['projection is off', CSV, (table: object) => edited(table, 'Parameters', 'projection.enabled', () => 'false'), 'projection.enabled is false, expected true'],
    ['the location has no slash', CSV, (table: object) => edited(table, 'StorageDescriptor', 'Location', () => 's3://reports/a'), 'location is s3://reports/a, expected s3://BUCKET/PREFIX/ with a slash at the end'],
    ['the view has no owner', VIEW_NAME, (table: object) => ({ ...table, Owner: undefined }), 'wrong  view athena_queries: owner is not set'],
    ['the view is hidden from Athena', VIEW_NAME, (table: object) => edited(table, 'Parameters', 'comment', () => 'mine'), 'comment is mine, expected Presto View'],
  ])('says what to do when %s', async (_name, table, change, line) => {
    catalog.edit('mine', table, change);
    const { code, text } = await examine();

    expect(text).toContain(line);
    expect(text).toMatch(/\n {7}→ tracker provision --to s3:\/\/reports\/\S* --format csv\n/);
    expect(code).toBe(1);
  });

  it('sends to the stack whoever has one', async () => {
    catalog.edit('mine', CSV, (table) => ({ ...table, Parameters: { ...table.Parameters, [MADE_BY]: 'stack prod', 'projection.enabled': 'false' } }));

    expect((await examine()).text).toContain('→ deploy stack prod again with this version');
  });

  it.each([
    ['2034-12-31T12:00:00Z', null],
    ['2035-01-01T12:00:00Z', 'look   table athena_query_reports_csv, years: it looks for 2026 to 2035: from 2 January 2036 on, days are refused\n       → tracker provision --to s3://reports/ --format csv --last-year 2045'],
    ['2036-01-01T12:00:00Z', 'wrong  table athena_query_reports_csv, years: it looks for 2026 to 2035: no report of this year is found'],
  ])('warns a year ahead that the years end (%s)', async (now, line) => {
    const { text } = await examine({}, { now: () => new Date(now) });

    if (line === null) expect(text).not.toContain('years:');
    else expect(text).toContain(line);
  });

  it.each([
    ['another format', { version: 1, format: 'json', timeZone: 'UTC', schemaVersion: 1 }, 'it holds json reports, and the table reads csv'],
    ['reports of a newer version', { version: 1, format: 'csv', timeZone: 'UTC', schemaVersion: 99 }, 'reports of schema version 99, this version knows 1'],
    ['something else', 'x', '_layout.json is none of this tracker'],
  ])('finds a root with %s', async (_name, layout, line) => {
    await store.write(LAYOUT_NAME, Buffer.from(JSON.stringify(layout)), '');
    const { code, text } = await examine();

    expect(text).toContain(`wrong  root s3://reports/: ${line}`);
    expect(code).toBe(1);
  });

  it('takes a root without a run for a new one', async () => {
    await store.remove(LAYOUT_NAME);
    const { code, text } = await examine();

    expect(text).toContain('look   root s3://reports/: no _layout.json: no run has written here yet');
    expect(code).toBe(0);
  });

  it.each([
    ['complete', 'ok     day 2026-11-20: its certificate says complete', 0],
    ['incomplete', 'wrong  day 2026-11-20: its certificate says incomplete\n       → tracker verify --date 2026-11-20', 1],
  ] as const)('looks at yesterday, which is %s', async (verdict, line, expected) => {
    const certificate = { version: 1, day: '2026-11-20', asOf: '2026-11-21T06:00:00Z', settleHours: 24, verdict, compared: { athena: null }, unknown: [], unlisted: [], hours: [], differences: [] };
    await store.write(certificateOf('2026-11-20'), toCertificateBytes(certificate as never), '');
    const { code, text } = await examine();

    expect(text).toContain(line);
    expect(code).toBe(expected);
  });

  it.each([
    ['is gone', null, 'wrong  workgroup tracker: there is none of this name'],
    ['writes its answers among the reports', { ...GOOD, outputLocation: 's3://reports/answers/' }, 'wrong  workgroup tracker: its answers are written to s3://reports/answers/, inside the reports of s3://reports/'],
    ['is disabled, and knows no place for answers', { ...GOOD, enabled: false, outputLocation: null }, 'wrong  workgroup tracker: it is disabled; it has no place for answers'],
    ['has no limit and no encryption', { ...GOOD, enforced: false, encrypted: false, scanLimitBytes: null }, 'look   workgroup tracker: settings of clients override it; it has no scan limit; it does not encrypt answers by itself'],
  ])('finds a workgroup that %s', async (_name, found, line) => {
    workgroup = found;

    expect((await examine()).text).toContain(line);
  });

  it('asks what can be asked, and goes on when one is denied', async () => {
    const denied = new UpstreamDeniedError('cloudtrail:LookupEvents on *: access denied; grant cloudtrail:LookupEvents');
    const { code, text } = await examine({}, { probes: [{ action: 'cloudtrail:LookupEvents', call: () => Promise.reject(denied) }, { action: 'athena:ListWorkGroups', call: async () => {} }] });

    expect(text).toContain(`wrong  permission cloudtrail:LookupEvents: ${denied.message}\nok     permission athena:ListWorkGroups: is granted to you\n`);
    expect(code).toBe(1);
  });

  it('does not take a fault of its own for a finding', async () => {
    await expect(examine({}, { openRoot: () => { throw new TypeError('a fault'); } })).rejects.toThrow('a fault');
  });

  it('names the tables that the view does not read', async () => {
    await deploy('parquet');

    expect((await examine()).text).toContain(`reads athena_query_reports_parquet, not ${CSV}: docs/athena.md`);
  });
});

describe('the canary', () => {
  it.each(FORMATS)('is written as %s, asked back, and removed', async (format) => {
    catalog = createMemoryCatalog();
    await deploy(format);
    const asked: string[] = [];
    const { code, text } = await examine({ canary: true }, {
      ask: (name, database) => async (sql) => {
        asked.push(`${name} ${database} ${sql}`);
        expect(store.names()).toContain(`year=2035/month=02/day=31/hour=23/report_2035_02_31_h23.${format}`);
        return [cells];
      },
    });

    expect(text).toContain('ok     canary: a row of hard texts came back from Athena exactly as it was written');
    expect(asked).toEqual([expect.stringMatching(/^tracker mine SELECT event_id, .* FROM athena_queries WHERE dt = '2035-02-31'$/)]);
    expect(store.names().filter((name) => name.includes('2035'))).toEqual([]);
    expect(code).toBe(0);
  });

  it.each([
    ['one text is another', [cells.map((cell, index) => (index === 0 ? `${cell}\\` : cell))], 'wrong  canary: event_id: '],
    ["'' came back for NULL", [cells.map((cell) => cell ?? '')], '"" came back, NULL was written'],
    ['nothing came back', [], '0 rows came back, expected the one that was written'],
    ['it came back twice', [cells, cells], '2 rows came back'],
  ])('says so when %s, and is removed', async (_name, rows, line) => {
    const { code, text } = await examine({ canary: true }, { ask: () => async () => rows });

    expect(text).toContain(line);
    expect(store.names().filter((name) => name.includes('2035'))).toEqual([]);
    expect(code).toBe(1);
  });

  it('is removed when Athena cannot be asked', async () => {
    const { code, text } = await examine({ canary: true }, { ask: () => () => Promise.reject(new UpstreamDeniedError('athena:StartQueryExecution: access denied')) });

    expect(text).toContain('wrong  canary: athena:StartQueryExecution: access denied');
    expect(store.names().filter((name) => name.includes('2035'))).toEqual([]);
    expect(code).toBe(1);
  });

  it('is not flown over a view that is not as it should be', async () => {
    catalog.edit('mine', VIEW_NAME, (view) => ({ ...view, Owner: '' }));

    expect((await examine({ canary: true })).text).toContain('wrong  canary: not flown');
  });

  it('has a text, a NULL and an empty text, and lies on a day that no calendar has', () => {
    const texts = COLUMNS.filter(({ type }) => type === 'string').map(({ name }) => CANARY_ROW[name as keyof Row]);

    expect(texts).toContain(null);
    expect(texts).toContain('');
    expect(String(CANARY_ROW.query)).toContain('\\d+\\.\\d');
    expect(canaryPlace(2035, 'json')).toEqual({ name: 'year=2035/month=02/day=31/hour=23/report_2035_02_31_h23.json', dt: '2035-02-31' });
  });
});

/** A table with one value of one of its parts changed. */
function edited(table: object, part: string, name: string, change: (value: never) => unknown): object {
  const inner = (table as Record<string, Record<string, never>>)[part] ?? {};
  return { ...table, [part]: { ...inner, [name]: change(inner[name] as never) } };
}
