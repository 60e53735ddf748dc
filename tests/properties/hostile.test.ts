import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { toLiteral } from '#adapters/athena-sql';
import { partsFolder, runFolder } from '#core/entry';
import { InvalidInputError } from '#core/errors';
import { dayFolder, hourFolder, LAYOUT_NAME, reportName, setAsideCertificateOf } from '#core/partition';
import { parseRunConfig, readSettings } from '#runtime/config';
import { parseDatabase, parseDestination } from '../../cli/options.ts';
import { query } from '../../cli/query.ts';
import { parseDayEvent } from '../../functions/closer/event.ts';
import { parseDispatcherEvent } from '../../functions/dispatcher/event.ts';
import { parseReaderEvent } from '../../functions/reader/event.ts';
import { parseWorkerEvent } from '../../functions/worker/event.ts';
import { rowOf } from './fuzzed-rows.ts';
import { encode } from './report-bytes.ts';

const SEED = { seed: 20261120 };
const ROOT = join(__dirname, '../..');
const queries = pathToFileURL(`${join(ROOT, 'glue/queries')}/`);
const sample = (name: string) => JSON.parse(readFileSync(join(ROOT, `events/${name}.json`), 'utf8')) as Record<string, unknown>;

/** What ends a text, a name or a statement somewhere. */
const HOSTILE = ["o'neil", "' OR '1'='1", "'; DROP VIEW athena_queries; --", "''", "\\'", '"', '`', '$$', '?', ':1', '--', '/*', '*/', 'a\nb', '%', '_', "') UNION SELECT 1 --", '漢字', '../../x'];
const hostile = fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 4 })), { maxLength: 5 }).map((parts) => parts.join(''));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reports of one hour, a row an actor. */
async function putReports(root: string, actors: readonly string[]): Promise<void> {
  const name = join(root, hourFolder('2026-11-20', '09'), reportName('2026-11-20', '09', 'csv'));
  mkdirSync(dirname(name), { recursive: true });
  writeFileSync(join(root, LAYOUT_NAME), JSON.stringify({ format: 'csv', timeZone: 'America/New_York', schemaVersion: 1 }));
  writeFileSync(name, await encode('csv', actors.map((actor, index) => rowOf({ event_id: String(index), actor, event_time_local: '2026-11-20T09:00:00-05:00' }))));
}

async function ask(root: string, text: string, options: { readonly date?: string; readonly actor?: string } = {}): Promise<string[]> {
  let out = '';
  await query(text, { from: { folder: root }, database: 'x', format: 'json', ...options }, { queries, openAws: () => { throw new Error('AWS was asked'); }, output: { write: (part) => (out += part) }, notes: { write: () => true } });
  return out.split('\n').filter((line) => line !== '');
}

describe('SQL', () => {
  it('has each parameter for Athena as one literal, whatever it holds', () => {
    fc.assert(fc.property(hostile, (text) => {
      const literal = toLiteral(text);

      // Of standard SQL: a quote within is doubled, and nothing else ends it.
      expect(literal).toMatch(/^'([^']|'')*'$/);
      expect(literal.slice(1, -1).replaceAll("''", "'")).toBe(text);
    }), { ...SEED, numRuns: 2000 });
  });

  it('answers for a hostile parameter as for a harmless one: the rows of that actor', async () => {
    await putReports(folder, ['ana', ...HOSTILE]);

    for (const actor of ['ana', ...HOSTILE]) {
      const rows = (await ask(folder, 'one-person', { date: '2026-11-20', actor })).map((line) => (JSON.parse(line) as { actor: string }).actor);
      expect(rows).toEqual([actor]);
    }
    expect(await ask(folder, 'one-person', { date: '2026-11-20', actor: "nobody' OR actor LIKE '%" })).toEqual([]);
  });

  it('answers for a folder with a hostile name as for one with a harmless name', async () => {
    const names = ["o'neil", "']) ; COPY (SELECT 1) TO 'x", 'a[b]*?{c}', '$HOME `id`', 'a;b', '--', 'ünï 漢字'];
    await putReports(join(folder, 'harmless'), ['ana', 'ben']);
    const expected = await ask(join(folder, 'harmless'), 'SELECT event_id, actor, dt FROM athena_queries ORDER BY event_id');

    for (const name of names) {
      await putReports(join(folder, name), ['ana', 'ben']);
      expect(await ask(join(folder, name), 'SELECT event_id, actor, dt FROM athena_queries ORDER BY event_id')).toEqual(expected);
    }
    expect(readdirSync(folder).sort()).toEqual(['harmless', ...names].sort());
  });

  it.each([
    'COPY (SELECT 1) TO \'FILE\'',
    'EXPLAIN ANALYZE COPY (SELECT 1) TO \'FILE\'',
    ' explain  analyze\n COPY (SELECT 1) TO \'FILE\'',
    'EXPLAIN (ANALYZE, FORMAT JSON) COPY (SELECT 1) TO \'FILE\'',
    'EXPLAIN (ANALYZE) /* SELECT */ COPY (SELECT 1) TO \'FILE\'',
    '/* EXPLAIN */ EXPLAIN ANALYZE COPY (SELECT 1) TO \'FILE\'',
    'EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1',
    'SELECT 1; COPY (SELECT 1) TO \'FILE\'',
    'ATTACH \'FILE\'',
    'SET lock_configuration = false',
    'INSTALL httpfs',
    'PRAGMA database_list; SELECT 1',
  ])('writes nothing beside the reports: %j', async (sql) => {
    await putReports(folder, ['ana']);
    const before = readdirSync(folder, { recursive: true });

    await expect(ask(folder, sql.replace('FILE', join(folder, 'written.csv')))).rejects.toThrow(InvalidInputError);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  it('is explained all the same', async () => {
    await putReports(folder, ['ana']);

    for (const sql of ['EXPLAIN SELECT actor FROM athena_queries', 'explain analyze WITH x AS (SELECT 1) SELECT * FROM x', 'EXPLAIN (FORMAT JSON) SELECT 1']) expect((await ask(folder, sql)).length).toBeGreaterThan(0);
  });

  it('has only names that need no quotes', () => {
    fc.assert(fc.property(hostile, (text) => {
      try {
        expect(parseDatabase(text)).toMatch(/^[a-z0-9_]{1,128}$/);
      } catch (error) {
        expect((error as Error).name).toBe('InvalidArgumentError');
      }
    }), SEED);
  });
});

describe('an address in S3', () => {
  it('is taken with the names only that a run accepts', () => {
    fc.assert(fc.property(hostile, hostile, (bucket, prefix) => {
      try {
        const place = parseDestination(`s3://${bucket}/${prefix}`);
        if ('folder' in place) throw new Error('a folder');
        expect(place.bucket).toMatch(/^[a-z0-9.-]{3,63}$/);
        expect(readSettings({ S3_BUCKET: place.bucket, REPORT_PREFIX: place.prefix }).run.bucket).toBe(place.bucket);
      } catch (error) {
        expect((error as Error).name).toBe('InvalidArgumentError');
      }
    }), { ...SEED, numRuns: 500 });
  });

  it.each([['s3://My_Reports', '"My_Reports" is no name of a bucket'], ['s3://reports#x/y', '"reports#x" is no name of a bucket'], ['s3://reports/a/../b', '"a/../b" is no prefix'], ['s3://reports/a//b', '"a//b" is no prefix'], ["s3://reports/a b", '"a b" is no prefix'], ['s3://reports/a\nb', '"a\\nb" is no prefix']])('%j is refused', (text, message) => {
    expect(() => parseDestination(text)).toThrow(message);
  });
});

describe('the keys in S3', () => {
  const days = fc.oneof(fc.constantFrom('2026-11-20', '2026-02-30', '../../x', '2026-11-20/..', ' 2026-11-20', '2026-11-20\n'), hostile);
  const hours = fc.oneof(fc.constantFrom('09', '24', '9', '../../x', '09/', '09\n'), hostile);

  it('are made of a day of the calendar and an hour label, or not at all', () => {
    fc.assert(fc.property(days, hours, (day, hour) => {
      try {
        for (const name of [hourFolder(day, hour), partsFolder(day, hour)]) expect(name).toMatch(/^year=\d{4}\/month=\d\d\/day=\d\d\/hour=\d\d\/(_parts\/)?$/);
        expect(reportName(day, hour, 'csv')).toMatch(/^report_\d{4}_\d\d_\d\d_h\d\d\.csv$/);
        expect(setAsideCertificateOf(day, 'abc')).toMatch(/^year=\d{4}\/month=\d\d\/day=\d\d\/_certificate_abc_set_aside\.json$/);
        expect([day, hour]).toEqual(['2026-11-20', '09']);
      } catch (error) {
        expect((error as Error).name).toBe('InvalidInputError');
      }
    }), { ...SEED, numRuns: 1000 });
    expect(() => dayFolder('2026-02-30')).toThrow('day: "2026-02-30"');
  });

  it('have the name of a run without what would lead elsewhere', () => {
    fc.assert(fc.property(hostile.filter((run) => !/(^|:)$/.test(run)), (run) => {
      expect(runFolder('2026-11-20', '09', run)).toMatch(/^year=2026\/month=11\/day=20\/hour=09\/_parts\/[\w-]{1,80}\/$/);
      const { run: taken } = parseWorkerEvent({ ...sample('worker.hour'), run });
      expect(taken).toBe(run);
    }), { ...SEED, numRuns: 1000 });
  });
});

describe('an event with a hostile field is refused, by its name and value', () => {
  const parsers = {
    worker: { parse: (event: unknown) => parseWorkerEvent(event), event: sample('worker.hour') },
    reader: { parse: parseReaderEvent, event: sample('reader.day') },
    closer: { parse: parseDayEvent, event: sample('closer.day') },
    dispatcher: { parse: parseDispatcherEvent, event: {} },
    config: { parse: (event: unknown) => parseRunConfig((event as { config: unknown }).config), event: { config: readSettings({ S3_BUCKET: 'reports' }).run } },
  } as const;
  const hour = { hour: '00', start: '2026-11-20T05:00:00Z', end: '2026-11-20T06:00:00Z' };

  it.each(Object.entries(parsers))('%s takes its own sample', (_, { parse, event }) => {
    expect(() => parse(event)).not.toThrow();
  });

  it.each<[keyof typeof parsers, object, string]>([
    ['worker', { hour: '../../x' }, 'hour: "../../x", expected an hour label'],
    ['worker', { hour: '24' }, 'hour: "24", expected an hour label'],
    ['worker', { hour: '09\n' }, 'hour: "09\\n", expected an hour label'],
    ['worker', { day: '2026-02-30' }, 'day: "2026-02-30", expected a day'],
    ['worker', { day: '2026-11-20/..' }, 'day: "2026-11-20/..", expected a day'],
    ['worker', { day: ['2026-11-20'] }, 'day: ["2026-11-20"], expected a day'],
    ['worker', { run: '' }, 'run: "", expected the id of an execution'],
    ['worker', { run: 'arn:' }, 'run: "arn:", expected the id of an execution'],
    ['worker', { run: { toString: 1 } }, 'run: {"toString":1}, expected the id of an execution'],
    ['worker', { start: '2026-11-20T14:00:00Z/../x' }, 'start: "2026-11-20T14:00:00Z/../x", expected an instant'],
    ['worker', { offsets: [{ from: '2026-11-18T00:00:00Z', minutes: 1e9 }] }, 'offsets.0.minutes: 1000000000, expected minutes east of UTC'],
    ['reader', { run: 'arn:' }, 'run: "arn:", expected the id of an execution'],
    ['reader', { windows: [{ ...hour, hour: '../../x' }] }, 'hour: "../../x", expected an hour label'],
    ['reader', { day: '2026-02-30' }, 'day: "2026-02-30", expected a day'],
    ['closer', { day: '2026-02-30' }, 'day: "2026-02-30", expected a day'],
    ['closer', { day: '../../x' }, 'day: "../../x", expected a day'],
    ['closer', { windows: [{ ...hour, hour: '../../x' }] }, 'windows: hour ../../x, '],
    ['closer', { asOf: 'foo 1 Z' }, 'asOf: "foo 1 Z", expected an instant'],
    ['closer', { offsets: [{ from: '2026-11-18T00:00:00Z', minutes: 1e12 }] }, 'offsets.0.minutes: 1000000000000, expected minutes east of UTC'],
    ['dispatcher', { startDate: '2026-02-30' }, 'startDate: "2026-02-30", expected a day'],
    ['dispatcher', { days: ['../../x'] }, 'days.0: "../../x", expected a day'],
    ['dispatcher', { hour: '../../x' }, 'hour: "../../x", expected an hour label'],
    ['dispatcher', { runId: 'a/../b' }, 'runId: "a/../b", expected 1 to 36'],
    ['dispatcher', { scheduledTime: '2026-11-22T06:00:00Z; x' }, 'scheduledTime: "2026-11-22T06:00:00Z; x", expected an instant'],
    ['config', { config: { ...parsers.config.event.config, prefix: 'a/../../x/' } }, 'config.prefix: "a/../../x/", expected a prefix'],
    ['config', { config: { ...parsers.config.event.config, bucket: 'b/c' } }, 'config.bucket: "b/c", expected the name of a bucket'],
  ])('%s %j', (name, fields, message) => {
    const { parse, event } = parsers[name];
    const refused = () => parse({ ...event, ...fields });

    expect(refused).toThrow(InvalidInputError);
    expect(refused).toThrow(message);
  });
});
