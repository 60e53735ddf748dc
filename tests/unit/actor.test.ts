import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { type Actor, type ActorKind, isMachineName, isPermissionSet, readIdentity } from '#core/actor';

const ACCOUNT = '123456789012';
const ID = 'userIdentity.principalId';
const ARN = 'userIdentity.arn';
const NAME = 'userIdentity.userName';
const ISSUER = 'userIdentity.sessionContext.sessionIssuer.userName';

/** A role session as CloudTrail writes it. */
function roleSession(session: string, role = 'Analyst', more: object = {}) {
  return {
    type: 'AssumedRole',
    principalId: `AROAEXAMPLEROLEID:${session}`,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${session}`,
    accountId: ACCOUNT,
    accessKeyId: 'ASIAEXAMPLE',
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: 'AROAEXAMPLEROLEID', arn: `arn:aws:iam::${ACCOUNT}:role/${role}`, accountId: ACCOUNT, userName: role },
      webIdFederationData: {},
      attributes: { creationDate: '2026-11-20T08:00:00Z', mfaAuthenticated: 'false' },
    },
    ...more,
  };
}

/** The same with a source identity, which is kept over every further role. */
function withSourceIdentity(sourceIdentity: string, session: string, role?: string) {
  const identity = roleSession(session, role);
  return { ...identity, sessionContext: { ...identity.sessionContext, sourceIdentity } };
}

function withIssuer(session: string, role: string, issuerArn: string) {
  const identity = roleSession(session, role);
  return { ...identity, sessionContext: { ...identity.sessionContext, sessionIssuer: { ...identity.sessionContext.sessionIssuer, arn: issuerArn } } };
}

function iamUser(userName: string, more: object = {}) {
  return { type: 'IAMUser', principalId: 'AIDAEXAMPLE', arn: `arn:aws:iam::${ACCOUNT}:user/${userName}`, accountId: ACCOUNT, accessKeyId: 'AKIAEXAMPLE', userName, ...more };
}

interface Case {
  readonly name: string;
  readonly identity: unknown;
  readonly actor: string | null;
  readonly kind: ActorKind;
  readonly evidence: string | null;
}

const PEOPLE: readonly Case[] = [
  { name: 'an IAM user', identity: iamUser('johndoe'), actor: 'johndoe', kind: 'person', evidence: NAME },
  { name: 'an IAM user with an e-mail for a name', identity: iamUser('test@example.com'), actor: 'test@example.com', kind: 'person', evidence: NAME },
  { name: 'an IAM user below a path', identity: iamUser('ada', { arn: `arn:aws:iam::${ACCOUNT}:user/division/team/ada` }), actor: 'ada', kind: 'person', evidence: NAME },
  { name: 'an IAM user of China', identity: iamUser('ada', { arn: `arn:aws-cn:iam::${ACCOUNT}:user/ada` }), actor: 'ada', kind: 'person', evidence: NAME },
  { name: 'an IAM user without arn and with an empty key', identity: { type: 'IAMUser', accountId: ACCOUNT, accessKeyId: '', userName: 'ada' }, actor: 'ada', kind: 'person', evidence: NAME },
  { name: 'an IAM user whose sessionIssuer is empty', identity: iamUser('ada', { accessKeyId: 'ASIAEXAMPLE', sessionContext: { sessionIssuer: {}, webIdFederationData: {}, attributes: {} } }), actor: 'ada', kind: 'person', evidence: NAME },
  { name: 'an IAM user without userName, by the arn', identity: iamUser('ada', { userName: undefined, arn: `arn:aws:iam::${ACCOUNT}:user/division/ada` }), actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'an IAM user with an empty userName, by the arn', identity: iamUser('ada', { userName: '', arn: `arn:aws:iam::${ACCOUNT}:user/ada` }), actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'an IAM user with a hidden name, by the arn', identity: iamUser('ada', { userName: 'HIDDEN_DUE_TO_SECURITY_REASONS' }), actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'an IAM user with the name of a program, because no caller can choose it', identity: iamUser('etl-batch'), actor: 'etl-batch', kind: 'person', evidence: NAME },
  { name: 'an IAM user through the old console', identity: iamUser('ada', { invokedBy: 'signin.amazonaws.com' }), actor: 'ada', kind: 'person', evidence: NAME },
  { name: 'an IAM user through a service of AWS', identity: iamUser('bert-jan', { invokedBy: 'AWS Internal' }), actor: 'bert-jan', kind: 'person', evidence: NAME },
  { name: 'a role session of a person', identity: roleSession('Alice-tempcreds', 'admin-tempcreds'), actor: 'Alice-tempcreds', kind: 'person', evidence: ID },
  { name: 'a role session named by e-mail', identity: roleSession('ada.lovelace@example.com'), actor: 'ada.lovelace@example.com', kind: 'person', evidence: ID },
  { name: 'a role session of a corporate login', identity: roleSession('pk79901', 'ADFS-MASTERDATA-DEVELOPER'), actor: 'pk79901', kind: 'person', evidence: ID },
  { name: 'a session name with every mark that AWS allows', identity: roleSession('o=ada,cn=l.ovelace+x@y_-z'), actor: 'o=ada,cn=l.ovelace+x@y_-z', kind: 'person', evidence: ID },
  { name: 'a person whose call Athena passed on', identity: roleSession('ada', 'Admin', { invokedBy: 'athena.amazonaws.com' }), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a person whose name is part of a word of the role', identity: roleSession('mark', 'MarketingAnalyst'), actor: 'mark', kind: 'person', evidence: ID },
  { name: 'an Identity Center session', identity: roleSession('ada@example.com', 'AWSReservedSSO_Analyst_8df5ccd37b'), actor: 'ada@example.com', kind: 'person', evidence: ID },
  { name: 'an Identity Center session of a set with underscores', identity: roleSession('ada', 'AWSReservedSSO_data_team_read_8df5ccd37b'), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'an Identity Center session whatever the user is called', identity: roleSession('reporting-job', 'AWSReservedSSO_Analyst_8df5ccd37b'), actor: 'reporting-job', kind: 'person', evidence: ID },
  {
    name: 'an Identity Center session with the IAM role\'s arn',
    identity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE:reporting-job', arn: `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Analyst_8df5ccd37b`, accountId: ACCOUNT },
    actor: 'reporting-job', kind: 'person', evidence: ID,
  },
  { name: 'a session by the arn when principalId has none', identity: roleSession('ada', 'Analyst', { principalId: 'AROAEXAMPLE' }), actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'a session by the arn when principalId is absent', identity: roleSession('ada', 'Analyst', { principalId: undefined }), actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'a session without sessionContext', identity: roleSession('ada', 'Analyst', { sessionContext: undefined }), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a session whose arn has another name: principalId is the rule', identity: roleSession('ada', 'Analyst', { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Analyst/grace` }), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a session whose arn lacks the session', identity: roleSession('ada', 'Analyst', { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Analyst` }), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a source identity before the session', identity: withSourceIdentity('ada@example.com', 'nightly-etl'), actor: 'ada@example.com', kind: 'person', evidence: 'userIdentity.sessionContext.sourceIdentity' },
  { name: 'a source identity that the name of a later role repeats', identity: withSourceIdentity('ada', 'session-1', 'dev-ada'), actor: 'ada', kind: 'person', evidence: 'userIdentity.sessionContext.sourceIdentity' },
  { name: 'the session where Lake Formation wrote a role into sourceIdentity', identity: withSourceIdentity(`V2.${ACCOUNT}.AROAEXAMPLE`, 'ada'), actor: 'ada', kind: 'person', evidence: ID },
  {
    name: 'the user a role session acts for, before source identity and session',
    identity: { ...withSourceIdentity('grace', 'hopper'), onBehalfOf: { userId: '544894e8-80c1-707f-60e3-3ba6510dfac1', identityStoreArn: `arn:aws:identitystore::${ACCOUNT}:identitystore/d-1` } },
    actor: '544894e8-80c1-707f-60e3-3ba6510dfac1', kind: 'person', evidence: 'userIdentity.onBehalfOf.userId',
  },
  {
    name: 'an Identity Center user',
    identity: { type: 'IdentityCenterUser', accountId: ACCOUNT, onBehalfOf: { userId: '544894e8-80c1-707f-60e3-3ba6510dfac1' }, credentialId: 'x' },
    actor: '544894e8-80c1-707f-60e3-3ba6510dfac1', kind: 'person', evidence: 'userIdentity.onBehalfOf.userId',
  },
  { name: 'an Unknown that acts for an Identity Center user', identity: { type: 'Unknown', accountId: ACCOUNT, onBehalfOf: { userId: 'u-1' } }, actor: 'u-1', kind: 'person', evidence: 'userIdentity.onBehalfOf.userId' },
  { name: 'an Unknown with a user name', identity: { type: 'Unknown', principalId: '2324a8e2-8051-7072-11c2-1126a311c4a0', accountId: ACCOUNT, userName: 'ada@example.com' }, actor: 'ada@example.com', kind: 'person', evidence: NAME },
  { name: 'a federated user, not the IAM user who called GetFederationToken', identity: { type: 'FederatedUser', principalId: `${ACCOUNT}:ada`, arn: `arn:aws:sts::${ACCOUNT}:federated-user/ada`, accountId: ACCOUNT, sessionContext: { sessionIssuer: { type: 'IAMUser', userName: 'broker' } } }, actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a federated user by the arn', identity: { type: 'FederatedUser', arn: `arn:aws:sts::${ACCOUNT}:federated-user/ada`, accountId: ACCOUNT }, actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'a user of a directory', identity: { type: 'Directory', arn: `arn:aws:ds:us-east-1:${ACCOUNT}:user/d-0000cafe00/0000-0000`, accountId: ACCOUNT, userName: 'ada@example.com' }, actor: 'ada@example.com', kind: 'person', evidence: NAME },
  { name: 'a SAML user', identity: { type: 'SAMLUser', principalId: 'bdGOnUkh1i4L/jEvs=:ada', userName: 'ada', identityProvider: 'bdGOnUkh1i4L/jEvs=' }, actor: 'ada', kind: 'person', evidence: NAME },
  { name: 'a web identity', identity: { type: 'WebIdentityUser', principalId: 'accounts.google.com:app.example.com:ada', userName: 'ada', identityProvider: 'accounts.google.com' }, actor: 'ada', kind: 'person', evidence: NAME },
];

const PROGRAMS: readonly Case[] = [
  { name: 'an EC2 instance', identity: roleSession('i-05c30218156bcc246'), actor: 'i-05c30218156bcc246', kind: 'role_session', evidence: ID },
  {
    name: 'an instance under default host management, whose principalId has three colons',
    identity: { type: 'AssumedRole', principalId: `${ACCOUNT}:aws:ec2-instance:i-0784406a8a14355fe`, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/aws:ec2-instance/i-0784406a8a14355fe`, accountId: ACCOUNT, sessionContext: { sessionIssuer: { userName: 'aws:ec2-instance' } } },
    actor: 'i-0784406a8a14355fe', kind: 'role_session', evidence: ID,
  },
  { name: 'QuickSight', identity: roleSession('QuickSight-RoleSession-1637012345678', 'aws-quicksight-service-role-v0'), actor: 'QuickSight-RoleSession-1637012345678', kind: 'role_session', evidence: ID },
  { name: 'Managed Grafana', identity: roleSession('amg-session', 'AmazonGrafanaServiceRole-x'), actor: 'amg-session', kind: 'role_session', evidence: ID },
  { name: 'a notebook\'s executor', identity: roleSession('AthenaExecutor-9cc1ebb2-aac5-b1ca-8247-5d827bd8232f', 'Spark'), actor: 'AthenaExecutor-9cc1ebb2-aac5-b1ca-8247-5d827bd8232f', kind: 'role_session', evidence: ID },
  { name: 'a service-linked role, by its path', identity: withIssuer('SLRManagement', 'AWSServiceRoleForRDS', `arn:aws:iam::${ACCOUNT}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS`), actor: 'SLRManagement', kind: 'role_session', evidence: ID },
  { name: 'a service-linked role, by its name alone', identity: roleSession('SLRManagement', 'AWSServiceRoleForRDS', { sessionContext: undefined }), actor: 'SLRManagement', kind: 'role_session', evidence: ID },
  { name: 'a role that the console made for a service', identity: withIssuer('GetOrders', 'orders-x1y2', `arn:aws:iam::${ACCOUNT}:role/service-role/orders-x1y2`), actor: 'GetOrders', kind: 'role_session', evidence: ID },
  { name: 'a Lambda function, whatever its name, by inScopeOf', identity: roleSession('GetOrders', 'Orders', { inScopeOf: { issuerType: 'AWS::Lambda::Function', credentialsIssuedTo: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:GetOrders` } }), actor: 'GetOrders', kind: 'role_session', evidence: ID },
  { name: 'an instance by the delivery of its credentials', identity: { ...roleSession('host', 'Web'), sessionContext: { ...roleSession('host', 'Web').sessionContext, ec2RoleDelivery: '2.0' } }, actor: 'host', kind: 'role_session', evidence: ID },
  { name: 'a function named as its role', identity: roleSession('get-orders', 'get-orders-role-x1y2z3'), actor: 'get-orders', kind: 'role_session', evidence: ID },
  { name: 'a program\'s source identity', identity: withSourceIdentity('airflow-prod', 'ada'), actor: 'airflow-prod', kind: 'role_session', evidence: 'userIdentity.sessionContext.sourceIdentity' },
  { name: 'a program\'s federation', identity: { type: 'FederatedUser', principalId: `${ACCOUNT}:etl-job`, accountId: ACCOUNT }, actor: 'etl-job', kind: 'role_session', evidence: ID },
  { name: 'a workload of an identity provider', identity: { type: 'WebIdentityUser', principalId: 'arn:aws:iam::1:oidc-provider/oidc.eks:sts.amazonaws.com:system:serviceaccount:reports:reader', userName: 'system:serviceaccount:reports:reader' }, actor: 'system:serviceaccount:reports:reader', kind: 'role_session', evidence: NAME },
  { name: 'a pipeline of GitHub', identity: { type: 'WebIdentityUser', userName: 'repo:example/reports:ref:refs/heads/main' }, actor: 'repo:example/reports:ref:refs/heads/main', kind: 'role_session', evidence: NAME },
  { name: 'a role whose session nothing names', identity: roleSession('ada', 'Analyst', { principalId: 'AROAEXAMPLE', arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Analyst` }), actor: 'Analyst', kind: 'role_session', evidence: ISSUER },
  { name: 'a role that only the arn names', identity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE', arn: `arn:aws:sts::${ACCOUNT}:assumed-role/MakeStuffPublic`, accountId: ACCOUNT }, actor: 'MakeStuffPublic', kind: 'role_session', evidence: ARN },
  { name: 'a role that only the IAM role\'s arn names', identity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE', arn: `arn:aws:iam::${ACCOUNT}:role/team/Reader`, accountId: ACCOUNT }, actor: 'Reader', kind: 'role_session', evidence: ARN },
  { name: 'a bare Role, whose userName is the role\'s', identity: { type: 'Role', principalId: 'AROAEXAMPLE', arn: `arn:aws:iam::${ACCOUNT}:role/Reader`, accountId: ACCOUNT, userName: 'Reader' }, actor: 'Reader', kind: 'role_session', evidence: NAME },
  { name: 'a bare Role without userName', identity: { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/Reader`, accountId: ACCOUNT }, actor: 'Reader', kind: 'role_session', evidence: ARN },
];

const OTHERS: readonly Case[] = [
  { name: 'Root', identity: { type: 'Root', principalId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT, accessKeyId: '' }, actor: 'root', kind: 'root', evidence: 'userIdentity.type' },
  { name: 'Root, whose userName is the account\'s alias', identity: { type: 'Root', principalId: ACCOUNT, accountId: ACCOUNT, userName: 'my-company' }, actor: 'root', kind: 'root', evidence: 'userIdentity.type' },
  { name: 'a service of AWS', identity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' }, actor: 'cloudtrail.amazonaws.com', kind: 'service', evidence: 'userIdentity.invokedBy' },
  { name: 'a service without a type', identity: { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' }, actor: 'secretsmanager.amazonaws.com', kind: 'service', evidence: 'userIdentity.invokedBy' },
  { name: 'an Unknown that a service made the call for', identity: { type: 'Unknown', accountId: ACCOUNT, invokedBy: 'quicksight.amazonaws.com' }, actor: 'quicksight.amazonaws.com', kind: 'service', evidence: 'userIdentity.invokedBy' },
  { name: 'another account', identity: { type: 'AWSAccount', principalId: 'AROAEXAMPLE:ada', accountId: '777788889999' }, actor: '777788889999', kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'another account through a service', identity: { type: 'AWSAccount', principalId: 'AIDAEXAMPLE', accountId: '777788889999', invokedBy: 'athena.amazonaws.com' }, actor: '777788889999', kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an account without a type', identity: { accountId: ACCOUNT }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an Unknown of an account', identity: { type: 'Unknown', principalId: ACCOUNT, arn: '', accountId: ACCOUNT, accessKeyId: '' }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an IAM user whose name is hidden and who has no arn', identity: { type: 'IAMUser', accountId: ACCOUNT, accessKeyId: '', userName: 'HIDDEN_DUE_TO_SECURITY_REASONS' }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an IAM user without a name, not the service that carries out the call', identity: { type: 'IAMUser', accountId: ACCOUNT, invokedBy: 'signin.amazonaws.com' }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'a user of a directory without a name: the arn ends with an id', identity: { type: 'Directory', arn: `arn:aws:ds:us-east-1:${ACCOUNT}:user/d-0000cafe00/0000-0000`, accountId: ACCOUNT }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an Identity Center user without an id: the account is the instance\'s', identity: { type: 'IdentityCenterUser', accountId: ACCOUNT, credentialId: 'x' }, actor: null, kind: 'unknown', evidence: null },
  { name: 'Anonymous', identity: { type: 'Unknown', principalId: 'Anonymous' }, actor: null, kind: 'unknown', evidence: null },
  { name: 'an account without a number', identity: { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' }, actor: null, kind: 'unknown', evidence: null },
  { name: 'an empty identity', identity: {}, actor: null, kind: 'unknown', evidence: null },
  { name: 'no identity', identity: undefined, actor: null, kind: 'unknown', evidence: null },
  { name: 'an identity that is null', identity: null, actor: null, kind: 'unknown', evidence: null },
  { name: 'members of other types than text', identity: { type: 7, userName: { a: 1 }, arn: [], principalId: false, accountId: 123456789012, sessionContext: 'x', onBehalfOf: null }, actor: null, kind: 'unknown', evidence: null },
];

const CASES = [...PEOPLE, ...PROGRAMS, ...OTHERS];

/** What the record has at the path that is given as evidence. */
function lookUp(identity: unknown, evidence: string): unknown {
  const record: unknown = { userIdentity: identity };
  return evidence.split('.').reduce((value: unknown, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined), record);
}

/** Whether the evidence holds: a real path whose text contains the actor. Root is named by its type. */
function isProven(identity: unknown, { actor, actorKind, actorEvidence }: Actor): boolean {
  if (actor === null || actorEvidence === null) return actor === null && actorEvidence === null && actorKind === 'unknown';
  const value = lookUp(identity, actorEvidence);
  if (actorKind === 'root') return actor === 'root' && value === 'Root';
  return actorKind !== 'unknown' && typeof value === 'string' && value.includes(actor);
}

describe('readIdentity', () => {
  it.each(CASES)('names $name', ({ identity, actor, kind, evidence }) => {
    const read = readIdentity(identity);

    expect({ actor: read.actor, kind: read.actorKind, evidence: read.actorEvidence }).toEqual({ actor, kind, evidence });
  });

  it.each(CASES)('gives evidence that holds for $name', ({ identity }) => {
    expect(isProven(identity, readIdentity(identity))).toBe(true);
  });

  it('gives the principal as the record has it, an unknown as null', () => {
    const read = readIdentity(roleSession('ada', 'Analyst', { invokedBy: 'athena.amazonaws.com' }));

    expect(read).toEqual({
      actor: 'ada',
      actorKind: 'person',
      actorEvidence: ID,
      principalType: 'AssumedRole',
      principalId: 'AROAEXAMPLEROLEID:ada',
      principalArn: `arn:aws:sts::${ACCOUNT}:assumed-role/Analyst/ada`,
      principalAccountId: ACCOUNT,
      roleName: 'Analyst',
      sessionName: 'ada',
      sourceIdentity: null,
      onBehalfOfUserId: null,
      invokedBy: 'athena.amazonaws.com',
      accessKeyId: 'ASIAEXAMPLE',
    });
  });

  it('keeps what it does not take for the actor: a role in sourceIdentity, and the session beside the user it acts for', () => {
    const lakeFormation = readIdentity(withSourceIdentity(`V2.${ACCOUNT}.AROAEXAMPLE`, 'ada'));
    const onBehalf = readIdentity({ ...roleSession('ada'), onBehalfOf: { userId: 'u-1' } });

    expect(lakeFormation.sourceIdentity).toBe(`V2.${ACCOUNT}.AROAEXAMPLE`);
    expect(onBehalf).toMatchObject({ actor: 'u-1', onBehalfOfUserId: 'u-1', sessionName: 'ada' });
  });

  it.each([
    { name: 'the issuer', identity: roleSession('ada', 'Analyst'), role: 'Analyst' },
    { name: 'the arn of the session', identity: roleSession('ada', 'Analyst', { sessionContext: undefined }), role: 'Analyst' },
    { name: 'the arn of the IAM role, without its path', identity: { type: 'AssumedRole', principalId: 'AROA:ada', arn: `arn:aws:iam::${ACCOUNT}:role/team/Reader` }, role: 'Reader' },
    { name: 'nothing, for an IAM user with an empty issuer', identity: iamUser('ada', { sessionContext: { sessionIssuer: {} } }), role: null },
    { name: 'nothing, for a federated user whose issuer is an IAM user', identity: { type: 'FederatedUser', principalId: `${ACCOUNT}:ada`, sessionContext: { sessionIssuer: { type: 'IAMUser', userName: 'broker' } } }, role: null },
  ])('takes the role from $name', ({ identity, role }) => {
    expect(readIdentity(identity).roleName).toBe(role);
  });

  it('never takes the issuer\'s name for a person\'s, and never a userName of a role session', () => {
    const read = readIdentity(roleSession('', 'Analyst', { principalId: 'AROAEXAMPLE:', userName: 'Analyst' }));

    expect(read).toMatchObject({ actor: 'Analyst', actorKind: 'role_session', sessionName: null });
  });

  it('reads any identity, and proves what it says', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('ada', 'i-05c30218156bcc246', 'ada@example.com', 'HIDDEN_DUE_TO_SECURITY_REASONS', `V2.${ACCOUNT}.AROAEXAMPLE`, ''));
    const arn = fc.oneof(name, name.map((role) => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}`), name.map((session) => `arn:aws:sts::${ACCOUNT}:assumed-role/R/${session}`), name.map((user) => `arn:aws:iam::${ACCOUNT}:user/p/${user}`));
    const value = (texts: fc.Arbitrary<string>) => fc.oneof({ weight: 8, arbitrary: texts }, { weight: 1, arbitrary: fc.jsonValue() });
    const anyIdentity = fc.record(
      {
        type: value(fc.constantFrom('Root', 'IAMUser', 'AssumedRole', 'Role', 'FederatedUser', 'Directory', 'AWSAccount', 'AWSService', 'IdentityCenterUser', 'Unknown', 'SAMLUser', 'WebIdentityUser')),
        userName: value(name),
        principalId: value(fc.oneof(name, name.map((session) => `AROA:${session}`))),
        arn: value(arn),
        accountId: value(fc.constantFrom(ACCOUNT, 'ANONYMOUS_PRINCIPAL')),
        invokedBy: value(fc.constantFrom('athena.amazonaws.com', 'AWS Internal')),
        sessionContext: fc.oneof(fc.jsonValue(), fc.record({ sourceIdentity: value(name), sessionIssuer: fc.record({ userName: value(name) }, { requiredKeys: [] }) }, { requiredKeys: [] })),
        onBehalfOf: fc.oneof(fc.jsonValue(), fc.record({ userId: value(name) })),
      },
      { requiredKeys: [] },
    );

    fc.assert(fc.property(anyIdentity, (identity) => isProven(identity, readIdentity(identity))), { numRuns: 3000 });
    fc.assert(fc.property(fc.jsonValue(), (identity) => isProven(identity, readIdentity(identity))));
  });
});

describe('isMachineName', () => {
  it.each([
    'i-0f6f1234',
    'aws-go-sdk-1688990082523310002',
    'aws-sdk-js-1700000000000',
    'botocore-session-1700000000',
    'AWSCLI-Session',
    '1641313043312360000',
    '0123456789abcdef0123456789abcdef',
    'GlueJobRunnerSession',
    'AWSCloudFormation',
    'AWS-SSO',
    'AutoScaling',
    'QuickSight-RoleSession-1',
    'amg-session',
    'AthenaExecutor-1',
    'SageMaker',
    'GitHubActions',
    'eks-prod-reader-5d1f3a0e-7c1b-4a55-9f39-0a1b2c3d4e5f',
    'nightly-etl',
    'NightlyReportJob',
    'ETLJob',
    'worker12',
    'session1',
    'AssumedRoleSessionName',
    'MandoService2842426183934887787',
    'dbt_prod',
    'airflow',
    'cli',
    'noreply@example.com',
    'svc-reports@example.com',
    'reports.bot@example.com',
    'airflow-worker@example.com',
    'reader@project.iam.gserviceaccount.com',
  ])('takes %s for a machine\'s', (name) => {
    expect(isMachineName(name, 'Analyst')).toBe(true);
  });

  it.each([
    'ada',
    'Alice-tempcreds',
    'AdaLovelace',
    'ada.lovelace',
    'ada_lovelace',
    'ada.lovelace@example.com',
    'john.batch@example.com',
    'servicer@example.com',
    'pk79901',
    'cd12345',
    'x0123456',
    'i-ivanova',
    'Admin-user',
    'amber',
    'o=ada,cn=lovelace',
  ])('takes %s for a person\'s', (name) => {
    expect(isMachineName(name, 'Analyst')).toBe(false);
  });

  it.each([
    { name: 'the role\'s own name', session: 'Reader', role: 'Reader', machine: true },
    { name: 'the first words of the role', session: 'get-orders', role: 'get-orders-role-x1y2', machine: true },
    { name: 'words of the role in another spelling', session: 'GetOrders', role: 'orders-get_orders', machine: true },
    { name: 'a part of a word of the role', session: 'dana', role: 'dataanadana', machine: false },
    { name: 'words of the role in another order', session: 'orders-get', role: 'get-orders-role', machine: false },
    { name: 'a name where no role is known', session: 'get-orders', role: null, machine: false },
  ])('says $machine of $name', ({ session, role, machine }) => {
    expect(isMachineName(session, role)).toBe(machine);
  });
});

describe('isPermissionSet', () => {
  it.each([
    { role: 'AWSReservedSSO_Analyst_8df5ccd37b', is: true },
    { role: 'AWSReservedSSO_data_team_read_8df5ccd37b', is: true },
    { role: 'AWSServiceRoleForSSO', is: false },
    { role: 'my-AWSReservedSSO_Analyst', is: false },
    { role: null, is: false },
  ])('says $is of $role', ({ role, is }) => {
    expect(isPermissionSet(role)).toBe(is);
  });
});

/** Public CloudTrail records: a folder named by CLOUDTRAIL_RECORDS. */
const RECORDS = resolve(process.env['CLOUDTRAIL_RECORDS'] ?? 'no-public-records');
const whenThere = existsSync(RECORDS) ? describe : describe.skip;

/** Every userIdentity in a file, also of records that are text within a record. */
function identitiesIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(identitiesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    if (key === 'userIdentity') return [each];
    return key === 'CloudTrailEvent' && typeof each === 'string' ? identitiesIn(JSON.parse(each)) : identitiesIn(each);
  });
}

whenThere('every public record (CLOUDTRAIL_RECORDS)', () => {
  const identities = (): unknown[] =>
    readdirSync(RECORDS, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => identitiesIn(JSON.parse(readFileSync(join(RECORDS, name), 'utf8'))));

  it('is read, and its actor proven by the record', () => {
    const all = identities();

    const unproven = all.filter((identity) => !isProven(identity, readIdentity(identity)));

    expect(all.length).toBeGreaterThan(100);
    expect(unproven).toEqual([]);
  });

  it('names an actor, but for the anonymous and the redacted', () => {
    const unknown = identities().filter((identity) => readIdentity(identity).actor === null);

    const accounts = unknown.map((identity) => lookUp(identity, 'userIdentity.accountId') ?? 'none');

    expect(accounts.filter((account) => /^\d{12}$/.test(String(account)))).toEqual([]);
  });

  it('takes no session of a service-linked role for a person\'s', () => {
    const reads = identities().map(readIdentity);

    const linked = reads.filter(({ roleName }) => roleName?.startsWith('AWSServiceRoleFor'));

    expect(linked.length).toBeGreaterThan(0);
    expect(linked.filter(({ actorKind }) => actorKind !== 'role_session')).toEqual([]);
  });
});
