import type { Row } from '#core/row';

/**
 * Turns rows, in their order, into the bytes of one report.
 * Shape: chunks of any size; the same rows give the same bytes, however the rows were batched. Rows are taken as they come and are not kept.
 */
export type Encode = (rows: AsyncIterable<readonly Row[]>) => AsyncIterable<Uint8Array>;
