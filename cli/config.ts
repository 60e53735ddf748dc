/** `config`: a config.json checked before it is uploaded, by the very code that reads it in the functions; and the schema for editors. */
import { readFileSync } from 'node:fs';
import { ConfigError, InvalidInputError } from '#core/errors';
import { isObject, text as textOf } from '#core/json';
import { BUILT_IN, type Environment, LOCAL_ONLY, readSettings, SETTING_NAMES, type SettingName, valuesOf } from '#runtime/config';
import { configSchema } from '#runtime/config-schema';
import { testRange } from '../functions/dispatcher/dispatcher.ts';
import type { ProgressOutput } from './progress.ts';

/** The options of `config`, parsed. */
export interface ConfigOptions {
  /** Path of a file, or `s3://BUCKET/KEY`. */
  readonly check?: string;
  /** Path of the Dispatcher's environment as JSON. */
  readonly environment?: string;
  readonly schema?: true;
}

/** The ends of the command. */
export interface ConfigEnds {
  readonly readConfigObject: (bucket: string, key: string) => Promise<string>;
  readonly zones: readonly string[];
  readonly output: ProgressOutput;
}

/** What stands for what every stack has, where none is known. */
const SOME_STACK: Environment = { S3_BUCKET: 'the-bucket-of-the-stack', FIRST_YEAR: '2000', LAST_YEAR: '2099' };

/**
 * Prints the schema, or checks a configuration and prints what it comes to.
 * Shape: the exit code, 1 when the functions would refuse it. Errors: InvalidInputError, ConfigError (no such object), the upstream classes.
 */
export async function config(options: ConfigOptions, ends: ConfigEnds): Promise<number> {
  if (options.schema === true) {
    ends.output.write(`${JSON.stringify(configSchema(ends.zones), null, 2)}\n`);
    return 0;
  }
  if (options.check === undefined) throw new InvalidInputError('config: nothing was asked, expected --check FILE or --schema');
  const text = await readText(options.check, ends);
  const stack = options.environment === undefined ? null : readEnvironment(options.environment);
  try {
    ends.output.write(`${options.check} is accepted\n\n${settingsTable({ where: options.check, text }, stack, ends.zones)}`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof InvalidInputError)) throw error;
    const problems = error instanceof ConfigError ? error.problems : [error.message];
    ends.output.write(`${options.check} is refused: ${problems.length} problem${problems.length === 1 ? '' : 's'}\n\n${problems.map((problem) => `  ${problem.replace(`${options.check}: `, '')}\n`).join('')}`);
    return 1;
  }
}

async function readText(place: string, ends: ConfigEnds): Promise<string> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(place) ?? [];
  if (bucket !== undefined && key !== undefined) return ends.readConfigObject(bucket, key);
  if (/^s3:/i.test(place)) throw new InvalidInputError(`--check: ${JSON.stringify(place)}, expected s3://BUCKET/KEY, or the path of a file`);
  return readFile('--check', place);
}

function readFile(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidInputError(`${option}: ${JSON.stringify(path)} cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

/** What `aws lambda get-function-configuration --query Environment.Variables` prints. */
function readEnvironment(path: string): Environment {
  try {
    const variables: unknown = JSON.parse(readFile('--environment', path));
    if (isObject(variables) && Object.values(variables).every((value) => typeof value === 'string')) return variables as Environment;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InvalidInputError(`--environment: ${JSON.stringify(path)}, expected the variables of the Dispatcher as JSON, {"S3_BUCKET": "…", …}`);
}

/** Every setting of a stack: its value, and where that is from. Errors: ConfigError, and InvalidInputError for a range of days. */
function settingsTable(file: { readonly where: string; readonly text: string }, stack: Environment | null, zones: readonly string[]): string {
  const given = givenIn(file.text);
  const env = stack ?? Object.fromEntries(Object.entries(SOME_STACK).filter(([name]) => !given.has(name)));
  const settings = readSettings(env, file, zones);
  // Asked by the Dispatcher on each run without days.
  testRange(settings);
  const values = valuesOf(settings);
  const rows = SETTING_NAMES.filter((name) => !LOCAL_ONLY.has(name)).map((name): [string, string, string] => {
    if (given.has(name)) return [name, String(values[name]), stack === null && BUILT_IN[name] !== undefined ? `${file.where}; the stack must have been deployed with the same` : file.where];
    if (stack !== null) return [name, String(values[name] ?? 'not set'), (textOf(stack[name]) ?? '').trim() === '' ? 'default' : 'stack'];
    return BUILT_IN[name] === undefined ? [name, String(values[name] ?? 'not set'), 'default, unless the stack says otherwise'] : [name, '', 'of the stack'];
  });
  const width = Math.max(...rows.map(([, value]) => value.length));
  return rows.map(([name, value, from]) => `  ${name.padEnd(28)}${value.padEnd(width)}  ${from}\n`).join('');
}

/** The settings that a configuration sets; none of one that cannot be read. */
function givenIn(text: string): ReadonlySet<SettingName | string> {
  try {
    const parsed: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return new Set(isObject(parsed) ? Object.entries(parsed).filter(([, value]) => value !== null && String(value).trim() !== '').map(([name]) => name) : []);
  } catch (error) {
    // The functions' own reading says what is wrong.
    if (error instanceof SyntaxError) return new Set();
    throw error;
  }
}
