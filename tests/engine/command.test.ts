/** The built command on the deployed stacks, as a person calls it: `query` in S3 and in a folder, and the canary. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createFolderStore } from '#adapters/folder-store';
import { FORMATS, LAYOUT_NAME } from '#core/partition';
import type { Parameter } from '#glue/named-queries';
import { readSaved } from '../../cli/query.ts';
import type { Asked } from './answers.ts';
import { ASKED_OF_BUSY, BUSY_HOURS } from './busy-days.ts';
import { empty, openStack, type Stack, writeReport } from './engine.ts';

const ROOT = join(__dirname, '..', '..');
const SAVED = readSaved(pathToFileURL(`${join(ROOT, 'glue/queries')}/`));
const OPTION_OF: Readonly<Record<Parameter, string>> = { 'first day': '--date', 'last day': '--end-date', actor: '--actor', 'from time': '--from-time', 'until time': '--until-time' };

/** What the command prints, and says beside it; its exit code does not matter where one is accepted. */
async function tracker(args: readonly string[], accepted = 0): Promise<{ readonly stdout: string; readonly stderr: string }> {
  try {
    return await promisify(execFile)(process.execPath, [join(ROOT, 'dist/cli/index.mjs'), ...args], { cwd: ROOT, maxBuffer: 2 ** 26 });
  } catch (error) {
    if (accepted !== 0 && typeof error === 'object' && error !== null && 'code' in error && error.code === accepted) return error as unknown as { stdout: string; stderr: string };
    throw error;
  }
}

describe.each(FORMATS)('the command over %s', (format) => {
  let stack: Stack;
  let folder: string;
  beforeAll(async () => {
    stack = await openStack(format);
    await empty(stack);
    folder = await mkdtemp(join(tmpdir(), 'engine-'));
    const layout = Buffer.from(JSON.stringify({ format, timeZone: 'America/New_York', schemaVersion: 1 }));
    for (const store of [stack.store, createFolderStore(folder, '')]) {
      await store.write(LAYOUT_NAME, layout, 'application/json');
      for (const { dt, hour, rows } of BUSY_HOURS) await writeReport({ ...stack, store }, dt, hour, rows);
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  // Each saved query in one format: that the formats agree is shown without the command (named-queries.test.ts).
  const asked = format === 'csv' ? SAVED : SAVED.filter(({ name }) => name === 'who-ran-what');
  it.each(asked.map(({ name, parameters }) => [name, parameters] as const))('%s has one answer, in Athena and in a folder', async (name, parameters) => {
    const options = parameters.flatMap((parameter) => [OPTION_OF[parameter], (ASKED_OF_BUSY satisfies Asked)[parameter]]);
    const inFolder = await tracker(['query', name, ...options, '--from', folder, '--format', 'json']);
    const inS3 = await tracker(['query', name, ...options, '--from', `s3://${stack.bucket}`, '--database', stack.database, '--format', 'json']);

    expect(inS3.stdout).toBe(inFolder.stdout);
    expect(inS3.stdout).not.toBe('');
    expect(inS3.stderr).toMatch(new RegExp(`^[\\d,]+ rows?, [\\d.]+ s; Athena scanned [\\d,]+ bytes in [\\d.]+ s, workgroup ask-${format}, query [0-9a-f-]+\\n$`));
  });

  it('flies the canary: hard texts come back as they were written, and nothing is left', async () => {
    // What asks for no query of the reports is not to be had here; doctor says so and ends with 1.
    const { stdout } = await tracker(['doctor', '--canary', '--database', stack.database], 1);

    expect(stdout).toContain(`ok     canary: a row of hard texts came back from Athena exactly as it was written, in ${format}; it is removed again`);
    expect(stdout.match(/^wrong .*$/gm)?.filter((line) => !/cloudtrail:LookupEvents|athena:ListWorkGroups/.test(line))).toEqual([]);
    expect(await stack.store.read(`year=2026/month=02/day=31/hour=23/report_2026_02_31_h23.${format}`)).toBeNull();
  });
});
