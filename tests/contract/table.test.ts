import { DEFAULT_ROOT, FORMATS } from '#core/partition';
import { COLUMNS } from '#glue/columns';
import { readSettings } from '#runtime/config';
import { at, deploy, template, type Values } from './cloudformation.ts';

const table = at(template, 'Resources', 'ReportTable');

function tableOf(parameters: Record<string, string>): Values {
  return at(deploy(table['Properties'], parameters), 'TableInput');
}

describe('the table of the template', () => {
  it.each(FORMATS)('has the columns of glue/columns.ts as %s carries them', (OutputType) => {
    const columns = at(tableOf({ OutputType }), 'StorageDescriptor')['Columns'];

    expect(columns).toEqual(COLUMNS.map(({ name, type, meaning, source }) => ({ Name: name, Type: OutputType === 'csv' ? 'string' : type, Comment: `${meaning} (${source})` })));
  });

  it.each(FORMATS)('lies where the functions write %s', (OutputType) => {
    expect(at(tableOf({ OutputType }), 'StorageDescriptor')['Location']).toBe(`s3://<ReportBucket>/${DEFAULT_ROOT[OutputType]}`);
    expect(at(tableOf({ OutputType, ReportPrefix: 'reports/athena/', BucketName: 'mine' }), 'StorageDescriptor')['Location']).toBe('s3://mine/reports/athena/');
  });

  it.each([
    ['csv', 'org.apache.hadoop.mapred.TextInputFormat', 'org.apache.hadoop.hive.serde2.OpenCSVSerde'],
    ['json', 'org.apache.hadoop.mapred.TextInputFormat', 'org.apache.hive.hcatalog.data.JsonSerDe'],
    ['parquet', 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat', 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'],
  ])('reads %s by its own SerDe, under its own name', (OutputType, input, serDe) => {
    const { Name, Parameters, StorageDescriptor } = tableOf({ OutputType });

    expect(Name).toBe(`athena_query_reports_${OutputType}`);
    expect(at(StorageDescriptor)['InputFormat']).toBe(input);
    expect(at(StorageDescriptor, 'SerdeInfo')['SerializationLibrary']).toBe(serDe);
    expect(at(Parameters)['classification']).toBe(OutputType);
  });

  it('skips the header of csv, and a first row of nothing else', () => {
    expect(FORMATS.map((OutputType) => at(tableOf({ OutputType }), 'Parameters')['skip.header.line.count'])).toEqual(['1', undefined, undefined]);
  });

  it('reads csv by the three signs that it is written with', () => {
    expect(at(tableOf({}), 'StorageDescriptor', 'SerdeInfo')['Parameters']).toEqual({ separatorChar: ',', quoteChar: '"', escapeChar: '\\' });
  });

  it('projects each partition key as zero-padded text, over ten years', () => {
    const { PartitionKeys, Parameters } = tableOf({});
    const keys = (PartitionKeys as Values[]).map((key) => [key['Name'], key['Type']]);
    const projection = Object.fromEntries(Object.entries(at(Parameters)).filter(([name]) => name.startsWith('projection.')));

    expect(keys).toEqual([['year', 'string'], ['month', 'string'], ['day', 'string'], ['hour', 'string']]);
    expect(projection).toEqual({
      'projection.enabled': 'true',
      'projection.year.type': 'integer', 'projection.year.range': '2026,2035', 'projection.year.digits': '4',
      'projection.month.type': 'integer', 'projection.month.range': '1,12', 'projection.month.digits': '2',
      'projection.day.type': 'integer', 'projection.day.range': '1,31', 'projection.day.digits': '2',
      'projection.hour.type': 'integer', 'projection.hour.range': '0,23', 'projection.hour.digits': '2',
    });
  });

  it('stays when another format replaces it', () => {
    expect(table['UpdateReplacePolicy']).toBe('Retain');
  });
});

describe('the parameter ReportPrefix', () => {
  const pattern = new RegExp(String(at(template, 'Parameters', 'ReportPrefix')['AllowedPattern']));
  const refused = ['reports', '/reports/', 'a//b/', '../', 'a/../b/', '_hidden/', '.hidden/', 'a*/', 'a?/', 'a b/', '$x/'];

  it.each(['', 'reports/', 'reports/athena/', 'a=b/c.d/e_f/'])('admits %j, as the functions do', (prefix) => {
    expect(prefix).toMatch(pattern);
    expect(readSettings({ S3_BUCKET: 'mine', REPORT_PREFIX: prefix }).run.prefix).toBe(prefix);
  });

  it.each(refused)('refuses %j', (prefix) => {
    expect(prefix).not.toMatch(pattern);
  });
});
