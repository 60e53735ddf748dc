/** Numbers and times as the formats of lines write them, and the ranges that every format can carry. */
import type { Column, ColumnType } from '#glue/columns';

/** 0001-01-01 and the last millisecond of 9999: years of four digits, which Athena's `timestamp` reads. Units: epoch milliseconds. */
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_999;

const IN_RANGE: Readonly<Record<ColumnType, (value: number) => boolean>> = {
  string: () => false,
  boolean: () => false,
  timestamp: (value) => Number.isInteger(value) && value >= FIRST_MS && value <= LAST_MS,
  // Beyond 2^53 - 1 a number no longer says which integer it was.
  bigint: Number.isSafeInteger,
  int: (value) => Number.isInteger(value) && value >= -2_147_483_648 && value <= 2_147_483_647,
  // JSON has no NaN, and Athena fails the whole query on one.
  double: Number.isFinite,
};

/**
 * Refuses a number that its column could not carry unchanged in every format.
 * Errors: RangeError with column and value: a fraction in an integer column, NaN, infinity, a year outside 1 to 9999.
 */
export function assertInRange(column: Column, value: number): void {
  if (!IN_RANGE[column.type](value)) throw new RangeError(`${column.name}: ${value} is not a value of type ${column.type}`);
}

/** An instant in UTC. Shape: `2026-11-21 07:00:01.123`. Units: from epoch milliseconds, years 1 to 9999. */
export function toTimestampText(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
}

/**
 * A finite number in plain decimal notation, never with an exponent: spreadsheets and some casts to numbers do not read one.
 * Shape: `1000000000000000000000` for 1e21, `0.0000001` for 1e-7; the shortest digits that are read back as the same number.
 */
export function toDecimalText(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  const digits = whole + fraction;
  // Where the point stands among the digits. JavaScript writes exponents below -6 and above 20 only, so it is never inside them.
  const point = whole.length + Number(exponent);
  return sign + (point <= 0 ? `0.${'0'.repeat(-point)}${digits}` : digits.padEnd(point, '0'));
}
