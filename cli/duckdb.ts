/** Reports in a folder, asked in SQL by DuckDB, which runs inside this process: the same table and view names as in Athena, no AWS account. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { ConfigError, InvalidInputError } from '#core/errors';
import { parseLayout } from '#core/layout';
import { DEFAULT_ROOT, FORMATS, type Format, LAYOUT_NAME } from '#core/partition';
import { toDecimalText, toTimestampText } from '#encoders/values';
import { selectColumns, tableNameOf, VIEW_NAME } from '#glue/catalog';
import { COLUMNS, type ColumnType } from '#glue/columns';
import type { Answer, Cell } from './answer.ts';

/** DuckDB's names of the types that a report carries. */
const SQL_TYPES: Readonly<Record<ColumnType, string>> = { string: 'VARCHAR', timestamp: 'TIMESTAMP_MS', bigint: 'BIGINT', int: 'INTEGER', double: 'DOUBLE', boolean: 'BOOLEAN' };

/** The longest line of a report. A query has at most 262,144 bytes, of which each may become six; the engine keeps some of these in memory. Units: bytes. */
const LONGEST_LINE = 4 * 1024 * 1024;

/** Longer than a header with ten times the columns. Units: bytes. */
const HEADER_BYTES = 16_384;

/** Decodes a text cell of CSV: docs/csv.md. Most texts have no sign, or none that is escaped, and are done by the first branches. */
const DECODE_MACRO = `CREATE MACRO decode_cell(cell) AS CASE
  WHEN cell IS NULL OR cell = '' THEN NULL
  WHEN cell = '␛' THEN ''
  WHEN NOT contains(cell, '␛') THEN translate(cell, '␊␍␀␡＼', chr(10) || chr(13) || chr(0) || chr(127) || '\\')
  ELSE list_aggregate(list_transform(regexp_extract_all(cell, '(?s)␛.|[^␛]+'), lambda part:
    CASE WHEN starts_with(part, '␛') THEN substr(part, 2) ELSE translate(part, '␊␍␀␡＼', chr(10) || chr(13) || chr(0) || chr(127) || '\\') END), 'string_agg', '')
END`;

/** What stands before a statement that is explained. */
const EXPLAIN = /^\s*EXPLAIN(\s+ANALYZE\b|\s*\([^()]*\))?/i;

/** The root of the reports in a folder. */
export interface FolderRoot {
  readonly path: string;
  readonly format: Format;
}

/**
 * Finds the reports: at the folder itself, or at the one root of a format below it.
 * Errors: InvalidInputError when there are none, or those of several formats and none of them at the folder itself.
 */
export function findRoot(folder: string): FolderRoot {
  const roots = ['', ...FORMATS.map((format) => DEFAULT_ROOT[format]).filter((root) => root !== '')].flatMap((root): FolderRoot[] => {
    const file = join(folder, root, LAYOUT_NAME);
    const layout = existsSync(file) ? parseLayout(readFileSync(file)) : null;
    const format = FORMATS.find((name) => name === layout?.format);
    return format === undefined ? [] : [{ path: realpathSync(join(folder, root)), format }];
  });
  const [first, second] = roots;
  if (first === undefined) throw new InvalidInputError(`--from: ${JSON.stringify(folder)} has no reports (no ${LAYOUT_NAME}), expected the folder that run wrote to with --to`);
  if (second !== undefined && first.path !== realpathSync(folder)) throw new InvalidInputError(`--from: ${JSON.stringify(folder)} has reports of ${roots.map(({ format }) => format).join(' and ')}, expected one: --from ${join(folder, DEFAULT_ROOT[first.format])}`);
  return first;
}

/** The folders of a partition, from the outermost, with the form of their values. */
const LEVELS = [/^year=(\d{4})$/, /^month=(\d\d)$/, /^day=(\d\d)$/, /^hour=(\d\d)$/] as const;

/** The reports below a root: objects named as the report of their partition, and nothing else, as the view has it in Athena. */
function reportsBelow({ path, format }: FolderRoot): string[] {
  const below = (folder: string, values: readonly string[]): string[] => {
    const level = LEVELS[values.length];
    if (level === undefined) {
      const file = join(folder, `report_${values.slice(0, 3).join('_')}_h${values[3]}.${format}`);
      return existsSync(file) ? [file] : [];
    }
    return readdirSync(folder).sort().flatMap((name) => {
      const value = level.exec(name)?.[1];
      return value === undefined || !statSync(join(folder, name)).isDirectory() ? [] : below(join(folder, name), [...values, value]);
    });
  };
  return below(path, []);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The engine takes a path for a pattern. */
function literally(path: string): string {
  return quoted(path.replace(/[*?[]/g, '[$&]'));
}

/** The first line of a report in CSV. The engine could find the columns of each file by itself, but takes ten milliseconds for it. */
function headerOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    return bytes.toString('utf8', 0, readSync(file, bytes)).replace(/^\ufeff/, '').split('\n', 1)[0] ?? '';
  } finally {
    closeSync(file);
  }
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

/** The table of a format, without rows when there is no report yet. A column that older reports lack is NULL there; one that is newer is not read. */
function tableSql({ format }: FolderRoot, files: readonly string[]): string {
  const types = Object.fromEntries(COLUMNS.map(({ name, type }) => [name, format === 'csv' ? 'VARCHAR' : SQL_TYPES[type]]));
  const empty = [...COLUMNS.map(({ name }) => `NULL::${types[name]} AS ${name}`), ...['year', 'month', 'day', 'hour'].map((name) => `NULL::VARCHAR AS ${name}`)].join(', ');
  // Parquet's times are instants, which the engine would show in the zone of this machine.
  const instant = (name: string) => `CAST(make_timestamp_ms(epoch_ms(${name})) AS ${SQL_TYPES.timestamp}) AS ${name}`;
  const names = [...COLUMNS.map(({ name, type }) => (format === 'parquet' && type === 'timestamp' ? instant(name) : name)), 'year', 'month', 'day', 'hour'].join(', ');
  if (files.length === 0) return `SELECT ${empty} LIMIT 0`;
  const partitions = 'hive_partitioning = true, hive_types_autocast = false';
  const listed = (paths: readonly string[]) => `[${paths.map(literally).join(', ')}]`;
  const read = {
    csv: () => [...groupBy(files, headerOf)].map(([header, paths]) => `read_csv(${listed(paths)}, ${partitions}, auto_detect = false, columns = {${header.split(',').map((name) => `${quoted(name)}: 'VARCHAR'`).join(', ')}}, header = true, delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '', max_line_size = ${LONGEST_LINE})`),
    json: () => [`read_json(${listed(files)}, ${partitions}, format = 'newline_delimited', maximum_object_size = ${LONGEST_LINE}, columns = {${COLUMNS.map(({ name, type }) => `${name}: '${SQL_TYPES[type]}'`).join(', ')}})`],
    parquet: () => [`read_parquet(${listed(files)}, ${partitions}, union_by_name = true)`],
  }[format]();
  // By name, so that a column which no report has is there all the same.
  return `SELECT ${names} FROM (${[`SELECT ${empty} WHERE false`, ...read.map((source) => `SELECT * FROM ${source}`)].join(' UNION ALL BY NAME ')})`;
}

/**
 * Asks the reports of a folder. Shape: `parameters` are bound to the `?` of the SQL, in their order.
 * Errors: InvalidInputError with the engine's words; ConfigError where the engine cannot be loaded.
 */
export async function askFolder(root: FolderRoot, sql: string, parameters: readonly string[]): Promise<Answer> {
  const connection = await connect(root);
  const failed = (error: unknown) => new InvalidInputError(`query: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  const { StatementType } = await engine();
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) throw new Error(`${statements.count} statements, expected one`);
    const prepared = await statements.prepare(0);
    const isSelect = async (text: string) => {
      const explained = await connection.extractStatements(text);
      return explained.count === 1 && (await explained.prepare(0)).statementType === StatementType.SELECT;
    };
    // EXPLAIN ANALYZE carries out what it explains, and a COPY could write beside the reports.
    const onlyReads = prepared.statementType === StatementType.SELECT || (prepared.statementType === StatementType.EXPLAIN && (await isSelect(sql.replace(EXPLAIN, ''))));
    if (!onlyReads) throw new Error('expected a SELECT, or an EXPLAIN of one: the reports are only read');
    if (prepared.parameterCount !== parameters.length) throw new Error(`${prepared.parameterCount} parameters, expected ${parameters.length === 0 ? 'none: write the values into the SQL' : parameters.length}`);
    prepared.bind([...parameters]);
    const result = await prepared.stream();
    const types = result.columnTypes();
    return {
      columns: result.deduplicatedColumnNames().map((name, index) => ({ name, isNumber: isNumber(types[index]), isBoolean: String(types[index]) === 'BOOLEAN' })),
      rows: rowsOf(result.yieldRows(), failed),
      figures: async () => `DuckDB, ${root.format} reports`,
    };
  } catch (error) {
    throw failed(error);
  }
}

type Engine = typeof import('@duckdb/node-api');
let loaded: Promise<Engine> | null = null;

/** Loaded when it is needed: it is the largest package here, and not there for every platform. */
function engine(): Promise<Engine> {
  loaded ??= load().catch((error: unknown) => {
    throw new ConfigError([`DuckDB: it cannot be loaded on ${process.platform} ${process.arch} (${error instanceof Error ? error.message.split('\n')[0] : error}); npm ci brings it where it is published`], { cause: error });
  });
  return loaded;
}

async function load(): Promise<Engine> {
  const accessors = await import('@duckdb/node-api/lib/vectors/dataAccessors.js');
  // Its own decoder takes a byte order mark off the beginning of every text. The package is CommonJS, which Node hands over as `default`.
  Object.assign(accessors.default ?? accessors, { textDecoder: new TextDecoder('utf-8', { ignoreBOM: true }) });
  return import('@duckdb/node-api');
}

/** A connection that can read below the root and do nothing else: no other file, no extension, no setting. */
async function connect(root: FolderRoot): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await engine();
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' });
  const connection = await instance.connect();
  const table = tableNameOf(root.format);
  await connection.run(DECODE_MACRO);
  await connection.run(`CREATE VIEW ${table} AS ${tableSql(root, reportsBelow(root))}`);
  const columns = selectColumns(root.format, ['decode_cell(coalesce(', ', ', '))']);
  await connection.run(`CREATE VIEW ${VIEW_NAME} AS SELECT ${columns}, concat(year, '-', month, '-', day) AS dt, year, month, day, hour FROM ${table}`);
  // Looked at twice: as the pattern, and as the path that it stands for.
  await connection.run(`SET allowed_directories = [${[quoted, literally].map((form) => form(root.path)).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  return connection;
}

async function* rowsOf(result: AsyncIterable<DuckDBValue[][]>, failed: (error: unknown) => Error): AsyncGenerator<readonly Cell[]> {
  const { DuckDBTimestampValue, DuckDBTimestampMillisecondsValue, DuckDBTimestampSecondsValue } = await engine();
  const toCell = (value: DuckDBValue): Cell => {
    if (value === null) return null;
    // As Athena writes them.
    if (value instanceof DuckDBTimestampMillisecondsValue) return toTimestampText(Number(value.millis));
    if (value instanceof DuckDBTimestampSecondsValue) return toTimestampText(Number(value.seconds) * 1000);
    if (value instanceof DuckDBTimestampValue && value.micros % 1000n === 0n) return toTimestampText(Number(value.micros / 1000n));
    if (typeof value === 'number' && Number.isFinite(value)) return toDecimalText(value);
    return String(value);
  };
  try {
    for await (const rows of result) for (const row of rows) yield row.map(toCell);
  } catch (error) {
    throw failed(error);
  }
}

function isNumber(type: DuckDBType | undefined): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(String(type));
}
