/** Parquet by hyparquet-writer: native types, SNAPPY, row groups closed by size. Text, NULL and '' need no convention here. */
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { Row } from '#core/row';
import { COLUMNS, type Column, type ColumnType } from '#glue/columns';
import type { Encode } from './encoder.ts';
import { NO_ROWS } from './lines.ts';
import { assertInRange } from './values.ts';

/** A row group is closed when its values come to this. It bounds the memory of the encoder, whatever the batches are. Units: bytes, estimated. */
const ROW_GROUP_BYTES = 16_000_000;
/** What a value counts beside the characters of a text: so that rows of NULLs close a group, too. Units: bytes. */
const VALUE_BYTES = 8;

/** Converted and logical types both: readers of either generation know texts and times. */
const ELEMENTS: Readonly<Record<ColumnType, Omit<SchemaElement, 'name'>>> = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  timestamp: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' } },
  bigint: { type: 'INT64' },
  int: { type: 'INT32' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
};

const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: COLUMNS.length },
  ...COLUMNS.map((column): SchemaElement => ({ name: column.name, repetition_type: 'OPTIONAL', ...ELEMENTS[column.type] })),
];

/** Collects what the writer flushes: after each row group and at the end. */
class ChunkWriter extends ByteWriter {
  #chunks: Uint8Array[] = [];

  flush(): void {
    if (this.index === 0) return;
    this.#chunks.push(this.getBytes());
    // The bytes are handed away: the writer goes on in new memory.
    this.buffer = new ArrayBuffer(1_048_576);
    this.view = new DataView(this.buffer);
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }

  /** Hands over what was flushed since the last time. */
  take(): Uint8Array[] {
    const taken = this.#chunks;
    this.#chunks = [];
    return taken;
  }
}

type Value = string | number | bigint | boolean | null;

/** Rows of one group, by column. */
class RowGroup {
  readonly #columns = COLUMNS.map((column) => ({ column, data: [] as Value[] }));
  rows = 0;
  bytes = 0;

  add(row: Row): void {
    for (const { column, data } of this.#columns) {
      const value = row[column.name];
      data.push(typeof value === 'number' ? toStored(column, value) : value);
      this.bytes += VALUE_BYTES + (typeof value === 'string' ? value.length : 0);
    }
    this.rows++;
  }

  sources(): ColumnSource[] {
    return this.#columns.map(({ column, data }) => ({ name: column.name, data }));
  }
}

function toStored(column: Column, value: number): number | bigint {
  assertInRange(column, value);
  return column.type === 'timestamp' || column.type === 'bigint' ? BigInt(value) : value;
}

/**
 * Encodes a report as Parquet, SNAPPY.
 * Shape: a chunk a row group, of some MB, and the footer. Memory: one row group.
 * Errors: RangeError for a number outside its column's type; TypeError when there are no rows.
 */
export const encodeParquet: Encode = async function* encode(batches) {
  const out = new ChunkWriter();
  const writer = new ParquetWriter({ writer: out, schema: SCHEMA });
  let group = new RowGroup();
  for await (const batch of batches) {
    for (const row of batch) {
      group.add(row);
      if (group.bytes < ROW_GROUP_BYTES) continue;
      // Without a promise from flush the writer is synchronous: the group is in `out` when it returns.
      writer.write({ columnData: group.sources(), rowGroupSize: group.rows });
      group = new RowGroup();
      yield* out.take();
    }
  }
  if (group.rows > 0) writer.write({ columnData: group.sources(), rowGroupSize: group.rows });
  if (writer.num_rows === 0n) throw new TypeError(NO_ROWS);
  writer.finish();
  yield* out.take();
};
