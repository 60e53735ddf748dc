/**
 * CSV that every reader agrees on: UTF-8 with BOM, LF, one header line, NULL an empty cell, every other cell quoted.
 * No backslash and no line break is ever written inside a cell: on the first CSV readers disagree, of the second Athena's has none.
 */
import { COLUMNS, type Column } from '#glue/columns';
import type { Encode } from './encoder.ts';
import { createLineEncoder } from './lines.ts';
import { createEscapes, type Utf8Buffer } from './utf8-buffer.ts';
import { assertInRange, toDecimalText, toTimestampText } from './values.ts';

const SIGN_OF: ReadonlyMap<string, string> = new Map([
  ['\n', '␊'],
  ['\r', '␍'],
  ['\0', '␀'],
  ['\x7f', '␡'],
  ['\\', '＼'],
]);
const CHARACTER_OF: ReadonlyMap<string, string> = new Map([...SIGN_OF].map(([character, sign]) => [sign, character]));

/** Stands before a sign that the text itself contains; alone it is the empty text. */
const MARK = '␛';

/**
 * What a cell holds for a text, before quotes are doubled.
 * Shape: '' for null (an empty cell), `␛` for the empty text, else the text with `␊ ␍ ␀ ␡ ＼` for LF, CR, NUL, DEL and backslash.
 */
export function encodeText(text: string | null): string {
  if (text === null) return '';
  if (text === '') return MARK;
  return text.replace(/[\n\r\0\x7f\\␊␍␀␡＼␛]/g, (character) => SIGN_OF.get(character) ?? MARK + character);
}

/** The text that a cell stands for, as a CSV reader returns the cell: the inverse of `encodeText`. Shape: null for an empty cell. */
export function decodeText(cell: string): string | null {
  if (cell === '') return null;
  if (cell === MARK) return '';
  return cell.replace(/␛(.)|[␊␍␀␡＼]/gsu, (sign: string, marked: string | undefined) => marked ?? CHARACTER_OF.get(sign) ?? sign);
}

/** The rule of `encodeText` as tables, and quotes doubled. */
const CELL = createEscapes([...SIGN_OF.keys(), ...SIGN_OF.values(), MARK, '"'].map((character) => [character, encodeText(character).replaceAll('"', '""')]));

// The names are not quoted: a reader that knows no BOM would take a quote behind it for a part of the name.
const HEADER = `\ufeff${COLUMNS.map((column) => column.name).join(',')}\n`;

/** For the mark of an empty text, which is written without a mark before it. */
const NO_ESCAPES = createEscapes([]);

/**
 * Encodes a report as CSV. All columns are text: times `2026-11-21 07:00:01.123` in UTC, `true` and `false`, plain decimal numbers.
 * Errors: RangeError for a number outside its column's type; TypeError when there are no rows.
 */
export const encodeCsv: Encode = createLineEncoder(HEADER, (out, row) => {
  let separator = '';
  for (const column of COLUMNS) {
    out.ascii(separator);
    const value = row[column.name];
    if (value !== null) writeCell(out, column, value);
    separator = ',';
  }
  out.ascii('\n');
});

function writeCell(out: Utf8Buffer, column: Column, value: string | number | boolean): void {
  if (typeof value === 'string') {
    if (value === '') out.quoted(MARK, NO_ESCAPES);
    else out.quoted(value, CELL);
  } else {
    out.ascii(`"${typeof value === 'number' ? toNumberText(column, value) : value}"`);
  }
}

function toNumberText(column: Column, value: number): string {
  assertInRange(column, value);
  return column.type === 'timestamp' ? toTimestampText(value) : toDecimalText(value);
}
