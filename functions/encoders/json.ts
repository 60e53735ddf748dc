/** JSON lines as Hive's JsonSerDe reads them: an object a line, LF, no blank line, every column in order, null for what is unknown. */
import { COLUMNS, type Column } from '#glue/columns';
import type { Encode } from './encoder.ts';
import { createLineEncoder } from './lines.ts';
import { createEscapes, type Utf8Buffer } from './utf8-buffer.ts';
import { assertInRange, toTimestampText } from './values.ts';

/** What JSON.stringify escapes in a well-formed text: quote, backslash and the 32 control characters. */
const STRING = createEscapes(
  Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
    .map((character) => [character, JSON.stringify(character).slice(1, -1)] as const)
    .filter(([character, escaped]) => escaped !== character),
);

const KEYS = COLUMNS.map((column, i) => ({ column, key: `${i === 0 ? '{' : ','}${JSON.stringify(column.name)}:` }));

/**
 * Encodes a report as JSON lines. Times are texts in UTC without `Z` (`2026-11-21 07:00:01.123`): with it Athena fails the query.
 * Errors: RangeError for a number outside its column's type; TypeError when there are no rows.
 */
export const encodeJson: Encode = createLineEncoder('', (out, row) => {
  for (const { column, key } of KEYS) {
    out.ascii(key);
    writeValue(out, column, row[column.name]);
  }
  out.ascii('}\n');
});

function writeValue(out: Utf8Buffer, column: Column, value: string | number | boolean | null): void {
  if (typeof value === 'string') out.quoted(value, STRING);
  else out.ascii(typeof value === 'number' ? toNumberText(column, value) : String(value));
}

function toNumberText(column: Column, value: number): string {
  assertInRange(column, value);
  return column.type === 'timestamp' ? `"${toTimestampText(value)}"` : String(value);
}
