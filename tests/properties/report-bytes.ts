/** Encoding in tests, and reports read back by readers that know nothing of the encoders. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import type { Format } from '#core/partition';
import type { Row } from '#core/row';
import { decodeText } from '#encoders/csv';
import { encoders } from '#encoders/index';
import { COLUMNS, type ColumnType } from '#glue/columns';

/** The whole report. `sizes` are the batches to hand the rows over in, the rest in one; 0 is an empty batch. */
export async function encode(format: Format, rows: readonly Row[], sizes: readonly number[] = []): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encoders[format].encode(inBatches(rows, sizes))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* inBatches(rows: readonly Row[], sizes: readonly number[]): AsyncGenerator<readonly Row[]> {
  let at = 0;
  for (const size of sizes) {
    yield rows.slice(at, at + size);
    at += size;
  }
  if (at < rows.length) yield rows.slice(at);
}

/** A row as a reader has it, in our terms. */
type ReadRow = Readonly<Record<string, unknown>>;

/** CSV by csv-parse: only an empty cell without quotes is NULL, and a cell without quotes is nothing else. */
export function readCsv(bytes: Uint8Array): ReadRow[] {
  const [names = [], ...records]: (string | null)[][] = parse(bytes, {
    bom: true,
    record_delimiter: '\n',
    cast: (cell, { lines, quoting }) => (lines === 1 || quoting ? cell : cell === '' ? null : fail(`cell without quotes ${cell}`)),
  });
  if (names.join() !== COLUMNS.map(({ name }) => name).join()) fail(`header ${names.join()}`);
  return records.map((record) => Object.fromEntries(COLUMNS.map(({ name, type }, i) => [name, record[i] == null ? null : fromCell(record[i], type)])));
}

/** JSON lines by JSON.parse. */
export function readJson(bytes: Uint8Array): ReadRow[] {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  if (lines.pop() !== '') fail('no line break at the end');
  return lines.map((line) => {
    const object = JSON.parse(line) as ReadRow;
    if (Object.keys(object).join() !== COLUMNS.map(({ name }) => name).join()) fail(`keys ${Object.keys(object).join()}`);
    return Object.fromEntries(COLUMNS.map(({ name, type }) => [name, type === 'timestamp' && object[name] !== null ? fromTimestamp(String(object[name])) : object[name]]));
  });
}

/** Parquet by hyparquet. */
export async function readParquet(bytes: Uint8Array): Promise<ReadRow[]> {
  // By default it takes a byte order mark off the beginning of every text.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
  const parsers = { stringFromBytes: (text: Uint8Array | undefined) => text && decoder.decode(text), timestampFromMilliseconds: Number };
  const objects = await parquetReadObjects({ file: new Uint8Array(bytes).buffer, parsers });
  return objects.map((object) => Object.fromEntries(COLUMNS.map(({ name, type }) => [name, type === 'bigint' && typeof object[name] === 'bigint' ? Number(object[name]) : object[name]])));
}

/** What DuckDB makes of reports: the values in its own types, in the order of the file. */
export interface DuckDb {
  readonly read: (format: Format, bytes: Uint8Array) => Promise<ReadRow[]>;
  readonly close: () => Promise<void>;
}

/** Starts DuckDB in memory, with a folder of its own for the files. */
export async function startDuckDb(): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const folder = await mkdtemp(join(tmpdir(), 'reports-'));
  return {
    read: async (format, bytes) => {
      const file = join(folder, `report.${format}`);
      await writeFile(file, bytes);
      return readByDuckDb(connection, format, file);
    },
    close: async () => {
      connection.closeSync();
      instance.closeSync();
      await rm(folder, { recursive: true });
    },
  };
}

const SQL_TYPE: Readonly<Record<ColumnType, string>> = { string: 'VARCHAR', timestamp: 'TIMESTAMP', bigint: 'BIGINT', int: 'INTEGER', double: 'DOUBLE', boolean: 'BOOLEAN' };

const SOURCE: Readonly<Record<Format, (file: string) => string>> = {
  csv: (file) => `read_csv('${file}', auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, max_line_size = 16000000, columns = {${COLUMNS.map(({ name }) => `'${name}': 'VARCHAR'`).join(', ')}})`,
  json: (file) => `read_json('${file}', format = 'newline_delimited', maximum_object_size = 16000000, columns = {${COLUMNS.map(({ name, type }) => `'${name}': '${SQL_TYPE[type]}'`).join(', ')}})`,
  parquet: (file) => `read_parquet('${file}')`,
};

async function readByDuckDb(connection: DuckDBConnection, format: Format, file: string): Promise<ReadRow[]> {
  // A bar before every text, because the client takes a byte order mark off the beginning of a text.
  const select = COLUMNS.map(({ name, type }) => {
    // Only CSV has to be told the types: the other two know them, or are wrong.
    const value = format === 'csv' ? `"${name}"::${SQL_TYPE[type]}` : `"${name}"`;
    return type === 'string' ? `'|' || ${value}` : type === 'timestamp' ? `epoch_ms(${value})` : value;
  });
  const reader = await connection.runAndReadAll(`SELECT ${select.map((column, i) => `${column} AS c${i}`).join(', ')} FROM ${SOURCE[format](file)}`);
  return reader.getRows().map((values) =>
    Object.fromEntries(
      COLUMNS.map(({ name }, i) => {
        const value = values[i] ?? null;
        if (typeof value === 'bigint') return [name, Number(value)];
        if (typeof value !== 'string') return [name, value];
        return [name, format === 'csv' ? decodeText(value.slice(1)) : value.slice(1)];
      }),
    ),
  );
}

function fromCell(cell: string, type: ColumnType): unknown {
  if (type === 'string') return decodeText(cell);
  if (type === 'timestamp') return fromTimestamp(cell);
  if (type === 'boolean') return cell === 'true' ? true : cell === 'false' ? false : fail(`boolean ${cell}`);
  return /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : fail(`number ${cell}`);
}

function fromTimestamp(text: string): number {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(text)) fail(`timestamp ${text}`);
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

function fail(what: string): never {
  throw new Error(`not in the dialect: ${what}`);
}
