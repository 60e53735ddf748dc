/** Reports of an older and of a newer version of the columns, through the table and the view of today. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FORMATS, hourFolder, reportName } from '#core/partition';
import type { Row } from '#core/row';
import { COLUMNS } from '#glue/columns';
import { rowOf } from '../properties/fuzzed-rows.ts';
import { ALL_COLUMNS, ask, empty, openStack, type Stack, toCell } from './engine.ts';

const DAY = '2026-05-05';
const WHERE = "month = '05' AND day = '05'";
const FIXTURES = join(__dirname, 'fixtures');

interface Made extends Partial<Row> {
  readonly not_yet_known?: string;
}

describe.each(FORMATS)('reports of other versions in %s', (format) => {
  let stack: Stack;
  let made: readonly Made[];
  beforeAll(async () => {
    stack = await openStack(format);
    made = JSON.parse(await readFile(join(FIXTURES, 'rows.json'), 'utf8'));
  });
  beforeEach(() => empty(stack));

  async function put(version: 'older' | 'newer', hour: string): Promise<Buffer> {
    const bytes = await readFile(join(FIXTURES, `${version}.${format}`));
    await stack.store.write(`${hourFolder(DAY, hour)}${reportName(DAY, hour, format)}`, bytes, '');
    return bytes;
  }

  it('an older one has NULL in the columns that it lacks', async () => {
    await put('older', '10');

    const { rows } = await ask(stack, `SELECT ${ALL_COLUMNS} FROM athena_queries WHERE ${WHERE} ORDER BY event_id`);

    const known = made.map(({ output_location: _, engine_version: _1, dpu_count: _2, not_yet_known: _3, ...row }) => rowOf(row));
    expect(rows).toEqual(known.map((row) => COLUMNS.map((column) => toCell(row, column))));
    expect((await ask(stack, `SELECT count(*), count(event_id), count(output_location), count(engine_version), count(dpu_count) FROM ${stack.table} WHERE ${WHERE}`)).rows).toEqual([[3, 3, 0, 0, 0]]);
  });

  it('a newer one is read without the columns that the table does not know', async () => {
    const bytes = await put('newer', '11');

    const { rows } = await ask(stack, `SELECT ${ALL_COLUMNS} FROM athena_queries WHERE ${WHERE} ORDER BY event_id`);

    expect(bytes.includes('not_yet_known')).toBe(true);
    const known = made.map(({ not_yet_known: _, ...row }) => rowOf(row));
    expect(rows).toEqual(known.map((row) => COLUMNS.map((column) => toCell(row, column))));
    expect((await ask(stack, `SELECT count(*), count(event_id) FROM ${stack.table} WHERE ${WHERE}`)).rows).toEqual([[3, 3]]);
  });

  it('both are asked in one question', async () => {
    await put('older', '10');
    await put('newer', '11');

    const { rows } = await ask(stack, `SELECT hour, count(*), count(dpu_count), max(dpu_count) FROM athena_queries WHERE dt = '${DAY}' GROUP BY hour ORDER BY hour`);

    expect(rows).toEqual([['10', 3, 0, null], ['11', 3, 1, 4.5]]);
  });
});
