/**
 * A whole day as a user runs it: the built command, as a process, against stand-ins of AWS over HTTP, into a folder. Every row
 * and every column is read back by readers of its own and compared with what is true of the day.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type AwsApis, type AwsApisOptions, awsApisEnvironment, startAwsApis, UNTHROTTLED } from '../fakes/aws-apis.ts';
import { type ReadManifest, type ReportRow, readManifests, readReports } from '../fakes/read-reports.ts';
import { createSyntheticDay, type SyntheticDay, type SyntheticDayOptions } from '../fakes/synthetic-day.ts';
import type { TrueRow } from '../fakes/synthetic-row.ts';

const runFile = promisify(execFile);
const root = join(__dirname, '..', '..');

type Format = 'csv' | 'json' | 'parquet';
/** One root, one format. */
const ROOTS: Readonly<Record<Format, string>> = { csv: '', json: 'json/', parquet: 'parquet/' };

interface Run {
  readonly name: string;
  readonly format: Format;
  readonly day: SyntheticDayOptions;
  readonly apis?: AwsApisOptions;
  /** What the certificate must say. A day with a forbidden workgroup stays open until it is settled, and is then not complete. */
  readonly verdict?: 'incomplete';
}

/**
 * The tracker keeps to two look-ups a second, as AWS does: a day costs half a second a page, however fast the stand-ins are.
 * The big day has a hundred pages, so it is run in CI, and elsewhere with CI=1.
 */
const BIG: readonly Run[] = process.env['CI'] ? [{ name: 'a day of 3,016 queries as CSV', format: 'csv', day: {} }] : [];

const RUNS: readonly Run[] = [
  ...BIG,
  { name: 'a day of 23 hours as CSV', format: 'csv', day: { seed: 2, rows: 600, date: '2026-03-08' } },
  { name: 'a day of 25 hours as JSON, a forbidden workgroup refusing the whole call', format: 'json', day: { seed: 3, rows: 600, date: '2026-11-01' }, apis: { deniedManner: 'whole-call' } },
  { name: 'a day as Parquet in a zone of half hours, whose morning Athena has forgotten', format: 'parquet', day: { seed: 4, rows: 600, date: '2026-04-05', timeZone: 'Australia/Lord_Howe', asOf: new Date('2026-05-20T00:00:30Z') }, verdict: 'incomplete' },
];

/** Differences that a failed test shows. */
const SHOWN = 20;

interface Result {
  readonly format: Format;
  readonly day: SyntheticDay;
  readonly apis: AwsApis;
  readonly rows: readonly ReportRow[];
  readonly manifests: readonly ReadManifest[];
  readonly folder: string;
}

let work: string;
const results = new Map<string, Promise<Result>>();

/** The stand-ins answer within this process, so the command must not block it. */
async function runDay({ name, format, day: options, apis: apisOptions, verdict }: Run): Promise<Result> {
  const day = createSyntheticDay(options);
  const apis = await startAwsApis({ rates: UNTHROTTLED, events: day.events, executions: day.executions, deniedWorkgroups: day.deniedWorkgroups, now: day.asOf, region: day.region, ...apisOptions });
  const folder = join(work, name.replaceAll(/\W+/g, '-'));
  const args = ['run', '--date', day.date, '--from', 'lookup', '--to', folder, '--format', format, '--time-zone', day.timeZone, '--as-of', day.asOf.toISOString()];
  try {
    await runFile(process.execPath, [join(root, 'dist/cli/index.mjs'), ...args], { cwd: work, env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...awsApisEnvironment(apis.url) } });
  } catch (error) {
    // An incomplete day fails the command, after all that can be written has been written.
    if (verdict !== 'incomplete' || (error as { code?: unknown }).code !== 1) throw error;
  } finally {
    await apis.stop();
  }
  return { format, day, apis, rows: await readReports(folder, format), manifests: await readManifests(folder), folder };
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'synthetic-day-'));
  // Side by side: a run spends most of its time waiting for its turn at LookupEvents.
  for (const run of RUNS) results.set(run.name, runDay(run));
  await Promise.allSettled(results.values());
});

afterAll(() => rm(work, { recursive: true, force: true }));

function resultOf(name: string): Promise<Result> {
  return results.get(name) ?? Promise.reject(new Error(`${name}: no such run`));
}

/** The columns in which two rows differ, short enough to read. */
function differences(found: TrueRow, truth: TrueRow): string[] {
  return Object.keys(truth)
    .filter((name) => !Object.is(found[name as keyof TrueRow], truth[name as keyof TrueRow]))
    .map((name) => `${name}: ${brief(found[name as keyof TrueRow])}, but true is ${brief(truth[name as keyof TrueRow])} (${truth.principal_type} ${truth.principal_id})`);
}

function brief(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > 120 ? `${json.slice(0, 120)}… (${json.length})` : json;
}

describe.each(RUNS.map(({ name, verdict = 'pending' }) => [name, verdict] as const))('%s', (name, expected) => {
  it('has each true row once, and no other', async () => {
    const { day, rows } = await resultOf(name);
    const ids = rows.map(({ row }) => row.event_id);

    expect(ids.filter((id) => !day.truth.has(String(id))).slice(0, SHOWN)).toEqual([]);
    expect([...day.truth.keys()].filter((id) => !ids.includes(id)).slice(0, SHOWN)).toEqual([]);
    expect(ids).toHaveLength(day.counts.rows);
  });

  it('has the truth in every column of every row', async () => {
    const { day, rows } = await resultOf(name);
    const wrong = rows.flatMap(({ row }) => {
      const truth = day.truth.get(String(row.event_id));
      return truth === undefined ? [] : differences(row, truth);
    });

    expect(wrong.slice(0, SHOWN)).toEqual([]);
  });

  it('has each row in the file of its local hour, in the order of time and id', async () => {
    const { day, rows, format } = await resultOf(name);
    const [year, month, date] = day.date.split('-');
    const fileOf = (hour: string) => `${ROOTS[format]}year=${year}/month=${month}/day=${date}/hour=${hour}/report_${year}_${month}_${date}_h${hour}.${format}`;
    const misplaced = rows.filter(({ file, row }) => file !== fileOf(day.hourOf.get(String(row.event_id)) ?? ''));
    const orderIn = (of: readonly string[]) => day.hours.flatMap(({ label }) => of.filter((id) => day.hourOf.get(id) === label));

    expect(misplaced.slice(0, SHOWN).map(({ file, row }) => `${file}: ${row.event_time_local}`)).toEqual([]);
    expect(orderIn(rows.map(({ row }) => String(row.event_id)))).toEqual(orderIn([...day.truth.keys()]));
  });

  it('has a manifest for each hour, and the counts add up to what was there', async () => {
    const { day, manifests } = await resultOf(name);
    const total = (count: keyof ReadManifest['counts']) => manifests.reduce((sum, { counts }) => sum + counts[count], 0);
    const { rows, duplicates, skipped, malformed } = day.counts;

    expect(manifests.map(({ file }) => file.slice(-'00/_manifest.json'.length, -'/_manifest.json'.length))).toEqual(day.hours.map(({ label }) => label).sort());
    expect({ rows: total('rows'), duplicates: total('duplicates'), skipped: total('skipped'), malformed: total('malformed') }).toEqual({ rows, duplicates, skipped, malformed });
    expect(total('read')).toBe(rows + duplicates + skipped + malformed + total('outside'));
  });

  it('has manifests that vouch for the reports beside them, and none beside the hour without rows', async () => {
    const { day, manifests, folder } = await resultOf(name);
    const checked = await Promise.all(
      manifests.map(async ({ file, report }) => {
        if (report === null) return `${file}: none`;
        const bytes = await readFile(join(folder, dirname(file), report.name));
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return bytes.length === report.bytes && sha256 === report.sha256 ? null : `${file}: ${bytes.length} bytes, ${sha256}`;
      }),
    );

    expect(checked.filter((line) => line !== null)).toEqual([expect.stringMatching(new RegExp(`hour=${day.quietHour}/_manifest\\.json: none$`))]);
  });

  it('has a certificate that names every row Athena could not be compared with, and nothing else', async () => {
    const { day, folder, format } = await resultOf(name);
    const [year, month, date] = day.date.split('-');
    const certificate = JSON.parse(await readFile(join(folder, `${ROOTS[format]}year=${year}/month=${month}/day=${date}/_certificate.json`), 'utf8')) as { verdict: string; rows: number; running: number; differences: { cause: string; id: string }[]; compared: { hours: number } };
    const { verdict, rows, running, differences, compared } = certificate;
    const gone = [...day.truth.values()].flatMap(({ missing_reason: reason, query_execution_id: id }) => (id !== null && (reason === 'not_found' || reason === 'expired') ? [String(id)] : []));
    const causes = new Set(differences.map(({ cause }) => cause));

    expect({ verdict, rows, hours: compared.hours }).toEqual({ verdict: expected, rows: day.counts.rows, hours: day.hours.length });
    expect([...causes].sort()).toEqual(['expired', 'list_denied', 'malformed']);
    expect(differences.filter(({ cause }) => cause === 'malformed')).toHaveLength(day.counts.malformed);
    expect(differences.filter(({ cause }) => cause === 'list_denied').map(({ id }) => id)).toEqual([...day.deniedWorkgroups]);
    expect(running).toBe([...day.truth.values()].filter(({ missing_reason: reason }) => reason === 'running').length);
    expect(differences.filter(({ cause, id }) => cause === 'expired' && !gone.includes(id))).toEqual([]);
  });

  it('asked AWS within its limits: narrow look-ups of one hour each, and ids by fifties', async () => {
    const { apis } = await resultOf(name);
    const lookUps = apis.calls().filter(({ operation }) => operation === 'LookupEvents');
    const batches = apis.calls().filter(({ operation }) => operation === 'BatchGetQueryExecution');

    expect(new Set(lookUps.map(({ params }) => JSON.stringify(params['LookupAttributes'])))).toEqual(new Set([JSON.stringify([{ AttributeKey: 'EventName', AttributeValue: 'StartQueryExecution' }])]));
    expect(lookUps.every(({ params, outcome }) => outcome === 'ok' && Number(params['EndTime']) - Number(params['StartTime']) < 7200)).toBe(true);
    expect(Math.max(...batches.map(({ params }) => (params['QueryExecutionIds'] as readonly string[]).length))).toBeLessThanOrEqual(50);
  });
});
