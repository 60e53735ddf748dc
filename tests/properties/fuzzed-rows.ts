/** Random rows with everything that a reader could get wrong, by fast-check. */
import fc from 'fast-check';
import type { Row } from '#core/row';
import { COLUMNS, type ColumnType } from '#glue/columns';

/** The longest SQL text that Athena takes. Units: bytes of UTF-8. */
export const LONGEST_TEXT_BYTES = 262_144;

/** A row of NULLs but for what is given. */
export function rowOf(values: Partial<Row> = {}): Row {
  return { ...Object.fromEntries(COLUMNS.map(({ name }) => [name, null])), ...values } as Row;
}

/** What separates cells, lines and texts for one reader or another, what they trim, and what they take for something else. */
const PIECES = [
  ...['\n', '\r', '\r\n', '\t', '\0', '\x7f', '\x1a', '\x0b', '\x1c', '\\', '\\\\', '\\n', '\\"', '"', '""', "'", ',', ';', '|'],
  ...['␊', '␍', '␀', '␡', '＼', '␛', '␛␛', '␛␊', '␤', '\u001b'],
  ...['\u2028', '\u2029', '\u0085', '\u00a0', '\ufeff', '\ufffe', '\uffff', '\ufffd', '😀', '👩‍👩‍👧', 'é', 'e\u0301', '漢字', '\u{10ffff}', '\ud7ff', '\ue000'],
  ...[' ', '  ', '\\N', 'NULL', 'null', 'NA', 'NaN', 'None', 'true', '0', '-1', '007', '1e5', '2026-11-21', '=1+1', '+1', '-1', '@SUM(A1)', '{"a":1}', '<a>', '&#10;', '%0A', '--', '/*'],
] as const;

const shortText = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PIECES) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) }), { maxLength: 8 }).map((pieces) => pieces.join(''));

/** Exactly as many bytes as Athena allows: a pattern again and again, an end that matters (a backslash, a quote, half a CRLF). */
const longestText = fc.tuple(shortText, fc.constantFrom(...PIECES)).map(([pattern, end]) => {
  const unit = Buffer.from(pattern === '' ? 'x' : pattern);
  const room = LONGEST_TEXT_BYTES - Buffer.byteLength(end);
  const body = Buffer.alloc(Math.floor(room / unit.length) * unit.length, unit);
  return body.toString('utf8') + 'x'.repeat(room - body.length) + end;
});

const VALUE: Readonly<Record<ColumnType, fc.Arbitrary<string | number | boolean>>> = {
  // Joined pieces may leave the two halves of a pair apart: rows hold well-formed texts only.
  string: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 12, arbitrary: fc.constantFrom(...PIECES) }, { weight: 40, arbitrary: shortText }).map((text) => text.toWellFormed()),
  timestamp: fc.oneof(fc.integer({ min: 0, max: 253_402_300_799_999 }), fc.constantFrom(0, 1, 999, 253_402_300_799_999, 951_782_400_000)),
  bigint: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2_147_483_648)),
  int: fc.oneof(fc.integer(), fc.constantFrom(0, 2_147_483_647, -2_147_483_648)),
  // Not -0: no text tells it from 0.
  double: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0.1, 1e21, 1e-7, 5e-324, Number.MAX_VALUE, 4.5)).map((value) => value + 0),
  boolean: fc.boolean(),
};

const columns = Object.fromEntries(COLUMNS.map(({ name, type }) => [name, fc.option(VALUE[type], { freq: 4 })]));

/** A row in which every column is random, a fifth of them NULL. */
export const fuzzedRow = fc.record(columns).map((values) => values as unknown as Row);

/** Some rows, and sometimes the longest text that there is. Shape: never empty. */
export const fuzzedRows = fc
  .tuple(fc.array(fuzzedRow, { minLength: 1, maxLength: 12 }), fc.option(longestText, { freq: 4 }))
  .map(([rows, longest]) => (longest === null ? rows : [...rows, rowOf({ event_id: 'longest', query: longest })]));
