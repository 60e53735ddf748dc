/**
 * What CloudTrail, LookupEvents and Athena do that one would not guess: a test a fact, each of what the tracker makes of it.
 * The services are the stand-ins of tests/fakes; the clients, the adapters and the worker are the real ones.
 */
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { createQueryExecutions } from '#adapters/athena';
import { createLookupSource } from '#adapters/cloudtrail';
import { createFileSource } from '#adapters/files';
import { createPace } from '#adapters/pace';
import { readZone } from '#adapters/zones';
import { readIdentity } from '#core/actor';
import type { Json } from '#core/json';
import type { Counts, Manifest } from '#core/manifest';
import { parseLookupEntry } from '#core/record';
import type { Row } from '#core/row';
import { type HourWindow, planDay } from '#core/window';
import type { Encode } from '#encoders/encoder';
import { createDispatcher } from '../../functions/dispatcher/dispatcher.ts';
import type { WorkerPorts } from '../../functions/worker/worker.ts';
import type { StoredExecution } from '../fakes/athena-api.ts';
import { type AwsApis, type AwsApisOptions, DEFAULT_RATES, startAwsApis, UNTHROTTLED } from '../fakes/aws-apis.ts';
import type { LookupEntry } from '../fakes/cloudtrail-api.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { trail, useTestFolder } from '../fakes/record-files.ts';
import { executionOf, idOf, refusedRecord, startNumber, startRecord } from '../fakes/records.ts';
import { runHour as runWorker } from '../fakes/run-hour.ts';

const ACCOUNT = '111122223333';
const MEMBER = '444455556666';
const AS_OF = '2026-11-21T06:00:00Z';
const plan = planDay('2026-11-20', readZone('America/New_York'));

/** An hour of 2026-11-20 in New York: hour 10 is [15:00Z, 16:00Z). */
function hourOf(hour: string): HourWindow {
  const span = plan.windows.find((each) => each.hour === hour);
  if (span === undefined) throw new TypeError(`no hour ${hour}`);
  return { day: plan.day, offsets: plan.offsets, ...span };
}

/** A record as an entry of LookupEvents. */
function entryOf(record: Json, edit: Partial<LookupEntry> = {}): LookupEntry {
  return {
    EventId: String(record['eventID']),
    EventName: String(record['eventName']),
    EventSource: String(record['eventSource']),
    EventTime: Date.parse(String(record['eventTime'])) / 1000,
    Username: 'ada',
    Resources: [],
    CloudTrailEvent: JSON.stringify(record),
    ...edit,
  };
}

const stored = (number: number, edit: Json = {}) => executionOf(idOf(number), edit) as unknown as StoredExecution;
/** A status at 15:29 of the day. */
const status = (State: string, edit: Json = {}) => ({ State, SubmissionDateTime: Date.parse('2026-11-20T15:29:59Z') / 1000, CompletionDateTime: Date.parse('2026-11-20T15:30:05Z') / 1000, ...edit });

const running: { readonly apis: AwsApis; readonly clients: readonly { destroy: () => void }[] }[] = [];
const folder = useTestFolder();

afterEach(async () => {
  for (const { apis, clients } of running.splice(0)) {
    for (const client of clients) client.destroy();
    await apis.stop();
  }
});

/** One account's APIs, with the ports over them. */
async function startAccount(options: AwsApisOptions, callsPerSecond = 1e6): Promise<{ apis: AwsApis; ports: Pick<WorkerPorts, 'source' | 'readQueryExecutions'> }> {
  const apis = await startAwsApis({ rates: UNTHROTTLED, now: new Date(AS_OF), ...options });
  const settings = { endpoint: apis.url, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 };
  const cloudTrail = new CloudTrailClient(settings);
  const athena = new AthenaClient(settings);
  running.push({ apis, clients: [cloudTrail, athena] });
  return { apis, ports: { source: createLookupSource(cloudTrail, createPace(callsPerSecond)), readQueryExecutions: createQueryExecutions(athena, createPace(1e6)) } };
}

const encode: Encode = async function* (batches) {
  for await (const rows of batches) for (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
};

interface Published {
  readonly rows: readonly Row[];
  readonly counts: Counts;
  readonly manifest: Manifest;
}

/** Runs one hour and reads what it has published. */
async function runHour(ports: Pick<WorkerPorts, 'source' | 'readQueryExecutions'>, { hour = '10', asOf = AS_OF, store = createMemoryStore() }: { hour?: string; asOf?: string; store?: MemoryStore } = {}): Promise<Published> {
  const given = { ...ports, lookUps: null, readAssumption: null, store, encode, contentType: 'application/x-ndjson', format: 'json', timeZone: 'America/New_York' } satisfies WorkerPorts;
  const { report, manifest, counts } = await runWorker(given, hourOf(hour), asOf);
  const lines = report === null ? [] : store.text(report).trimEnd().split('\n');
  return { rows: lines.map((line) => JSON.parse(line) as Row), counts, manifest: JSON.parse(store.text(manifest)) as Manifest };
}

/** The start that an entry of LookupEvents is read as. */
function startOf(entry: unknown) {
  const parsed = parseLookupEntry(entry);
  if (parsed.kind !== 'start') throw new TypeError('no start');
  return parsed.start;
}

function sessionOf(session: string, role: string, more: Json = {}): Json {
  return {
    type: 'AssumedRole',
    principalId: `AROAEXAMPLE:${session}`,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${session}`,
    accountId: ACCOUNT,
    sessionContext: { sessionIssuer: { type: 'Role', userName: role, arn: `arn:aws:iam::${ACCOUNT}:role/${role}` } },
    ...more,
  };
}

describe('the platform', () => {
  it('1. CloudTrail holds ***OMITTED*** for the text: it is Athena\'s text that is reported, and after 45 days none rather than the marker', async () => {
    const record = startNumber(1);
    const young = await startAccount({ events: [entryOf(record)], executions: [stored(1, { Query: 'SELECT 42', Status: status('SUCCEEDED') })] });
    const old = await startAccount({ events: [entryOf(record)], executions: [stored(1, { Query: 'SELECT 42', Status: status('SUCCEEDED') })], now: new Date('2027-01-10T06:00:00Z') });

    const soon = await runHour(young.ports);
    const late = await runHour(old.ports, { asOf: '2027-01-10T06:00:00Z' });

    expect(JSON.stringify(record)).toContain('***OMITTED***');
    expect(soon.rows).toMatchObject([{ query: 'SELECT 42', query_source: 'athena', missing_reason: null }]);
    expect(late.rows).toMatchObject([{ event_id: idOf(1001), actor: 'ada', query: null, query_source: null, missing_reason: 'expired' }]);
    expect(JSON.stringify(late.rows)).not.toContain('OMITTED');
  });

  it('2. a start that Athena refused has null for responseElements and no id: it is a row all the same, and Athena is not asked for it', async () => {
    const { apis, ports } = await startAccount({ events: [entryOf(refusedRecord())] });

    const { rows, counts } = await runHour(ports);

    expect(refusedRecord()['responseElements']).toBeNull();
    expect(counts).toMatchObject({ read: 1, rows: 1, malformed: 0 });
    expect(rows).toMatchObject([{ actor: 'ada', state: 'REJECTED', missing_reason: 'rejected', query_execution_id: null, query: null, error_code: 'InvalidRequestException', error_message: "line 1:8: mismatched input ':'" }]);
    expect(apis.calls().filter(({ service }) => service === 'athena')).toEqual([]);
  });

  it('3. a query that fails while it runs is a start without an error: only Athena\'s state says that it failed', async () => {
    const failed = { State: 'FAILED', StateChangeReason: 'TABLE_NOT_FOUND: sales', AthenaError: { ErrorCategory: 2, ErrorType: 1006, Retryable: false, ErrorMessage: 'no such table' } };
    const { ports } = await startAccount({ events: [entryOf(startNumber(1))], executions: [stored(1, { Status: status('FAILED', failed) })] });

    const { rows } = await runHour(ports);

    expect(rows).toMatchObject([{ error_code: null, error_message: null, state: 'FAILED', state_reason: 'TABLE_NOT_FOUND: sales', athena_error_category: 2, athena_error_message: 'no such table', missing_reason: null }]);
  });

  it('4. the Username that LookupEvents lists is a session\'s name, often a machine\'s: it is kept as it is, and is not the actor', () => {
    const session = startRecord({ userIdentity: sessionOf('i-0f6f1234abcd56789', 'Reader') });
    const guarded = startRecord({ userIdentity: { ...sessionOf('i-0f6f1234abcd56789', 'Reader'), sessionContext: { sourceIdentity: 'grace', sessionIssuer: { userName: 'Reader' } } } });
    const root = startRecord({ userIdentity: { type: 'Root', principalId: ACCOUNT, accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` } });

    const starts = [startOf(entryOf(session, { Username: 'i-0f6f1234abcd56789' })), startOf(entryOf(guarded, { Username: 'i-0f6f1234abcd56789' })), startOf(entryOf(root, { Username: 'root' }))];

    expect(starts.map(({ userName, actor, actorKind }) => [userName, actor, actorKind])).toEqual([
      ['i-0f6f1234abcd56789', 'i-0f6f1234abcd56789', 'role_session'],
      ['i-0f6f1234abcd56789', 'grace', 'person'],
      ['root', 'root', 'root'],
    ]);
    expect(starts.map(({ actorEvidence }) => actorEvidence)).toEqual(['userIdentity.principalId', 'userIdentity.sessionContext.sourceIdentity', 'userIdentity.type']);
  });

  it('5. only some identities have a userName, and the issuer\'s is the role\'s or of who federated: neither is taken for the person', () => {
    const identities = [
      sessionOf('grace', 'Reader', { userName: 'Reader' }),
      { type: 'FederatedUser', principalId: `${ACCOUNT}:grace`, accountId: ACCOUNT, sessionContext: { sessionIssuer: { type: 'IAMUser', userName: 'broker' } } },
      { type: 'AWSService', invokedBy: 'glue.amazonaws.com' },
      { type: 'AWSAccount', principalId: 'AIDAEXAMPLE', accountId: MEMBER },
      { type: 'IdentityCenterUser', accountId: ACCOUNT, onBehalfOf: { userId: 'user-7' } },
    ];

    const actors = identities.map((identity) => readIdentity(identity));

    expect(actors.map(({ actor, actorKind }) => [actor, actorKind])).toEqual([['grace', 'person'], ['grace', 'person'], ['glue.amazonaws.com', 'service'], [MEMBER, 'account'], ['user-7', 'person']]);
    expect(actors[0]?.roleName).toBe('Reader');
  });

  it('6. an identity may have no type at all: the record is a row, by the service or the account that it names', async () => {
    const byService = startNumber(1, { userIdentity: { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' } });
    const byAccount = startNumber(2, { userIdentity: { accountId: ACCOUNT } });
    const { ports } = await startAccount({ events: [entryOf(byService), entryOf(byAccount)], executions: [stored(1), stored(2)] });

    const { rows, counts } = await runHour(ports);

    expect(counts).toMatchObject({ read: 2, rows: 2, malformed: 0 });
    expect(rows.map(({ actor, actor_kind, actor_evidence, principal_type }) => [actor, actor_kind, actor_evidence, principal_type])).toEqual([
      ['secretsmanager.amazonaws.com', 'service', 'userIdentity.invokedBy', null],
      [ACCOUNT, 'account', 'userIdentity.accountId', null],
    ]);
  });

  it('7. invokedBy beside a person means that a service passed her call on: she stays the actor, and the service is kept', () => {
    const user = { type: 'IAMUser', principalId: 'AIDAEXAMPLE', accountId: ACCOUNT, userName: 'ada' };
    const identities = [{ ...user, invokedBy: 'signin.amazonaws.com' }, { ...user, invokedBy: 'AWS Internal' }, sessionOf('ada', 'Reader', { invokedBy: 'athena.amazonaws.com' })];

    const actors = identities.map((identity) => readIdentity(identity));

    expect(actors.map(({ actor, actorKind, invokedBy }) => [actor, actorKind, invokedBy])).toEqual([
      ['ada', 'person', 'signin.amazonaws.com'],
      ['ada', 'person', 'AWS Internal'],
      ['ada', 'person', 'athena.amazonaws.com'],
    ]);
  });

  it('8. both bounds of LookupEvents are inclusive: an event on the edge of two hours is asked for once and is in one of them', async () => {
    const edges = ['2026-11-20T15:00:00Z', '2026-11-20T15:59:59Z', '2026-11-20T16:00:00Z', '2026-11-20T16:59:59Z'];
    const { ports } = await startAccount({ events: edges.map((eventTime, index) => entryOf(startNumber(index + 1, { eventTime }))) });

    const hours = [await runHour(ports, { hour: '10' }), await runHour(ports, { hour: '11' })];

    expect(hours.map(({ rows }) => rows.map(({ event_id: id }) => id))).toEqual([[idOf(1001), idOf(1002)], [idOf(1003), idOf(1004)]]);
    // Nothing of the neighbour was read, so nothing had to be thrown away.
    expect(hours.map(({ counts }) => [counts.read, counts.outside])).toEqual([[2, 0], [2, 0]]);
  });

  it('9. events come late and in no order: the schedule takes days that are over, each of them again, and a later run adds what came since', async () => {
    const started: unknown[] = [];
    const dispatch = createDispatcher({
      readSettings: async () => ({ config: { source: 'lookup', timeZone: 'America/New_York', settleHours: 24 }, recheckDays: 2, testStartDate: null, testEndDate: null, stateMachineArn: 'arn:day', backfillStateMachineArn: 'arn:backfill', years: null }),
      readZone,
      startExecution: async (_arn, name, input) => {
        started.push(input);
        return { executionArn: name, already: false };
      },
      now: () => new Date(AS_OF),
    });
    const early = startNumber(1, { eventTime: '2026-11-20T15:10:00Z' });
    const late = startNumber(2, { eventTime: '2026-11-20T15:05:00Z', addendum: { reason: 'DELIVERY_DELAY' } });
    const { apis, ports } = await startAccount({ events: [entryOf(early)] });
    const store = createMemoryStore();

    const { days } = await dispatch({ scheduledTime: AS_OF }, 'request');
    const first = await runHour(ports, { store });
    apis.deliver([entryOf(late)]);
    const second = await runHour(ports, { store });

    expect(days).toEqual(['2026-11-20', '2026-11-19', '2026-11-18']);
    // The last hour had been over for an hour, twelve times the usual delay.
    expect(Date.parse(AS_OF) - Date.parse(hourOf('23').end)).toBe(3_600_000);
    await expect(dispatch({ startDate: '2026-11-21' }, 'request')).rejects.toMatchObject({ name: 'InvalidInputError' });
    expect(started).toHaveLength(1);
    expect(first.rows.map(({ event_id: id }) => id)).toEqual([idOf(1001)]);
    expect(second.rows.map(({ event_id: id }) => id)).toEqual([idOf(1002), idOf(1001)]);
    expect(second.manifest.changes).toMatchObject({ added: 1, addedIds: [idOf(1002)] });
  });

  it('10. LookupEvents takes one attribute, gives fifty events a page, newest first, twice a second: all pages are read at that pace under one unchanged question', async () => {
    const times = Array.from({ length: 170 }, (_, index) => startNumber(index + 1, { eventTime: new Date(Date.parse('2026-11-20T15:01:00Z') + index * 1000).toISOString() }));
    const { apis, ports } = await startAccount({ events: times.map((record) => entryOf(record)), rates: DEFAULT_RATES }, 2);

    const { rows } = await runHour(ports);

    const calls = apis.calls().filter(({ operation }) => operation === 'LookupEvents');
    expect(calls.map(({ outcome, items }) => [outcome, items])).toEqual([['ok', 50], ['ok', 50], ['ok', 50], ['ok', 20]]);
    expect(new Set(calls.map(({ params }) => JSON.stringify({ ...params, NextToken: undefined }))).size).toBe(1);
    expect(calls[0]?.params['LookupAttributes']).toEqual([{ AttributeKey: 'EventName', AttributeValue: 'StartQueryExecution' }]);
    expect(rows.map(({ event_id: id }) => id)).toEqual(times.map(({ eventID }) => eventID));
  });

  it('11. an organization trail does not open LookupEvents to other accounts: its history is one account\'s, its files are everybody\'s, and each row says whose it is', async () => {
    const own = startNumber(1);
    const members = startNumber(2, { recipientAccountId: MEMBER });
    const management = await startAccount({ events: [entryOf(own)] });
    const member = await startAccount({ events: [entryOf(members)] });
    await folder.put('organization.json', trail(own, members));
    const files = createFileSource(folder.path);

    const history = await runHour(management.ports);
    const organization = await runHour(files);

    expect(history.rows.map(({ event_id: id, account_id: account }) => [id, account])).toEqual([[idOf(1001), ACCOUNT]]);
    expect(member.apis.calls()).toEqual([]);
    // Whose event it is, and not whose credentials signed it: those are ada's in both.
    expect(organization.rows.map((row) => [row.event_id, row.account_id, row.principal_account_id])).toEqual([[idOf(1001), ACCOUNT, ACCOUNT], [idOf(1002), MEMBER, ACCOUNT]]);
  });

  it('12. one execution may have two starts, a client\'s retry, and one event may be delivered twice: two rows, the later marked, and a duplicate', async () => {
    const first = startRecord({ eventID: idOf(1001), eventTime: '2026-11-20T15:30:00Z' });
    const retry = startRecord({ eventID: idOf(1002), eventTime: '2026-11-20T15:30:01Z' });
    const { apis, ports } = await startAccount({ events: [entryOf(retry), entryOf(first), entryOf(first)], executions: [stored(1)] });

    const { rows, counts } = await runHour(ports);

    expect(counts).toEqual({ read: 3, rows: 2, duplicates: 1, outside: 0, skipped: 0, malformed: 0 });
    expect(rows.map((row) => [row.event_id, row.query_execution_id, row.retry_of_event_id])).toEqual([[idOf(1001), idOf(1), null], [idOf(1002), idOf(1), idOf(1001)]]);
    expect(apis.calls().filter(({ operation }) => operation === 'BatchGetQueryExecution').map(({ params }) => params['QueryExecutionIds'])).toEqual([[idOf(1)]]);
  });

  it('13. an event has no workGroup when its caller gave none: the workgroup is the one that Athena says', async () => {
    const record = startNumber(1, { requestParameters: { queryString: '***OMITTED***', resultConfiguration: {} } });
    const { ports } = await startAccount({ events: [entryOf(record)], executions: [stored(1, { WorkGroup: 'analysts' })] });

    const { rows } = await runHour(ports);

    expect(rows).toMatchObject([{ workgroup: 'analysts', database_name: 'sales' }]);
  });

  it('14. QuickSight, Grafana and notebooks ask with a role of their own: the row names their session and calls it no person', () => {
    const identities = [
      sessionOf('QuickSight-RoleSession-1637012345678', 'aws-quicksight-service-role-v0'),
      sessionOf('amg-session', 'AmazonGrafanaServiceRole-a1B2'),
      sessionOf('AthenaExecutor-9cc1ebb2-aac5-b1ca-8247-5d827bd8232f', 'SparkExecution'),
    ];

    const actors = identities.map((identity) => readIdentity(identity));

    expect(actors.map(({ actor, actorKind }) => [actor, actorKind])).toEqual([
      ['QuickSight-RoleSession-1637012345678', 'role_session'],
      ['amg-session', 'role_session'],
      ['AthenaExecutor-9cc1ebb2-aac5-b1ca-8247-5d827bd8232f', 'role_session'],
    ]);
  });

  it('15. trail files are filed by their delivery: an event is found in its own hour, whatever hour its file is named after', async () => {
    const place = (day: string, at: string) => `AWSLogs/${ACCOUNT}/CloudTrail/us-east-1/${day}/${ACCOUNT}_CloudTrail_us-east-1_${at}_0123456789abcdef.json`;
    await folder.put(place('2026/11/20', '20261120T1600Z'), trail(startNumber(1, { eventTime: '2026-11-20T15:58:00Z' }), startNumber(2, { eventTime: '2026-11-20T16:00:10Z' })));
    await folder.put(place('2026/12/02', '20261202T0005Z'), trail(startNumber(3, { eventTime: '2026-11-20T15:01:00Z' })));
    const files = createFileSource(folder.path);

    const hours = [await runHour(files, { hour: '10' }), await runHour(files, { hour: '11' })];

    expect(hours.map(({ rows }) => rows.map(({ event_id: id }) => id))).toEqual([[idOf(1003), idOf(1001)], [idOf(1002)]]);
  });
});
