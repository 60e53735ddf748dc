import { DEFAULT_ROOT, FORMATS, LAYOUT_NAME } from '#core/partition';
import { MADE_BY, VIEW_NAME } from '#glue/catalog';
import { type ProvisionOptions, provision } from '../../cli/provision.ts';
import { createMemoryCatalog, type MemoryCatalog } from '../fakes/memory-catalog.ts';
import { createMemoryStore } from '../fakes/memory-store.ts';

const TO = { bucket: 'reports', prefix: '' };
const CSV = 'athena_query_reports_csv';

let catalog: MemoryCatalog;
beforeEach(() => {
  catalog = createMemoryCatalog();
});

async function run(edit: Partial<ProvisionOptions> = {}, objects: Record<string, string> = {}): Promise<string> {
  let text = '';
  await provision({ to: TO, format: 'csv', database: 'mine', ...edit }, { catalog, store: createMemoryStore(objects), output: { write: (part) => (text += part) }, command: 'tracker' });
  return text;
}

const tableOf = (name = CSV) => catalog.databases.get('mine')?.tables.get(name);

describe('provision', () => {
  it.each(FORMATS)('makes database, table and view over %s where a run writes them', async (format) => {
    const text = await run({ format });

    expect(catalog.changes).toEqual(['create mine', `create mine.athena_query_reports_${format}`, 'create mine.athena_queries']);
    expect(tableOf(`athena_query_reports_${format}`)?.StorageDescriptor?.Location).toBe(`s3://reports/${DEFAULT_ROOT[format]}`);
    expect(text).toContain(`tracker query who-ran-what --date DAY --from s3://reports/${DEFAULT_ROOT[format]} --database mine`);
  });

  it('changes nothing the second time, and says so', async () => {
    await run();
    const before = [...catalog.changes];

    expect(await run()).toContain('Everything is as it should be.');
    expect(catalog.changes).toEqual(before);
  });

  it('shows what it would do, and does nothing, with --dry-run', async () => {
    const text = await run({ dryRun: true });

    expect(text).toMatch(/database +mine +create\n +table +athena_query_reports_csv +create\n +view +athena_queries +create/);
    expect(text).toContain('Nothing was changed (--dry-run).');
    expect(catalog.changes).toEqual([]);
  });

  it('brings a table of its own back to what is expected, and names each difference first', async () => {
    await run();
    catalog.edit('mine', CSV, (table) => ({
      ...table,
      Parameters: { ...table.Parameters, 'projection.hour.range': '0,11', 'projection.month.type': 'enum', 'storage.location.template': 's3://x/' },
      StorageDescriptor: { ...table.StorageDescriptor, Columns: table.StorageDescriptor?.Columns?.slice(0, -1).map((column) => (column.Name === 'query' ? { ...column, Type: 'int' } : column)) },
    }));
    const text = await run();

    expect(catalog.changes.at(-1)).toBe(`update mine.${CSV}`);
    for (const line of ['projection.hour.range is 0,11, expected 0,23', 'projection.month.type is enum, expected integer', 'storage.location.template is s3://x/, expected none', 'column dpu_count is missing', 'column query is int, expected string']) expect(text).toContain(line);
    expect(await run()).toContain('Everything is as it should be.');
  });

  it('keeps the years that a table has, until it is told others', async () => {
    await run({ firstYear: 2020, lastYear: 2021 });

    expect(await run()).toContain('Everything is as it should be.');
    expect(await run({ lastYear: 2030 })).toContain('projection.year.range is 2020,2021, expected 2020,2030');
    expect(tableOf()?.Parameters?.['projection.year.range']).toBe('2020,2030');
  });

  it('lets the view read the format that was provisioned last; the other table stays', async () => {
    await run();
    const text = await run({ format: 'parquet' });

    expect(text).toMatch(/view +athena_queries +update\n +SQL is another/);
    expect(catalog.databases.get('mine')?.tables.has(CSV)).toBe(true);
  });

  it.each([
    ['a stranger', undefined, 'was not made by this tracker; name another --database'],
    ['a stack', 'stack prod', 'belongs to the stack prod; change it there, or name another --database'],
  ])('leaves a table of %s alone, and says what is different', async (_name, maker, message) => {
    await run();
    catalog.edit('mine', CSV, ({ Parameters: { [MADE_BY]: _, ...parameters } = {}, ...table }) => ({ ...table, Parameters: { ...parameters, ...(maker === undefined ? {} : { [MADE_BY]: maker }), 'projection.hour.range': '0,11' } }));
    const before = [...catalog.changes];

    await expect(run()).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringContaining(`table mine.${CSV} is there and ${message} (projection.hour.range is 0,11, expected 0,23)`) });
    expect(catalog.changes).toEqual(before);
  });

  it('leaves a view of somebody else alone', async () => {
    await run();
    catalog.edit('mine', VIEW_NAME, (view) => ({ ...view, ViewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify({ catalog: 'awsdatacatalog', schema: 'mine', columns: [], originalSql: 'SELECT 1 AS x' })).toString('base64')} */` }));

    await expect(run()).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringContaining('view mine.athena_queries is there and was not made by this tracker') });
  });

  it('writes nothing at all when one of the three is refused', async () => {
    await catalog.createDatabase('mine', '');
    await catalog.createTable('mine', { Name: VIEW_NAME, TableType: 'EXTERNAL_TABLE', PartitionKeys: [], Parameters: {}, StorageDescriptor: { Columns: [], Location: '', SerdeInfo: {} } });

    await expect(run()).rejects.toThrow('type is EXTERNAL_TABLE, expected VIRTUAL_VIEW');
    expect(catalog.changes).toEqual(['create mine', 'create mine.athena_queries']);
  });

  it('has no objection to a table of the stack that is as it should be', async () => {
    await run();
    catalog.edit('mine', CSV, (table) => ({ ...table, Parameters: { ...table.Parameters, [MADE_BY]: 'stack prod', transient_lastDdlTime: '1' } }));

    expect(await run()).toContain('Everything is as it should be.');
  });

  it('refuses a root that holds another format, which the table would read as garbage', async () => {
    await expect(run({}, { [LAYOUT_NAME]: JSON.stringify({ version: 1, format: 'json', timeZone: 'UTC', schemaVersion: 1 }) })).rejects.toThrow('OUTPUT_TYPE: "csv", but memory://reports/ holds json reports (_layout.json); choose json, or another root (--to)');
    expect(catalog.changes).toEqual([]);
  });

  it('refuses years the wrong way round', async () => {
    await expect(run({ firstYear: 2030, lastYear: 2029 })).rejects.toThrow('--first-year: 2030 is after --last-year 2029, expected a year not after it');
  });
});
