/** The built command and what it answers to options that do not fit: exit 2, and the option by its name. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const runFile = promisify(execFile);
const root = join(__dirname, '..', '..');
const CERTIFICATE = 'year=2026/month=11/day=20/_certificate.json';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'command-'));
  await command('--to', 'first');
});
beforeEach(() => cp(join(work, 'first'), join(work, 'reports'), { recursive: true }));
afterEach(() => rm(join(work, 'reports'), { recursive: true, force: true }));
afterAll(() => rm(work, { recursive: true, force: true }));

async function command(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const all = ['run', '--from', join(root, 'examples'), '--date', '2026-11-20', '--as-of', '2026-11-21T06:00:00Z', ...args];
  try {
    const { stdout, stderr } = await runFile(process.execPath, [join(root, 'dist/cli/index.mjs'), ...all], { cwd: work, env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' } });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (typeof code !== 'number') throw error;
    return { code, out: stdout, err: stderr };
  }
}

const REPORTS = () => join(work, 'reports');

it.each<[string, string[], RegExp]>([
  ['another time zone', ['--time-zone', 'UTC'], /^athena-query-tracker: --time-zone: "UTC", but .*reports\/ holds days of America\/New_York \(_layout\.json\), .*; choose another root \(--to\) or America\/New_York\n$/],
  ['another time zone, over several days', ['--time-zone', 'UTC', '--end-date', '2026-11-21', '--as-of', '2026-11-23T06:00:00Z'], /^athena-query-tracker: --time-zone: "UTC", but [^\n]*\n$/],
])('refuses a root of %s, and leaves what lies there', async (_what, args, message) => {
  const before = await readFile(join(REPORTS(), CERTIFICATE), 'utf8');

  const { code, out, err } = await command('--to', 'reports', ...args);

  expect([code, out]).toEqual([2, '']);
  expect(err.replace(/^\d{4}-.*\n/gm, '')).toMatch(message);
  expect(await readFile(join(REPORTS(), CERTIFICATE), 'utf8')).toBe(before);
});

it('refuses a root of another format by that option', async () => {
  const layout = await readFile(join(REPORTS(), '_layout.json'), 'utf8');
  await writeFile(join(REPORTS(), '_layout.json'), layout.replace('"csv"', '"parquet"'));

  const { code, err } = await command('--to', 'reports');

  expect(code).toBe(2);
  expect(err).toContain('athena-query-tracker: --format: "csv", but ');
});

it('refuses a root that somebody else has laid out', async () => {
  await writeFile(join(REPORTS(), '_layout.json'), '{}');

  const { code, err } = await command('--to', 'reports');

  expect(code).toBe(2);
  expect(err).toMatch(/athena-query-tracker: --to: .*_layout\.json: no layout of this tracker; remove it if the root is ours to use, or choose another root \(--to\)\n$/);
});

it('refuses a file as the place of reports', async () => {
  const { code, err } = await command('--to', join('reports', '_layout.json'));

  expect(code).toBe(2);
  expect(err).toContain("option '--to <place>' argument 'reports/_layout.json' is invalid. Expected s3://BUCKET[/PREFIX], or a folder; reports/_layout.json is a file.");
});

it('counts on a re-run that reads less all rows that the reports have', async () => {
  await writeFile(join(work, 'one.json'), JSON.stringify({ Records: [{ eventVersion: '1.11', userIdentity: { type: 'IAMUser', userName: 'ada' }, eventTime: '2026-11-20T15:30:00Z', eventSource: 'athena.amazonaws.com', eventName: 'StartQueryExecution', eventID: 'one', responseElements: { queryExecutionId: 'q' } }] }));

  const { out } = await command('--to', 'reports', '--from', 'one.json');

  expect(out).toMatch(/Rows +79 queries \(78 of them only known from earlier runs\) in 24 of 24 hours, by 16 actors/);
  expect(out).not.toMatch(/-\d+ name nobody/);
});
