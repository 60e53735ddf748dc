/** Configuration: environment, overridden by config.json. Pure, but for the object that `loadSettings` is given to read. */
import * as v from 'valibot';
import { ConfigError, InvalidInputError } from '#core/errors';
import { DEFAULT_ROOT, FORMATS, type Format } from '#core/partition';
import { toProblems } from '#core/problems';
import { isDay } from '#core/window';
import { didYouMean } from './nearest.ts';

/** What a run needs to know below the dispatcher; it travels in the execution input. */
export interface RunConfig {
  /** `lookup` for CloudTrail's LookupEvents, or the path of a file or folder. */
  readonly source: string;
  /** Bucket of the reports; null in a local run that writes to a folder. */
  readonly bucket: string | null;
  /** Folder of the reports in a local run. */
  readonly folder: string | null;
  /** Root of the format below the bucket or folder. Shape: empty, or ends with `/`. */
  readonly prefix: string;
  readonly format: Format;
  readonly timeZone: string;
  /** Hours in flight at a time. */
  readonly mapConcurrency: number;
  /** Requests of LookupEvents a second, of the account's two. */
  readonly lookupRate: number;
  /** Hours after its end from which a day is settled: what is different then stays different. */
  readonly settleHours: number;
  /** Whether the worker looks up who assumed the role behind a session. */
  readonly resolveRoleChain: boolean;
  /** Workgroups that the closer does not hold against Athena's own list, because the owner says so; `*` is every one. */
  readonly uncomparedWorkgroups: readonly string[];
  /** What the Dispatcher called the run: the correlation id of its logs and of what it writes; null outside of one. */
  readonly runId: string | null;
}

/** Everything that can be configured. */
export interface Settings {
  readonly run: RunConfig;
  /** Days before yesterday that a scheduled run takes again. */
  readonly recheckDays: number;
  readonly testStartDate: string | null;
  readonly testEndDate: string | null;
  readonly stateMachineArn: string | null;
  readonly backfillStateMachineArn: string | null;
  /** Years that the table looks for, both included; null where there is no table. */
  readonly years: { readonly first: number; readonly last: number } | null;
}

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const STATE_MACHINE = /^arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:[A-Za-z0-9_-]{1,80}$/;
/** Name of a bucket. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** Prefix of keys: S3's safe characters, no empty part and no `..`. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const PREFIX = /^(?!.*\/\/)(?!(.*\/)?\.\.(\/|$))[A-Za-z0-9!_.*'()=-][A-Za-z0-9!_.*'()=/-]*$/;

/** Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroup.html */
const WORKGROUPS = /^(\*|[a-zA-Z0-9._-]{1,128}( *, *[a-zA-Z0-9._-]{1,128})*)$/;

/** `isDay` for the schema: 31 days, 30 days, February, and its 29th of leap years. A format of dates would refuse the empty text. */
const DAY = '^((19[7-9]|2\\d\\d)\\d-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))|(19(7[26]|8[048]|9[26])|2\\d(0[48]|[2468][048]|[13579][26])|2[048]00)-02-29)$';
const day = v.pipe(v.custom<string>(isDay, 'a day, YYYY-MM-DD'), v.metadata({ pattern: DAY }));
const arn = v.pipe(v.string(), v.regex(STATE_MACHINE, 'the ARN of a state machine, arn:aws:states:REGION:ACCOUNT:stateMachine:NAME'));

/** A setting that config.json may give as a number: the texts that stand for it, and its bounds, both included. */
function number(texts: RegExp, expected: string, type: 'integer' | 'number', minimum: number, maximum: number) {
  return v.pipe(v.string(), v.regex(texts, expected), v.metadata({ type, minimum, maximum }), v.transform(Number));
}

const upTo40 = number(/^([1-9]|[1-3]\d|40)$/, 'a whole number from 1 to 40', 'integer', 1, 40);
const year = number(/^20\d\d$/, 'a year from 2000 to 2099', 'integer', 2000, 2099);

const RATE = 'requests a second from 0.1 to 100, such as 2 or 1.5';
const MIN_RATE = 0.1;

/** The settings by name: what each allows, and what it is for. The environment and config.json use the same names; config.schema.json follows from this. */
export const SETTINGS = {
  S3_BUCKET: v.pipe(v.string(), v.regex(BUCKET, 'the name of a bucket: 3 to 63 of a-z, 0-9, dot and hyphen'), v.description('Bucket that takes the reports')),
  REPORT_FOLDER: v.pipe(v.string(), v.minLength(1, 'a folder')),
  EVENT_SOURCE: v.pipe(v.string(), v.minLength(1, 'lookup, or the path of a file or folder')),
  OUTPUT_TYPE: v.pipe(v.picklist(FORMATS, 'csv, json or parquet'), v.description('Format of the reports')),
  REPORT_PREFIX: v.pipe(v.string(), v.regex(PREFIX, 'a prefix of keys such as reports/athena/, without a leading / and without ..'), v.description('Prefix of every report\'s key, such as reports/athena/')),
  TIME_ZONE: v.pipe(v.string(), v.minLength(1, 'the name of a time zone, such as America/New_York'), v.description('Time zone whose days and hours the reports have')),
  TEST_START_DATE: v.pipe(day, v.description('First day of a range that a run takes instead of yesterday, YYYY-MM-DD')),
  TEST_END_DATE: v.pipe(day, v.description('Last day of that range, included; without it the range is the one day')),
  STATE_MACHINE_ARN: v.pipe(arn, v.description('State machine of one day')),
  BACKFILL_STATE_MACHINE_ARN: v.pipe(arn, v.description('State machine of several days')),
  MAP_CONCURRENCY: v.pipe(upTo40, v.description('Hours written at a time, 1 to 40')),
  LOOKUP_RATE: v.pipe(number(/^(100(\.0+)?|[1-9]\d?(\.\d+)?|0\.[1-9]\d*)$/, RATE, 'number', MIN_RATE, 100), v.description('LookupEvents requests a second, of the two that the account has, 0.1 to 100')),
  SETTLE_HOURS: v.pipe(number(/^([1-9]\d?|[1-6]\d\d|7[01]\d|720)$/, 'a whole number from 1 to 720', 'integer', 1, 720), v.description('Hours after its end from which a day is settled, 1 to 720')),
  RESOLVE_ROLE_CHAIN: v.pipe(v.picklist(['true', 'false'], 'true or false'), v.description('Whether to look up who assumed the role behind each session'), v.transform((text) => text === 'true')),
  RECHECK_DAYS: v.pipe(upTo40, v.description('Days before yesterday that each night takes again, 1 to 40')),
  UNCOMPARED_WORKGROUPS: v.pipe(
    v.string(),
    v.regex(WORKGROUPS, 'names of workgroups with commas between them, or *'),
    v.description('Workgroups that are not held against Athena\'s own list, names with commas between them, or * for all'),
    v.transform((text) => [...new Set(text.split(',').map((name) => name.trim()))]),
  ),
  FIRST_YEAR: v.pipe(year, v.description('First year that the table looks for')),
  LAST_YEAR: v.pipe(year, v.description('Last year that the table looks for, included')),
} as const;

/** Names of the settings. */
export type SettingName = keyof typeof SETTINGS;
/** Names of the settings, for messages, tests and documentation. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** Where a bucket is the stack's own, `sam local invoke` gives the function its logical id. */
const SAM_LOCAL = 'sam local invoke does not know the bucket of a stack, expected one by --parameter-overrides BucketName=MY-BUCKET';

/** What the stack builds in, with the template parameter that changes it: config.json may repeat it but not contradict it. */
export const BUILT_IN: Readonly<Partial<Record<SettingName, string>>> = {
  S3_BUCKET: 'BucketName of the stack',
  OUTPUT_TYPE: 'OutputType of the stack',
  REPORT_PREFIX: 'ReportPrefix of the stack',
  STATE_MACHINE_ARN: 'the stack itself',
  BACKFILL_STATE_MACHINE_ARN: 'the stack itself',
  FIRST_YEAR: 'FirstYear of the stack',
  LAST_YEAR: 'LastYear of the stack',
};

/** For a run on one's own machine: a stack neither sets them nor takes them from config.json. */
export const LOCAL_ONLY: ReadonlySet<SettingName> = new Set(['EVENT_SOURCE', 'REPORT_FOLDER']);
/** Settings that are true or false; in config.json they may be so without quotes. */
const SWITCHES: ReadonlySet<SettingName> = new Set(['RESOLVE_ROLE_CHAIN']);
/** Settings that are numbers; in config.json they may be so without quotes. */
const NUMBERS: ReadonlySet<SettingName> = new Set(SETTING_NAMES.filter((name) => 'minimum' in v.getMetadata(SETTINGS[name])));

/** The member of config.json by which an editor finds config.schema.json; it is no setting. */
export const SCHEMA_MEMBER = '$schema';

const DEFAULT_SETTLE_HOURS = 24;
/** The limit of an account and Region. Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
const DEFAULT_LOOKUP_RATE = 2;
const DEFAULT_RECHECK_DAYS = 2;

type Values = { readonly [N in SettingName]?: string };

/**
 * Reads the settings of an environment and, when there is one, of a config.json over it.
 *
 * Shape: frozen. `zones` are the names that TIME_ZONE may have; left out, the name is taken as it is (the worker's windows
 * carry their offsets). Errors: ConfigError with every problem at once: name, value, and what is allowed.
 */
export function readSettings(env: Environment, configJson?: { readonly where: string; readonly text: string }, zones?: readonly string[]): Settings {
  const problems: string[] = [];
  const values: Partial<Record<SettingName, string>> = {};
  for (const name of SETTING_NAMES) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') values[name] = value;
  }
  if (configJson !== undefined) Object.assign(values, readConfigJson(configJson, { ...values, ...builtInRoot(env, values) }, problems));
  const read = readValues(values, zones, problems);
  if (env['AWS_SAM_LOCAL'] === 'true' && problems.some((problem) => problem.startsWith('S3_BUCKET:'))) problems.push(SAM_LOCAL);
  if (problems.length > 0) throw new ConfigError(problems);
  return read;
}

/** A stack that was deployed with an empty ReportPrefix has its tables at the format's default root: that is built in as well. */
function builtInRoot(env: Environment, values: Values): Values {
  if (env['REPORT_PREFIX'] === undefined || values.REPORT_PREFIX !== undefined) return {};
  return { REPORT_PREFIX: DEFAULT_ROOT[FORMATS.find((format) => format === values.OUTPUT_TYPE) ?? 'csv'] };
}

function readConfigJson(config: { readonly where: string; readonly text: string }, env: Values, problems: string[]): Values {
  let parsed: unknown;
  try {
    parsed = JSON.parse(config.text.replace(/^\uFEFF/, ''));
  } catch (error) {
    problems.push(`${config.where}: not JSON (${(error as Error).message}), expected an object such as {"OUTPUT_TYPE": "csv"}`);
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    problems.push(`${config.where}: ${JSON.stringify(parsed).slice(0, 60)}, expected an object such as {"OUTPUT_TYPE": "csv"}`);
    return {};
  }
  const values: Partial<Record<SettingName, string>> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (name === SCHEMA_MEMBER) {
      // For the editor.
    } else if (!isSettingName(name)) {
      problems.push(`${config.where}: ${name} is no setting${didYouMean(name, SETTING_NAMES)} (settings: ${SETTING_NAMES.join(', ')})`);
    } else if (LOCAL_ONLY.has(name)) {
      problems.push(`${config.where}: ${name} is for a local run only, expected no such setting in config.json`);
    } else if (value === null || (typeof value === 'string' && value.trim() === '')) {
      // Said to be unset: the environment stands.
    } else if (typeof value !== 'string' && !(typeof value === 'number' && NUMBERS.has(name)) && !(typeof value === 'boolean' && SWITCHES.has(name))) {
      problems.push(`${config.where}: ${name}: ${JSON.stringify(value).slice(0, 60)}, expected ${expectedOf(name)}`);
    } else {
      const parameter = BUILT_IN[name];
      const builtIn = env[name];
      const wanted = String(value).trim();
      if (parameter !== undefined && builtIn !== undefined && normal(name, builtIn) !== normal(name, wanted)) {
        problems.push(`${config.where}: ${name} is ${JSON.stringify(value)}, but the stack was deployed with ${JSON.stringify(builtIn)}; change ${parameter}, or take ${name} out of config.json`);
      }
      values[name] = wanted;
    }
  }
  return values;
}

/** What a setting allows, in the words of its own refusal. */
function expectedOf(name: SettingName): string {
  return v.safeParse(SETTINGS[name], '').issues?.[0].message ?? '';
}

function normal(name: SettingName, value: string): string {
  return name === 'REPORT_PREFIX' ? withSlash(value) : value;
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

function withSlash(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function readValues(values: Values, zones: readonly string[] | undefined, problems: string[]): Settings {
  const parsed: { -readonly [N in SettingName]?: v.InferOutput<(typeof SETTINGS)[N]> } = {};
  for (const name of SETTING_NAMES) {
    const value = values[name];
    if (value === undefined) continue;
    const result = v.safeParse(SETTINGS[name], value);
    if (result.success) Object.assign(parsed, { [name]: result.output });
    else problems.push(`${name}: ${JSON.stringify(value)}, expected ${result.issues[0].message}${name === 'OUTPUT_TYPE' ? didYouMean(value, FORMATS) : ''}`);
  }
  const timeZone = parsed.TIME_ZONE ?? 'America/New_York';
  if (zones !== undefined && !zones.includes(timeZone)) {
    problems.push(`TIME_ZONE: ${JSON.stringify(timeZone)}, expected the name of a time zone, such as America/New_York${didYouMean(timeZone, zones)}`);
  }
  if (values.S3_BUCKET === undefined && values.REPORT_FOLDER === undefined) {
    problems.push('S3_BUCKET: missing, expected the name of the bucket that takes the reports');
  }
  if (values.S3_BUCKET !== undefined && values.REPORT_FOLDER !== undefined) {
    problems.push('REPORT_FOLDER: set beside S3_BUCKET, expected one of the two');
  }
  const { FIRST_YEAR: first, LAST_YEAR: last } = parsed;
  if ((values.FIRST_YEAR === undefined) !== (values.LAST_YEAR === undefined)) problems.push(`${first === undefined ? 'FIRST_YEAR' : 'LAST_YEAR'}: missing, expected beside ${first === undefined ? `LAST_YEAR ${last}` : `FIRST_YEAR ${first}`}`);
  if (first !== undefined && last !== undefined && first > last) problems.push(`FIRST_YEAR: ${first} is after LAST_YEAR ${last}, expected a year not after it`);
  const format = parsed.OUTPUT_TYPE ?? 'csv';
  return Object.freeze({
    run: Object.freeze({
      source: parsed.EVENT_SOURCE ?? 'lookup',
      bucket: parsed.S3_BUCKET ?? null,
      folder: parsed.REPORT_FOLDER ?? null,
      prefix: parsed.REPORT_PREFIX === undefined ? DEFAULT_ROOT[format] : withSlash(parsed.REPORT_PREFIX),
      format,
      timeZone,
      mapConcurrency: parsed.MAP_CONCURRENCY ?? DEFAULT_MAP_CONCURRENCY,
      lookupRate: parsed.LOOKUP_RATE ?? DEFAULT_LOOKUP_RATE,
      settleHours: parsed.SETTLE_HOURS ?? DEFAULT_SETTLE_HOURS,
      resolveRoleChain: parsed.RESOLVE_ROLE_CHAIN ?? false,
      uncomparedWorkgroups: Object.freeze(parsed.UNCOMPARED_WORKGROUPS ?? []),
      runId: null,
    }),
    recheckDays: parsed.RECHECK_DAYS ?? DEFAULT_RECHECK_DAYS,
    testStartDate: parsed.TEST_START_DATE ?? null,
    testEndDate: parsed.TEST_END_DATE ?? null,
    stateMachineArn: parsed.STATE_MACHINE_ARN ?? null,
    backfillStateMachineArn: parsed.BACKFILL_STATE_MACHINE_ARN ?? null,
    years: first === undefined || last === undefined ? null : Object.freeze({ first, last }),
  });
}

const RUN_ID = 'the name of a run: 1 to 80 of 0-9, A-Z, a-z, _ and -';

/**
 * Settings by their names, as config.json would give them; null where nothing is set. Of an empty configuration these are the defaults.
 */
export function valuesOf({ run, years, ...settings }: Settings): Readonly<Record<SettingName, string | number | boolean | null>> {
  return {
    S3_BUCKET: run.bucket,
    REPORT_FOLDER: run.folder,
    EVENT_SOURCE: run.source,
    OUTPUT_TYPE: run.format,
    REPORT_PREFIX: run.prefix,
    TIME_ZONE: run.timeZone,
    TEST_START_DATE: settings.testStartDate,
    TEST_END_DATE: settings.testEndDate,
    STATE_MACHINE_ARN: settings.stateMachineArn,
    BACKFILL_STATE_MACHINE_ARN: settings.backfillStateMachineArn,
    MAP_CONCURRENCY: run.mapConcurrency,
    LOOKUP_RATE: run.lookupRate,
    SETTLE_HOURS: run.settleHours,
    RESOLVE_ROLE_CHAIN: run.resolveRoleChain,
    RECHECK_DAYS: settings.recheckDays,
    UNCOMPARED_WORKGROUPS: run.uncomparedWorkgroups.length === 0 ? null : run.uncomparedWorkgroups.join(','),
    FIRST_YEAR: years?.first ?? null,
    LAST_YEAR: years?.last ?? null,
  };
}

const RUN_CONFIG = v.strictObject({
  source: v.pipe(v.string('lookup, or a path'), v.minLength(1, 'lookup, or a path')),
  bucket: v.nullable(SETTINGS.S3_BUCKET),
  folder: v.nullable(SETTINGS.REPORT_FOLDER),
  prefix: v.union([v.literal(''), v.pipe(SETTINGS.REPORT_PREFIX, v.endsWith('/', 'a prefix that ends with /, or nothing'))], 'a prefix that ends with /, or nothing'),
  format: SETTINGS.OUTPUT_TYPE,
  timeZone: SETTINGS.TIME_ZONE,
  mapConcurrency: v.pipe(v.number('a whole number from 1 to 40'), v.integer('a whole number from 1 to 40'), v.minValue(1, 'a whole number from 1 to 40'), v.maxValue(40, 'a whole number from 1 to 40')),
  // An execution that an earlier version planned does not have these.
  lookupRate: v.optional(v.pipe(v.number(RATE), v.minValue(MIN_RATE, RATE), v.maxValue(100, RATE)), DEFAULT_LOOKUP_RATE),
  settleHours: v.optional(v.pipe(v.number('a whole number from 1 to 720'), v.integer('a whole number from 1 to 720'), v.minValue(1, 'a whole number from 1 to 720'), v.maxValue(720, 'a whole number from 1 to 720')), DEFAULT_SETTLE_HOURS),
  resolveRoleChain: v.optional(v.boolean('true or false'), false),
  uncomparedWorkgroups: v.optional(v.array(v.string('the name of a workgroup, or *'), 'names of workgroups'), []),
  runId: v.optional(v.nullable(v.pipe(v.string(RUN_ID), v.regex(/^[0-9A-Za-z_-]{1,80}$/, RUN_ID))), null),
}, 'the configuration of a run, or none');

/** Reads the configuration that travels in an execution's input. Errors: InvalidInputError with every problem. */
export function parseRunConfig(config: unknown): RunConfig {
  const result = v.safeParse(v.object({ config: RUN_CONFIG }), { config });
  if (!result.success) throw new InvalidInputError(toProblems(result.issues).join('; '));
  const run = result.output.config;
  if ((run.bucket === null) === (run.folder === null)) throw new InvalidInputError('config.bucket: expected either a bucket or a folder');
  return run;
}

/** Hours written at a time; their look-ups are made before: docs/decisions/one-reader.md. */
const DEFAULT_MAP_CONCURRENCY = 4;

/** Reads an object of S3 as text. Errors: UpstreamDeniedError, UpstreamUnavailableError, ConfigError when it is not there. */
export type ReadConfigObject = (bucket: string, key: string) => Promise<string>;

/**
 * Reads the settings, with config.json when CONFIG_BUCKET and CONFIG_KEY name it.
 * Errors: ConfigError as `readSettings`; those of `readConfigObject`.
 */
export async function loadSettings(env: Environment, readConfigObject: ReadConfigObject, zones?: readonly string[]): Promise<Settings> {
  const bucket = env['CONFIG_BUCKET']?.trim() || undefined;
  const key = env['CONFIG_KEY']?.trim() || undefined;
  if (bucket === undefined && key === undefined) return readSettings(env, undefined, zones);
  if (bucket === undefined || key === undefined) {
    throw new ConfigError([`${bucket === undefined ? 'CONFIG_BUCKET' : 'CONFIG_KEY'}: missing, expected beside ${bucket === undefined ? 'CONFIG_KEY' : 'CONFIG_BUCKET'}`]);
  }
  return readSettings(env, { where: `s3://${bucket}/${key}`, text: await readConfigObject(bucket, key) }, zones);
}
