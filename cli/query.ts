/** `query`: asks the reports where they lie, in S3 with Athena, in a folder with DuckDB. */
import { readdirSync, readFileSync } from 'node:fs';
import type { AthenaAnswer, Place } from '#adapters/athena-sql';
import type { Catalog } from '#adapters/glue-catalog';
import { ConfigError, InvalidInputError } from '#core/errors';
import { FORMATS } from '#core/partition';
import { addDays } from '#core/window';
import { fromViewText, tableNameOf, VIEW_NAME, WORKGROUP } from '#glue/catalog';
import { makerOf } from '#glue/compare';
import { type NamedQuery, type Parameter, parseNamedQuery } from '#glue/named-queries';
import { didYouMean } from '#runtime/nearest';
import { type Answer, type AnswerFormat, showAnswer } from './answer.ts';
import { askFolder, findRoot } from './duckdb.ts';
import type { Destination } from './options.ts';
import type { ProgressOutput } from './progress.ts';
import { fromBase64, rootOf } from './provision.ts';

/** The options of `query`, parsed. */
export interface QueryOptions {
  readonly from: Destination;
  readonly date?: string;
  readonly endDate?: string;
  readonly actor?: string;
  readonly fromTime?: string;
  readonly untilTime?: string;
  readonly database: string;
  readonly workgroup?: string;
  readonly format: AnswerFormat;
  /** No cell of the CSV is a formula. */
  readonly forSpreadsheet?: true;
  readonly list?: true;
}

/** The ends of the command. */
export interface QueryEnds {
  /** The folder of the saved queries. */
  readonly queries: URL;
  /** Made when the question goes to AWS. */
  readonly openAws: () => { readonly catalog: Catalog; readonly ask: (place: Place, sql: string, parameters: readonly string[]) => Promise<AthenaAnswer> };
  readonly output: ProgressOutput;
  /** For what is said about the answer, beside it. */
  readonly notes: ProgressOutput;
}

/** Answers a question. Errors: InvalidInputError, ConfigError, and the upstream classes. */
export async function query(text: string | undefined, options: QueryOptions, ends: QueryEnds): Promise<void> {
  const saved = readSaved(ends.queries);
  if (options.list === true) {
    for (const { name, description, parameters } of saved) ends.output.write(`${name.padEnd(18)}${description}\n${''.padEnd(18)}${parameters.map((parameter) => OPTION_OF[parameter]).join(' ')}\n`);
    return;
  }
  if (options.forSpreadsheet === true && options.format !== 'csv') throw new InvalidInputError(`--for-spreadsheet: beside --format ${options.format}, expected --format csv`);
  const { sql, parameters } = toQuestion(text, options, saved);
  const began = Date.now();
  const answer = 'folder' in options.from ? await askFolder(findRoot(options.from.folder), sql, parameters) : await askBucket(options.from, options, ends, sql, parameters);
  const count = await showAnswer(answer, options.format, ends.output, options.forSpreadsheet);
  ends.notes.write(`${count.toLocaleString('en-US')} row${count === 1 ? '' : 's'}, ${((Date.now() - began) / 1000).toFixed(1)} s; ${await answer.figures()}\n`);
}

/** The saved queries, by name. */
export function readSaved(folder: URL): NamedQuery[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => parseNamedQuery(file.replace('.sql', ''), readFileSync(new URL(file, folder), 'utf8')));
}

const OPTION_OF: Readonly<Record<Parameter, string>> = { 'first day': '--date', 'last day': '[--end-date]', actor: '--actor', 'from time': '[--from-time]', 'until time': '[--until-time]' };

function toQuestion(text: string | undefined, options: QueryOptions, saved: readonly NamedQuery[]): { readonly sql: string; readonly parameters: readonly string[] } {
  const names = saved.map(({ name }) => name);
  if (text === undefined || text.trim() === '') throw new InvalidInputError(`query: nothing was asked, expected SQL in quotes or one of ${names.join(', ')}`);
  const given = (['date', 'endDate', 'actor', 'fromTime', 'untilTime'] as const).filter((option) => options[option] !== undefined);
  const named = saved.find(({ name }) => name === text.trim());
  if (named === undefined) {
    if (/^[\w-]+$/.test(text.trim())) throw new InvalidInputError(`query: ${JSON.stringify(text)}, expected SQL or one of ${names.join(', ')}${didYouMean(text.trim(), names)}`);
    if (given.length > 0) throw new InvalidInputError(`${given.map(flagOf).join(', ')}: only a saved query has parameters; write dt = 'YYYY-MM-DD' into the SQL`);
    return { sql: text, parameters: [] };
  }
  const { date, endDate = date } = options;
  if (date === undefined) throw new InvalidInputError(`--date: missing, expected a day, YYYY-MM-DD: ${named.name} is asked of days`);
  if (endDate !== undefined && endDate < date) throw new InvalidInputError(`--end-date: ${endDate} is before --date ${date}, expected a day not before it`);
  const values: Readonly<Record<Parameter, string | undefined>> = {
    'first day': date,
    'last day': endDate,
    actor: options.actor,
    'from time': options.fromTime ?? `${date}T00:00`,
    'until time': options.untilTime ?? `${addDays(endDate ?? date, 1)}T00:00`,
  };
  const unused = given.filter((option) => option !== 'date' && option !== 'endDate' && !named.parameters.includes(PARAMETER_OF[option]));
  if (unused.length > 0) throw new InvalidInputError(`${unused.map(flagOf).join(', ')}: ${named.name} has no such parameter`);
  return {
    sql: named.sql,
    parameters: named.parameters.map((parameter) => {
      const value = values[parameter];
      if (value === undefined) throw new InvalidInputError(`--${parameter}: missing, ${named.name} asks for it`);
      return value;
    }),
  };
}

const PARAMETER_OF = { actor: 'actor', fromTime: 'from time', untilTime: 'until time' } as const satisfies Record<string, Parameter>;

function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function askBucket(from: { readonly bucket: string; readonly prefix: string }, { database, workgroup: named }: QueryOptions, ends: QueryEnds, sql: string, parameters: readonly string[]): Promise<Answer> {
  const { catalog, ask } = ends.openAws();
  const found = await catalog.readDatabase(database);
  if (found === null) throw new ConfigError([`--database: there is no ${database} in this account and Region; deploy the stack, or make it with provision, or name another`]);
  await checkRoot(from, database, catalog);
  const workgroup = named ?? found[WORKGROUP] ?? 'primary';
  const { columns, rows, executionId, scannedBytes, totalMs, reused } = await ask({ workgroup, database }, sql, parameters);
  return {
    columns: columns.map(({ name, type }) => ({ name, isNumber: /^(tinyint|smallint|int|integer|bigint|float|real|double|decimal)/.test(type), isBoolean: type === 'boolean' })),
    rows,
    figures: async () => `Athena scanned ${scannedBytes.toLocaleString('en-US')} bytes in ${(totalMs / 1000).toFixed(1)} s${reused ? ' (an earlier answer, reused)' : ''}, workgroup ${workgroup}, query ${executionId}`,
  };
}

/** A question about one place is not answered from another. */
async function checkRoot(from: { readonly bucket: string; readonly prefix: string }, database: string, catalog: Catalog): Promise<void> {
  const tables = await catalog.readTables(database, 'athena_quer');
  const view = tables.find(({ Name }) => Name === VIEW_NAME);
  if (view === undefined || makerOf(view, fromBase64) === null) throw new ConfigError([`--database: ${database} has no view ${VIEW_NAME} of this tracker; deploy the stack, or make it with provision, or name another`]);
  const originalSql = fromViewText(view.ViewOriginalText ?? '', fromBase64)?.originalSql ?? '';
  const read = FORMATS.find((format) => new RegExp(`\\bFROM ${tableNameOf(format)}\\b`).test(originalSql));
  const location = tables.find(({ Name }) => read !== undefined && Name === tableNameOf(read))?.StorageDescriptor?.Location;
  const asked = FORMATS.map((format) => rootOf(from, format));
  if (location === undefined || !asked.includes(location)) throw new ConfigError([`--from: the view of database ${database} reads ${location ?? 'no report'}, not s3://${from.bucket}/${from.prefix}; name that place, or the database over yours (--database), or make one with provision`]);
}
