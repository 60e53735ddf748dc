import { UpstreamDeniedError, UpstreamThrottledError } from '#core/errors';
import type { Json } from '#core/json';
import { parseRecord, type QueryStart } from '#core/record';
import { createRoleChain, type EventQuestion } from '#core/role-chain';
import { idOf, startRecord } from '../fakes/records.ts';
import { sessionIdentity, stsEntry, stsRecord, userIdentity } from '../fakes/sts-records.ts';

const AS_OF = new Date('2026-11-21T06:00:00Z');
const CREATED = '2026-11-20T14:00:00Z';
const ada = userIdentity('ada');

/** A query at 15:30 in us-east-1 by a session of the role Analyst, or by the given identity. */
function queryBy(identity: Json, edit: Json = {}): QueryStart {
  const parsed = parseRecord(startRecord({ userIdentity: identity, ...edit }));
  if (parsed.kind !== 'start') throw new TypeError('no start');
  return parsed.start;
}
const query = queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED));

/** An event history by Region: exact values, inclusive bounds, two records a page. */
function historyOf(regions: Readonly<Record<string, readonly Json[]>>, resources: (record: Json) => readonly (string | undefined)[] = namesOf) {
  const questions: EventQuestion[] = [];
  async function* lookUp(question: EventQuestion) {
    questions.push(question);
    const found = (regions[question.region] ?? []).filter((record) => {
      const at = Date.parse(String(record['eventTime']));
      const values = question.attribute === 'EventName' ? [String(record['eventName'])] : resources(record);
      return at >= question.from.getTime() && at <= question.to.getTime() && values.includes(question.value);
    });
    for (let at = 0; at < found.length; at += 2) yield found.slice(at, at + 2);
  }
  return { lookUp, questions, asked: () => questions.map(({ attribute, value, region }) => `${attribute} ${value} ${region}`) };
}

function namesOf(record: Json): readonly (string | undefined)[] {
  return stsEntry(record).Resources.map(({ ResourceName }) => ResourceName);
}

describe('who assumed the role', () => {
  it('is the caller of the STS event that issued the key of the query', async () => {
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', ada, CREATED), stsRecord(2, 'ASIA2', userIdentity('ben'), CREATED)] });

    const assumption = await createRoleChain(history.lookUp, AS_OF)(query);

    expect(assumption).toEqual({ assumedBy: 'ada', evidence: [idOf(5001)] });
    expect(history.questions).toEqual([{ attribute: 'ResourceName', value: 'ASIA1', region: 'us-east-1', from: new Date('2026-11-19T02:30:00Z'), to: new Date('2026-11-20T15:35:00Z') }]);
  });

  it('is looked for in the Region of the query before that of the global endpoint', async () => {
    const elsewhere = queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED), { awsRegion: 'eu-west-1' });
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', ada, CREATED)] });

    const assumption = await createRoleChain(history.lookUp, AS_OF)(elsewhere);

    expect(assumption?.assumedBy).toBe('ada');
    expect(history.asked()).toEqual(['ResourceName ASIA1 eu-west-1', 'ResourceName ASIA1 us-east-1']);
  });

  it.each([
    ['cn-north-1', ['cn-north-1']],
    ['us-gov-west-1', ['us-gov-west-1']],
    ['us-iso-east-1', ['us-iso-east-1']],
    ['us-isob-east-1', ['us-isob-east-1']],
    ['eu-isoe-west-1', ['eu-isoe-west-1']],
    ['eusc-de-east-1', ['eusc-de-east-1']],
    ['us-west-2', ['us-west-2', 'us-east-1']],
    [undefined, ['us-east-1']],
  ])('is looked for within the partition of %s', async (awsRegion, regions) => {
    const history = historyOf({});

    await createRoleChain(history.lookUp, AS_OF)(queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', ''), { awsRegion }));

    expect(history.questions.map(({ region }) => region)).toEqual(regions);
  });

  it('is found in the second of the issue when the event lists no resources, on whatever page', async () => {
    const others = Array.from({ length: 5 }, (_, index) => stsRecord(index + 10, `ASIAOTHER${index}`, userIdentity('ben'), CREATED));
    const history = historyOf({ 'us-east-1': [...others, stsRecord(1, 'ASIA1', ada, '2026-11-20T14:00:01Z', { eventName: 'AssumeRoleWithSAML', userIdentity: { type: 'SAMLUser', userName: 'ada@example.com' } })] }, () => []);

    const assumption = await createRoleChain(history.lookUp, AS_OF)(query);

    expect(assumption).toEqual({ assumedBy: 'ada@example.com', evidence: [idOf(5001)] });
    expect(history.questions.slice(1)).toEqual(['AssumeRole', 'AssumeRoleWithSAML'].map((value) => ({ attribute: 'EventName', value, region: 'us-east-1', from: new Date(CREATED), to: new Date('2026-11-20T14:00:01Z') })));
  });

  it('is looked for in the second of the issue in both Regions', async () => {
    const elsewhere = queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED), { awsRegion: 'eu-west-1' });
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', ada, CREATED)] }, () => []);

    const assumption = await createRoleChain(history.lookUp, AS_OF)(elsewhere);

    expect(assumption?.assumedBy).toBe('ada');
    expect(history.asked().slice(2)).toEqual(['EventName AssumeRole eu-west-1', 'EventName AssumeRoleWithSAML eu-west-1', 'EventName AssumeRoleWithWebIdentity eu-west-1', 'EventName AssumeRole us-east-1']);
  });

  it.each([
    ['AssumedRole', ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity']],
    ['FederatedUser', ['GetFederationToken']],
    ['IAMUser', ['GetSessionToken']],
    ['Root', ['GetSessionToken']],
    [undefined, ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'GetSessionToken', 'GetFederationToken']],
  ])('is looked for, for %s, among the events that issue its sessions', async (type, names) => {
    const history = historyOf({});

    await createRoleChain(history.lookUp, AS_OF)(queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED, { type })));

    expect(history.questions.slice(1).map(({ value }) => value)).toEqual(names);
  });

  it('is the IAM user behind a federation token and a session token', async () => {
    const federated = queryBy({ type: 'FederatedUser', principalId: '111122223333:ada', accountId: '111122223333', accessKeyId: 'ASIAF' });
    const withMfa = queryBy(userIdentity('ben', { accessKeyId: 'ASIAT' }));
    const history = historyOf({
      'us-east-1': [stsRecord(1, 'ASIAF', userIdentity('broker'), CREATED, { eventName: 'GetFederationToken' }), stsRecord(2, 'ASIAT', userIdentity('ben'), CREATED, { eventName: 'GetSessionToken' })],
    });
    const read = createRoleChain(history.lookUp, AS_OF);

    expect(await read(federated)).toEqual({ assumedBy: 'broker', evidence: [idOf(5001)] });
    expect(await read(withMfa)).toEqual({ assumedBy: 'ben', evidence: [idOf(5002)] });
  });

  it.each([
    { who: 'a service', caller: { type: 'AWSService', invokedBy: 'glue.amazonaws.com' }, assumedBy: 'glue.amazonaws.com' },
    { who: 'a user of another account', caller: { type: 'AWSAccount', principalId: 'AIDAOTHER', accountId: '777788889999' }, assumedBy: '777788889999/AIDAOTHER' },
    { who: 'a session of another account, whose key leads nowhere here', caller: { type: 'AWSAccount', principalId: 'AROAOTHER:ada', accountId: '777788889999', accessKeyId: 'ASIA9' }, assumedBy: '777788889999/AROAOTHER:ada' },
    { who: 'another account', caller: { type: 'AWSAccount', accountId: '777788889999' }, assumedBy: '777788889999' },
    { who: 'a workload of an identity provider', caller: { type: 'WebIdentityUser', principalId: 'x:sts.amazonaws.com:repo:a/b', userName: 'repo:a/b' }, assumedBy: 'repo:a/b' },
    { who: 'a caller of whom only the ARN is known', caller: { type: 'Unknown', arn: 'arn:aws:iam::1:other/x' }, assumedBy: 'arn:aws:iam::1:other/x' },
    { who: 'a caller without a name, by the ARN before the id', caller: { type: 'Unknown', arn: 'arn:aws:iam::1:other/x', principalId: 'Anonymous' }, assumedBy: 'arn:aws:iam::1:other/x' },
    { who: 'a caller of whom only the id is known', caller: { type: 'Unknown', principalId: 'Anonymous' }, assumedBy: 'Anonymous' },
  ])('is $who, by the name that the record has', async ({ caller, assumedBy }) => {
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', caller, CREATED)] });

    const assumption = await createRoleChain(history.lookUp, AS_OF)(query);

    expect(assumption).toEqual({ assumedBy, evidence: [idOf(5001)] });
    expect(history.questions).toHaveLength(1);
  });

  it('is nobody when the caller has no name at all', async () => {
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', {}, CREATED)] });

    expect(await createRoleChain(history.lookUp, AS_OF)(query)).toBeNull();
  });

  it.each([
    ['a long-lived key', userIdentity('ada')],
    ['no key', { type: 'AWSService', invokedBy: 'quicksight.amazonaws.com' }],
  ])('is not asked for %s', async (_name, identity) => {
    const history = historyOf({});

    expect(await createRoleChain(history.lookUp, AS_OF)(queryBy(identity))).toBeNull();
    expect(history.questions).toEqual([]);
  });
});

describe('a chain of roles', () => {
  const admin = sessionIdentity('Admin', 'hop', 'ASIA2', '2026-11-20T13:00:00Z');
  const first = stsRecord(1, 'ASIA1', admin, CREATED);

  it('is followed to the first caller, with the event of every link', async () => {
    const history = historyOf({ 'us-east-1': [first, stsRecord(2, 'ASIA2', ada, '2026-11-20T13:00:00Z')] });

    expect(await createRoleChain(history.lookUp, AS_OF)(query)).toEqual({ assumedBy: 'ada', evidence: [idOf(5001), idOf(5002)] });
    expect(history.questions[1]).toEqual({ attribute: 'ResourceName', value: 'ASIA2', region: 'us-east-1', from: new Date('2026-11-19T01:00:00Z'), to: new Date('2026-11-20T14:05:00Z') });
  });

  it('ends at the last caller that is proven, as where a user has signed in to the console', async () => {
    const signedIn = userIdentity('ada', { accessKeyId: 'ASIAC', sessionContext: { attributes: { creationDate: '2026-11-20T13:00:00Z' } } });
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', signedIn, CREATED)] });

    expect(await createRoleChain(history.lookUp, AS_OF)(query)).toEqual({ assumedBy: 'ada', evidence: [idOf(5001)] });
    expect(history.asked().slice(1)).toEqual(['ResourceName ASIAC us-east-1', 'EventName GetSessionToken us-east-1']);
  });

  it('passes over a caller without a name to the next', async () => {
    const nameless = { type: 'Unknown', accessKeyId: 'ASIA2' };
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', nameless, CREATED), stsRecord(2, 'ASIA2', ada, '2026-11-20T13:00:00Z')] });

    expect(await createRoleChain(history.lookUp, AS_OF)(query)).toEqual({ assumedBy: 'ada', evidence: [idOf(5001), idOf(5002)] });
  });

  it('is looked for where the query was, when a link of it was at the global endpoint', async () => {
    const elsewhere = queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED), { awsRegion: 'eu-west-1' });
    const history = historyOf({ 'us-east-1': [first], 'eu-west-1': [stsRecord(2, 'ASIA2', ada, '2026-11-20T13:00:00Z', { awsRegion: 'eu-west-1' })] });

    expect(await createRoleChain(history.lookUp, AS_OF)(elsewhere)).toEqual({ assumedBy: 'ada', evidence: [idOf(5001), idOf(5002)] });
    expect(history.asked()).toEqual(['ResourceName ASIA1 eu-west-1', 'ResourceName ASIA1 us-east-1', 'ResourceName ASIA2 us-east-1', 'ResourceName ASIA2 eu-west-1']);
  });

  it('that leads back to itself ends', async () => {
    const back = sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED);
    const history = historyOf({ 'us-east-1': [first, stsRecord(2, 'ASIA2', back, '2026-11-20T13:00:00Z')] });

    expect(await createRoleChain(history.lookUp, AS_OF)(query)).toEqual({ assumedBy: 'job-7', evidence: [idOf(5001), idOf(5002)] });
    expect(history.questions).toHaveLength(2);
  });

  it('is followed for ten links and no further', async () => {
    const links = Array.from({ length: 12 }, (_, index) => stsRecord(index + 1, `ASIA${index + 1}`, sessionIdentity('Admin', `hop-${index + 1}`, `ASIA${index + 2}`, CREATED), CREATED));
    const history = historyOf({ 'us-east-1': links });

    const assumption = await createRoleChain(history.lookUp, AS_OF)(query);

    expect(assumption).toEqual({ assumedBy: 'hop-10', evidence: Array.from({ length: 10 }, (_, index) => idOf(5001 + index)) });
  });
});

describe('a session', () => {
  it('is asked for once, found or not, also by queries at the same time', async () => {
    const unknown = queryBy(sessionIdentity('Analyst', 'job-8', 'ASIA0', CREATED));
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', ada, CREATED)] });
    const read = createRoleChain(history.lookUp, AS_OF);

    const together = await Promise.all([read(query), read(query), read(unknown), read(unknown)]);
    const later = [await read(query), await read(unknown)];

    expect([...together, ...later].map((assumption) => assumption?.assumedBy)).toEqual(['ada', 'ada', undefined, undefined, 'ada', undefined]);
    expect(history.asked().sort()).toEqual([
      'EventName AssumeRole us-east-1',
      'EventName AssumeRoleWithSAML us-east-1',
      'EventName AssumeRoleWithWebIdentity us-east-1',
      'ResourceName ASIA0 us-east-1',
      'ResourceName ASIA1 us-east-1',
    ]);
  });

  it('is asked for again by a record that says when it was created, after one that did not', async () => {
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', ada, CREATED)] }, () => []);
    const read = createRoleChain(history.lookUp, AS_OF);
    const undated = queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED, { sessionContext: undefined }));

    expect([await read(undated), (await read(query))?.assumedBy]).toEqual([null, 'ada']);
    expect(history.asked()).toEqual(['ResourceName ASIA1 us-east-1', 'EventName AssumeRole us-east-1']);
  });

  it('is asked for again when the look-up failed, and the failure is passed on', async () => {
    const throttled = new UpstreamThrottledError('cloudtrail:LookupEvents on ResourceName ASIA1 in us-east-1: throttled');
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', ada, CREATED)] });
    let calls = 0;
    const read = createRoleChain((question) => {
      if (++calls === 1) throw throttled;
      return history.lookUp(question);
    }, AS_OF);

    await expect(read(query)).rejects.toBe(throttled);
    expect(await read(query)).toMatchObject({ assumedBy: 'ada' });
  });

  it('is asked for within the 90 days before asOf', async () => {
    const asOf = new Date('2027-02-17T20:00:00Z');
    const history = historyOf({});

    await createRoleChain(history.lookUp, asOf)(query);

    expect(history.questions.map(({ value, from }) => [value, from])).toEqual([['ASIA1', new Date('2026-11-19T20:00:00Z')], ...['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'].map((name) => [name, new Date(CREATED)])]);
  });

  it('is not asked for where the 90 days are over', async () => {
    const history = historyOf({});

    expect(await createRoleChain(history.lookUp, new Date('2027-03-01T00:00:00Z'))(query)).toBeNull();
    expect(history.questions).toEqual([]);
  });

  it('is not asked for in a range that would end before it begins, where a part of the 90 days is left', async () => {
    const history = historyOf({});

    // An hour after the issue has left the history, and half an hour before the query does.
    await createRoleChain(history.lookUp, new Date('2027-02-18T15:00:00Z'))(query);

    expect(history.questions.map(({ value, from, to }) => [value, from, to])).toEqual([['ASIA1', new Date('2026-11-20T15:00:00Z'), new Date('2026-11-20T15:35:00Z')]]);
  });

  it('is asked for in the one second of its issue that the history still has', async () => {
    const history = historyOf({});

    await createRoleChain(history.lookUp, new Date('2027-02-18T14:00:01Z'))(query);

    expect(history.questions.slice(1).map(({ from, to }) => [from, to])).toEqual(Array.from({ length: 3 }, () => [new Date('2026-11-20T14:00:01Z'), new Date('2026-11-20T14:00:01Z')]));
  });

  it('that does not say when it was created is asked for by its key alone, when there is no asOf', async () => {
    const undated = queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED, { sessionContext: undefined }));
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', ada, CREATED)] }, () => []);

    expect(await createRoleChain(history.lookUp, null)(undated)).toBeNull();
    expect(history.questions).toEqual([{ attribute: 'ResourceName', value: 'ASIA1', region: 'us-east-1', from: new Date('2026-11-19T02:30:00Z'), to: new Date('2026-11-20T15:35:00Z') }]);
  });

  it('is asked for whenever it was, when there is no asOf', async () => {
    const history = historyOf({ 'us-east-1': [stsRecord(1, 'ASIA1', ada, CREATED)] });

    expect(await createRoleChain(history.lookUp, null)(query)).toMatchObject({ assumedBy: 'ada' });
  });

  it('is asked for in whole seconds', async () => {
    const history = historyOf({});

    await createRoleChain(history.lookUp, AS_OF)(queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', '2026-11-20T14:00:00.700Z'), { eventTime: '2026-11-20T15:30:00.900Z' }));

    expect(history.questions.flatMap(({ from, to }) => [from.getTime() % 1000, to.getTime() % 1000]).every((rest) => rest === 0)).toBe(true);
  });
});

describe('a Region that denies the look-up', () => {
  const elsewhere = (session: string, key: string) => queryBy(sessionIdentity('Analyst', session, key, CREATED), { awsRegion: 'eu-west-1' });
  const NOTE = 'role chain: cloudtrail:LookupEvents in us-east-1: denied; assumed_by may be NULL where it need not be (access denied; grant cloudtrail:LookupEvents (AccessDeniedException: with an explicit deny in a service control policy))';

  /** A history whose Region us-east-1 is denied. */
  function denying(regions: Readonly<Record<string, readonly Json[]>>) {
    const history = historyOf(regions);
    const asked: string[] = [];
    const lookUp = (question: EventQuestion) => {
      asked.push(`${question.value} ${question.region}`);
      if (question.region === 'us-east-1') throw new UpstreamDeniedError(`cloudtrail:LookupEvents on ${question.attribute} ${question.value} in us-east-1: access denied; grant cloudtrail:LookupEvents (AccessDeniedException: with an explicit deny in a service control policy)`);
      return history.lookUp(question);
    };
    return { asked, lookUp };
  }

  it('is one where nothing is found, is asked once, and is noted for every query that would have needed it', async () => {
    const { lookUp, asked } = denying({ 'eu-west-1': [] });
    const read = createRoleChain(lookUp, AS_OF);
    const notes: string[][] = [[], []];

    expect(await read(elsewhere('job-7', 'ASIA1'), (words) => notes[0]?.push(words))).toBeNull();
    expect(await read(elsewhere('job-8', 'ASIA2'), (words) => notes[1]?.push(words))).toBeNull();

    expect(asked.filter((call) => call.endsWith('us-east-1'))).toEqual(['ASIA1 us-east-1']);
    expect(asked.filter((call) => call.endsWith('eu-west-1'))).toHaveLength(8);
    expect(notes.map((words) => [...new Set(words)])).toEqual([[NOTE], [NOTE]]);
  });

  it('takes nothing from what another Region has, and is not noted where it was not needed', async () => {
    const { lookUp, asked } = denying({ 'eu-west-1': [stsRecord(1, 'ASIA1', ada, CREATED, { awsRegion: 'eu-west-1' })] });
    const notes: string[] = [];

    expect(await createRoleChain(lookUp, AS_OF)(elsewhere('job-7', 'ASIA1'), (words) => notes.push(words))).toMatchObject({ assumedBy: 'ada' });
    expect(asked).toEqual(['ASIA1 eu-west-1']);
    expect(notes).toEqual([]);
  });

  it('does not hide that another one throttles', async () => {
    const throttled = new UpstreamThrottledError('cloudtrail:LookupEvents on ResourceName ASIA1 in eu-west-1: throttled');
    const { lookUp } = denying({});
    const read = createRoleChain((question) => {
      if (question.region === 'eu-west-1') throw throttled;
      return lookUp(question);
    }, AS_OF);

    await expect(read(elsewhere('job-7', 'ASIA1'))).rejects.toBe(throttled);
  });
});
