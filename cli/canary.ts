/** The canary: one row of hard texts, written as a report, asked back through the view in Athena itself, and removed. */
import type { Format } from '#core/partition';
import type { ReportStore } from '#core/ports';
import type { Row } from '#core/row';
import { encoders } from '#encoders/index';
import { VIEW_NAME } from '#glue/catalog';
import { COLUMNS } from '#glue/columns';

/** Asks SQL and gives the rows. Shape: cells as text, in the order of the SELECT; NULL is null. */
export type AskRows = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;

/** What each reader of CSV, JSON or Parquet is known to get wrong in one place or another: docs/csv.md. */
const HARD = [
  'SELECT "a,b"\nFROM t\r\nWHERE regexp_like(x, \'\\d+\\.\\d\') -- ends with a backslash \\',
  '',
  '\\',
  '"',
  'say ""hi"", twice',
  '\\n is no line break',
  ' blanks at both ends ',
  'tab\tnul\0del\x7fescape\u001b',
  'signs of the dialect: ␊ ␍ ␀ ␡ ＼ ␛ ␛␊',
  '😀 漢字 e\u0301 \u2028 \u0085 \u00a0 \ufeff',
  'NULL',
  '\\N',
  '=1+1',
  '{"a": [1, null]}',
  "it's; DROP TABLE x; --",
] as const;

const NUMBERS: Readonly<Record<'timestamp' | 'bigint' | 'int' | 'double', number>> = { timestamp: Date.UTC(2026, 10, 1, 5, 30, 0, 123), bigint: Number.MAX_SAFE_INTEGER, int: -2_147_483_648, double: 0.1 };

/** The row: a hard text in every column of text, extremes in the others, and some NULLs. */
export const CANARY_ROW = Object.fromEntries(
  COLUMNS.map(({ name, type }, index) => {
    if (index % 7 === 6) return [name, null];
    if (type === 'string') return [name, name === 'query' ? HARD.join('\n') : HARD[index % HARD.length]];
    return [name, type === 'boolean' ? index % 2 === 0 : NUMBERS[type]];
  }),
) as unknown as Row;

/**
 * Where it is written: the 31st of February is in every projection and in no calendar, so that no run and no question by day meets it.
 * Shape: the object's name below the root, and the day as the view has it.
 */
export function canaryPlace(year: number, format: Format): { readonly name: string; readonly dt: string } {
  return { name: `year=${year}/month=02/day=31/hour=23/report_${year}_02_31_h23.${format}`, dt: `${year}-02-31` };
}

/**
 * Writes the row, asks it back and removes it, whatever happens in between.
 * Shape: what came back otherwise, a line a column; none when all is exact. Errors: the upstream classes of the ports.
 */
export async function flyCanary(store: Pick<ReportStore, 'write' | 'remove'>, ask: AskRows, format: Format, year: number): Promise<string[]> {
  const { name, dt } = canaryPlace(year, format);
  const { encode, contentType } = encoders[format];
  try {
    await store.write(name, encode(once([CANARY_ROW])), contentType);
    const rows = await ask(`SELECT ${COLUMNS.map((column) => column.name).join(', ')} FROM ${VIEW_NAME} WHERE dt = '${dt}'`);
    const [row] = rows;
    if (row === undefined || rows.length > 1) return [`${rows.length} rows came back, expected the one that was written`];
    return COLUMNS.flatMap(({ name: column }, index) => (isSame(row[index] ?? null, column) ? [] : [`${column}: ${show(row[index] ?? null)} came back, ${show(toCell(column))} was written`]));
  } finally {
    await store.remove(name);
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/** The value as Athena writes it. */
function toCell(name: keyof Row): string | null {
  const value = CANARY_ROW[name];
  if (value === null) return null;
  return COLUMNS.some((column) => column.name === name && column.type === 'timestamp') ? new Date(Number(value)).toISOString().replace('T', ' ').replace('Z', '') : String(value);
}

function isSame(cell: string | null, name: keyof Row): boolean {
  const expected = toCell(name);
  // Engines write one double in more than one way.
  if (cell !== null && expected !== null && COLUMNS.some((column) => column.name === name && column.type === 'double')) return Number(cell) === Number(expected);
  return cell === expected;
}

function show(cell: string | null): string {
  return cell === null ? 'NULL' : JSON.stringify(cell).slice(0, 200);
}
