/** The encoder of each format. */
import type { Format } from '#core/partition';
import { encodeCsv } from './csv.ts';
import type { Encode } from './encoder.ts';
import { encodeJson } from './json.ts';
import { encodeParquet } from './parquet.ts';

/** How a report of a format is made, and the media type that its object is stored with. */
export const encoders: Readonly<Record<Format, { readonly encode: Encode; readonly contentType: string }>> = {
  csv: { encode: encodeCsv, contentType: 'text/csv; charset=utf-8' },
  json: { encode: encodeJson, contentType: 'application/x-ndjson' },
  parquet: { encode: encodeParquet, contentType: 'application/vnd.apache.parquet' },
};
