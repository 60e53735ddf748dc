/**
 * Two runs at the same time over one account's two look-ups a second: a nightly one and a backfill, say. They slow each other down and
 * lose nothing. Half a minute long, so it is run in CI, and elsewhere with CI=1.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { awsApisEnvironment, startAwsApis } from '../fakes/aws-apis.ts';
import { readManifests, readReports } from '../fakes/read-reports.ts';
import { createSyntheticDay } from '../fakes/synthetic-day.ts';

const runFile = promisify(execFile);
const root = join(__dirname, '..', '..');
const inCi = process.env['CI'] ? it : it.skip;

inCi('two runs at once have every row each, in the same bytes', async () => {
  const day = createSyntheticDay({ rows: 500, seed: 5 });
  const apis = await startAwsApis({ events: day.events, executions: day.executions, deniedWorkgroups: day.deniedWorkgroups, now: day.asOf, region: day.region });
  const folders = await Promise.all(['nightly', 'backfill'].map((name) => mkdtemp(join(tmpdir(), `two-runs-${name}-`))));
  try {
    const args = ['run', '--date', day.date, '--from', 'lookup', '--time-zone', day.timeZone, '--as-of', day.asOf.toISOString()];
    const env = { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...awsApisEnvironment(apis.url, day.region) };

    await Promise.all(folders.map((folder) => runFile(process.execPath, [join(root, 'dist/cli/index.mjs'), ...args, '--to', folder], { env })));

    const [first = [], second = []] = await Promise.all(folders.map((folder) => readReports(folder, 'csv')));
    expect(first).toHaveLength(day.truth.size);
    expect(second).toEqual(first);
    const hashes = await Promise.all(folders.map(async (folder) => (await readManifests(folder)).map((manifest) => manifest.report?.sha256 ?? null)));
    expect(hashes[1]).toEqual(hashes[0]);
    expect(JSON.parse(await readFile(join(folders[0] ?? '', `year=${day.date.slice(0, 4)}/month=${day.date.slice(5, 7)}/day=${day.date.slice(8)}/_certificate.json`), 'utf8'))).toMatchObject({ rows: day.truth.size });
    // They met at the limit, and CloudTrail had to refuse some.
    expect(apis.calls().filter(({ operation, outcome }) => operation === 'LookupEvents' && outcome !== 'ok').length).toBeGreaterThan(0);
  } finally {
    await apis.stop();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
});
