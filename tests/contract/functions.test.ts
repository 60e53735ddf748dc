import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMATS } from '#core/partition';
import { readSettings, SETTING_NAMES } from '#runtime/config';
import { at, defaults, deploy, ROOT, resourcesOf, template } from './cloudformation.ts';

const FUNCTIONS = resourcesOf('AWS::Serverless::Function');
/** What a stack never sets: where a local run reads and writes. */
const LOCAL_ONLY = ['EVENT_SOURCE', 'REPORT_FOLDER'];
const BESIDE_SETTINGS = ['NODE_OPTIONS', 'POWERTOOLS_LOG_LEVEL', 'POWERTOOLS_SERVICE_NAME', 'CONFIG_BUCKET', 'CONFIG_KEY'];

/** Environment of a deployed function; resources have names and ARNs of the right shape. */
function environmentOf(id: string, parameters: Record<string, string> = {}): Record<string, string> {
  const variables = { ...at(template, 'Globals', 'Function', 'Environment', 'Variables'), ...at(template, 'Resources', id, 'Properties', 'Environment', 'Variables') };
  const deployed = Object.entries(at(deploy(variables, parameters)));
  return Object.fromEntries(deployed.map(([name, value]) => [name, String(value)
    .replace(/^<(\w+)\.Arn>$/, 'arn:aws:states:us-east-1:111122223333:stateMachine:$1')
    .replace('<ReportBucket>', 'report-bucket')]));
}

describe('the functions of the template', () => {
  it.each(FUNCTIONS)('%s has its folder, its handler, its make target and its bundle', (id) => {
    const folder = id.toLowerCase();

    expect(existsSync(join(ROOT, `functions/${folder}/handler.ts`))).toBe(true);
    expect(readFileSync(join(ROOT, 'Makefile'), 'utf8')).toContain(`build-${id}: FN = ${folder}\n`);
    expect(readFileSync(join(ROOT, 'scripts/build.mjs'), 'utf8')).toMatch(new RegExp(`FUNCTIONS = \\[.*'${folder}'.*\\]`));
    expect(at(template, 'Resources', id, 'Metadata')['BuildMethod']).toBe('makefile');
  });

  it('are the three of the Makefile', () => {
    const [, targets] = /^(build-.*): node_modules$/m.exec(readFileSync(join(ROOT, 'Makefile'), 'utf8')) ?? [];

    expect(targets?.split(' ')).toEqual(FUNCTIONS.map(([id]) => `build-${id}`));
  });

  it.each(FUNCTIONS)('%s writes to a log group of the stack that does not grow for ever', (id, properties) => {
    const group = String(at(deploy(properties), 'LoggingConfig')['LogGroup']).replace(/[<>]/g, '');

    expect(group).toBe(`${id}Logs`);
    expect(at(template, 'Resources', group, 'Properties')['RetentionInDays']).toEqual({ Ref: 'LogRetentionDays' });
  });

  it.each(FUNCTIONS)('%s gets no variable that nobody reads', (id) => {
    const unknown = Object.keys(environmentOf(id)).filter((name) => !BESIDE_SETTINGS.includes(name) && !(SETTING_NAMES as readonly string[]).includes(name));

    expect(unknown).toEqual([]);
  });

  it('Dispatcher, which resolves the configuration, gets every setting of a stack', () => {
    const names = Object.keys(environmentOf('Dispatcher'));

    expect(names.sort()).toEqual([...SETTING_NAMES.filter((name) => !LOCAL_ONLY.includes(name)), ...BESIDE_SETTINGS].sort());
  });

  it.each(FORMATS)('Dispatcher and Worker read the environment of a %s stack alike', (OutputType) => {
    const dispatcher = readSettings(environmentOf('Dispatcher', { OutputType }));
    const worker = readSettings(environmentOf('Worker', { OutputType }));

    expect(worker.run).toEqual(dispatcher.run);
    expect(dispatcher.run).toMatchObject({ source: 'lookup', bucket: 'report-bucket', format: OutputType, timeZone: 'America/New_York', mapConcurrency: 4, lookupRate: 2 });
    expect(dispatcher.stateMachineArn).toMatch(/:DayStateMachine$/);
    expect(dispatcher.backfillStateMachineArn).toMatch(/:BackfillStateMachine$/);
  });

  it('name the key of config.json only beside its bucket', () => {
    expect(environmentOf('Dispatcher')).toMatchObject({ CONFIG_BUCKET: '', CONFIG_KEY: '' });
    expect(environmentOf('Worker', { ConfigBucket: 'settings' })).toMatchObject({ CONFIG_BUCKET: 'settings', CONFIG_KEY: 'config.json' });
  });
});

describe('the parameters of the template', () => {
  const parameters = Object.entries(at(template, 'Parameters'));

  it.each(parameters)('%s says what it does, has a default and a bound', (_name, parameter) => {
    const { Description, Default, AllowedValues, AllowedPattern, MinValue, MaxValue } = at(parameter);

    expect(Description).toEqual(expect.stringMatching(/^.{20,}$/));
    expect(Default).toBeDefined();
    expect(AllowedValues ?? AllowedPattern ?? (MinValue !== undefined && MaxValue)).toBeTruthy();
  });

  it.each(parameters)('%s allows its own default', (_name, parameter) => {
    const { Default, AllowedValues, AllowedPattern, MinValue, MaxValue } = at(parameter);

    if (Array.isArray(AllowedValues)) expect(AllowedValues).toContain(Default);
    else if (AllowedPattern !== undefined) expect(String(Default)).toMatch(new RegExp(String(AllowedPattern)));
    else expect(Number(MinValue) <= Number(Default) && Number(Default) <= Number(MaxValue)).toBe(true);
  });

  it('have the defaults and the bounds of the settings', () => {
    const { run } = readSettings({ S3_BUCKET: 'report-bucket' });
    const { MinValue, MaxValue } = at(template, 'Parameters', 'MapConcurrency');

    expect(defaults).toMatchObject({ OutputType: run.format, TimeZone: run.timeZone, MapConcurrency: String(run.mapConcurrency), LookupRate: String(run.lookupRate) });
    expect(at(template, 'Parameters', 'OutputType')['AllowedValues']).toEqual(FORMATS);
    for (const bound of [MinValue, MaxValue]) expect(readSettings({ S3_BUCKET: 'report-bucket', MAP_CONCURRENCY: String(bound) }).run.mapConcurrency).toBe(bound);
    for (const beyond of [Number(MinValue) - 1, Number(MaxValue) + 1]) expect(() => readSettings({ S3_BUCKET: 'report-bucket', MAP_CONCURRENCY: String(beyond) })).toThrow('MAP_CONCURRENCY');
  });

  it('are named as the configuration names them when config.json contradicts the stack', () => {
    const text = JSON.stringify({ S3_BUCKET: 'another-bucket', OUTPUT_TYPE: 'json', REPORT_PREFIX: 'elsewhere/' });
    const contradicted = (): unknown => readSettings(environmentOf('Dispatcher'), { where: 's3://settings/config.json', text });

    for (const name of ['BucketName', 'OutputType', 'ReportPrefix']) {
      expect(contradicted).toThrow(`change ${name} of the stack`);
      expect(Object.keys(defaults)).toContain(name);
    }
  });

  it('admit a day or nothing as a test date', () => {
    const pattern = new RegExp(String(at(template, 'Parameters', 'TestStartDate')['AllowedPattern']));

    for (const day of ['', '2026-11-20', '2026-01-31']) expect(day).toMatch(pattern);
    for (const text of ['20.11.2026', '2026-11-32', '2026-13-01', '2026-1-1', '2026-11-20T00:00:00Z', ' ']) expect(text).not.toMatch(pattern);
    expect(at(template, 'Parameters', 'TestEndDate')['AllowedPattern']).toBe(pattern.source);
  });
});
