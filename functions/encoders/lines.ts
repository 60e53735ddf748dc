/** What the formats of lines share: rows become lines, lines become chunks. */
import type { Row } from '#core/row';
import type { Encode } from './encoder.ts';
import { Utf8Buffer } from './utf8-buffer.ts';

/** About a chunk. Large enough that a chunk costs nothing beside its rows, small enough to be no burden. Units: bytes. */
const CHUNK_BYTES = 1_048_576;
/** Room for the row that fills a chunk, so that most chunks are never copied into a larger one. Units: bytes. */
const LAST_ROW_BYTES = 262_144;

/** Thrown for a report without rows: an hour without rows has no report object, and a Parquet file of no rows is refused by some readers. */
export const NO_ROWS = 'no rows: a report has at least one';

/**
 * Makes an encoder of lines from what stands before them ('' for nothing) and how a row becomes one, its line end included.
 * Shape: chunks of about 1 MiB. Errors (on reading the chunks): TypeError when there are no rows.
 */
export function createLineEncoder(preamble: string, writeLine: (out: Utf8Buffer, row: Row) => void): Encode {
  return async function* encode(batches) {
    const out = new Utf8Buffer(CHUNK_BYTES + LAST_ROW_BYTES);
    let rows = 0;
    for await (const batch of batches) {
      for (const row of batch) {
        if (rows === 0 && preamble !== '') yield new TextEncoder().encode(preamble);
        writeLine(out, row);
        rows++;
        if (out.length >= CHUNK_BYTES) yield out.take();
      }
    }
    if (rows === 0) throw new TypeError(NO_ROWS);
    if (out.length > 0) yield out.take();
  };
}
