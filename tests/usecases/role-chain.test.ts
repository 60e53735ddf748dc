import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { createPace } from '#adapters/pace';
import { createLookUpEvents } from '#adapters/sts-events';
import type { Json } from '#core/json';
import { parseRecord, type QueryStart } from '#core/record';
import { createRoleChain, type ReadAssumption } from '#core/role-chain';
import { type AwsApis, type AwsApisOptions, startAwsApis, UNTHROTTLED } from '../fakes/aws-apis.ts';
import type { LookupEntry } from '../fakes/cloudtrail-api.ts';
import { idOf, startRecord } from '../fakes/records.ts';
import { sessionIdentity, stsEntry, stsRecord, userIdentity } from '../fakes/sts-records.ts';

const AS_OF = new Date('2026-11-21T06:00:00Z');
const IRELAND = 'eu-west-1';
const running: { readonly apis: AwsApis; readonly client: CloudTrailClient }[] = [];

afterEach(async () => {
  for (const { apis, client } of running.splice(0)) {
    client.destroy();
    await apis.stop();
  }
});

/** The rule over the event histories of two Regions: a stand-in for each. */
async function start(ireland: readonly LookupEntry[], virginia: readonly LookupEntry[], options: AwsApisOptions = {}): Promise<{ read: ReadAssumption; asked: () => string[] }> {
  const histories = new Map<string, CloudTrailClient>();
  for (const [region, events] of [[IRELAND, ireland], ['us-east-1', virginia]] as const) {
    const apis = await startAwsApis({ rates: UNTHROTTLED, now: AS_OF, ...options, region, events });
    const client = new CloudTrailClient({ endpoint: apis.url, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 });
    running.push({ apis, client });
    histories.set(region, client);
  }
  const clientOf = (region: string) => {
    const client = histories.get(region);
    if (client === undefined) throw new TypeError(`${region} was not to be asked`);
    return client;
  };
  return {
    read: createRoleChain(createLookUpEvents(clientOf, createPace(1e6)), AS_OF),
    asked: () => running.flatMap(({ apis }) => apis.calls().map(({ region, params }) => `${region} ${attributeOf(params)}`)),
  };
}

function attributeOf(params: Json): string {
  const [attribute] = params['LookupAttributes'] as readonly { AttributeKey: string; AttributeValue: string }[];
  return `${attribute?.AttributeKey} ${attribute?.AttributeValue}`;
}

/** A query at 15:30 in Ireland. */
function queryBy(identity: Json): QueryStart {
  const parsed = parseRecord(startRecord({ awsRegion: IRELAND, userIdentity: identity }));
  if (parsed.kind !== 'start') throw new TypeError('no start');
  return parsed.start;
}

const CREATED = '2026-11-20T14:00:00Z';
const query = queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED));

describe('the role chain over LookupEvents', () => {
  it('goes up three roles in two Regions to the first caller', async () => {
    const one = stsRecord(1, 'ASIA1', sessionIdentity('Admin', 'hop-2', 'ASIA2', '2026-11-20T13:00:00Z'), CREATED, { awsRegion: IRELAND });
    const two = stsRecord(2, 'ASIA2', sessionIdentity('Entry', 'hop-3', 'ASIA3', '2026-11-20T12:00:00Z'), '2026-11-20T13:00:00Z');
    const three = stsRecord(3, 'ASIA3', userIdentity('ada'), '2026-11-20T12:00:00Z', { awsRegion: IRELAND });
    const { read, asked } = await start([stsEntry(one), stsEntry(three)], [stsEntry(two)]);

    expect(await read(query)).toEqual({ assumedBy: 'ada', evidence: [idOf(5001), idOf(5002), idOf(5003)] });
    expect(asked()).toEqual(['eu-west-1 ResourceName ASIA1', 'eu-west-1 ResourceName ASIA2', 'eu-west-1 ResourceName ASIA3', 'us-east-1 ResourceName ASIA2', 'us-east-1 ResourceName ASIA3']);
  });

  it('finds an event without resources among those of its second, on a later page', async () => {
    const others = Array.from({ length: 120 }, (_, index) => stsEntry(stsRecord(100 + index, `ASIAOTHER${index}`, userIdentity('ben'), '2026-11-20T14:00:01Z')));
    const { read, asked } = await start([], [...others, stsEntry(stsRecord(1, 'ASIA1', userIdentity('ada'), CREATED), { Resources: [] })]);

    expect(await read(query)).toEqual({ assumedBy: 'ada', evidence: [idOf(5001)] });
    expect(asked().filter((call) => call === 'us-east-1 EventName AssumeRole')).toHaveLength(3);
  });

  it('names the account and the principal of a caller from another account', async () => {
    const caller = { type: 'AWSAccount', principalId: 'AROAOTHER:ada', accountId: '777788889999' };
    const { read } = await start([stsEntry(stsRecord(1, 'ASIA1', caller, CREATED, { awsRegion: IRELAND, sharedEventID: idOf(77) }))], []);

    expect(await read(query)).toEqual({ assumedBy: '777788889999/AROAOTHER:ada', evidence: [idOf(5001)] });
  });

  it('names the user who asked for a federation token', async () => {
    const federated = queryBy({ type: 'FederatedUser', principalId: '111122223333:ada', accountId: '111122223333', accessKeyId: 'ASIAF', sessionContext: { attributes: { creationDate: CREATED } } });
    const { read } = await start([], [stsEntry(stsRecord(1, 'ASIAF', userIdentity('broker'), CREATED, { eventName: 'GetFederationToken' }))]);

    expect(await read(federated)).toEqual({ assumedBy: 'broker', evidence: [idOf(5001)] });
  });

  it('knows nobody where the issue is not in the history, and asks once', async () => {
    const denied = stsRecord(1, 'ASIA1', userIdentity('ben'), CREATED, { errorCode: 'AccessDenied', responseElements: null });
    const { read, asked } = await start([stsEntry(denied)], [stsEntry(stsRecord(2, 'ASIA2', userIdentity('ben'), CREATED))]);

    expect([await read(query), await read(query)]).toEqual([null, null]);
    expect(asked()).toEqual([IRELAND, 'us-east-1'].flatMap((region) => ['ResourceName ASIA1', 'EventName AssumeRole', 'EventName AssumeRoleWithSAML', 'EventName AssumeRoleWithWebIdentity'].map((what) => `${region} ${what}`)));
  });

  it('passes throttling on, so that it never looks like a session without an issue, and heals with the next attempt', async () => {
    let calls = 0;
    const { read } = await start([stsEntry(stsRecord(1, 'ASIA1', userIdentity('ada'), CREATED))], [], {
      fault: () => (++calls === 1 ? { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' } : undefined),
    });

    await expect(read(query)).rejects.toMatchObject({ name: 'UpstreamThrottledError', message: 'cloudtrail:LookupEvents on ResourceName ASIA1 in eu-west-1: throttled (ThrottlingException: Rate exceeded)' });
    expect(await read(query)).toMatchObject({ assumedBy: 'ada' });
  });

  it('goes on without a Region that a service control policy denies, asks it once, and says so in the words of AWS', async () => {
    const { read, asked } = await start([], [stsEntry(stsRecord(1, 'ASIA1', userIdentity('ada'), CREATED))], {
      fault: ({ region }) => (region === 'us-east-1' ? { status: 400, type: 'AccessDeniedException', message: 'with an explicit deny in a service control policy' } : undefined),
    });
    const notes = new Set<string>();

    const found = [await read(query, (words) => notes.add(words)), await read(queryBy(sessionIdentity('Analyst', 'job-8', 'ASIA8', CREATED)), (words) => notes.add(words))];

    expect(found).toEqual([null, null]);
    expect(asked().filter((call) => call.startsWith('us-east-1'))).toEqual(['us-east-1 ResourceName ASIA1']);
    expect([...notes]).toEqual([
      'role chain: cloudtrail:LookupEvents in us-east-1: denied; assumed_by may be NULL where it need not be (access denied; grant cloudtrail:LookupEvents (AccessDeniedException: with an explicit deny in a service control policy))',
    ]);
  });

  it('knows nobody where the history has let the session go', async () => {
    const late = new Date('2027-03-01T00:00:00Z');
    const { asked } = await start([stsEntry(stsRecord(1, 'ASIA1', userIdentity('ada'), CREATED))], [], { now: late });
    const clientOf = () => running[0]?.client ?? new CloudTrailClient({});
    const read = createRoleChain(createLookUpEvents(clientOf, createPace(1e6)), null);

    expect(await read(query)).toBeNull();
    expect(asked()).toHaveLength(8);
  });
});
