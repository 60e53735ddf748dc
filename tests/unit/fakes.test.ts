import { AthenaClient, BatchGetQueryExecutionCommand, GetQueryExecutionCommand, ListQueryExecutionsCommand, ListWorkGroupsCommand } from '@aws-sdk/client-athena';
import { CloudTrailClient, type LookupAttributeKey, LookupEventsCommand, type LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import { COLUMNS } from '#glue/columns';
import type { StoredExecution } from '../fakes/athena-api.ts';
import { type AwsApis, type AwsApisOptions, awsApisEnvironment, startAwsApis, UNTHROTTLED } from '../fakes/aws-apis.ts';
import type { LookupEntry } from '../fakes/cloudtrail-api.ts';
import { createLocalClock, localHours } from '../fakes/local-hours.ts';
import { createSyntheticDay } from '../fakes/synthetic-day.ts';
import { IDENTITY_NAMES } from '../fakes/synthetic-identities.ts';
import { HARD_TEXTS, longText } from '../fakes/synthetic-texts.ts';
import { createSlidingWindow, createTokenBucket } from '../fakes/token-bucket.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const NINE = Date.parse('2026-11-20T09:00:00Z') / 1000;
let apis: AwsApis;
let cloudTrail: CloudTrailClient;
let athena: AthenaClient;

async function start(options: AwsApisOptions = {}): Promise<void> {
  apis = await startAwsApis({ rates: UNTHROTTLED, ...options });
  const client = { endpoint: apis.url, region: 'us-east-1', credentials, maxAttempts: 1 };
  cloudTrail = new CloudTrailClient(client);
  athena = new AthenaClient(client);
}

afterEach(async () => {
  cloudTrail.destroy();
  athena.destroy();
  await apis.stop();
});

function entry(id: string, time: number, more: Partial<LookupEntry> = {}): LookupEntry {
  return { EventId: id, EventName: 'StartQueryExecution', EventTime: time, Resources: [], CloudTrailEvent: '{}', ...more };
}

function execution(id: string, submitted = NINE, more: Partial<StoredExecution> = {}): StoredExecution {
  return { QueryExecutionId: id, Query: 'SELECT 1', WorkGroup: 'primary', Status: { State: 'SUCCEEDED', SubmissionDateTime: submitted }, ...more };
}

const lookUp = (input: LookupEventsCommandInput = {}) => cloudTrail.send(new LookupEventsCommand(input));
const batch = (...ids: string[]) => athena.send(new BatchGetQueryExecutionCommand({ QueryExecutionIds: ids }));
const at = (second: number) => new Date((NINE + second) * 1000);

async function lookUpAll(input: LookupEventsCommandInput = {}): Promise<string[][]> {
  const pages: string[][] = [];
  let token: string | undefined;
  do {
    const page = await lookUp({ ...input, ...(token === undefined ? {} : { NextToken: token }) });
    pages.push((page.Events ?? []).map(({ EventId }) => EventId ?? ''));
    token = page.NextToken;
  } while (token !== undefined);
  return pages;
}

describe('LookupEvents', () => {
  it('gives an entry as the SDK reads it', async () => {
    await start({ events: [entry('a', NINE, { Username: 'lena', ReadOnly: 'false', AccessKeyId: 'ASIA1', EventSource: 'athena.amazonaws.com', CloudTrailEvent: '{"x":1}' })] });

    const { Events } = await lookUp();

    expect(Events).toEqual([{ EventId: 'a', EventName: 'StartQueryExecution', EventTime: at(0), Username: 'lena', ReadOnly: 'false', AccessKeyId: 'ASIA1', EventSource: 'athena.amazonaws.com', Resources: [], CloudTrailEvent: '{"x":1}' }]);
  });

  it('gives the newest first, fifty a page, each event once, and no token at the end', async () => {
    const events = Array.from({ length: 120 }, (_, second) => entry(String(second), NINE + second));
    await start({ events });

    const pages = await lookUpAll();

    expect(pages.map((page) => page.length)).toEqual([50, 50, 20]);
    expect(pages.flat()).toEqual(events.map(({ EventId }) => EventId).reverse());
  });

  it('gives no token after a page that is full by chance', async () => {
    await start({ events: Array.from({ length: 50 }, (_, second) => entry(String(second), NINE + second)) });

    const { NextToken } = await lookUp();

    expect(NextToken).toBeUndefined();
  });

  it('pages through events of one second', async () => {
    await start({ events: Array.from({ length: 130 }, (_, index) => entry(String(index), NINE)) });

    const pages = await lookUpAll();

    expect(new Set(pages.flat()).size).toBe(130);
    expect(pages.flat()).toHaveLength(130);
  });

  it('keeps its place when newer and older events are delivered between two pages', async () => {
    await start({ events: [entry('2', NINE + 2), entry('4', NINE + 4), entry('6', NINE + 6)] });
    const first = await lookUp({ MaxResults: 2 });
    apis.deliver([entry('5', NINE + 5), entry('3', NINE + 3)]);

    const second = await lookUp({ MaxResults: 2, NextToken: first.NextToken });

    expect(first.Events?.map(({ EventId }) => EventId)).toEqual(['6', '4']);
    expect(second.Events?.map(({ EventId }) => EventId)).toEqual(['3', '2']);
  });

  it.each([
    ['both bounds on a second: inclusive', 0, 3, ['3', '2', '1', '0']],
    ['one second', 2, 2, ['2']],
    ['fractions of a second are cut off', 0.9, 2.9, ['2', '1', '0']],
  ])('takes %s', async (_name, from, to, ids) => {
    await start({ events: [0, 1, 2, 3].map((second) => entry(String(second), NINE + second)) });

    const pages = await lookUpAll({ StartTime: at(from), EndTime: at(to) });

    expect(pages.flat()).toEqual(ids);
  });

  it.each<[LookupAttributeKey, string, string[]]>([
    ['EventName', 'StartQueryExecution', ['a']],
    ['EventName', 'startqueryexecution', []],
    ['EventId', 'b', ['b']],
    ['AccessKeyId', 'ASIA1', ['b']],
    ['ResourceName', 'arn:of:it', ['b']],
    ['Username', 'lena', ['a']],
  ])('looks up %s %s exactly', async (AttributeKey, AttributeValue, ids) => {
    await start({ events: [entry('a', NINE, { Username: 'lena' }), entry('b', NINE + 1, { EventName: 'AssumeRole', AccessKeyId: 'ASIA1', Resources: [{ ResourceName: 'arn:of:it' }] })] });

    const pages = await lookUpAll({ LookupAttributes: [{ AttributeKey, AttributeValue }] });

    expect(pages.flat()).toEqual(ids);
  });

  it.each<[string, LookupEventsCommandInput, string]>([
    ['two attributes', { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'x' }, { AttributeKey: 'Username', AttributeValue: 'y' }] }, 'InvalidLookupAttributesException'],
    ['an attribute that is none', { LookupAttributes: [{ AttributeKey: 'Colour' as LookupAttributeKey, AttributeValue: 'x' }] }, 'InvalidLookupAttributesException'],
    ['a range that ends before it starts', { StartTime: at(1), EndTime: at(0) }, 'InvalidTimeRangeException'],
    ['a range that ended more than 90 days ago', { EndTime: new Date('2026-08-01T00:00:00Z') }, 'InvalidTimeRangeException'],
    ['51 results', { MaxResults: 51 }, 'InvalidMaxResultsException'],
    ['no results', { MaxResults: 0 }, 'InvalidMaxResultsException'],
    ['a token of its own making', { NextToken: 'mine' }, 'InvalidNextTokenException'],
  ])('refuses %s', async (_name, input, name) => {
    await start({ now: at(0) });

    await expect(lookUp(input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it.each<[string, LookupEventsCommandInput]>([
    ['another start', { StartTime: at(-1), EndTime: at(9), MaxResults: 1 }],
    ['another page size', { StartTime: at(0), EndTime: at(9), MaxResults: 2 }],
    ['no attribute where there was none, but a name now', { StartTime: at(0), EndTime: at(9), MaxResults: 1, LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'StartQueryExecution' }] }],
  ])('refuses a token that comes with %s', async (_name, other) => {
    await start({ events: [entry('a', NINE), entry('b', NINE + 1)] });
    const same = { StartTime: at(0), EndTime: at(9), MaxResults: 1 };
    const { NextToken } = await lookUp(same);

    await expect(lookUp({ ...other, NextToken })).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
    await expect(lookUp({ ...same, NextToken })).resolves.toMatchObject({ Events: [{ EventId: 'a' }] });
  });

  it('ends at now and forgets after 90 days', async () => {
    await start({ events: [entry('old', NINE - 90 * 86_400 - 1), entry('kept', NINE - 90 * 86_400), entry('later', NINE + 1)], now: at(0) });

    const pages = await lookUpAll({ StartTime: at(-100 * 86_400), EndTime: at(60) });

    expect(pages.flat()).toEqual(['kept']);
  });

  it('throttles at two requests a second for the account and Region, and says so', async () => {
    await start({ rates: {}, clock: () => 0 });

    const answers = await Promise.allSettled([lookUp(), lookUp(), lookUp()]);

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } } });
    expect(apis.calls().map(({ outcome }) => outcome).sort()).toEqual(['ThrottlingException', 'ok', 'ok']);
  });

  it('refuses on arrival where it is told to, and the refused call takes no whole latency', async () => {
    await start({ rates: { LookupEvents: { perSecond: 1, burst: 1 } }, clock: () => 0, latencyMs: 60_000, refusalMs: 1 });
    const first = lookUp();
    first.catch(() => {});
    while (apis.calls().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));

    await expect(lookUp()).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('is empty in another Region', async () => {
    await start({ events: [entry('a', NINE)] });
    const elsewhere = new CloudTrailClient({ endpoint: apis.url, region: 'eu-west-1', credentials });

    const { Events } = await elsewhere.send(new LookupEventsCommand({}));
    elsewhere.destroy();

    expect(Events).toEqual([]);
    expect(apis.calls().at(-1)).toMatchObject({ region: 'eu-west-1', operation: 'LookupEvents' });
  });
});

describe('the token bucket', () => {
  it('gives the burst, then the rate, and nothing for a refused request', () => {
    let now = 0;
    const take = createTokenBucket({ perSecond: 10, burst: 2 }, () => now);

    const first = [take(), take(), take()];
    now = 100;
    const second = [take(), take()];
    now = 10_000;
    const third = [take(), take(), take()];

    expect([first, second, third]).toEqual([[true, true, false], [true, false], [true, true, false]]);
  });
});

describe('the sliding window', () => {
  it('never gives more than the rate within any second, and nothing for a refused request', () => {
    let now = 0;
    const take = createSlidingWindow({ perSecond: 2, burst: 2 }, () => now);
    const at = (time: number) => {
      now = time;
      return take();
    };

    expect([at(0), at(900), at(999), at(1000), at(1001), at(1899), at(1900)]).toEqual([true, true, false, true, false, false, true]);
  });
});

describe('Athena', () => {
  it('answers a batch in an order of its own, with times to the millisecond', async () => {
    await start({ executions: [execution('id-19', NINE + 0.123, { Statistics: { DataScannedInBytes: 0 } }), execution('id-28'), execution('id-37')] });

    const { QueryExecutions, UnprocessedQueryExecutionIds } = await batch('id-19', 'id-28', 'id-37');

    expect(QueryExecutions?.map(({ QueryExecutionId }) => QueryExecutionId)).toEqual(['id-37', 'id-28', 'id-19']);
    expect(QueryExecutions?.[2]).toMatchObject({ Query: 'SELECT 1', Statistics: { DataScannedInBytes: 0 }, Status: { SubmissionDateTime: new Date(NINE * 1000 + 123) } });
    expect(UnprocessedQueryExecutionIds).toEqual([]);
  });

  it('leaves unknown ids unprocessed, with HTTP 200', async () => {
    await start({ executions: [execution('a')] });

    const answer = await batch('a', 'b');

    expect(answer.$metadata.httpStatusCode).toBe(200);
    expect(answer.QueryExecutions).toHaveLength(1);
    expect(answer.UnprocessedQueryExecutionIds).toMatchObject([{ QueryExecutionId: 'b', ErrorCode: expect.any(String), ErrorMessage: expect.stringContaining('not found') }]);
  });

  it.each([
    ['51 ids', Array.from({ length: 51 }, (_, index) => `id${index}`)],
    ['no id', []],
  ])('refuses %s', async (_name, ids) => {
    await start();

    await expect(batch(...ids)).rejects.toMatchObject({ name: 'InvalidRequestException', $metadata: { httpStatusCode: 400 } });
  });

  it('forgets executions after 45 days', async () => {
    await start({ executions: [execution('old', NINE - 45 * 86_400 - 0.001), execution('kept', NINE - 45 * 86_400)], now: at(0) });

    const { QueryExecutions, UnprocessedQueryExecutionIds } = await batch('old', 'kept');
    const { QueryExecutionIds } = await athena.send(new ListQueryExecutionsCommand({}));

    expect(QueryExecutions).toMatchObject([{ QueryExecutionId: 'kept' }]);
    expect(UnprocessedQueryExecutionIds).toMatchObject([{ QueryExecutionId: 'old' }]);
    expect(QueryExecutionIds).toEqual(['kept']);
  });

  it('refuses the whole batch for one forbidden workgroup, in that manner', async () => {
    await start({ executions: [execution('a'), execution('b', NINE, { WorkGroup: 'secret' })], deniedWorkgroups: ['secret'], deniedManner: 'whole-call' });

    await expect(batch('a', 'b')).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('not authorized') });
    await expect(batch('a')).resolves.toMatchObject({ QueryExecutions: [{ QueryExecutionId: 'a' }] });
  });

  it('leaves the forbidden one unprocessed, in the other', async () => {
    await start({ executions: [execution('a'), execution('b', NINE, { WorkGroup: 'secret' })], deniedWorkgroups: ['secret'], deniedManner: 'per-id' });

    const answer = await batch('a', 'b');

    expect(answer.QueryExecutions).toMatchObject([{ QueryExecutionId: 'a' }]);
    expect(answer.UnprocessedQueryExecutionIds).toMatchObject([{ QueryExecutionId: 'b', ErrorCode: 'ACCESS_DENIED' }]);
  });

  it('gives one execution, or says that there is none, or that it is forbidden', async () => {
    await start({ executions: [execution('a'), execution('b', NINE, { WorkGroup: 'secret' })], deniedWorkgroups: ['secret'] });
    const get = (QueryExecutionId: string) => athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));

    await expect(get('a')).resolves.toMatchObject({ QueryExecution: { QueryExecutionId: 'a' } });
    await expect(get('c')).rejects.toMatchObject({ name: 'InvalidRequestException', message: 'QueryExecution c was not found' });
    await expect(get('b')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('lists the executions of a workgroup, newest first, page by page', async () => {
    const executions = Array.from({ length: 70 }, (_, index) => execution(`id${index}`, NINE + index, { WorkGroup: index % 7 === 0 ? 'other' : 'etl' }));
    await start({ executions });
    const list = (NextToken?: string) => athena.send(new ListQueryExecutionsCommand({ WorkGroup: 'etl', NextToken }));

    const first = await list();
    const second = await list(first.NextToken);

    expect([...(first.QueryExecutionIds ?? []), ...(second.QueryExecutionIds ?? [])]).toEqual(executions.filter((_, index) => index % 7 !== 0).map(({ QueryExecutionId }) => QueryExecutionId).reverse());
    expect(first.QueryExecutionIds).toHaveLength(50);
    expect(second.NextToken).toBeUndefined();
    await expect(athena.send(new ListQueryExecutionsCommand({ WorkGroup: 'other', NextToken: first.NextToken }))).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it('lists the workgroups, the forbidden ones too, and refuses their executions and unknown workgroups', async () => {
    await start({ executions: [execution('a', NINE, { WorkGroup: 'etl' })], deniedWorkgroups: ['secret'], workgroups: ['idle'] });

    const { WorkGroups } = await athena.send(new ListWorkGroupsCommand({}));

    expect(WorkGroups?.map(({ Name }) => Name)).toEqual(['etl', 'idle', 'primary', 'secret']);
    await expect(athena.send(new ListQueryExecutionsCommand({ WorkGroup: 'secret' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(athena.send(new ListQueryExecutionsCommand({ WorkGroup: 'none' }))).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(athena.send(new ListQueryExecutionsCommand({ WorkGroup: 'idle' }))).resolves.toMatchObject({ QueryExecutionIds: [] });
  });

  it('replaces an execution that has ended', async () => {
    await start({ executions: [execution('a', NINE, { Status: { State: 'RUNNING', SubmissionDateTime: NINE } })] });
    const before = await batch('a');
    apis.store([execution('a')]);

    const after = await batch('a');

    expect([before, after].map(({ QueryExecutions }) => QueryExecutions?.[0]?.Status?.State)).toEqual(['RUNNING', 'SUCCEEDED']);
  });

  it('throttles a batch after a burst of twenty', async () => {
    await start({ rates: {}, clock: () => 0, executions: [execution('a')] });

    const answers = await Promise.allSettled(Array.from({ length: 30 }, () => batch('a')));

    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(10);
  });
});

describe('a call', () => {
  it('is logged with time, service, operation, parameters and outcome', async () => {
    await start({ events: [entry('a', NINE)] });
    await lookUp({ StartTime: at(0), EndTime: at(1) });
    await batch('x'.repeat(3)).catch(() => undefined);

    expect(apis.calls()).toMatchObject([
      { number: 1, service: 'cloudtrail', operation: 'LookupEvents', region: 'us-east-1', params: { StartTime: NINE, EndTime: NINE + 1 }, outcome: 'ok', faulty: false, items: 1 },
      { number: 2, service: 'athena', operation: 'BatchGetQueryExecution', params: { QueryExecutionIds: ['xxx'] }, outcome: 'ok', items: 0 },
    ]);
    expect(apis.calls()[0]?.at).toBeGreaterThan(0);
  });

  it('takes the time that it is told to take', async () => {
    await start({ latencyMs: (call) => (call.service === 'cloudtrail' ? 80 : 0) });
    const before = performance.now();

    await lookUp();

    expect(performance.now() - before).toBeGreaterThanOrEqual(75);
  });

  it.each([
    ['an error of the service', { status: 503, type: 'ServiceUnavailable', message: 'down' } as const, { name: 'ServiceUnavailable', message: 'down', $metadata: { httpStatusCode: 503 } }],
    ['a broken connection', 'reset' as const, { message: expect.stringContaining('ECONNRESET') }],
  ])('fails by a fault: %s', async (_name, fault, error) => {
    await start({ fault: ({ operation }) => (operation === 'LookupEvents' ? fault : undefined), executions: [execution('a')] });

    await expect(lookUp()).rejects.toMatchObject(error);
    await expect(batch('a')).resolves.toMatchObject({ QueryExecutions: [{}] });
    expect(apis.calls()[0]).toMatchObject({ faulty: true, outcome: typeof fault === 'string' ? fault : fault.type });
  });

  it('hangs by a fault, and stop ends it', async () => {
    await start({ fault: () => 'hang' });
    const waiting = expect(lookUp()).rejects.toThrow();
    while (apis.calls()[0]?.outcome !== 'hang') await new Promise((resolve) => setTimeout(resolve, 5));

    await apis.stop();

    await waiting;
  });

  it.each([
    ['empty-page' as const, [0, 50, 50, 20]],
    ['half-page' as const, [25, 50, 45]],
  ])('gives an %s by a fault, and the rest goes on', async (fault, sizes) => {
    await start({ fault: (call) => (call.number === 1 ? fault : undefined), events: Array.from({ length: 120 }, (_, second) => entry(String(second), NINE + second)) });

    const pages = await lookUpAll();

    expect(pages.map((page) => page.length)).toEqual(sizes);
    expect(new Set(pages.flat()).size).toBe(120);
  });

  it('leaves half of a batch unprocessed by a fault that is set later', async () => {
    await start({ executions: [execution('a'), execution('b')] });
    apis.setFault(() => 'half-page');

    const { QueryExecutions, UnprocessedQueryExecutionIds } = await batch('a', 'b');

    expect(QueryExecutions).toHaveLength(1);
    expect(UnprocessedQueryExecutionIds).toHaveLength(1);
  });

  it('is refused without a signature, or with that of another service', async () => {
    await start();
    const ask = (authorization: Record<string, string>) => fetch(apis.url, { method: 'POST', headers: { 'x-amz-target': 'AmazonAthena.ListWorkGroups', ...authorization }, body: '{}' });

    const unsigned = await ask({});
    const other = await ask({ authorization: 'AWS4-HMAC-SHA256 Credential=test/20261120/us-east-1/cloudtrail/aws4_request' });
    const signed = await ask({ authorization: 'AWS4-HMAC-SHA256 Credential=test/20261120/us-east-1/athena/aws4_request' });

    expect(await unsigned.json()).toEqual({ __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' });
    expect(other.status).toBe(400);
    expect(signed.status).toBe(200);
  });

  it('finds the stand-ins by the environment alone', async () => {
    await start({ events: [entry('a', NINE)] });
    const before = { ...process.env };
    Object.assign(process.env, awsApisEnvironment(apis.url));
    const client = new CloudTrailClient({});

    const { Events } = await client.send(new LookupEventsCommand({}));
    client.destroy();
    process.env = before;

    expect(Events).toHaveLength(1);
  });
});

describe('a synthetic day', () => {
  beforeEach(() => start());

  it('has as many true rows as asked for, each with every column', () => {
    const day = createSyntheticDay();

    const columns = COLUMNS.map(({ name }) => name).sort().join();
    expect(day.truth.size).toBe(3016);
    expect([...day.truth.values()].filter((row) => Object.keys(row).sort().join() !== columns)).toEqual([]);
  });

  it('is the same for the same options, and another for another seed', () => {
    const day = createSyntheticDay({ rows: 600 });

    expect(createSyntheticDay({ rows: 600 })).toEqual(day);
    expect([...createSyntheticDay({ rows: 600, seed: 2 }).truth.keys()]).not.toEqual([...day.truth.keys()]);
  });

  it.each([
    ['America/New_York', '2026-11-20', 24, 24],
    ['America/New_York', '2026-03-08', 23, 23],
    ['America/New_York', '2026-11-01', 24, 25],
    ['Australia/Lord_Howe', '2026-04-05', 24, 24.5],
    ['Australia/Lord_Howe', '2026-10-04', 24, 23.5],
    ['Asia/Kathmandu', '2026-11-20', 24, 24],
    ['Pacific/Kiritimati', '2026-11-20', 24, 24],
    ['Pacific/Pago_Pago', '2026-11-20', 24, 24],
  ])('knows the hours of %s on %s', (timeZone, date, labels, hours) => {
    const found = localHours(date, timeZone);

    expect(found).toHaveLength(labels);
    expect(found.flatMap(({ quarters }) => quarters)).toHaveLength(hours * 4);
  });

  it('says local times with their offset', () => {
    expect(createLocalClock('America/New_York')(Date.parse('2026-11-20T14:15:00Z'))).toBe('2026-11-20T09:15:00-05:00');
    expect(createLocalClock('UTC')(Date.parse('2026-11-20T14:15:00Z'))).toBe('2026-11-20T14:15:00+00:00');
    expect(createLocalClock('Asia/Kathmandu')(Date.parse('2026-11-20T18:15:00Z'))).toBe('2026-11-21T00:00:00+05:45');
  });

  it.each([
    ['America/New_York', '2026-11-20'],
    ['America/New_York', '2026-03-08'],
    ['America/New_York', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-04-05'],
  ])('of %s on %s has rows in the first and the last second of every hour but the quiet one, and none of another day', (timeZone, date) => {
    const day = createSyntheticDay({ timeZone, date, rows: 600 });
    const locals = [...day.truth.values()].map(({ event_time_local }) => String(event_time_local));

    expect(locals.every((local) => local.startsWith(date))).toBe(true);
    for (const { label } of day.hours) {
      expect(locals.some((local) => local.slice(11, 19) === `${label}:59:59`)).toBe(label !== day.quietHour);
    }
    expect(locals.filter((local) => local.slice(11, 13) === day.quietHour)).toEqual([]);
    expect(day.outside).toHaveLength(4);
  });

  it('holds each kind of identity, each hard text and the longest query', () => {
    const rows = [...createSyntheticDay({ rows: 600 }).truth.values()];
    const queries = new Set(rows.map(({ query }) => query));

    expect(new Set(rows.map(({ principal_type }) => principal_type))).toEqual(new Set(['IAMUser', 'AssumedRole', 'FederatedUser', 'Root', 'AWSService', 'AWSAccount', 'IdentityCenterUser', 'Unknown', 'SAMLUser', 'WebIdentityUser', 'Directory', null]));
    expect(IDENTITY_NAMES.length).toBeGreaterThan(55);
    for (const text of ['', ...HARD_TEXTS]) expect(queries).toContain(text.toWellFormed());
    expect([...queries].some((query) => Buffer.byteLength(String(query)) === 262_144)).toBe(true);
    expect(Buffer.byteLength(longText(262_144))).toBe(262_144);
  });

  it('marks retries by the first event of the execution, and no other row', () => {
    const day = createSyntheticDay({ rows: 600, retryAcrossHours: true });
    const retries = [...day.truth.values()].filter(({ retry_of_event_id }) => retry_of_event_id !== null);

    expect(retries).toHaveLength(7);
    for (const retry of retries) {
      const first = day.truth.get(String(retry.retry_of_event_id));
      expect(first).toMatchObject({ query_execution_id: retry.query_execution_id, retry_of_event_id: null });
      expect(Number(first?.event_time)).toBeLessThanOrEqual(Number(retry.event_time));
    }
  });

  it('forgets what Athena forgets: 45 days before asOf', () => {
    const asOf = new Date('2027-01-04T17:20:30Z');
    const rows = [...createSyntheticDay({ rows: 600, asOf }).truth.values()];
    const expired = rows.filter(({ missing_reason }) => missing_reason === 'expired');

    expect(expired.length).toBeGreaterThan(100);
    expect(expired.length).toBeLessThan(500);
    for (const row of expired) expect(row).toMatchObject({ state: null, submitted_at: null });
    expect(Math.max(...expired.map(({ event_time }) => Number(event_time)))).toBeLessThan(asOf.getTime() - 45 * 86_400_000);
  });
});
