import type { Json } from '#core/json';
import { mergeCopies, parseRecord, type QueryStart, readSessionCreatedAt } from '#core/record';
import { readIssuedSession } from '#core/role-chain';
import { idOf, startRecord } from '../fakes/records.ts';
import { sessionIdentity, stsRecord, userIdentity } from '../fakes/sts-records.ts';

const CREATED = '2026-11-20T14:00:00Z';
const ada = userIdentity('ada');

function queryBy(identity: Json): QueryStart {
  const parsed = parseRecord(startRecord({ userIdentity: identity }));
  if (parsed.kind !== 'start') throw new TypeError('no start');
  return parsed.start;
}
const query = queryBy(sessionIdentity('Analyst', 'job-7', 'ASIA1', CREATED));

describe('the issue of a session', () => {
  it('is read with its key, its caller and its event', () => {
    const caller = sessionIdentity('Admin', 'ada', 'ASIA2', '2026-11-20T13:00:00Z');
    const issued = readIssuedSession(stsRecord(1, 'ASIA1', caller, CREATED, { sharedEventID: idOf(77), awsRegion: 'eu-west-1' }));

    expect(issued).toMatchObject({
      accessKeyId: 'ASIA1',
      caller: { actor: 'ada', accessKeyId: 'ASIA2', principalType: 'AssumedRole', roleName: 'Admin' },
      callerCreatedAt: Date.parse('2026-11-20T13:00:00Z'),
      eventId: idOf(5001),
      sharedEventId: idOf(77),
      eventTime: Date.parse(CREATED),
      region: 'eu-west-1',
    });
  });

  it.each(['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'GetSessionToken', 'GetFederationToken'])('is read from %s', (eventName) => {
    expect(readIssuedSession(stsRecord(1, 'ASIA1', ada, CREATED, { eventName }))).toMatchObject({ accessKeyId: 'ASIA1' });
  });

  it.each([
    { name: 'a call that was denied', edit: { errorCode: 'AccessDenied', errorMessage: 'no', responseElements: null } },
    { name: 'an event of another service', edit: { eventSource: 'signin.amazonaws.com' } },
    { name: 'an event of another name', edit: { eventName: 'GetCallerIdentity' } },
    { name: 'an event without a name', edit: { eventName: undefined } },
    { name: 'an answer without a key', edit: { responseElements: { credentials: { accessKeyId: '' } } } },
    { name: 'a record without an id', edit: { eventID: undefined } },
    { name: 'a record without a time', edit: { eventTime: 'yesterday' } },
  ])('is not read from $name', ({ edit }) => {
    expect(readIssuedSession(stsRecord(1, 'ASIA1', ada, CREATED))).not.toBeNull();
    expect(readIssuedSession(stsRecord(1, 'ASIA1', ada, CREATED, edit))).toBeNull();
  });

  // Members of public records: AWS's pages on IAM and CloudTrail, and stratus-red-team's log of GetFederationToken.
  it.each([
    { name: 'a call from another account', eventName: 'AssumeRole', identity: { type: 'AWSAccount', principalId: 'AIDAQRSTUVWXYZEXAMPLE', accountId: '777788889999' }, actor: '777788889999' },
    { name: 'a call with SAML', eventName: 'AssumeRoleWithSAML', identity: { type: 'SAMLUser', principalId: 'SampleUkh1i4+ExamplexL/jEvs=:SamlExample', userName: 'SamlExample', identityProvider: 'bdGOnTesti4+ExamplexL/jEvs=' }, actor: 'SamlExample' },
    { name: 'a call of a service', eventName: 'AssumeRole', identity: { type: 'AWSService', invokedBy: 'rds.amazonaws.com' }, actor: 'rds.amazonaws.com' },
    { name: 'a federation token', eventName: 'GetFederationToken', identity: { type: 'IAMUser', userName: 'stratus-red-team-user-federation-user', accessKeyId: 'AKIAEXAMPLE4DE41DDE9' }, actor: 'stratus-red-team-user-federation-user' },
  ])('is read from the public record of $name', ({ eventName, identity, actor }) => {
    expect(readIssuedSession(stsRecord(1, 'ASIAEXAMPLEAC7BBA2D6', identity, '2024-11-30T08:43:17Z', { eventName }))?.caller).toMatchObject({ actor });
  });

  it('is not read from what is no record', () => {
    expect(readIssuedSession('AssumeRole')).toBeNull();
  });
});

describe('the time a session was created', () => {
  it.each([
    ['ISO 8601', '2013-11-02T01:06:28Z', Date.parse('2013-11-02T01:06:28Z')],
    ['its basic form', '20131102T010628Z', Date.parse('2013-11-02T01:06:28Z')],
    ['another text', 'Nov 2, 2013', null],
    ['an impossible date', '20131302T010628Z', null],
    ['a number', 1383354388, null],
  ])('is read from %s', (_form, creationDate, at) => {
    expect(readSessionCreatedAt({ sessionContext: { attributes: { creationDate } } })).toBe(at);
  });

  it('is unknown without a session', () => {
    expect(readSessionCreatedAt(ada)).toBeNull();
    expect(queryBy(ada).sessionCreatedAt).toBeNull();
    expect(query.sessionCreatedAt).toBe(Date.parse(CREATED));
  });

  it('does not decide which copy of an event is believed, and is kept from either', () => {
    const plain: QueryStart = { ...query, sessionCreatedAt: null, userAgent: 'a' };
    const dated: QueryStart = { ...query, userAgent: 'b' };

    expect(mergeCopies([dated, plain])).toMatchObject({ userAgent: mergeCopies([{ ...dated, sessionCreatedAt: null }, plain]).userAgent, sessionCreatedAt: Date.parse(CREATED) });
    expect(mergeCopies([{ ...dated, region: null }, plain])).toMatchObject({ userAgent: 'a', sessionCreatedAt: Date.parse(CREATED) });
  });
});
