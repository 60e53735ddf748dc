/**
 * What the functions log: neither the text of a query nor who ran it, whatever happens. The bundles as they are deployed, in a process of
 * their own, over stand-ins of AWS in which every text and every identity bears a mark.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readZone } from '#adapters/zones';
import { type Json, parseJson } from '#core/json';
import { planDay } from '#core/window';
import { readSettings } from '#runtime/config';
import type { StoredExecution } from '../fakes/athena-api.ts';
import { type AwsApis, awsApisEnvironment, startAwsApis, UNTHROTTLED } from '../fakes/aws-apis.ts';
import type { LookupEntry } from '../fakes/cloudtrail-api.ts';
import { idOf, startNumber } from '../fakes/records.ts';
import { type S3Api, startS3Api } from '../fakes/s3-api.ts';

/** In every text, name, ARN and address that is of a query or of a person. */
const MARK = /leak-?mark|198\.51\.100\.77/i;
const BUSY = '10';
const AS_OF = '2026-11-23T06:00:00Z';
const plan = planDay('2026-11-20', readZone('America/New_York'));
const time = (number: number) => Date.parse('2026-11-20T15:00:30Z') / 1000 + number * 60;

/** Who the calls of the day are by. */
const IDENTITIES: readonly Json[] = [
  { type: 'IAMUser', principalId: 'AIDALEAKMARK', arn: 'arn:aws:iam::111122223333:user/leakmark-user', accountId: '111122223333', accessKeyId: 'AKIALEAKMARK', userName: 'leakmark-user' },
  {
    type: 'AssumedRole', principalId: 'AROALEAKMARK:leakmark@example.com', arn: 'arn:aws:sts::111122223333:assumed-role/leakmark-role/leakmark@example.com', accountId: '111122223333', accessKeyId: 'ASIALEAKMARK',
    sessionContext: { sourceIdentity: 'leakmark-source', sessionIssuer: { type: 'Role', principalId: 'AROALEAKMARK', arn: 'arn:aws:iam::111122223333:role/leakmark-role', userName: 'leakmark-role' }, attributes: { creationDate: '2026-11-20T14:00:00Z', mfaAuthenticated: 'false' } },
  },
  { type: 'IdentityCenterUser', accountId: '111122223333', onBehalfOf: { userId: 'leakmark-id', identityStoreArn: 'arn:aws:identitystore::111122223333:identitystore/d-leakmark' }, credentialId: 'leakmark' },
  { type: 'SAMLUser', principalId: 'leakmark:leakmark@example.com', userName: 'leakmark@example.com', identityProvider: 'leakmark' },
  { type: 'LEAKMARK', arn: 'arn:leakmark', userName: { leakmark: 'leakmark' } },
];

function entry(number: number, edit: Json = {}): LookupEntry {
  const record = startNumber(number, { eventTime: new Date(time(number) * 1000).toISOString().replace('.000Z', 'Z'), userIdentity: IDENTITIES[number % IDENTITIES.length], sourceIPAddress: '198.51.100.77', userAgent: 'leakmark/1.0', ...edit });
  return { EventId: idOf(1000 + number), EventName: 'StartQueryExecution', EventSource: 'athena.amazonaws.com', EventTime: time(number), Username: 'leakmark-user', Resources: [], CloudTrailEvent: JSON.stringify(record) };
}

/** A record that cannot be read, with these as its text. */
const broken = (number: number, CloudTrailEvent: string): LookupEntry => ({ ...entry(number), CloudTrailEvent });

function execution(number: number, State: string): StoredExecution {
  return {
    QueryExecutionId: idOf(number), Query: `SELECT 'leakmark ${number}'`, StatementType: 'DML', WorkGroup: number % 10 === 0 ? 'payroll' : 'primary', ResultConfiguration: { OutputLocation: 's3://leakmark/out.csv' },
    Statistics: { DataScannedInBytes: number },
    Status: { State, SubmissionDateTime: time(number) - 1, StateChangeReason: 'leakmark: no such column', ...(State === 'FAILED' ? { AthenaError: { ErrorCategory: 2, ErrorType: 1, Retryable: false, ErrorMessage: 'leakmark: no such column' } } : {}) },
  };
}

const EVENTS = [
  ...Array.from({ length: 30 }, (_, index) => entry(index + 1)),
  entry(31, { errorCode: 'InvalidRequestException', errorMessage: "line 1:8: mismatched input 'leakmark'", responseElements: null }),
  entry(32, { requestParameters: { queryString: 'SELECT leakmark', workGroup: 'primary' } }),
  broken(41, 'leakmark'), broken(42, '{"eventID": leakmark'), broken(43, '["leakmark"]'), broken(44, '{"eventName": {"leakmark": 1}}'),
  entry(45, { eventTime: 'leakmark' }), entry(46, { eventSource: ['leakmark'] }), entry(47, { eventID: { leakmark: 'leakmark' } }),
];
const EXECUTIONS = [...Array.from({ length: 28 }, (_, index) => execution(index + 1, index % 3 === 0 ? 'FAILED' : 'SUCCEEDED')), execution(70, 'SUCCEEDED'), execution(71, 'SUCCEEDED')];
const RUN = { ...readSettings({ S3_BUCKET: 'reports', OUTPUT_TYPE: 'json', LOOKUP_RATE: '100', MAP_CONCURRENCY: '1', RESOLVE_ROLE_CHAIN: 'true' }).run, prefix: '' };
const shared = { day: plan.day, offsets: plan.offsets, asOf: AS_OF, config: RUN, run: 'arn:aws:states:us-east-1:111122223333:execution:day:2026-11-20_x' };

interface Answer {
  readonly result?: Json;
  readonly error?: { readonly name: string; readonly message: string };
}

let aws: AwsApis;
let s3: S3Api;
/** Ends the process, and gives all that it has logged. */
let stop: () => Promise<string>;
let invoke: (name: string, event: unknown) => Promise<Answer>;

/** Starts the process; `elsewhere` replaces parts of its environment. */
function start(elsewhere: Readonly<Record<string, string>> = {}): void {
  const env = { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...awsApisEnvironment(aws.url), AWS_ENDPOINT_URL_S3: s3.url, AWS_LAMBDA_FUNCTION_NAME: 'tracker', S3_BUCKET: 'reports', CONFIG_BUCKET: 'settings', CONFIG_KEY: 'config.json', ...elsewhere };
  const child = fork(join(__dirname, '../fakes/invoke-process.mjs'), [join(__dirname, '../../dist')], { env: env as Record<string, string>, execArgv: [], silent: true });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { log += text; });
  const closed = once(child, 'close');
  stop = async () => {
    // What it has written is in its pipes by then: they are written at once.
    child.kill();
    await closed;
    return log;
  };
  invoke = async (name, event) => {
    child.send({ name, event });
    const [answer] = (await once(child, 'message')) as [Answer];
    return answer;
  };
}

/** Hours of the day, read ahead and written, and its closing; what each function answered. */
async function runDay(hours: readonly string[]): Promise<{ readonly worked: readonly Answer[]; readonly closed: Answer }> {
  const windows = plan.windows.filter(({ hour }) => hours.includes(hour));
  const reading = await invoke('reader', { ...shared, windows });
  const worked: Answer[] = [];
  for (const window of windows) worked.push(await invoke('worker', { ...shared, ...window }));
  const results = plan.windows.map(({ hour }, index) => {
    const { result, error } = hours.length === plan.windows.length ? (worked[index] ?? {}) : (worked[0] ?? {});
    return result === undefined ? { hour, error: { Error: error?.name, Cause: JSON.stringify({ errorMessage: error?.message, errorType: error?.name }) } } : { ...result, hour };
  });
  const closed = await invoke('closer', { ...shared, run: undefined, windows: plan.windows, hours: results });
  return { worked: [reading, ...worked], closed };
}

beforeEach(async () => {
  aws = await startAwsApis({ rates: UNTHROTTLED, events: EVENTS, executions: EXECUTIONS, deniedWorkgroups: ['payroll'] });
  s3 = await startS3Api(new Map());
});
afterEach(async () => {
  await stop();
  await Promise.all([aws.stop(), s3.stop()]);
});

/** What was logged, and what Step Functions is told, which logs it as well. */
async function expectNoMark(...told: readonly unknown[]): Promise<void> {
  const lines = [...(await stop()).split('\n'), ...told.map((answer) => JSON.stringify(answer))];

  expect(lines.filter((line) => MARK.test(line)).map((line) => line.slice(0, 500))).toEqual([]);
}

/** A service that answers all with this. */
async function answering(body: string, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((_request, response) => { response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(body); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('the log has no text of a query and nobody who ran one', () => {
  it('of a day with rows of every kind, records that cannot be read and a workgroup that refuses', async () => {
    start();
    const { worked, closed } = await runDay(plan.windows.map(({ hour }) => hour));

    // They went through: the report has them, and every function has logged.
    expect([...worked, closed].map(({ error }) => error).filter((error) => error !== undefined)).toEqual([]);
    const report = String(s3.objects.get(`year=2026/month=11/day=20/hour=${BUSY}/report_2026_11_20_h${BUSY}.json`));
    for (const part of ['leakmark-user', 'leakmark@example.com', "SELECT 'leakmark", 'leakmark/1.0', '198.51.100.77', 'leakmark: no such column']) expect(report).toContain(part);
    const messages = (await stop()).split('\n').flatMap((line) => String((parseJson(line) as Json | undefined)?.['message'] ?? ''));
    expect([...new Set(messages)].sort()).toEqual(['', 'closed', 'read', 'written']);
    expect(worked.find(({ result }) => result?.['hour'] === BUSY)?.result?.['counts']).toMatchObject({ malformed: 7 });
    await expectNoMark(worked, closed);
  });

  it('when AWS denies, and its words name the caller', async () => {
    start();
    const denied = { status: 400, type: 'AccessDeniedException', message: 'User: arn:aws:sts::111122223333:assumed-role/tracker-WorkerRole/tracker-Worker is not authorized to perform: cloudtrail:LookupEvents' };
    aws.setFault(({ service }) => (service === 'cloudtrail' ? denied : undefined));
    const { worked, closed } = await runDay([BUSY]);

    expect(worked.at(-1)?.error?.name).toBe('UpstreamDeniedError');
    // The tracker's own role, which is nobody's secret, and by which the test knows that errors are seen.
    expect(await stop()).toContain('tracker-WorkerRole');
    await expectNoMark(worked, closed);
  });

  it.each(['cut', 'short'] as const)('when an answer breaks off half-way (%s)', async (fault) => {
    start();
    aws.setFault(({ operation }) => (operation === 'BatchGetQueryExecution' ? fault : undefined));
    const { worked, closed } = await runDay([BUSY]);

    await expectNoMark(worked, closed);
  });

  it.each([
    ['itself', '{"QueryExecutions": [{"Query": leakmark SELECT leakmark'],
    ['one execution', '{"QueryExecutions": [{"Query": {"leakmark": 1}, "Status": {"SubmissionDateTime": "leakmark"}}]}'],
  ])('when an answer of Athena is nonsense: %s', async (_name, body) => {
    await answering(body, async (AWS_ENDPOINT_URL_ATHENA) => {
      start({ AWS_ENDPOINT_URL_ATHENA });
      const { worked, closed } = await runDay([BUSY]);

      await expectNoMark(worked, closed);
    });
  });

  it('when what an earlier run left is broken', async () => {
    start();
    await runDay([BUSY]);
    for (const [key, bytes] of s3.objects) s3.objects.set(key, key.endsWith('.json') && !key.includes('/report_') ? Buffer.from(`leakmark ${bytes}`) : Buffer.concat([bytes.subarray(0, bytes.length / 2), Buffer.from('leakmark')]));
    const { worked, closed } = await runDay([BUSY]);

    expect([...s3.objects.keys()].filter((key) => key.endsWith('_facts.jsonl') || key.endsWith('_manifest.json')).length).toBeGreaterThan(1);
    await expectNoMark(worked, closed);
  });

  it('of the Dispatcher, which knows neither', async () => {
    await answering('{"executionArn": "arn:aws:states:us-east-1:111122223333:execution:day:x", "startDate": 1}', async (AWS_ENDPOINT_URL_SFN) => {
      start({ AWS_ENDPOINT_URL_SFN, STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:111122223333:stateMachine:day' });
      s3.objects.set('config.json', Buffer.from('{"TIME_ZONE": "Europe/Berlin"}'));
      const { result } = await invoke('dispatcher', { startDate: '2026-11-20', asOf: AS_OF });

      expect(result?.['days']).toEqual(['2026-11-20']);
      expect(await stop()).toContain('"message":"dispatched"');
      await expectNoMark(result);
    });
  });

  it('when config.json is broken: the Dispatcher names what is wrong, and starts nothing', async () => {
    start();
    s3.objects.set('config.json', Buffer.from('{"TIME_ZONE": 5, "LOOKUP_RAT": 2}'));
    const { error } = await invoke('dispatcher', { startDate: '2026-11-20' });

    expect(error?.name).toBe('ConfigError');
    expect(await stop()).toContain('LOOKUP_RAT is no setting; did you mean LOOKUP_RATE?');
    expect(await stop()).toContain('TIME_ZONE: 5, expected the name of a time zone');
    await expectNoMark();
  });
});
