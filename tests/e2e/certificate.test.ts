/**
 * A day's certificate as a user meets it: the built command against stand-ins of AWS over HTTP, run, verified, run again when what
 * was late has come, altered behind the tracker's back, and mended.
 */
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { StoredExecution } from '../fakes/athena-api.ts';
import { type AwsApis, awsApisEnvironment, startAwsApis, UNTHROTTLED } from '../fakes/aws-apis.ts';
import type { LookupEntry } from '../fakes/cloudtrail-api.ts';
import { executionOf, idOf, startNumber } from '../fakes/records.ts';

const runFile = promisify(execFile);
const root = join(__dirname, '..', '..');
const DAY = '2026-11-20';
const UNSETTLED = '2026-11-21T06:00:00Z';
const SETTLED = '2026-11-22T06:00:00Z';
const HOUR = 'year=2026/month=11/day=20/hour=10/';
/** Only that hour is asked of a local run that may take a whole day at two look-ups a second. */
const ONE_HOUR = ['--hour', '10'];

function entryOf(number: number, at: string): LookupEntry {
  const record = startNumber(number, { eventTime: at, requestParameters: { queryString: '***OMITTED***', workGroup: number === 4 ? 'people' : 'primary' } });
  return { EventId: String(record['eventID']), EventName: 'StartQueryExecution', EventSource: 'athena.amazonaws.com', EventTime: Date.parse(at) / 1000, Username: 'ada', Resources: [], CloudTrailEvent: JSON.stringify(record) };
}

function executed(number: number, State: string, WorkGroup = 'primary'): StoredExecution {
  return executionOf(idOf(number), { WorkGroup, Status: { State, SubmissionDateTime: Date.parse('2026-11-20T15:29:59.750Z') / 1000 + number } }) as unknown as StoredExecution;
}

let folder: string;
let apis: AwsApis;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certificate-'));
});

afterEach(async () => {
  await apis.stop();
  await rm(folder, { recursive: true, force: true });
});

async function command(...args: readonly string[]): Promise<{ code: number; out: string }> {
  const env = { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...awsApisEnvironment(apis.url) };
  try {
    const { stdout } = await runFile(process.execPath, [join(root, 'dist/cli/index.mjs'), ...args, '--date', DAY, '--to', folder], { env });
    return { code: 0, out: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: unknown; stdout: string };
    if (typeof code !== 'number') throw error;
    return { code, out: stdout };
  }
}

const certificateLine = ({ out }: { out: string }) => /^ {2}Certificate +(.*)$/m.exec(out)?.[1];

it('is pending, then complete when what was late has come; incomplete when an object is altered, until the day is run again', async () => {
  apis = await startAwsApis({
    rates: UNTHROTTLED,
    deniedWorkgroups: ['people'],
    deniedManner: 'whole-call',
    events: [entryOf(1, '2026-11-20T15:30:00Z'), entryOf(2, '2026-11-20T15:30:01Z'), entryOf(4, '2026-11-20T15:30:03Z')],
    executions: [executed(1, 'SUCCEEDED'), executed(2, 'RUNNING'), executed(3, 'FAILED'), executed(4, 'SUCCEEDED', 'people')],
  });

  const first = await command('run', '--as-of', UNSETTLED);
  expect([first.code, certificateLine(first)]).toEqual([0, 'pending: 1 athena_only, 1 list_denied, 1 still running (verify --help says what it proves)']);
  expect(first.out).toContain('grant athena:BatchGetQueryExecution on workgroup/people');
  const pending = await command('verify');
  expect(pending.code).toBe(3);
  expect(pending.out).toContain('people: grant athena:ListQueryExecutions and athena:BatchGetQueryExecution on workgroup/people');

  apis.deliver([entryOf(3, '2026-11-20T15:30:02Z')]);
  apis.store([executed(2, 'SUCCEEDED')]);
  const second = await command('run', '--as-of', SETTLED, '--uncompared-workgroups', 'people');
  expect([second.code, certificateLine(second)]).toEqual([0, 'complete (verify --help says what it proves)']);
  const { changes } = JSON.parse(await readFile(join(folder, HOUR, '_manifest.json'), 'utf8')) as { changes: unknown };
  expect(changes).toEqual({ added: 1, learned: 1, addedIds: [idOf(1003)], learnedIds: [idOf(1002)] });
  const complete = await command('verify');
  expect(complete.code).toBe(0);
  expect(complete.out).toContain('Workgroup people: its owner set it aside (UNCOMPARED_WORKGROUPS)');

  await appendFile(join(folder, HOUR, 'report_2026_11_20_h10.csv'), 'one more\n');
  const altered = await command('verify');
  expect(altered.code).toBe(1);
  expect(altered.out).toContain(`${HOUR}report_2026_11_20_h10.csv: `);

  await command('run', ...ONE_HOUR, '--as-of', SETTLED, '--uncompared-workgroups', 'people');
  expect((await command('verify')).code).toBe(0);
});

it('is not given by a run of some hours, which says nothing of the day', async () => {
  apis = await startAwsApis({ rates: UNTHROTTLED, events: [entryOf(1, '2026-11-20T15:30:00Z')], executions: [executed(1, 'SUCCEEDED')] });

  const run = await command('run', ...ONE_HOUR, '--as-of', SETTLED);

  expect([run.code, certificateLine(run)]).toEqual([0, undefined]);
});
