import { ConfigError, InvalidInputError } from '#core/errors';
import { type Environment, loadSettings, parseRunConfig, type RunConfig, readSettings, SETTING_NAMES, type Settings } from '#runtime/config';

const ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:Day';
const ENV = { S3_BUCKET: 'reports' };
const WHERE = 's3://settings/config.json';
const ZONES = ['America/New_York', 'Europe/Berlin', 'UTC'];

/** config.json as text. */
function configJson(content: unknown) {
  return { where: WHERE, text: typeof content === 'string' ? content : JSON.stringify(content) };
}

/** The problems of a configuration; none when it is accepted. */
function problemsOf(read: () => Settings): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('readSettings', () => {
  it('needs nothing but a bucket, and says the rest itself', () => {
    expect(readSettings(ENV)).toEqual({
      run: { source: 'lookup', bucket: 'reports', folder: null, prefix: '', format: 'csv', timeZone: 'America/New_York', mapConcurrency: 4, lookupRate: 2, settleHours: 24, resolveRoleChain: false, uncomparedWorkgroups: [], runId: null },
      recheckDays: 2,
      testStartDate: null,
      testEndDate: null,
      stateMachineArn: null,
      backfillStateMachineArn: null,
      years: null,
    });
  });

  it('reads every setting', () => {
    const settings = readSettings({
      S3_BUCKET: 'reports',
      EVENT_SOURCE: 'trail/',
      OUTPUT_TYPE: 'parquet',
      REPORT_PREFIX: 'athena/reports',
      TIME_ZONE: 'Europe/Berlin',
      TEST_START_DATE: '2026-11-18',
      TEST_END_DATE: '2026-11-20',
      STATE_MACHINE_ARN: ARN,
      BACKFILL_STATE_MACHINE_ARN: `${ARN}s`,
      MAP_CONCURRENCY: '40',
      LOOKUP_RATE: '1.5',
      SETTLE_HOURS: '48',
      RESOLVE_ROLE_CHAIN: 'true',
      UNCOMPARED_WORKGROUPS: 'finance, hr-idc,finance',
      RECHECK_DAYS: '7',
      FIRST_YEAR: '2026',
      LAST_YEAR: '2035',
    });

    expect(settings).toEqual({
      run: { source: 'trail/', bucket: 'reports', folder: null, prefix: 'athena/reports/', format: 'parquet', timeZone: 'Europe/Berlin', mapConcurrency: 40, lookupRate: 1.5, settleHours: 48, resolveRoleChain: true, uncomparedWorkgroups: ['finance', 'hr-idc'], runId: null },
      recheckDays: 7,
      testStartDate: '2026-11-18',
      testEndDate: '2026-11-20',
      stateMachineArn: ARN,
      backfillStateMachineArn: `${ARN}s`,
      years: { first: 2026, last: 2035 },
    });
  });

  it('writes to a folder in a local run', () => {
    expect(readSettings({ REPORT_FOLDER: 'reports' }).run).toMatchObject({ bucket: null, folder: 'reports' });
  });

  it.each([
    { format: 'csv', prefix: '' },
    { format: 'json', prefix: 'json/' },
    { format: 'parquet', prefix: 'parquet/' },
  ])('gives $format a root of its own', ({ format, prefix }) => {
    expect(readSettings({ ...ENV, OUTPUT_TYPE: format }).run.prefix).toBe(prefix);
  });

  it.each([
    { name: 'ends with a slash', given: 'a/b/' },
    { name: 'does not', given: 'a/b' },
  ])('ends the prefix with one slash when it $name', ({ given }) => {
    expect(readSettings({ ...ENV, REPORT_PREFIX: given }).run.prefix).toBe('a/b/');
  });

  it('takes empty and blank variables for unset, and cuts blanks off the others', () => {
    const settings = readSettings({ S3_BUCKET: ' reports ', OUTPUT_TYPE: '', TIME_ZONE: '  ', REPORT_FOLDER: undefined });

    expect(settings.run).toMatchObject({ bucket: 'reports', format: 'csv', timeZone: 'America/New_York', folder: null });
  });

  it('passes over variables of others', () => {
    expect(readSettings({ ...ENV, AWS_REGION: 'us-east-1', BUCKET: 'x' })).toEqual(readSettings(ENV));
  });

  it('is frozen, the run within as well', () => {
    const settings = readSettings(ENV);

    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.run)).toBe(true);
  });

  it.each([
    { name: 'a bucket in capitals', env: { S3_BUCKET: 'Reports' }, problem: 'S3_BUCKET: "Reports", expected the name of a bucket: 3 to 63 of a-z, 0-9, dot and hyphen' },
    { name: 'a misspelt format', env: { ...ENV, OUTPUT_TYPE: 'parqet' }, problem: 'OUTPUT_TYPE: "parqet", expected csv, json or parquet; did you mean parquet?' },
    { name: 'a format that is near to none', env: { ...ENV, OUTPUT_TYPE: 'xml' }, problem: 'OUTPUT_TYPE: "xml", expected csv, json or parquet' },
    { name: 'a prefix that begins with a slash', env: { ...ENV, REPORT_PREFIX: '/a' }, problem: 'REPORT_PREFIX: "/a", expected a prefix of keys such as reports/athena/, without a leading / and without ..' },
    { name: 'a prefix with two slashes', env: { ...ENV, REPORT_PREFIX: 'a//b' }, problem: 'REPORT_PREFIX: "a//b", expected a prefix of keys such as reports/athena/, without a leading / and without ..' },
    { name: 'a prefix that leaves its root', env: { ...ENV, REPORT_PREFIX: 'a/../b' }, problem: 'REPORT_PREFIX: "a/../b", expected a prefix of keys such as reports/athena/, without a leading / and without ..' },
    { name: 'a day that the calendar does not have', env: { ...ENV, TEST_START_DATE: '2026-02-30' }, problem: 'TEST_START_DATE: "2026-02-30", expected a day, YYYY-MM-DD' },
    { name: 'a year before CloudTrail and Athena', env: { ...ENV, FIRST_YEAR: '1999', LAST_YEAR: '2035' }, problem: 'FIRST_YEAR: "1999", expected a year from 2000 to 2099' },
    { name: 'years the wrong way round', env: { ...ENV, FIRST_YEAR: '2035', LAST_YEAR: '2026' }, problem: 'FIRST_YEAR: 2035 is after LAST_YEAR 2026, expected a year not after it' },
    { name: 'a first year alone', env: { ...ENV, FIRST_YEAR: '2026' }, problem: 'LAST_YEAR: missing, expected beside FIRST_YEAR 2026' },
    { name: 'a last year alone', env: { ...ENV, LAST_YEAR: '2026' }, problem: 'FIRST_YEAR: missing, expected beside LAST_YEAR 2026' },
    { name: 'a day in another order', env: { ...ENV, TEST_END_DATE: '20.11.2026' }, problem: 'TEST_END_DATE: "20.11.2026", expected a day, YYYY-MM-DD' },
    { name: 'an ARN of another kind', env: { ...ENV, STATE_MACHINE_ARN: 'arn:aws:lambda:us-east-1:123456789012:function:f' }, problem: 'STATE_MACHINE_ARN: "arn:aws:lambda:us-east-1:123456789012:function:f", expected the ARN of a state machine, arn:aws:states:REGION:ACCOUNT:stateMachine:NAME' },
    { name: 'a day that settles at once', env: { ...ENV, SETTLE_HOURS: '0' }, problem: 'SETTLE_HOURS: "0", expected a whole number from 1 to 720' },
    { name: 'a day that never settles', env: { ...ENV, SETTLE_HOURS: '721' }, problem: 'SETTLE_HOURS: "721", expected a whole number from 1 to 720' },
    { name: 'no day taken again', env: { ...ENV, RECHECK_DAYS: '0' }, problem: 'RECHECK_DAYS: "0", expected a whole number from 1 to 40' },
    { name: 'more days taken again than Athena remembers', env: { ...ENV, RECHECK_DAYS: '41' }, problem: 'RECHECK_DAYS: "41", expected a whole number from 1 to 40' },
    { name: 'a pattern of workgroups', env: { ...ENV, UNCOMPARED_WORKGROUPS: 'hr-*' }, problem: 'UNCOMPARED_WORKGROUPS: "hr-*", expected names of workgroups with commas between them, or *' },
    { name: 'a switch that is neither', env: { ...ENV, RESOLVE_ROLE_CHAIN: 'yes' }, problem: 'RESOLVE_ROLE_CHAIN: "yes", expected true or false' },
    { name: 'no hour at a time', env: { ...ENV, MAP_CONCURRENCY: '0' }, problem: 'MAP_CONCURRENCY: "0", expected a whole number from 1 to 40' },
    { name: 'more hours at a time than a Map takes', env: { ...ENV, MAP_CONCURRENCY: '41' }, problem: 'MAP_CONCURRENCY: "41", expected a whole number from 1 to 40' },
    { name: 'no look-up at all', env: { ...ENV, LOOKUP_RATE: '0' }, problem: 'LOOKUP_RATE: "0", expected requests a second from 0.1 to 100, such as 2 or 1.5' },
    { name: 'more look-ups than anybody has', env: { ...ENV, LOOKUP_RATE: '101' }, problem: 'LOOKUP_RATE: "101", expected requests a second from 0.1 to 100, such as 2 or 1.5' },
    { name: 'a rate in words', env: { ...ENV, LOOKUP_RATE: 'two' }, problem: 'LOOKUP_RATE: "two", expected requests a second from 0.1 to 100, such as 2 or 1.5' },
    { name: 'half an hour at a time', env: { ...ENV, MAP_CONCURRENCY: '1.5' }, problem: 'MAP_CONCURRENCY: "1.5", expected a whole number from 1 to 40' },
    { name: 'a misspelt zone', env: { ...ENV, TIME_ZONE: 'America/NewYork' }, problem: 'TIME_ZONE: "America/NewYork", expected the name of a time zone, such as America/New_York; did you mean America/New_York?' },
    { name: 'a zone in another case', env: { ...ENV, TIME_ZONE: 'utc' }, problem: 'TIME_ZONE: "utc", expected the name of a time zone, such as America/New_York; did you mean UTC?' },
    { name: 'neither bucket nor folder', env: {}, problem: 'S3_BUCKET: missing, expected the name of the bucket that takes the reports' },
    { name: 'bucket and folder', env: { ...ENV, REPORT_FOLDER: 'x' }, problem: 'REPORT_FOLDER: set beside S3_BUCKET, expected one of the two' },
  ])('refuses $name', ({ env, problem }) => {
    expect(problemsOf(() => readSettings(env, undefined, ZONES))).toEqual([problem]);
  });

  it.each([
    { name: 'a bucket with dots and digits', env: { S3_BUCKET: 'my.reports-2026' } },
    { name: 'each format', env: { ...ENV, OUTPUT_TYPE: 'json' } },
    { name: 'a prefix of several parts', env: { ...ENV, REPORT_PREFIX: 'a/b=c/..d' } },
    { name: 'the 29th of February of a leap year', env: { ...ENV, TEST_START_DATE: '2028-02-29' } },
    { name: 'a state machine of GovCloud', env: { ...ENV, STATE_MACHINE_ARN: 'arn:aws-us-gov:states:us-gov-west-1:123456789012:stateMachine:Day_1-x' } },
    { name: 'one hour at a time', env: { ...ENV, MAP_CONCURRENCY: '1' } },
    { name: 'a look-up in ten seconds', env: { ...ENV, LOOKUP_RATE: '0.1' } },
    { name: 'a hundred look-ups a second', env: { ...ENV, LOOKUP_RATE: '100' } },
    { name: 'a rate with many decimals', env: { ...ENV, LOOKUP_RATE: '1.125' } },
    { name: 'a known zone', env: { ...ENV, TIME_ZONE: 'UTC' } },
  ])('accepts $name', ({ env }) => {
    expect(problemsOf(() => readSettings(env, undefined, ZONES))).toEqual([]);
  });

  it('takes the zone as it is where no zone data is at hand', () => {
    expect(readSettings({ ...ENV, TIME_ZONE: 'Mars/Olympus' }).run.timeZone).toBe('Mars/Olympus');
  });

  it('names all problems at once, of the environment and of config.json', () => {
    const read = () => readSettings({ OUTPUT_TYPE: 'xml', TEST_START_DATE: 'x', TIME_ZONE: 'x' }, configJson({ MAP_CONCURRENCY: 99, STATE_MACHINE: 'x' }), ZONES);

    expect(problemsOf(read).map((problem) => problem.split(/[:,] /)[0])).toEqual(['s3://settings/config.json', 'OUTPUT_TYPE', 'TEST_START_DATE', 'MAP_CONCURRENCY', 'TIME_ZONE', 'S3_BUCKET']);
    expect(read).toThrow(expect.objectContaining({ name: 'ConfigError', message: problemsOf(read).join('; ') }));
  });
});

describe('config.json', () => {
  it('stands over the environment', () => {
    const env = { ...ENV, TIME_ZONE: 'Europe/Berlin', MAP_CONCURRENCY: '3', TEST_START_DATE: '2026-11-18' };

    const settings = readSettings(env, configJson({ TIME_ZONE: 'UTC', TEST_START_DATE: '2026-11-19' }), ZONES);

    expect(settings).toMatchObject({ run: { timeZone: 'UTC', mapConcurrency: 3 }, testStartDate: '2026-11-19' });
  });

  it('may bring everything, the bucket as well', () => {
    expect(readSettings({}, configJson({ S3_BUCKET: 'reports', OUTPUT_TYPE: 'json', MAP_CONCURRENCY: 4 })).run).toMatchObject({ bucket: 'reports', format: 'json', mapConcurrency: 4 });
  });

  it.each([
    { name: 'null', value: null },
    { name: 'an empty text', value: '' },
    { name: 'blanks', value: '  ' },
  ])('lets the environment stand for a setting that is $name', ({ value }) => {
    expect(readSettings({ ...ENV, TIME_ZONE: 'UTC' }, configJson({ TIME_ZONE: value, S3_BUCKET: value })).run).toMatchObject({ timeZone: 'UTC', bucket: 'reports' });
  });

  it('is read with a byte order mark before it', () => {
    expect(readSettings(ENV, configJson('\uFEFF{"OUTPUT_TYPE": "json"}')).run.format).toBe('json');
  });

  it('may have blanks about a value', () => {
    expect(readSettings({ ...ENV, OUTPUT_TYPE: 'json' }, configJson({ OUTPUT_TYPE: ' json ', TIME_ZONE: 'UTC ' }), ZONES).run).toMatchObject({ format: 'json', timeZone: 'UTC' });
  });

  it('may name its schema for an editor', () => {
    expect(readSettings(ENV, configJson({ $schema: './config.schema.json', TIME_ZONE: 'UTC' })).run.timeZone).toBe('UTC');
  });

  it('may be an empty object', () => {
    expect(readSettings(ENV, configJson({}))).toEqual(readSettings(ENV));
  });

  it.each([
    { name: 'a source of files in a deployed stack', content: { EVENT_SOURCE: 'trail/' }, start: `${WHERE}: EVENT_SOURCE is for a local run only` },
    { name: 'a misspelt setting', content: { OUTPUT_TYP: 'csv' }, start: `${WHERE}: OUTPUT_TYP is no setting; did you mean OUTPUT_TYPE? (settings: ` },
    { name: 'a setting in another case', content: { s3_bucket: 'x' }, start: `${WHERE}: s3_bucket is no setting; did you mean S3_BUCKET? (settings: ` },
    { name: 'a setting that is near to none', content: { COLOUR: 'x' }, start: `${WHERE}: COLOUR is no setting (settings: ${SETTING_NAMES.join(', ')})` },
    { name: 'a name that every object has', content: '{"__proto__": {"S3_BUCKET": "x"}, "toString": "x"}', start: `${WHERE}: __proto__ is no setting` },
    { name: 'a list for a value', content: { OUTPUT_TYPE: ['csv'] }, start: `${WHERE}: OUTPUT_TYPE: ["csv"], expected csv, json or parquet` },
    { name: 'true for a value', content: { REPORT_PREFIX: true }, start: `${WHERE}: REPORT_PREFIX: true, expected a prefix of keys such as reports/athena/` },
    { name: 'a number for a text', content: { S3_BUCKET: 123456 }, start: `${WHERE}: S3_BUCKET: 123456, expected the name of a bucket: ` },
    { name: 'true for a number', content: { LOOKUP_RATE: true }, start: `${WHERE}: LOOKUP_RATE: true, expected requests a second from 0.1 to 100` },
    { name: 'a list', content: [], start: `${WHERE}: [], expected an object such as {"OUTPUT_TYPE": "csv"}` },
    { name: 'a number', content: 7, start: `${WHERE}: 7, expected an object such as {"OUTPUT_TYPE": "csv"}` },
    { name: 'null', content: null, start: `${WHERE}: null, expected an object such as {"OUTPUT_TYPE": "csv"}` },
    { name: 'no JSON', content: '{"OUTPUT_TYPE": csv}', start: `${WHERE}: not JSON (` },
    { name: 'nothing', content: '', start: `${WHERE}: not JSON (` },
  ])('is refused with $name', ({ content, start }) => {
    const [problem] = problemsOf(() => readSettings(ENV, configJson(content)));

    expect(problem?.slice(0, start.length)).toBe(start);
  });

  it('is refused for each wrong setting, one beside the other', () => {
    expect(problemsOf(() => readSettings(ENV, configJson({ A: 1, B: 2, TIME_ZONE: [] })))).toHaveLength(3);
  });

  it.each([
    { name: 'S3_BUCKET', stack: 'reports', other: 'elsewhere', change: 'BucketName of the stack' },
    { name: 'OUTPUT_TYPE', stack: 'json', other: 'csv', change: 'OutputType of the stack' },
    { name: 'REPORT_PREFIX', stack: 'athena/', other: 'other', change: 'ReportPrefix of the stack' },
    { name: 'STATE_MACHINE_ARN', stack: ARN, other: `${ARN}2`, change: 'the stack itself' },
    { name: 'BACKFILL_STATE_MACHINE_ARN', stack: ARN, other: `${ARN}2`, change: 'the stack itself' },
  ])('may repeat but not contradict the $name of the stack', ({ name, stack, other, change }) => {
    const env: Environment = { ...ENV, [name]: stack };

    expect(problemsOf(() => readSettings(env, configJson({ [name]: stack })))).toEqual([]);
    expect(problemsOf(() => readSettings(env, configJson({ [name]: other })))).toEqual([
      `${WHERE}: ${name} is ${JSON.stringify(other)}, but the stack was deployed with ${JSON.stringify(stack)}; change ${change}, or take ${name} out of config.json`,
    ]);
  });

  it('repeats a prefix with or without its slash', () => {
    expect(problemsOf(() => readSettings({ ...ENV, REPORT_PREFIX: 'athena/' }, configJson({ REPORT_PREFIX: 'athena' })))).toEqual([]);
  });

  it.each([
    { name: 'the bucket\'s own root', format: 'csv', other: 'athena/', deployed: '""' },
    { name: 'json/', format: 'json', other: 'athena/', deployed: '"json/"' },
    { name: 'the bucket\'s own root where no format is said', format: '', other: 'athena/', deployed: '""' },
  ])('may not contradict a stack whose empty prefix means $name', ({ format, other, deployed }) => {
    const env: Environment = { ...ENV, OUTPUT_TYPE: format, REPORT_PREFIX: '' };

    expect(problemsOf(() => readSettings(env, configJson({ REPORT_PREFIX: other })))).toEqual([
      `${WHERE}: REPORT_PREFIX is "${other}", but the stack was deployed with ${deployed}; change ReportPrefix of the stack, or take REPORT_PREFIX out of config.json`,
    ]);
    expect(problemsOf(() => readSettings(env, configJson({ TIME_ZONE: 'UTC' })))).toEqual([]);
  });

  it('may set the prefix where no stack says anything of one', () => {
    expect(readSettings(ENV, configJson({ REPORT_PREFIX: 'athena' })).run.prefix).toBe('athena/');
  });
});

describe('loadSettings', () => {
  const read = (text: string) => {
    const asked: string[] = [];
    const readConfigObject = async (bucket: string, key: string) => {
      asked.push(`${bucket}/${key}`);
      return text;
    };
    return { asked, readConfigObject };
  };

  it('reads config.json where CONFIG_BUCKET and CONFIG_KEY say', async () => {
    const { asked, readConfigObject } = read('{"OUTPUT_TYPE": "json"}');

    const settings = await loadSettings({ ...ENV, CONFIG_BUCKET: ' settings ', CONFIG_KEY: 'config.json' }, readConfigObject);

    expect(asked).toEqual(['settings/config.json']);
    expect(settings.run.format).toBe('json');
  });

  it.each([
    { name: 'absent', env: ENV },
    { name: 'empty', env: { ...ENV, CONFIG_BUCKET: '', CONFIG_KEY: ' ' } },
  ])('reads no object when both are $name', async ({ env }) => {
    const { asked, readConfigObject } = read('{}');

    const settings = await loadSettings(env, readConfigObject);

    expect(asked).toEqual([]);
    expect(settings).toEqual(readSettings(ENV));
  });

  it.each([
    { name: 'the bucket', env: { ...ENV, CONFIG_KEY: 'config.json' }, problem: 'CONFIG_BUCKET: missing, expected beside CONFIG_KEY' },
    { name: 'the key', env: { ...ENV, CONFIG_BUCKET: 'settings' }, problem: 'CONFIG_KEY: missing, expected beside CONFIG_BUCKET' },
  ])('refuses the one without $name', async ({ env, problem }) => {
    const { asked, readConfigObject } = read('{}');

    await expect(loadSettings(env, readConfigObject)).rejects.toThrow(expect.objectContaining({ name: 'ConfigError', message: problem }));
    expect(asked).toEqual([]);
  });

  it('names the object in a problem, and the zones that it was given', async () => {
    const { readConfigObject } = read('{"TIME_ZONE": "Europe/Berlni", "X": 1}');

    const loading = loadSettings({ ...ENV, CONFIG_BUCKET: 'settings', CONFIG_KEY: 'config.json' }, readConfigObject, ZONES);

    await expect(loading).rejects.toThrow(expect.objectContaining({
      problems: [expect.stringMatching(/^s3:\/\/settings\/config\.json: X is no setting/), 'TIME_ZONE: "Europe/Berlni", expected the name of a time zone, such as America/New_York; did you mean Europe/Berlin?'],
    }));
  });

  it('passes the error of the object on', async () => {
    const denied = new Error('denied');

    await expect(loadSettings({ ...ENV, CONFIG_BUCKET: 'settings', CONFIG_KEY: 'config.json' }, () => Promise.reject(denied))).rejects.toBe(denied);
  });
});

describe('under sam local invoke', () => {
  it('tells how to name a bucket, which the template alone does not know', () => {
    const read = (env: Environment) => () => readSettings({ ...ENV, AWS_SAM_LOCAL: 'true', ...env });

    expect(read({ S3_BUCKET: 'ReportBucket' })).toThrow(/"ReportBucket", expected the name of a bucket.*--parameter-overrides BucketName=MY-BUCKET$/);
    expect(read({ S3_BUCKET: 'mine' })).not.toThrow();
    expect(() => readSettings({ ...ENV, S3_BUCKET: 'ReportBucket' })).toThrow(/hyphen$/);
  });
});

describe('parseRunConfig', () => {
  const run: RunConfig = readSettings(ENV).run;

  it.each([
    { name: 'a bucket', config: run },
    { name: 'a folder', config: { ...run, bucket: null, folder: 'reports' } },
    { name: 'a prefix', config: { ...run, prefix: 'athena/' } },
    { name: 'the longest name of a run', config: { ...run, runId: 'x'.repeat(80) } },
  ])('takes back what the dispatcher sent: $name', ({ config }) => {
    expect(parseRunConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it.each([
    { name: 'a prefix without slash', config: { ...run, prefix: 'athena' }, problem: 'config.prefix: "athena", expected a prefix that ends with /, or nothing' },
    { name: 'a rate of nothing', config: { ...run, lookupRate: 0 }, problem: 'config.lookupRate: 0, expected requests a second from 0.1 to 100, such as 2 or 1.5' },
    { name: 'a number beyond the Map\'s', config: { ...run, mapConcurrency: 41 }, problem: 'config.mapConcurrency: 41, expected a whole number from 1 to 40' },
    { name: 'two things at once', config: { ...run, mapConcurrency: 0, source: '' }, problem: 'config.source: "", expected lookup, or a path; config.mapConcurrency: 0, expected a whole number from 1 to 40' },
    { name: 'a name of a run that is none', config: { ...run, runId: '../x' }, problem: 'config.runId: "../x", expected the name of a run: 1 to 80 of 0-9, A-Z, a-z, _ and -' },
    { name: 'a member too many', config: { ...run, extra: 1 }, problem: 'config.extra: 1, expected the configuration of a run, or none' },
    { name: 'bucket and folder', config: { ...run, folder: 'reports' }, problem: 'config.bucket: expected either a bucket or a folder' },
    { name: 'neither bucket nor folder', config: { ...run, bucket: null }, problem: 'config.bucket: expected either a bucket or a folder' },
  ])('refuses $name', ({ config, problem }) => {
    const parse = () => parseRunConfig(config);

    expect(parse).toThrow(new InvalidInputError(problem));
    expect(parse).toThrow(InvalidInputError);
  });

  it('refuses what is no configuration at all', () => {
    expect(() => parseRunConfig('x')).toThrow(/^config: "x", expected the configuration of a run, or none$/);
  });
});
