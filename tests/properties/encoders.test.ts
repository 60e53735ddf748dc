import fc from 'fast-check';
import { FORMATS } from '#core/partition';
import { decodeText, encodeText } from '#encoders/csv';
import { toDecimalText } from '#encoders/values';
import { fuzzedRows, rowOf } from './fuzzed-rows.ts';
import { type DuckDb, encode, readCsv, readJson, readParquet, startDuckDb } from './report-bytes.ts';

const READ = { csv: readCsv, json: readJson, parquet: readParquet };
const RUNS = { numRuns: 20 };

let duckDb: DuckDb;
beforeAll(async () => {
  duckDb = await startDuckDb();
});
afterAll(() => duckDb.close());

describe.each(FORMATS)('a report in %s', (format) => {
  it('is read back as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fuzzedRows, async (rows) => {
        expect(await READ[format](await encode(format, rows))).toEqual(rows);
      }),
      RUNS,
    );
  });

  it('is read back by DuckDB as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fuzzedRows, async (rows) => {
        expect(await duckDb.read(format, await encode(format, rows))).toEqual(rows);
      }),
      RUNS,
    );
  });

  it('has the same bytes however the rows come in batches', async () => {
    await fc.assert(
      fc.asyncProperty(fuzzedRows, fc.array(fc.nat({ max: 5 }), { maxLength: 20 }), async (rows, sizes) => {
        expect((await encode(format, rows, sizes)).equals(await encode(format, rows))).toBe(true);
      }),
      RUNS,
    );
  });

  it('has the same bytes and all rows beyond one chunk and one row group', async () => {
    // A row is 260 KB; a chunk of lines is 1 MiB, a row group 16 MB.
    const length = format === 'parquet' ? 90 : 12;
    const rows = Array.from({ length }, (_, i) => rowOf({ event_id: `event ${i}`, query: `${i}\n\\${'ab"é'.repeat(52_428)}` }));

    const whole = await encode(format, rows);

    expect((await encode(format, rows, [1, 0, 7, 60])).equals(whole)).toBe(true);
    expect(await READ[format](whole)).toEqual(rows);
  });
});

describe('CSV', () => {
  it('holds no backslash, no CR, NUL or DEL, and a line break at the end of a row only', async () => {
    await fc.assert(
      fc.asyncProperty(fuzzedRows, async (rows) => {
        const text = (await encode('csv', rows)).toString('utf8');

        expect(text).not.toMatch(/[\\\r\0\x7f]/);
        expect(text.split('\n')).toHaveLength(rows.length + 2);
      }),
      RUNS,
    );
  });

  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(fc.option(fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
        expect(decodeText(encodeText(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('writes every number in digits that are read as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(toDecimalText(value)).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(toDecimalText(value)) + 0).toBe(value + 0);
      }),
      { numRuns: 1000 },
    );
  });
});
