import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { AthenaAnswer } from '#adapters/athena-sql';
import { DEFAULT_ROOT, FORMATS, type Format, LAYOUT_NAME } from '#core/partition';
import type { Row } from '#core/row';
import { toTimestampText } from '#encoders/values';
import { WORKGROUP } from '#glue/catalog';
import { COLUMNS } from '#glue/columns';
import { provision } from '../../cli/provision.ts';
import { type QueryOptions, query } from '../../cli/query.ts';
import { createMemoryCatalog, type MemoryCatalog } from '../fakes/memory-catalog.ts';
import { createMemoryStore } from '../fakes/memory-store.ts';
import { fuzzedRow, rowOf } from '../properties/fuzzed-rows.ts';
import { encode } from '../properties/report-bytes.ts';

const root = join(__dirname, '../..');
const queries = pathToFileURL(`${join(root, 'glue/queries')}/`);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'query-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const hourOf = (hour: string, day = '20') => `year=2026/month=11/day=${day}/hour=${hour}`;
const nameOf = (hour: string, format: Format, day = '20') => `${hourOf(hour, day)}/report_2026_11_${day}_h${hour}.${format}`;

function put(name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

async function putReport(format: Format, hour: string, rows: readonly Row[], day = '20'): Promise<void> {
  put(LAYOUT_NAME, JSON.stringify({ format, timeZone: 'America/New_York', schemaVersion: 1 }));
  put(nameOf(hour, format, day), await encode(format, rows));
}

/** What the command prints, and what it says beside it. */
async function ask(text: string | undefined, edit: Partial<QueryOptions> = {}, openAws: Parameters<typeof query>[2]['openAws'] = () => fail()): Promise<{ readonly out: string; readonly notes: string }> {
  let out = '';
  let notes = '';
  const options = { from: { folder }, database: 'athena_query_tracker', format: 'json', ...edit } as const;
  await query(text, options, { queries, openAws, output: { write: (part) => (out += part) }, notes: { write: (part) => (notes += part) } });
  return { out, notes };
}

function fail(): never {
  throw new Error('AWS was asked');
}

async function rowsOf(text: string, edit: Partial<QueryOptions> = {}): Promise<Record<string, unknown>[]> {
  const { out } = await ask(text, edit);
  return out.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A row as the answer has it. */
function toAnswer(row: Row): Record<string, unknown> {
  return Object.fromEntries(COLUMNS.map(({ name, type }) => [name, type === 'timestamp' && row[name] !== null ? toTimestampText(Number(row[name])) : row[name]]));
}

/** A report of one row as another version would write it. */
function reportWith(format: Format, values: Readonly<Record<string, string>>): string | Uint8Array {
  if (format === 'csv') return `\ufeff${Object.keys(values).join(',')}\n${Object.values(values).map((value) => `"${value}"`).join(',')}\n`;
  if (format === 'json') return `${JSON.stringify(values)}\n`;
  return new Uint8Array(parquetWriteBuffer({ columnData: Object.entries(values).map(([name, value]) => ({ name, data: [value], type: 'STRING' as const })) }));
}

describe('an answer for a spreadsheet', () => {
  it('is CSV without formulas', async () => {
    await putReport('csv', '09', [rowOf({ event_id: 'a', query: '=HYPERLINK("x")', dpu_count: -1 })]);

    expect((await ask('SELECT query, dpu_count FROM athena_queries', { format: 'csv', forSpreadsheet: true })).out).toBe('\uFEFFquery,dpu_count\r\n"\'=HYPERLINK(""x"")",-1\r\n');
    expect((await ask('SELECT query, dpu_count FROM athena_queries', { format: 'csv' })).out).toBe('query,dpu_count\r\n"=HYPERLINK(""x"")",-1\r\n');
  });

  it.each(['json', 'table'] as const)('is not %s', async (format) => {
    await expect(ask('SELECT 1', { format, forSpreadsheet: true })).rejects.toThrow(`--for-spreadsheet: beside --format ${format}, expected --format csv`);
  });
});

describe.each(FORMATS)('a folder of %s reports', (format) => {
  it('gives every value back as it was, through the view', async () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    const rows = fc.sample(fuzzedRow, { numRuns: 1500, seed }).map((row, index) => ({ ...row, event_id: String(index) }));
    await putReport(format, '09', rows);
    const names = COLUMNS.map(({ name }) => name).join(', ');

    const answers = await rowsOf(`SELECT ${names} FROM athena_queries WHERE dt = '2026-11-20' ORDER BY CAST(event_id AS integer)`);
    const wrong = rows.flatMap((row, index) => Object.entries(toAnswer(row)).flatMap(([name, written]) => (answers[index]?.[name] === written ? [] : [{ seed, name, written, read: answers[index]?.[name] }])));

    expect(answers).toHaveLength(rows.length);
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it('is asked by day and hour, and has the keys as texts', async () => {
    await putReport(format, '07', [rowOf({ event_id: 'a' })]);
    await putReport(format, '09', [rowOf({ event_id: 'b' })]);
    await putReport(format, '09', [rowOf({ event_id: 'c' })], '21');

    expect(await rowsOf("SELECT event_id, dt, year, month, day, hour FROM athena_queries WHERE dt = '2026-11-20' ORDER BY event_id")).toEqual([
      { event_id: 'a', dt: '2026-11-20', year: '2026', month: '11', day: '20', hour: '07' },
      { event_id: 'b', dt: '2026-11-20', year: '2026', month: '11', day: '20', hour: '09' },
    ]);
    expect(await rowsOf("SELECT event_id FROM athena_queries WHERE hour = '9'")).toEqual([]);
    const { out } = await ask("EXPLAIN ANALYZE SELECT event_id FROM athena_queries WHERE dt = '2026-11-20' AND hour = '09'");
    expect(out).toContain('Scanning Files: 1/3');
  });

  it('has no row of a copy, of a stranger, of hidden objects', async () => {
    await putReport(format, '09', [rowOf({ event_id: 'a' })]);
    const copy = await encode(format, [rowOf({ event_id: 'copy' })]);
    for (const name of [`${hourOf('09')}/report copy.${format}`, nameOf('09', format).replace('_11_20', '_11_21'), `${hourOf('09')}/deeper/report_2026_11_20_h09.${format}`, `year=2026/report_2026_11_20_h09.${format}`]) put(name, copy);
    put(`${hourOf('09')}/_manifest.json`, '{}');
    put(`notes.${format}`, 'no report');
    put('year=2027', 'a file where a folder would be');

    expect(await rowsOf('SELECT event_id FROM athena_queries')).toEqual([{ event_id: 'a' }]);
  });

  it('has the row of a day that is in no calendar, as the table of Athena has: the canary', async () => {
    await putReport(format, '23', [rowOf({ event_id: 'a' })]);
    cpSync(join(folder, nameOf('23', format)), join(folder, nameOf('23', format).replace('month=11/day=20', 'month=02/day=31').replace('_11_20_', '_02_31_')));

    expect(await rowsOf("SELECT event_id FROM athena_queries WHERE dt = '2026-02-31'")).toEqual([{ event_id: 'a' }]);
  });

  it('is read across versions: columns that an older report lacks are NULL, those of a newer one are left out', async () => {
    await putReport(format, '09', [rowOf({ event_id: 'now', query: 'SELECT 1', dpu_count: 4.5 })]);
    put(nameOf('07', format), reportWith(format, { event_id: 'older', query: 'SELECT ' }));
    put(nameOf('11', format), reportWith(format, { event_id: 'newer', query: 'SELECT 2', some_day: 'unheard of' }));

    expect(await rowsOf("SELECT event_id, query, dpu_count, submitted_at FROM athena_queries ORDER BY hour")).toEqual([
      { event_id: 'older', query: 'SELECT ', dpu_count: null, submitted_at: null },
      { event_id: 'now', query: 'SELECT 1', dpu_count: 4.5, submitted_at: null },
      { event_id: 'newer', query: 'SELECT 2', dpu_count: null, submitted_at: null },
    ]);
    expect(Object.keys((await rowsOf('SELECT * FROM athena_queries'))[0] ?? {})).toEqual([...COLUMNS.map(({ name }) => name), 'dt', 'year', 'month', 'day', 'hour']);
  });

  it('is no garbage where it has no report yet', async () => {
    put(LAYOUT_NAME, JSON.stringify({ format, timeZone: 'America/New_York', schemaVersion: 1 }));

    expect(await rowsOf('SELECT * FROM athena_queries')).toEqual([]);
    expect(await rowsOf('SELECT count(*) AS n, max(event_time) AS t FROM athena_queries')).toEqual([{ n: 0, t: null }]);
  });

  it('may stand at a path with every sign that a path can have', async () => {
    const inner = `it's [a-z]* {b} ?=%d year=1999 ünï`;
    await putReport(format, '09', [rowOf({ event_id: 'a' })]);
    mkdirSync(join(folder, inner));
    cpSync(join(folder, 'year=2026'), join(folder, inner, 'year=2026'), { recursive: true });
    cpSync(join(folder, LAYOUT_NAME), join(folder, inner, LAYOUT_NAME));

    expect(await rowsOf('SELECT event_id, year FROM athena_queries', { from: { folder: join(folder, inner) } })).toEqual([{ event_id: 'a', year: '2026' }]);
  });

  it('is found below the folder, in the root of its format', async () => {
    await putReport(format, '09', [rowOf({ event_id: 'a' })]);
    const parent = mkdtempSync(join(tmpdir(), 'query-'));
    cpSync(folder, join(parent, DEFAULT_ROOT[format]), { recursive: true });

    expect(await rowsOf('SELECT event_id FROM athena_queries', { from: { folder: parent } })).toEqual([{ event_id: 'a' }]);
    rmSync(parent, { recursive: true });
  });
});

describe('the saved queries', () => {
  it('are listed with what they answer and ask for', async () => {
    const { out } = await ask(undefined, { list: true });

    for (const file of readdirSync(join(root, 'glue/queries'))) expect(out).toMatch(new RegExp(`^${file.replace('.sql', '')} +\\S.+\\n +--date \\[--end-date\\]`, 'm'));
  });

  it('are asked by name, of one day or of several, of a person between two times', async () => {
    const at = (id: string, time: string, actor: string) => rowOf({ event_id: id, actor, event_time: Date.parse(`${time}Z`), event_time_local: `${time}-05:00`, query_execution_id: id, data_scanned_bytes: 7 });
    await putReport('csv', '09', [at('a', '2026-11-20T09:00:00', "o'neil"), at('b', '2026-11-20T09:30:00', 'ana')]);
    await putReport('csv', '09', [at('c', '2026-11-21T09:00:00', "o'neil")], '21');
    const ids = async (name: string, edit: Partial<QueryOptions>) => (await rowsOf(name, edit)).map((row) => row['query_execution_id']);

    expect(await ids('who-ran-what', { date: '2026-11-20' })).toEqual(['a', 'b']);
    expect(await ids('who-ran-what', { date: '2026-11-20', endDate: '2026-11-21' })).toEqual(['a', 'b', 'c']);
    expect(await ids('one-person', { date: '2026-11-20', endDate: '2026-11-21', actor: "o'neil" })).toEqual(['a', 'c']);
    expect(await ids('one-person', { date: '2026-11-20', actor: 'ana', fromTime: '2026-11-20T09:31' })).toEqual([]);
    expect(await ids('one-person', { date: '2026-11-20', actor: 'ana', untilTime: '2026-11-20T09:31' })).toEqual(['b']);
  });

  it.each([
    ['who-scaned-most', {}, /"who-scaned-most", expected SQL or one of .*did you mean who-scanned-most/],
    [undefined, {}, /nothing was asked/],
    ['gaps', {}, /--date: missing, expected a day/],
    ['gaps', { date: '2026-11-20', endDate: '2026-11-19' }, /--end-date: 2026-11-19 is before --date 2026-11-20/],
    ['gaps', { date: '2026-11-20', actor: 'ana' }, /--actor: gaps has no such parameter/],
    ['one-person', { date: '2026-11-20' }, /--actor: missing, one-person asks for it/],
    ['SELECT 1', { date: '2026-11-20' }, /--date: only a saved query has parameters/],
    ['SELECT nope FROM athena_queries', {}, /"nope" not found/],
    ['SELECT ?', {}, /expected none: write the values into the SQL/],
    ['SELECT 1; SELECT 2', {}, /2 statements, expected one/],
    ['DROP VIEW athena_queries', {}, /only read/],
    ["INSTALL httpfs", {}, /only read/],
    ["SELECT * FROM read_text('/etc/hosts')", {}, /Cannot access file/],
  ] satisfies [string | undefined, Partial<QueryOptions>, RegExp][])('refuses %j with %j', async (text, edit, message) => {
    await putReport('csv', '09', [rowOf()]);

    await expect(ask(text, edit)).rejects.toMatchObject({ name: 'InvalidInputError', message: expect.stringMatching(message) });
  });

  it('writes nothing into the folder', async () => {
    await putReport('csv', '09', [rowOf()]);

    await expect(ask(`COPY athena_queries TO '${join(folder, 'x.csv')}'`)).rejects.toThrow(/only read/);
    expect(readdirSync(folder).sort()).toEqual([LAYOUT_NAME, 'year=2026']);
  });

  it('says what is amiss with a folder', async () => {
    await expect(ask('SELECT 1')).rejects.toThrow(/has no reports \(no _layout.json\), expected the folder that run wrote to/);
    for (const format of ['json', 'parquet'] as const) put(`${DEFAULT_ROOT[format]}${LAYOUT_NAME}`, JSON.stringify({ format, timeZone: 'UTC', schemaVersion: 1 }));
    await expect(ask('SELECT 1')).rejects.toThrow(/has reports of json and parquet, expected one: --from .*json/);
  });
});

describe('reports in S3', () => {
  const S3 = { from: { bucket: 'reports', prefix: '' } } as const;
  let catalog: MemoryCatalog;
  const places: unknown[] = [];
  const ask3 = (edit: Partial<QueryOptions> = {}) =>
    ask('who-scanned-most', { ...S3, date: '2026-11-20', format: 'table', ...edit }, () => ({
      catalog,
      ask: async (place, sql, parameters): Promise<AthenaAnswer> => {
        places.push([place, sql.slice(0, 12), parameters]);
        return { executionId: 'x-1', columns: [{ name: 'actor', type: 'varchar' }, { name: 'scanned_bytes', type: 'bigint' }], rows: rows(), scannedBytes: 10_485_760, totalMs: 1300, reused: false };
      },
    }));
  async function* rows() {
    yield ['ana', '1234'];
  }

  beforeEach(async () => {
    places.length = 0;
    catalog = createMemoryCatalog();
    await provision({ to: S3.from, format: 'json', database: 'athena_query_tracker' }, { catalog, store: createMemoryStore(), output: { write: () => true }, command: 'tracker' });
  });

  it('are asked of Athena, and what it cost is said', async () => {
    const { out, notes } = await ask3({ workgroup: 'asking' });

    expect(out).toBe('actor  scanned_bytes\n─────  ─────────────\nana             1234\n');
    expect(notes).toMatch(/^1 row, [\d.]+ s; Athena scanned 10,485,760 bytes in 1.3 s, workgroup asking, query x-1\n$/);
    expect(places).toEqual([[{ workgroup: 'asking', database: 'athena_query_tracker' }, 'SELECT\n  act', ['2026-11-20', '2026-11-20']]]);
  });

  it('in the workgroup that the database names, else in primary', async () => {
    await ask3();
    Object.assign(catalog.databases.get('athena_query_tracker')?.parameters ?? {}, { [WORKGROUP]: 'tracker' });
    await ask3();

    expect(places).toMatchObject([[{ workgroup: 'primary' }], [{ workgroup: 'tracker' }]].map(([place]) => [place, expect.any(String), expect.any(Array)]));
  });

  it.each([
    [{ database: 'other' }, /--database: there is no other in this account and Region/],
    [{ from: { bucket: 'elsewhere', prefix: '' } }, /--from: the view of database athena_query_tracker reads s3:\/\/reports\/json\/, not s3:\/\/elsewhere\//],
    [{ from: { bucket: 'reports', prefix: 'parquet/' } }, /reads s3:\/\/reports\/json\/, not s3:\/\/reports\/parquet\//],
  ] satisfies [Partial<QueryOptions>, RegExp][])('that the database is not over are not answered from others: %j', async (edit, message) => {
    await expect(ask3(edit)).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringMatching(message) });
    expect(places).toEqual([]);
  });

  it('may be named by the root of their format', async () => {
    expect((await ask3({ from: { bucket: 'reports', prefix: 'json/' } })).out).toContain('ana');
    expect((await ask3({ from: { bucket: 'reports', prefix: 'json' } })).out).toContain('ana');
  });
});
