/**
 * Readers of reports that share nothing with the writers: csv-parse and the documented decoder, JSON.parse, hyparquet.
 * They refuse what Athena would misread, even where a kinder reader would not mind.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { COLUMNS, type ColumnType } from '#glue/columns';
import type { Cell, TrueRow } from './synthetic-row.ts';

/** A row of a report, and where it lies. */
export interface ReportRow {
  /** Shape: `year=2026/month=11/day=20/hour=09/report_2026_11_20_h09.csv`, below the root. */
  readonly file: string;
  readonly row: TrueRow;
}

/** The counts of a manifest, and where it lies. */
export interface ReadManifest {
  readonly file: string;
  readonly report: { readonly name: string; readonly bytes: number; readonly sha256: string } | null;
  readonly counts: Readonly<Record<'read' | 'rows' | 'duplicates' | 'outside' | 'skipped' | 'malformed', number>>;
}

/** Reads every report below a root, in the order of names, rows in their order. Errors: Error when a file is not of the format. */
export async function readReports(root: string, format: 'csv' | 'json' | 'parquet'): Promise<readonly ReportRow[]> {
  const rows: ReportRow[] = [];
  for (const file of await visibleFiles(root)) {
    const bytes = await readFile(join(root, file));
    const read = format === 'csv' ? readCsv(bytes) : format === 'json' ? readJson(bytes) : await readParquet(bytes);
    rows.push(...read.map((row) => ({ file, row })));
  }
  return rows;
}

/** Reads every hour's manifest below a root, in the order of names. */
export async function readManifests(root: string): Promise<readonly ReadManifest[]> {
  const files = (await allFiles(root)).filter((file) => file.endsWith('/_manifest.json'));
  return Promise.all(files.map(async (file) => ({ file, ...(JSON.parse(await readFile(join(root, file), 'utf8')) as Omit<ReadManifest, 'file'>) })));
}

async function allFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name))).sort();
}

/** What Athena would read: names that begin with `_` or `.` are hidden. */
async function visibleFiles(root: string): Promise<string[]> {
  return (await allFiles(root)).filter((file) => !file.split('/').some((part) => /^[_.]/.test(part)));
}

const SIGNS: Readonly<Record<string, string>> = { '␊': '\n', '␍': '\r', '␀': '\0', '␡': '\x7f', '＼': '\\' };

function decode(cell: string): string | null {
  if (cell === '') return null;
  if (cell === '␛') return '';
  return cell.replace(/␛(.)|[␊␍␀␡＼]/gsu, (sign, escaped: string | undefined) => escaped ?? SIGNS[sign] ?? sign);
}

function readCsv(bytes: Buffer): TrueRow[] {
  const text = bytes.toString('utf8');
  if (!text.startsWith('\uFEFF')) throw new Error('csv: no byte order mark at the start');
  if (/[\\\r\0\x7f]/.test(text)) throw new Error('csv: a backslash, CR, NUL or DEL, on which readers disagree');
  const lines = text.slice(1).split('\n');
  if (lines.pop() !== '') throw new Error('csv: no line break at the end');
  const records: string[][] = parse(text, { bom: true, record_delimiter: '\n', relax_column_count: false });
  // Athena splits lines before it sees quotes: a record is one line, or it is two rows.
  if (records.length !== lines.length) throw new Error(`csv: ${lines.length} lines, but ${records.length} records`);
  const [header, ...rest] = records;
  assertColumns(header ?? []);
  return rest.map((record) => Object.fromEntries(COLUMNS.map(({ name, type }, index) => [name, fromText(decode(record[index] ?? ''), type, name)])) as TrueRow);
}

function fromText(text: string | null, type: ColumnType, name: string): Cell {
  if (text === null || type === 'string') return text;
  if (type === 'timestamp') return fromTimestamp(text, name);
  if (type === 'boolean') {
    if (text !== 'true' && text !== 'false') throw new Error(`${name}: ${text}, expected true or false`);
    return text === 'true';
  }
  if (!(type === 'double' ? /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i : /^-?\d+$/).test(text)) throw new Error(`${name}: ${text}, expected a number`);
  return Number(text);
}

function fromTimestamp(text: string, name: string): number {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(text)) throw new Error(`${name}: ${text}, expected yyyy-MM-dd HH:mm:ss.SSS`);
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

function readJson(bytes: Buffer): TrueRow[] {
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => {
    const object = JSON.parse(line) as Record<string, unknown>;
    const unknown = Object.keys(object).filter((key) => !COLUMNS.some(({ name }) => name === key));
    if (unknown.length > 0) throw new Error(`json: ${unknown.join(', ')}, which are no columns`);
    return Object.fromEntries(COLUMNS.map(({ name, type }) => [name, fromJson(object[name] ?? null, type, name)])) as TrueRow;
  });
}

const JSON_TYPE: Readonly<Record<ColumnType, string>> = { string: 'string', timestamp: 'string', boolean: 'boolean', bigint: 'number', int: 'number', double: 'number' };

function fromJson(value: unknown, type: ColumnType, name: string): Cell {
  if (value === null) return null;
  if (typeof value !== JSON_TYPE[type]) throw new Error(`${name}: ${JSON.stringify(value).slice(0, 60)}, expected a ${JSON_TYPE[type]}`);
  return type === 'timestamp' ? fromTimestamp(String(value), name) : (value as Cell);
}

async function readParquet(bytes: Buffer): Promise<TrueRow[]> {
  const file = new Uint8Array(bytes).buffer;
  // By default the reader takes a byte order mark off the beginning of every text.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
  const objects = await parquetReadObjects({ file, parsers: { stringFromBytes: (text: Uint8Array | undefined) => text && decoder.decode(text) } });
  assertColumns(Object.keys(objects[0] ?? {}));
  return objects.map((object) => Object.fromEntries(COLUMNS.map(({ name, type }) => [name, fromParquet(object[name], type, name)])) as TrueRow);
}

function fromParquet(value: unknown, type: ColumnType, name: string): Cell {
  if (value === null || value === undefined) return null;
  if (type === 'timestamp' && value instanceof Date) return value.getTime();
  if (type === 'bigint' && typeof value === 'bigint') return Number(value);
  if ((type === 'int' || type === 'double') && typeof value === 'number') return value;
  if (typeof value === type) return value as Cell;
  throw new Error(`${name}: ${typeof value}, expected ${type}`);
}

function assertColumns(names: readonly string[]): void {
  const expected = COLUMNS.map(({ name }) => name);
  if (names.join() !== expected.join()) throw new Error(`columns: ${names.join()}, expected ${expected.join()}`);
}
