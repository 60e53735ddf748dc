import { parquetMetadata, parquetSchema } from 'hyparquet';
import { FORMATS, type Format } from '#core/partition';
import type { Row } from '#core/row';
import { decodeText, encodeText } from '#encoders/csv';
import { encoders } from '#encoders/index';
import { createEscapes, Utf8Buffer } from '#encoders/utf8-buffer';
import { toDecimalText, toTimestampText } from '#encoders/values';
import { COLUMNS } from '#glue/columns';
import { rowOf } from '../properties/fuzzed-rows.ts';
import { encode } from '../properties/report-bytes.ts';

const NAMES = COLUMNS.map(({ name }) => name);

/** A row with a value of every type. */
const EXAMPLE = rowOf({
  event_id: 'e1',
  event_time: Date.UTC(2026, 10, 21, 7, 0, 1, 123),
  actor: '',
  query: 'SELECT "a",\n\'\\d+\'\r\n',
  athena_error_category: 2,
  athena_error_retryable: false,
  reused_result: true,
  data_scanned_bytes: 9_007_199_254_740_991,
  dpu_count: 4.5,
});

/** Lines without their ends. */
async function linesOf(format: Format, rows: readonly Row[]): Promise<string[]> {
  const lines = (await encode(format, rows)).toString('utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines;
}

/** The cells of the columns that are not NULL, as they stand in the file. */
async function cellsOf(row: Row): Promise<Record<string, string>> {
  const [, line = ''] = await linesOf('csv', [row]);
  const cells = line.match(/(?<=^|,)("(""|[^"])*"|)(?=,|$)/g) ?? [];
  expect(cells).toHaveLength(COLUMNS.length);
  return Object.fromEntries(NAMES.map((name, i): [string, string] => [name, cells[i] ?? '']).filter(([, cell]) => cell !== ''));
}

describe('encoders', () => {
  it('serve every format with its media type', () => {
    expect(Object.keys(encoders)).toEqual([...FORMATS]);
    expect(Object.values(encoders).map(({ contentType }) => contentType)).toEqual(['text/csv; charset=utf-8', 'application/x-ndjson', 'application/vnd.apache.parquet']);
  });

  it.each(FORMATS)('refuse a report without rows: %s', async (format) => {
    await expect(encode(format, [])).rejects.toThrow(new TypeError('no rows: a report has at least one'));
    await expect(encode(format, [], [0, 0])).rejects.toThrow(new TypeError('no rows: a report has at least one'));
    await expect(encode(format, [EXAMPLE], [0, 1, 0])).resolves.not.toHaveLength(0);
  });

  it.each<[string, Partial<Row>]>([
    ['queue_ms: 1.5 is not a value of type bigint', { queue_ms: 1.5 }],
    ['queue_ms: 9007199254740992 is not a value of type bigint', { queue_ms: 2 ** 53 }],
    ['athena_error_type: 2147483648 is not a value of type int', { athena_error_type: 2 ** 31 }],
    ['athena_error_type: -2147483649 is not a value of type int', { athena_error_type: -(2 ** 31) - 1 }],
    ['athena_error_type: 0.5 is not a value of type int', { athena_error_type: 0.5 }],
    ['dpu_count: NaN is not a value of type double', { dpu_count: Number.NaN }],
    ['dpu_count: Infinity is not a value of type double', { dpu_count: Number.POSITIVE_INFINITY }],
    ['event_time: 253402300800000 is not a value of type timestamp', { event_time: 253_402_300_800_000 }],
    ['event_time: 0.5 is not a value of type timestamp', { event_time: 0.5 }],
    ['event_time: -62135596800001 is not a value of type timestamp', { event_time: -62_135_596_800_001 }],
  ])('refuse in every format: %s', async (message, values) => {
    for (const format of FORMATS) await expect(encode(format, [rowOf(values)])).rejects.toThrow(new RangeError(message));
  });

  it.each(FORMATS)('hand over chunks before the rows are at an end, and never touch one again: %s', async (format) => {
    const row = rowOf({ event_id: 'e', query: 'x'.repeat(100_000) });
    let read = 0;
    async function* rows(): AsyncGenerator<readonly Row[]> {
      for (; read < 400; read++) yield [{ ...row, event_id: `e${read}` }];
    }

    const chunks: { bytes: Uint8Array; copy: Uint8Array; read: number }[] = [];
    for await (const bytes of encoders[format].encode(rows())) chunks.push({ bytes, copy: bytes.slice(), read });

    // 40 MB of rows: a Parquet row group is 16 MB, a chunk of lines 1 MiB.
    const body = chunks.filter(({ bytes }) => bytes.length > 1000);
    expect(body[0]?.read).toBeLessThan(format === 'parquet' ? 170 : 20);
    expect(chunks.length).toBeGreaterThanOrEqual(format === 'parquet' ? 3 : 30);
    for (const { bytes, copy } of chunks) expect(Buffer.compare(bytes, copy)).toBe(0);
  });

  it.each(FORMATS)('hand over no empty chunk, not even after a row that fills one: %s', async (format) => {
    async function* rows(): AsyncGenerator<readonly Row[]> {
      yield [rowOf({ query: '\n'.repeat(3_000_000) })];
    }

    const lengths: number[] = [];
    for await (const chunk of encoders[format].encode(rows())) lengths.push(chunk.length);

    expect(lengths.length).toBeGreaterThan(0);
    expect(lengths).not.toContain(0);
  });

  it.each(FORMATS)('write half a surrogate pair as U+FFFD: %s', async (format) => {
    const bytes = await encode(format, [rowOf({ query: '<\ud83d><\ude00><😀>' })]);

    expect(bytes.includes('<\ufffd><\ufffd><😀>')).toBe(true);
  });
});

describe('CSV', () => {
  it('begins with a BOM and one line of plain names', async () => {
    const bytes = await encode('csv', [EXAMPLE]);

    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(bytes.toString('utf8').slice(1).split('\n')[0]).toBe(NAMES.join(','));
  });

  it('quotes every value and leaves NULL empty', async () => {
    expect(await cellsOf(EXAMPLE)).toEqual({
      event_id: '"e1"',
      event_time: '"2026-11-21 07:00:01.123"',
      actor: '"␛"',
      query: '"SELECT ""a"",␊\'＼d+\'␍␊"',
      athena_error_category: '"2"',
      athena_error_retryable: '"false"',
      reused_result: '"true"',
      data_scanned_bytes: '"9007199254740991"',
      dpu_count: '"4.5"',
    });
  });

  it('writes a row of NULLs as commas, not as a blank line', async () => {
    expect((await linesOf('csv', [rowOf()]))[1]).toBe(','.repeat(COLUMNS.length - 1));
  });

  it('writes doubles without an exponent', async () => {
    expect(await cellsOf(rowOf({ dpu_count: 1e21 }))).toEqual({ dpu_count: '"1000000000000000000000"' });
  });

  it.each([
    ['a line break', '\n', '␊'],
    ['a carriage return', '\r', '␍'],
    ['a NUL', '\0', '␀'],
    ['a DEL', '\x7f', '␡'],
    ['a backslash', '\\', '＼'],
    ['a backslash at the end', 'ends\\', 'ends＼'],
    ['the sign of a line break', '␊', '␛␊'],
    ['the sign of a carriage return', '␍', '␛␍'],
    ['the sign of a NUL', '␀', '␛␀'],
    ['the sign of a DEL', '␡', '␛␡'],
    ['the sign of a backslash', '＼', '␛＼'],
    ['the mark itself', '␛', '␛␛'],
    ['a mark before a line break', '␛\n', '␛␛␊'],
    ['the empty text', '', '␛'],
    ['other text as it is', '\t é 😀 \u2028\u0085\ufeff =1+1 ', '\t é 😀 \u2028\u0085\ufeff =1+1 '],
  ])('signs %s', async (_, text, sign) => {
    expect(encodeText(text)).toBe(sign);
    expect(decodeText(sign)).toBe(text);
    expect(await cellsOf(rowOf({ query: text }))).toEqual({ query: `"${sign}"` });
  });

  it('tells NULL from the empty text', () => {
    expect(encodeText(null)).toBe('');
    expect(decodeText('')).toBeNull();
    expect(decodeText('␛')).toBe('');
  });

  it('takes a mark away before whatever follows it, as the view in Athena does', () => {
    expect(decodeText('a␛b␛😀␛\u2028')).toBe('ab😀\u2028');
  });
});

describe('JSON', () => {
  it('writes every column in order, times without zone, numbers as numbers, NULL as null', async () => {
    const [line = '', ...others] = await linesOf('json', [EXAMPLE]);

    expect(others).toEqual([]);
    expect(Object.keys(JSON.parse(line))).toEqual(NAMES);
    expect(JSON.parse(line)).toEqual({ ...EXAMPLE, event_time: '2026-11-21 07:00:01.123' });
    expect(line).toContain('"data_scanned_bytes":9007199254740991,');
  });

  it('writes texts as JSON.stringify does', async () => {
    const text = `${Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code)).join('')}\u2028\u2029\ufeff\uffff😀`;
    const [line] = await linesOf('json', [rowOf({ query: text })]);

    expect(line).toContain(`"query":${JSON.stringify(text)},`);
  });
});

describe('Parquet', () => {
  const metadataOf = async (rows: readonly Row[]) => parquetMetadata(new Uint8Array(await encode('parquet', rows)).buffer);

  it('declares every column with its type, both ways where there are two', async () => {
    const { children } = parquetSchema(await metadataOf([EXAMPLE]));

    expect(children.map(({ element }) => element.name)).toEqual(NAMES);
    expect(children.every(({ element }) => element.repetition_type === 'OPTIONAL')).toBe(true);
    const types = Object.fromEntries(children.map(({ element: { name, type, converted_type, logical_type } }) => [name, [type, converted_type, logical_type]]));
    expect(types).toMatchObject({
      event_id: ['BYTE_ARRAY', 'UTF8', { type: 'STRING' }],
      event_time: ['INT64', 'TIMESTAMP_MILLIS', { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' }],
      athena_error_type: ['INT32', undefined, undefined],
      athena_error_retryable: ['BOOLEAN', undefined, undefined],
      queue_ms: ['INT64', undefined, undefined],
      dpu_count: ['DOUBLE', undefined, undefined],
    });
  });

  it('compresses every column by SNAPPY', async () => {
    const { row_groups } = await metadataOf([EXAMPLE]);

    expect(new Set(row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data?.codec)))).toEqual(new Set(['SNAPPY']));
  });

  it('closes a row group after 16 MB of values, NULLs included', async () => {
    const texts = Array.from({ length: 200 }, () => rowOf({ query: 'x'.repeat(200_000) }));
    expect((await metadataOf(texts)).row_groups.map(({ num_rows }) => num_rows)).toEqual([80n, 80n, 40n]);

    const nulls = Array.from({ length: 40_000 }, () => rowOf());
    expect((await metadataOf(nulls)).row_groups).toHaveLength(2);
  });
});

describe('a buffer of UTF-8', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('grows whenever a text needs it, from %d bytes', (capacity) => {
    const escapes = createEscapes([['#', 'number']]);
    const buffer = new Utf8Buffer(capacity);

    buffer.ascii('ab');
    buffer.quoted('', escapes);
    buffer.quoted('␛', escapes);
    buffer.quoted('é#😀', escapes);
    buffer.ascii('c');
    expect(buffer.length).toBe(24);
    expect(Buffer.from(buffer.take()).toString('utf8')).toBe('ab"""␛""énumber😀"c');

    buffer.quoted('', escapes);
    expect(Buffer.from(buffer.take()).toString('utf8')).toBe('""');
  });

  it('takes three bytes a character where nothing is escaped', () => {
    const buffer = new Utf8Buffer(0);

    buffer.quoted('␛␛', createEscapes([]));

    expect(Buffer.from(buffer.take()).toString('utf8')).toBe('"␛␛"');
  });
});

describe('numbers and times', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [-1.5, '-1.5'],
    [1e21, '1000000000000000000000'],
    [-1.25e22, '-12500000000000000000000'],
    [1e-7, '0.0000001'],
    [-1.25e-7, '-0.000000125'],
    [123_456_789_012_345_680_000, '123456789012345680000'],
    [0.000001, '0.000001'],
  ])('writes %d in plain digits', (value, text) => {
    expect(toDecimalText(value)).toBe(text);
  });

  it('writes the first and the last instants', () => {
    expect(toTimestampText(0)).toBe('1970-01-01 00:00:00.000');
    expect(toTimestampText(253_402_300_799_999)).toBe('9999-12-31 23:59:59.999');
    expect(toTimestampText(-62_135_596_800_000)).toBe('0001-01-01 00:00:00.000');
  });
});
