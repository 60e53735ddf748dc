import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { FORMATS, hourFolder, LAYOUT_NAME, reportName } from '#core/partition';
import type { Row } from '#core/row';
import { query } from '../../cli/query.ts';
import { type PlacedRow, SAVED_ANSWERS, type Value } from '../fakes/saved-answers.ts';
import { rowOf } from '../properties/fuzzed-rows.ts';
import { encode } from '../properties/report-bytes.ts';

const QUERIES = join(__dirname, '../../glue/queries');
const NAMES = readdirSync(QUERIES).map((file) => file.replace('.sql', ''));
const DAYS = ['2026-11-19', '2026-11-20', '2026-11-21'];
const NOON = Date.parse('2026-11-20T12:00:00Z');

const someOf = <T>(...values: T[]) => fc.constantFrom(...values);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 });
/** Few values, so that they meet: the same actors, equal times and sizes, ends at the moment of a beginning. */
const drawn = fc.record({
  dt: someOf(...DAYS),
  hour: someOf('07', '09', '23'),
  event_time: fc.integer({ min: 0, max: 40 }).map((minutes) => NOON + minutes * 60_000),
  actor: maybe(someOf('ana', "o'neil", 'Ana', 'dbt-nightly', 'ünï 漢字')),
  actor_kind: someOf('person', 'role_session'),
  workgroup: maybe(someOf('primary', 'elt', 'Finance')),
  state: maybe(someOf('SUCCEEDED', 'FAILED', 'CANCELLED', 'REJECTED', 'RUNNING')),
  retry_of_event_id: someOf(null, null, null, null, 'earlier'),
  missing_reason: someOf(null, null, null, 'expired', 'rejected', 'running'),
  state_reason: maybe(someOf('cancelled by user', 'two\nlines')),
  athena_error_message: maybe(someOf('COLUMN_NOT_FOUND', '')),
  athena_error_category: maybe(fc.integer({ min: 1, max: 3 })),
  athena_error_type: maybe(fc.integer({ min: 0, max: 1500 })),
  athena_error_retryable: maybe(fc.boolean()),
  error_code: maybe(someOf('AccessDenied')),
  queue_ms: maybe(someOf(0, 5, 999, 1000, 60_000, 240_000)),
  total_ms: maybe(someOf(0, 10, 60_000, 3_600_000)),
  data_scanned_bytes: maybe(someOf(0, 10, 10_485_760, 1_234_567_890_123)),
  submitted_at: maybe(fc.integer({ min: 0, max: 200 }).map((minutes) => NOON + minutes * 60_000)),
  took: fc.option(someOf(1, 60_000, 300_000, 7_200_000), { freq: 5 }),
  query: maybe(someOf('SELECT 1', 'SELECT\n"x"', '')),
});

function toRow({ took, dt, hour, ...values }: typeof drawn extends fc.Arbitrary<infer T> ? T : never, index: number): PlacedRow {
  const local = `${dt}T${hour}:${String(index % 60).padStart(2, '0')}:00-05:00`;
  const completed = values.submitted_at === null || took === null ? null : values.submitted_at + took;
  return { ...rowOf({ ...values, event_id: String(index).padStart(4, '0'), query_execution_id: `q-${index}`, event_time_local: local, completed_at: completed } as Partial<Row>), dt, hour };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saved-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each(FORMATS)('the saved queries over %s, in DuckDB', (format) => {
  it('answer what the rows say', async () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    const rows = fc.sample(drawn, { numRuns: 300, seed }).map(toRow);
    await writeFile(join(folder, LAYOUT_NAME), JSON.stringify({ format, timeZone: 'America/New_York', schemaVersion: 1 }));
    for (const dt of DAYS) {
      for (const hour of ['07', '09', '23']) {
        const file = join(folder, hourFolder(dt, hour), reportName(dt, hour, format));
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, await encode(format, rows.filter((row) => row.dt === dt && row.hour === hour)));
      }
    }
    const asked = rows.filter(({ dt }) => dt !== '2026-11-19');
    const person = { actor: "o'neil", from: '2026-11-20T08:00', until: '2026-11-21T09:30' };

    const answers: [string, Value[][]][] = [];
    for (const name of NAMES) {
      let out = '';
      const options = { from: { folder }, database: 'd', format: 'json', date: '2026-11-20', endDate: '2026-11-21', ...(name === 'one-person' ? { actor: person.actor, fromTime: person.from, untilTime: person.until } : {}) } as const;
      await query(name, options, { queries: pathToFileURL(`${QUERIES}/`), openAws: () => { throw new Error('AWS was asked'); }, output: { write: (part) => (out += part) }, notes: { write: () => true } });
      answers.push([name, out.split('\n').filter((line) => line !== '').map((line) => Object.values(JSON.parse(line) as Record<string, Value>))]);
    }
    const expected = NAMES.map((name) => [name, SAVED_ANSWERS[name]?.(asked, person)]);

    expect({ seed, answers }).toEqual({ seed, answers: expected });
    expect(answers.filter(([, cells]) => cells.length === 0)).toEqual([]);
  });
});
