import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configSchema } from '#runtime/config-schema';
import { type ConfigOptions, config } from '../../cli/config.ts';

const ZONES = ['America/New_York', 'Europe/Berlin', 'UTC'];
const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** Runs the command on a file. */
async function check(content: unknown, options: ConfigOptions = {}) {
  const path = file('config.json', content);
  let text = '';
  const readConfigObject = async (bucket: string, key: string) => `{"TIME_ZONE": "UTC", "REPORT_PREFIX": "${bucket}/${key}/"}`;
  const code = await config({ check: path, ...options }, { readConfigObject, zones: ZONES, output: { write: (part: string) => { text += part; return true; } } });
  return { code, text: text.replaceAll(path, 'FILE') };
}

describe('config --check', () => {
  it('says what the settings come to, and where each is from', async () => {
    const { code, text } = await check({ $schema: 'x', TIME_ZONE: 'Europe/Berlin', OUTPUT_TYPE: 'json', LOOKUP_RATE: 1.5, MAP_CONCURRENCY: null });

    expect(code).toBe(0);
    expect(text).toMatch(/^FILE is accepted\n/);
    expect(text).toMatch(/^ {2}S3_BUCKET +of the stack$/m);
    expect(text).toMatch(/^ {2}OUTPUT_TYPE +json +FILE; the stack must have been deployed with the same$/m);
    expect(text).toMatch(/^ {2}TIME_ZONE +Europe\/Berlin +FILE$/m);
    expect(text).toMatch(/^ {2}LOOKUP_RATE +1\.5 +FILE$/m);
    expect(text).toMatch(/^ {2}MAP_CONCURRENCY +4 +default, unless the stack says otherwise$/m);
    expect(text).not.toMatch(/EVENT_SOURCE|REPORT_FOLDER/);
  });

  it('says what a known stack and the file come to', async () => {
    const environment = file('environment.json', { S3_BUCKET: 'reports', OUTPUT_TYPE: 'json', MAP_CONCURRENCY: '7', TIME_ZONE: 'UTC', SETTLE_HOURS: '' });

    const { code, text } = await check({ TIME_ZONE: 'Europe/Berlin' }, { environment });

    expect(code).toBe(0);
    expect(text).toMatch(/^ {2}S3_BUCKET +reports +stack$/m);
    expect(text).toMatch(/^ {2}TIME_ZONE +Europe\/Berlin +FILE$/m);
    expect(text).toMatch(/^ {2}MAP_CONCURRENCY +7 +stack$/m);
    expect(text).toMatch(/^ {2}SETTLE_HOURS +24 +default$/m);
  });

  it('names every problem, and ends with 1', async () => {
    const { code, text } = await check({ LOOKUP_RAT: 2, OUTPUT_TYPE: ['csv'], MAP_CONCURRENCY: 99, TIME_ZONE: 'Europe/Berlni', EVENT_SOURCE: 'x' });

    expect(code).toBe(1);
    expect(text.split('\n').filter((line) => line !== '').map((line) => line.replace(/ \(settings: .*/, ''))).toEqual([
      'FILE is refused: 5 problems',
      '  LOOKUP_RAT is no setting; did you mean LOOKUP_RATE?',
      '  OUTPUT_TYPE: ["csv"], expected csv, json or parquet',
      '  EVENT_SOURCE is for a local run only, expected no such setting in config.json',
      '  MAP_CONCURRENCY: "99", expected a whole number from 1 to 40',
      '  TIME_ZONE: "Europe/Berlni", expected the name of a time zone, such as America/New_York; did you mean Europe/Berlin?',
    ]);
  });

  it('names what contradicts a known stack', async () => {
    const environment = file('environment.json', { S3_BUCKET: 'reports', OUTPUT_TYPE: 'json', REPORT_PREFIX: '' });

    const { code, text } = await check({ OUTPUT_TYPE: 'csv', S3_BUCKET: 'reports' }, { environment });

    expect(code).toBe(1);
    expect(text).toContain('OUTPUT_TYPE is "csv", but the stack was deployed with "json"; change OutputType of the stack, or take OUTPUT_TYPE out of config.json');
  });

  it.each([
    { name: 'years the wrong way round', content: { FIRST_YEAR: 2030, LAST_YEAR: 2020 }, problem: 'FIRST_YEAR: 2030 is after LAST_YEAR 2020' },
    { name: 'a range the wrong way round', content: { TEST_START_DATE: '2026-11-20', TEST_END_DATE: '2026-11-18' }, problem: 'TEST_START_DATE: 2026-11-20 is after TEST_END_DATE 2026-11-18' },
    { name: 'the end of a range alone', content: { TEST_END_DATE: '2026-11-18' }, problem: 'TEST_START_DATE: missing, expected beside TEST_END_DATE 2026-11-18' },
    { name: 'what is no JSON', content: '{"OUTPUT_TYPE": "csv",}', problem: 'not JSON (' },
    { name: 'a list', content: [], problem: '[], expected an object such as' },
  ])('refuses $name', async ({ content, problem }) => {
    const { code, text } = await check(content);

    expect(code).toBe(1);
    expect(text).toContain(problem);
  });

  it('accepts one of the two years, the other of which the stack has', async () => {
    expect((await check({ FIRST_YEAR: 2026 })).code).toBe(0);
  });

  it('reads the object itself', async () => {
    const { code, text } = await check({}, { check: 's3://settings/team/config.json' });

    expect(code).toBe(0);
    expect(text).toMatch(/^ {2}REPORT_PREFIX +settings\/team\/config\.json\/ +s3:/m);
  });

  it.each([
    { name: 'nothing', options: {}, message: 'config: nothing was asked, expected --check FILE or --schema' },
    { name: 'a file that is not there', options: { check: join(folder, 'none.json') }, message: `--check: ${JSON.stringify(join(folder, 'none.json'))} cannot be read (ENOENT)` },
    { name: 'a bucket without a key', options: { check: 's3://settings' }, message: '--check: "s3://settings", expected s3://BUCKET/KEY, or the path of a file' },
    { name: 'an environment that is none', options: { check: file('a.json', {}), environment: file('b.json', '[]') }, message: `--environment: ${JSON.stringify(join(folder, 'b.json'))}, expected the variables of the Dispatcher as JSON` },
    { name: 'an environment that is no JSON', options: { check: file('a.json', {}), environment: file('c.json', 'S3_BUCKET=x') }, message: `--environment: ${JSON.stringify(join(folder, 'c.json'))}, expected the variables` },
  ])('does not understand $name', async ({ options, message }) => {
    const ends = { readConfigObject: async () => '{}', zones: ZONES, output: { write: () => true } };

    await expect(config(options, ends)).rejects.toThrow(expect.objectContaining({ name: 'InvalidInputError', message: expect.stringContaining(message) }));
  });
});

describe('config --schema', () => {
  it('prints the schema', async () => {
    const { code, text } = await check({}, { schema: true });

    expect(code).toBe(0);
    expect(JSON.parse(text)).toEqual(configSchema(ZONES));
  });
});
