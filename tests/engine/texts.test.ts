/** Every text and every value comes back through the view as it was written. ENGINE_SEED repeats a run, or makes another. */
import fc from 'fast-check';
import { FORMATS } from '#core/partition';
import type { Row } from '#core/row';
import { COLUMNS } from '#glue/columns';
import { fuzzedRow, LONGEST_TEXT_BYTES, rowOf } from '../properties/fuzzed-rows.ts';
import { ALL_COLUMNS, ask, empty, openStack, type Stack, toCell, writeReport } from './engine.ts';

const SEED = Number(process.env['ENGINE_SEED'] ?? 20_261_120);
const DAY = '2026-03-01';
/** The month as well as the day: the engine goes through the names of 744 partitions then, and not of 8,928. */
const WHERE = `dt = '${DAY}' AND month = '03'`;
/** Columns in one question: five figures of each are about as much as the engine compiles at a time. */
const AT_ONCE = 13;
const TEXTS = COLUMNS.filter(({ type }) => type === 'string').map(({ name }) => name);

/** What one reader or another takes for something else, on purpose and not by chance. */
const HARD = [
  '',
  ' ',
  ' blanks at both ends ',
  '\ttab\t',
  '"',
  '""',
  'say ""hi"", twice',
  '"quoted"',
  'a,b',
  "it's",
  '\\',
  '\\\\',
  'ends with \\',
  '\\"',
  '\\n is no line break',
  '\\N',
  'NULL',
  'null',
  '\n',
  '\r',
  '\r\n',
  'a\nb\rc\r\nd',
  '\0',
  '\x7f',
  '\x01\x1a\x1b\x1c',
  '␊ ␍ ␀ ␡ ＼',
  '␛',
  '␛␛',
  '␛␊',
  '␛\n',
  '\\␛',
  '$1 $a \\1',
  '😀 👩‍👩‍👧 \u{10ffff}',
  'é e\u0301 漢字',
  '\u2028 \u2029 \u0085 \u00a0',
  '\ufeffmark',
  'half a pair \ud83d'.toWellFormed(),
  '=1+1',
  '{"a": [1, null]}',
  '2026-11-20 09:00:00.000',
  'true',
  '0',
];

/** As many bytes as Athena takes, of what grows when it is written, and with ends that matter. */
const LONGEST = ['\\', '"', '\n', '␛', '😀', 'SELECT "a\\\r\n', '漢'].map((unit) => {
  const room = LONGEST_TEXT_BYTES - 1;
  const body = unit.repeat(Math.floor(room / Buffer.byteLength(unit)));
  return `${body}${'x'.repeat(room - Buffer.byteLength(body))}\\`;
});

/** The rows, numbered by `account_id`, which alone is not fuzzed. */
const ROWS: readonly Row[] = [
  rowOf(),
  ...HARD.map((text) => rowOf(Object.fromEntries(TEXTS.map((name) => [name, text])))),
  ...LONGEST.map((query) => rowOf({ query })),
  rowOf({ event_time: -62_135_596_800_000, submitted_at: -1, completed_at: 253_402_300_799_999 }),
  ...fc.sample(fc.array(fuzzedRow, { minLength: 400, maxLength: 400 }), { numRuns: 1, seed: SEED }).flat(),
].map((row, index) => ({ ...row, account_id: String(index).padStart(6, '0') }));

describe.each(FORMATS)('texts and values in %s', (format) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await openStack(format);
    await empty(stack);
    const [first, second] = [ROWS.slice(0, 200), ROWS.slice(200)];
    await writeReport(stack, DAY, '00', first);
    await writeReport(stack, DAY, '23', second);
  });

  it('come back as they were written, more than 10,000 texts of them', async () => {
    const { rows } = await ask(stack, `SELECT ${ALL_COLUMNS} FROM athena_queries WHERE ${WHERE} ORDER BY account_id`);

    const differences = ROWS.flatMap((row, index) => COLUMNS.flatMap((column, at) => (Object.is(rows[index]?.[at], toCell(row, column)) ? [] : [`row ${index}, ${column.name}: ${show(rows[index]?.[at])} came back, ${show(toCell(row, column))} was written`])));
    expect({ seed: SEED, rows: rows.length, differences: differences.slice(0, 5) }).toEqual({ seed: SEED, rows: ROWS.length, differences: [] });
    expect(ROWS.flatMap((row) => TEXTS.filter((name) => row[name] !== null)).length).toBeGreaterThan(10_000);
  });

  it('keep NULL and the empty text apart', async () => {
    const counts = TEXTS.map((name) => `count_if(${name} IS NULL), count_if(${name} = '')`);

    const { rows } = await ask(stack, `SELECT ${counts.join(', ')} FROM athena_queries WHERE ${WHERE}`);

    expect(rows[0]).toEqual(TEXTS.flatMap((name) => [ROWS.filter((row) => row[name] === null).length, ROWS.filter((row) => row[name] === '').length]));
  });

  it('have the type, the number, the least and the most of every column that were written', async () => {
    const answers: Record<string, unknown> = {};
    for (let from = 0; from < COLUMNS.length; from += AT_ONCE) {
      const asked = COLUMNS.slice(from, from + AT_ONCE);
      const { rows } = await ask(stack, `SELECT ${asked.map(({ name }) => `min(typeof(${name})), max(typeof(${name})), count(${name}), min(${name}), max(${name})`).join(', ')}, count(*) FROM athena_queries WHERE ${WHERE}`);
      for (const [index, { name }] of asked.entries()) answers[name] = [...(rows[0]?.slice(index * 5, index * 5 + 5) ?? []), rows[0]?.at(-1)];
    }

    const expected = COLUMNS.map((column) => {
      const cells = ROWS.map((row) => toCell(row, column)).filter((cell) => cell !== null).sort(compare);
      const type = SQL_TYPES[column.type];
      return [column.name, [type, type, cells.length, cells[0], cells.at(-1), ROWS.length]];
    });
    expect(answers).toEqual(Object.fromEntries(expected));
  });
});

const SQL_TYPES = { string: 'varchar', timestamp: 'timestamp(3)', bigint: 'bigint', int: 'integer', double: 'double', boolean: 'boolean' };

/** The engine's order: texts by their bytes. */
function compare(a: unknown, b: unknown): number {
  return typeof a === 'string' && typeof b === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : Number(a) - Number(b);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 120);
}
