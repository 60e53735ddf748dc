/** The stored answers of the saved queries to the example day, held against plain JavaScript over its rows. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readReports } from '../fakes/read-reports.ts';
import { answersOf } from './answers.ts';
import { ASKED, DAY, EXAMPLES } from './example-day.ts';

const EXPECTED = join(__dirname, 'expected');

it('they are what JavaScript makes of the rows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'example-day-'));
  await promisify(execFile)(process.execPath, [join(__dirname, '..', '..', 'dist/cli/index.mjs'), 'run', '--to', folder, '--format', 'json', ...EXAMPLES]);
  const reports = await readReports(join(folder, 'json'), 'json');
  await rm(folder, { recursive: true });
  const rows = reports.map(({ file, row }) => ({ ...row, dt: DAY, hour: /hour=(\d\d)/.exec(file)?.[1] ?? null }));

  const stored = await Promise.all((await readdir(EXPECTED)).map(async (file) => [file.replace('.json', ''), JSON.parse(await readFile(join(EXPECTED, file), 'utf8'))]));

  expect(rows).toHaveLength(78);
  expect(Object.fromEntries(stored)).toEqual(answersOf(rows, ASKED));
});
