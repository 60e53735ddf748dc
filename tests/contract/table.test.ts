import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ROOT, FORMATS } from '#core/partition';
import { fromViewText, madeByOf, queriesView, reportTable, toViewText, VIEW_COLUMNS, viewDefinition, viewSql } from '#glue/catalog';
import { COLUMNS } from '#glue/columns';
import { parseNamedQuery } from '#glue/named-queries';
import { writeParts } from '#glue/template';
import { readSettings } from '#runtime/config';
import { at, deploy, ROOT, resourcesOf, template } from './cloudformation.ts';

const table = at(template, 'Resources', 'ReportTable');
const YEARS = { first: 2026, last: 2035 };
const MADE_BY = 'stack <AWS::StackName>';
const deployed = (resource: string, parameters: Record<string, string>) => at(deploy(at(template, 'Resources', resource)['Properties'], parameters), 'TableInput');
const toBase64 = (text: string) => Buffer.from(text).toString('base64');
const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString();

describe('the table of the template', () => {
  it.each(FORMATS)('is the one of glue/catalog.ts for %s, where the functions write', (OutputType) => {
    expect(deployed('ReportTable', { OutputType })).toEqual(reportTable(OutputType, `s3://<ReportBucket>/${DEFAULT_ROOT[OutputType]}`, YEARS, MADE_BY));
  });

  it('follows bucket, prefix and years', () => {
    const own = { BucketName: 'mine', ReportPrefix: 'reports/athena/', FirstYear: '2020', LastYear: '2021' };

    expect(deployed('ReportTable', own)).toEqual(reportTable('csv', 's3://mine/reports/athena/', { first: 2020, last: 2021 }, MADE_BY));
  });

  it('stays when another format replaces it', () => {
    expect(table['UpdateReplacePolicy']).toBe('Retain');
  });
});

describe('the view of the template', () => {
  it.each(FORMATS)('is the one of glue/catalog.ts for %s', (OutputType) => {
    const view = deployed('QueriesView', { OutputType });
    const expected = viewDefinition('<ReportDatabase>', viewSql(OutputType, MADE_BY).replace(/(?<=FROM )\w+/, '<ReportTable>'));

    expect(fromViewText(String(view['ViewOriginalText']), fromBase64)).toEqual(expected);
    expect({ ...view, ViewOriginalText: '' }).toEqual(queriesView(''));
  });

  it('says who made it', () => {
    expect(madeByOf(viewSql('json', 'stack mine'))).toBe('stack mine');
    expect(madeByOf('SELECT 1')).toBeNull();
  });

  it('has a definition that is read as it was written, and none that is no view', () => {
    const definition = viewDefinition('reports', viewSql('csv', 'me'));

    expect(fromViewText(toViewText(definition, toBase64), fromBase64)).toEqual(definition);
    expect(['SELECT 1', '/* Presto View: e30', '/* Presto View: nojson== */'].map((text) => fromViewText(text, fromBase64))).toEqual([null, null, null]);
  });

  it('has the columns of the report in their order, then the day and the partition keys', () => {
    expect(VIEW_COLUMNS.map(({ name }) => name)).toEqual([...COLUMNS.map(({ name }) => name), 'dt', 'year', 'month', 'day', 'hour']);
  });
});

describe('what npm run template writes', () => {
  const folder = join(ROOT, 'glue/queries');
  const queries = readdirSync(folder).sort().map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return { ...parseNamedQuery(file.replace('.sql', ''), text), text };
  });
  const text = readFileSync(join(ROOT, 'template.yaml'), 'utf8');

  it('is what the template has', () => {
    expect(writeParts(text, queries)).toBe(text);
  });

  it('is refused a template without its marks', () => {
    expect(() => writeParts(text.replace('# </view>', ''), queries)).toThrow('no # <view>');
  });

  it('has every saved query, in the workgroup and over the database of the stack', () => {
    const saved = resourcesOf('AWS::Athena::NamedQuery').map(([, properties]) => deploy(properties) as object);

    expect(saved).toEqual(queries.map((query) => ({ Name: query.name, Description: query.description, Database: '<ReportDatabase>', WorkGroup: '<QueryWorkgroup>', QueryString: query.text })));
    expect(queries.every(({ parameters }) => parameters[0] === 'first day' && parameters[1] === 'last day')).toBe(true);
  });
});

describe('the workgroup', () => {
  const configuration = at(deploy(at(template, 'Resources', 'QueryWorkgroup')['Properties']), 'WorkGroupConfiguration');

  it('writes its answers, encrypted, into a bucket that holds no reports', () => {
    expect(configuration['EnforceWorkGroupConfiguration']).toBe(true);
    expect(configuration['ResultConfiguration']).toEqual({ OutputLocation: 's3://<ResultBucket>/', EncryptionConfiguration: { EncryptionOption: 'SSE_S3' } });
  });

  it('is named by the database, for those who ask', () => {
    expect(at(deploy(at(template, 'Resources', 'ReportDatabase')), 'Properties', 'DatabaseInput', 'Parameters')).toEqual({ 'athena_query_tracker.workgroup': '<QueryWorkgroup>' });
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
