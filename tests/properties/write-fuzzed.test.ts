/**
 * Writes random reports for readers outside of Node, with the truth beside them:
 *
 *   FUZZ_DIR=fuzzed npx jest tests/properties/write-fuzzed.test.ts && python tests/properties/read-reports.py fuzzed
 *
 * FUZZ_SEED repeats the reports of an earlier run; the seed is in the file `seed`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { FORMATS } from '#core/partition';
import { COLUMNS } from '#glue/columns';
import { fuzzedRow, fuzzedRows } from './fuzzed-rows.ts';
import { encode } from './report-bytes.ts';

const folder = process.env['FUZZ_DIR'];
const withFolder = folder === undefined ? it.skip : it;

/** JSON in ASCII, so that not even the truth depends on what a reader makes of a character. */
function toAscii(value: unknown): string {
  return JSON.stringify(value).replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

describe('random reports for other readers', () => {
  withFolder('are written to FUZZ_DIR', async () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    const reports = [...fc.sample(fuzzedRows, { numRuns: 60, seed }), ...fc.sample(fc.array(fuzzedRow, { minLength: 1500, maxLength: 1500 }), { numRuns: 1, seed })];
    const root = folder ?? '';
    await mkdir(root, { recursive: true });

    await writeFile(join(root, 'seed'), `${seed}\n`);
    await writeFile(join(root, 'columns.json'), JSON.stringify(COLUMNS.map(({ name, type }) => ({ name, type }))));
    for (const [i, rows] of reports.entries()) {
      const name = `report-${String(i).padStart(3, '0')}`;
      await writeFile(join(root, `${name}.truth`), rows.map((row) => `${toAscii(row)}\n`).join(''));
      for (const format of FORMATS) await writeFile(join(root, `${name}.${format}`), await encode(format, rows));
    }

    expect(reports.flat().length).toBeGreaterThan(1500);
  });
});
