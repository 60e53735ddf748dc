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
  { name: 'an Identity Center session within a service\'s scope', identity: roleSession('ada@example.com', 'AWSReservedSSO_Analyst_8df5ccd37b', { inScopeOf: { sourceArn: `arn:aws:sagemaker:eu-west-1:${ACCOUNT}:space/d-1/ada` } }), actor: 'ada@example.com', kind: 'person', evidence: ID },
  { name: 'a source identity within a service\'s scope', identity: { ...withSourceIdentity('ada', 'orders'), inScopeOf: { sourceArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:orders` } }, actor: 'ada', kind: 'person', evidence: 'userIdentity.sessionContext.sourceIdentity' },
  { name: 'a session whose scope is empty, as services write it for persons', identity: roleSession('ada', 'Analyst', { inScopeOf: {} }), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a session whose scope names an account alone', identity: roleSession('ada', 'Analyst', { inScopeOf: { sourceAccount: ACCOUNT, sourceArn: '' } }), actor: 'ada', kind: 'person', evidence: ID },
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
  { name: 'a federated user beside a userName, which is not documented: it may be of who federated', identity: { type: 'FederatedUser', principalId: `${ACCOUNT}:ada`, accountId: ACCOUNT, userName: 'broker' }, actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a federated user by the arn', identity: { type: 'FederatedUser', arn: `arn:aws:sts::${ACCOUNT}:federated-user/ada`, accountId: ACCOUNT }, actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'a user of a directory', identity: { type: 'Directory', arn: `arn:aws:ds:us-east-1:${ACCOUNT}:user/d-0000cafe00/0000-0000`, accountId: ACCOUNT, userName: 'ada@example.com' }, actor: 'ada@example.com', kind: 'person', evidence: NAME },
  { name: 'a SAML user', identity: { type: 'SAMLUser', principalId: 'bdGOnUkh1i4L/jEvs=:ada', userName: 'ada', identityProvider: 'bdGOnUkh1i4L/jEvs=' }, actor: 'ada', kind: 'person', evidence: NAME },
  { name: 'a web identity', identity: { type: 'WebIdentityUser', principalId: 'accounts.google.com:app.example.com:ada', userName: 'ada', identityProvider: 'accounts.google.com' }, actor: 'ada', kind: 'person', evidence: NAME },
];

/** Shapes in which records are found, or could be, and that say less than a documented one: the type is vague, a name hidden or missing. */
const ODD: readonly Case[] = [
  { name: 'a role session without a type, by the arn', identity: { principalId: 'AROAEXAMPLE:ada', arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Analyst/ada`, accountId: ACCOUNT }, actor: 'ada', kind: 'person', evidence: ID },
  { name: 'an Unknown whose arn is a role session\'s', identity: { type: 'Unknown', arn: `arn:aws-us-gov:sts::${ACCOUNT}:assumed-role/Analyst/ada`, accountId: ACCOUNT, userName: 'Analyst' }, actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'a role session with an empty type, by the arn', identity: { type: '', arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Analyst/ada`, accountId: ACCOUNT }, actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'an instance without a type, by the arn', identity: { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Web/i-05c30218156bcc246`, accountId: ACCOUNT, invokedBy: 'ec2.amazonaws.com' }, actor: 'i-05c30218156bcc246', kind: 'role_session', evidence: ARN },
  { name: 'a federated user without a type', identity: { arn: `arn:aws:sts::${ACCOUNT}:federated-user/ada`, accountId: ACCOUNT, sessionContext: { sessionIssuer: { userName: 'broker' } } }, actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'an IAM user without a type, though named as a program', identity: { arn: `arn:aws:iam::${ACCOUNT}:user/etl-batch`, accountId: ACCOUNT }, actor: 'etl-batch', kind: 'person', evidence: ARN },
  { name: 'an Unknown whose arn is an IAM user\'s', identity: { type: 'Unknown', principalId: 'AIDAEXAMPLE', arn: `arn:aws:iam::${ACCOUNT}:user/team/etl-batch`, accountId: ACCOUNT, userName: 'etl-batch' }, actor: 'etl-batch', kind: 'person', evidence: NAME },
  { name: 'an Unknown with a program\'s user name and no arn', identity: { type: 'Unknown', accountId: ACCOUNT, userName: 'etl-batch' }, actor: 'etl-batch', kind: 'role_session', evidence: NAME },
  { name: 'a QuickSight user whose name quotes an IAM user\'s arn', identity: { type: 'Unknown', arn: `arn:aws:quicksight:us-east-1:${ACCOUNT}:user/arn:aws:iam::${ACCOUNT}:user/etl-batch`, accountId: ACCOUNT }, actor: 'etl-batch', kind: 'role_session', evidence: ARN },
  { name: 'a QuickSight user whose name quotes a role session\'s arn', identity: { type: 'Unknown', arn: `arn:aws:quicksight:us-east-1:${ACCOUNT}:user/arn:aws:sts::${ACCOUNT}:assumed-role/Analyst/team/ada`, accountId: ACCOUNT }, actor: 'ada', kind: 'person', evidence: ARN },
  { name: 'a QuickSight user', identity: { type: 'Unknown', principalId: '200001234', arn: `arn:aws:quicksight:us-east-1:${ACCOUNT}:user/default/Reader/ada@example.com`, accountId: ACCOUNT }, actor: 'ada@example.com', kind: 'person', evidence: ARN },
  { name: 'a SAML user without userName, by principalId', identity: { type: 'SAMLUser', principalId: 'bdGOnUkh1i4L/jEvs=:ada@example.com' }, actor: 'ada@example.com', kind: 'person', evidence: ID },
  { name: 'a web identity without userName, by principalId', identity: { type: 'WebIdentityUser', principalId: 'accounts.google.com:app.example.com:ada' }, actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a service account without userName, by principalId', identity: { type: 'WebIdentityUser', principalId: `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks:sts.amazonaws.com:system:serviceaccount:sales:reader` }, actor: 'system:serviceaccount:sales:reader', kind: 'role_session', evidence: ID },
  ...[
    { of: 'Terraform Cloud', provider: 'app.terraform.io', audience: 'aws.workload.identity', subject: 'organization:o:project:p:workspace:w:run_phase:plan' },
    { of: 'GitHub', provider: 'token.actions.githubusercontent.com', audience: 'sts.amazonaws.com', subject: 'repo:example/reports:ref:refs/heads/main' },
    { of: 'GitHub for an audience that is an address', provider: 'token.actions.githubusercontent.com', audience: 'https://github.com/example', subject: 'repo:example/reports:environment:prod' },
    { of: 'GitLab', provider: 'gitlab.com', audience: 'https://gitlab.com', subject: 'project_path:group/project:ref_type:branch:ref:main' },
    { of: 'GitLab on a port', provider: 'gitlab.example.com', audience: 'https://gitlab.example.com:8443', subject: 'project_path:g/p:ref_type:branch:ref:main' },
    { of: 'Bitbucket', provider: 'api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc', audience: 'ari:cloud:bitbucket::workspace/1a2b3c4d-0d3c-4a7c-9d0e-1a2b3c4d5e6f', subject: '{2f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f}:{3f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f}' },
    { of: 'CircleCI', provider: 'oidc.circleci.com/org/o-1', audience: 'o-1', subject: 'org/o-1/project/p-1/user/u-1' },
    { of: 'Buildkite', provider: 'agent.buildkite.com', audience: 'sts.amazonaws.com', subject: 'organization:acme:pipeline:reports:ref:refs/heads/main:commit:9f42:step:run' },
    { of: 'Spacelift', provider: 'acme.app.spacelift.io', audience: 'acme.app.spacelift.io', subject: 'space:root:stack:reports:run_type:TRACKED:scope:write' },
    { of: 'Kubernetes', provider: 'oidc.eks.eu-west-1.amazonaws.com/id/A8242F25BFBB8F98', audience: 'sts.amazonaws.com', subject: 'system:serviceaccount:reports:reader' },
    { of: 'Azure', provider: 'sts.windows.net/2f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f/', audience: 'api://reports', subject: '4f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f' },
    { of: 'Azure DevOps', provider: 'vstoken.dev.azure.com/2f5e', audience: 'api://AzureADTokenExchange', subject: 'sc://acme/reports/aws' },
    { of: 'a provider that nobody knows yet', provider: 'oidc.example.com', audience: 'aws', subject: 'org:acme:app:reports' },
  ].map(({ of, provider, audience, subject }): Case => ({ name: `a workload of ${of}, by principalId`, identity: { type: 'WebIdentityUser', principalId: `arn:aws:iam::${ACCOUNT}:oidc-provider/${provider}:${audience}:${subject}` }, actor: subject, kind: 'role_session', evidence: ID })),
  { name: 'a person of a provider of the account\'s own, by principalId', identity: { type: 'WebIdentityUser', principalId: `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com:https://reports.example.com:ada@example.com` }, actor: 'ada@example.com', kind: 'person', evidence: ID },
  { name: 'a web identity whose principalId has no audience', identity: { type: 'WebIdentityUser', principalId: 'accounts.google.com:ada' }, actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a user of an identity pool, by principalId', identity: { type: 'WebIdentityUser', principalId: 'cognito-identity.amazonaws.com:us-east-1:1f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f:us-east-1:2f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f' }, actor: 'us-east-1:2f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f', kind: 'role_session', evidence: ID },
  { name: 'a workload of CircleCI, by its user name', identity: { type: 'WebIdentityUser', userName: 'org/o-1/project/p-1/user/u-1' }, actor: 'org/o-1/project/p-1/user/u-1', kind: 'role_session', evidence: NAME },
  { name: 'a SAML user whose own name has a colon', identity: { type: 'SAMLUser', principalId: 'bdGOnUkh1i4L/jEvs=:acme:ada' }, actor: 'acme:ada', kind: 'role_session', evidence: ID },
  { name: 'a SAML user by the arn of the provider', identity: { type: 'SAMLUser', principalId: `arn:aws:iam::${ACCOUNT}:saml-provider/MyIdP:ada@example.com` }, actor: 'ada@example.com', kind: 'person', evidence: ID },
  { name: 'an Unknown with a service\'s name', identity: { type: 'Unknown', userName: 'reports.amazonaws.com' }, actor: 'reports.amazonaws.com', kind: 'role_session', evidence: NAME },
  { name: 'a pipeline of GitHub without userName, by principalId', identity: { type: 'WebIdentityUser', principalId: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:example/reports:ref:refs/heads/main` }, actor: 'repo:example/reports:ref:refs/heads/main', kind: 'role_session', evidence: ID },
  { name: 'a user of an identity pool, who has an id alone', identity: { type: 'WebIdentityUser', principalId: 'cognito-identity.amazonaws.com:us-east-1:2f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f', userName: 'us-east-1:2f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f' }, actor: 'us-east-1:2f5e1f5c-0d3c-4a7c-9d0e-1a2b3c4d5e6f', kind: 'role_session', evidence: NAME },
  { name: 'the session where the source identity is hidden', identity: withSourceIdentity('HIDDEN_DUE_TO_SECURITY_REASONS', 'ada'), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'the session where the user it acts for is hidden', identity: roleSession('ada', 'Analyst', { onBehalfOf: { userId: 'HIDDEN_DUE_TO_SECURITY_REASONS' } }), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'the session where the source identity is a role of a redacted account', identity: withSourceIdentity('V2.XXXXXXXXXXXX.AROAEXAMPLE', 'ada'), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a source identity that only looks like a version', identity: withSourceIdentity('V2.ada', 'grace'), actor: 'V2.ada', kind: 'person', evidence: 'userIdentity.sessionContext.sourceIdentity' },
  { name: 'a source identity that only begins as a role\'s', identity: withSourceIdentity('V2.0.ALovelace', 'grace'), actor: 'V2.0.ALovelace', kind: 'person', evidence: 'userIdentity.sessionContext.sourceIdentity' },
  { name: 'a source identity that only ends as a role\'s', identity: withSourceIdentity(`ada-V2.${ACCOUNT}.AROAEXAMPLE`, 'grace'), actor: `ada-V2.${ACCOUNT}.AROAEXAMPLE`, kind: 'role_session', evidence: 'userIdentity.sessionContext.sourceIdentity' },
  { name: 'a function by what its credentials were issued to', identity: roleSession('GetOrders', 'Orders', { inScopeOf: { credentialsIssuedTo: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:GetOrders` } }), actor: 'GetOrders', kind: 'role_session', evidence: ID },
  { name: 'a function by the kind of its issuer', identity: roleSession('GetOrders', 'Orders', { inScopeOf: { issuerType: 'AWS::Lambda::Function' } }), actor: 'GetOrders', kind: 'role_session', evidence: ID },
  { name: 'Root that a central account has assumed', identity: { type: 'Root', principalId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT, accessKeyId: 'ASIAEXAMPLE', sessionContext: { assumedRoot: 'true', attributes: {} } }, actor: 'root', kind: 'root', evidence: 'userIdentity.type' },
  { name: 'Root that a person has assumed', identity: { type: 'Root', principalId: ACCOUNT, accountId: ACCOUNT, sessionContext: { assumedRoot: 'true', sourceIdentity: 'ada' } }, actor: 'ada', kind: 'person', evidence: 'userIdentity.sessionContext.sourceIdentity' },
  { name: 'a person who acts by a provider\'s delegated access', identity: roleSession('ada', 'Analyst', { invokedByDelegate: { accountId: '777788889999' } }), actor: 'ada', kind: 'person', evidence: ID },
  { name: 'a person in a role of an isolated partition', identity: roleSession('ada', 'Analyst', { arn: `arn:aws-iso-b:sts::${ACCOUNT}:assumed-role/Analyst/ada`, principalId: 'AROAEXAMPLE' }), actor: 'ada', kind: 'person', evidence: ARN },
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
  { name: 'a Lambda function, whatever its name, by the source of the call', identity: roleSession('ada', 'Orders', { inScopeOf: { sourceArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:ada` } }), actor: 'ada', kind: 'role_session', evidence: ID },
  { name: 'another service\'s resource, by the source of the call', identity: roleSession('ada@example.com', 'Orders', { inScopeOf: { sourceArn: `arn:aws:states:eu-west-1:${ACCOUNT}:stateMachine:orders`, sourceAccount: ACCOUNT } }), actor: 'ada@example.com', kind: 'role_session', evidence: ID },
  { name: 'a federation that a service\'s resource uses', identity: { type: 'FederatedUser', principalId: `${ACCOUNT}:ada`, accountId: ACCOUNT, inScopeOf: { sourceArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:orders` } }, actor: 'ada', kind: 'role_session', evidence: ID },
  { name: 'an instance by the delivery of its credentials', identity: { ...roleSession('host', 'Web'), sessionContext: { ...roleSession('host', 'Web').sessionContext, ec2RoleDelivery: '2.0' } }, actor: 'host', kind: 'role_session', evidence: ID },
  { name: 'an instance by the delivery of its credentials, whatever its name', identity: { ...roleSession('turing', 'Web'), sessionContext: { ...roleSession('turing', 'Web').sessionContext, ec2RoleDelivery: '2.0' } }, actor: 'turing', kind: 'role_session', evidence: ID },
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
  { name: 'a service of AWS that has a user name', identity: { type: 'AWSService', userName: 'athena.amazonaws.com', invokedBy: 'athena.amazonaws.com' }, actor: 'athena.amazonaws.com', kind: 'service', evidence: 'userIdentity.invokedBy' },
  { name: 'a service of AWS that has a person\'s name and arn', identity: { type: 'AWSService', userName: 'ada', arn: `arn:aws:iam::${ACCOUNT}:user/ada`, accountId: ACCOUNT }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'another account that has a user name', identity: { type: 'AWSAccount', principalId: 'AIDAEXAMPLE', accountId: '777788889999', userName: 'ada' }, actor: '777788889999', kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'another account that has a user\'s arn', identity: { type: 'AWSAccount', arn: 'arn:aws:iam::777788889999:user/ada', accountId: '777788889999' }, actor: '777788889999', kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'another account, whatever the arn beside it says', identity: { type: 'AWSAccount', arn: 'arn:aws:sts::777788889999:assumed-role/Analyst/ada', accountId: '777788889999' }, actor: '777788889999', kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an account without a type', identity: { accountId: ACCOUNT }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an Unknown of an account', identity: { type: 'Unknown', principalId: ACCOUNT, arn: '', accountId: ACCOUNT, accessKeyId: '' }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an IAM user whose name is hidden and who has no arn', identity: { type: 'IAMUser', accountId: ACCOUNT, accessKeyId: '', userName: 'HIDDEN_DUE_TO_SECURITY_REASONS' }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an IAM user without a name, not the service that carries out the call', identity: { type: 'IAMUser', accountId: ACCOUNT, invokedBy: 'signin.amazonaws.com' }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'a user of a directory without a name: the arn ends with an id', identity: { type: 'Directory', arn: `arn:aws:ds:us-east-1:${ACCOUNT}:user/d-0000cafe00/0000-0000`, accountId: ACCOUNT }, actor: ACCOUNT, kind: 'account', evidence: 'userIdentity.accountId' },
  { name: 'an Identity Center user without an id: the account is the instance\'s', identity: { type: 'IdentityCenterUser', accountId: ACCOUNT, credentialId: 'x' }, actor: null, kind: 'unknown', evidence: null },
  { name: 'Anonymous', identity: { type: 'Unknown', principalId: 'Anonymous' }, actor: null, kind: 'unknown', evidence: null },
  { name: 'an account without a number', identity: { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' }, actor: null, kind: 'unknown', evidence: null },
  { name: 'an account of too many digits', identity: { type: 'AWSAccount', accountId: `${ACCOUNT}3` }, actor: null, kind: 'unknown', evidence: null },
  { name: 'an empty identity', identity: {}, actor: null, kind: 'unknown', evidence: null },
  { name: 'no identity', identity: undefined, actor: null, kind: 'unknown', evidence: null },
  { name: 'an identity that is null', identity: null, actor: null, kind: 'unknown', evidence: null },
  { name: 'members of other types than text', identity: { type: 7, userName: { a: 1 }, arn: [], principalId: false, accountId: 123456789012, sessionContext: 'x', onBehalfOf: null }, actor: null, kind: 'unknown', evidence: null },
];

const CASES = [...PEOPLE, ...ODD, ...PROGRAMS, ...OTHERS];

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

  it.each([
    { name: 'in a function', identity: roleSession('ada'), agent: 'Boto3/1.40.4 md/Botocore#1.40.4 lang/python#3.14.3 exec-env/AWS_Lambda_python3.14 cfg/retry-mode#legacy', kind: 'role_session' },
    { name: 'in a function, though the session is an e-mail address', identity: roleSession('ada@example.com'), agent: 'aws-sdk-nodejs/2.814.0 linux/v12.22.1 exec-env/AWS_Lambda_nodejs12.x promise', kind: 'role_session' },
    { name: 'in a container', identity: roleSession('ada'), agent: 'aws-cli/2.15.7 Python/3.11.6 Linux/4.18.0 exec-env/AWS_ECS_FARGATE', kind: 'role_session' },
    { name: 'in a job of Glue', identity: roleSession('ada'), agent: 'Boto3/1.34 exec-env/AWS_Glue', kind: 'role_session' },
    { name: 'of an Airflow task', identity: roleSession('ada'), agent: 'Boto3/1.34.0 Botocore/1.34.0 Airflow/2.9.1 AmPP/8.20.0 Caller/AthenaOperator DagRunKey/1b1f9c5e', kind: 'role_session' },
    { name: 'of a federation in a function', identity: { type: 'FederatedUser', principalId: `${ACCOUNT}:ada`, accountId: ACCOUNT }, agent: 'exec-env/AWS_Lambda_java21', kind: 'role_session' },
    { name: 'on an instance, where people sign in', identity: roleSession('ada'), agent: 'aws-cli/2.15.42 Python/3.11.8 Windows/10 exec-env/EC2 exe/AMD64', kind: 'person' },
    { name: 'in CloudShell', identity: roleSession('ada'), agent: 'aws-cli/2.13.5 Python/3.11.4 exec-env/CloudShell exe/x86_64.amzn.2', kind: 'person' },
    { name: 'in Cloud9', identity: roleSession('ada'), agent: 'aws-cli/2.13.5 exec-env/AWS_Cloud9', kind: 'person' },
    { name: 'of a library that people use too', identity: roleSession('ada'), agent: 'Boto3/1.40.4 md/Botocore#1.40.4', kind: 'person' },
    { name: 'that only names a function', identity: roleSession('ada'), agent: 'my-exec-env-AWS_Lambda', kind: 'person' },
    { name: 'that is not there', identity: roleSession('ada'), agent: null, kind: 'person' },
    { name: 'in a container, of a permission set', identity: roleSession('ada@example.com', 'AWSReservedSSO_Analyst_8df5ccd37b'), agent: 'exec-env/AWS_ECS_EC2', kind: 'person' },
    { name: 'in a function, of a source identity', identity: withSourceIdentity('ada', 'mill'), agent: 'exec-env/AWS_Lambda_python3.14', kind: 'person' },
    { name: 'in a function, on behalf of a user', identity: roleSession('mill', 'Mill', { onBehalfOf: { userId: 'u-1' } }), agent: 'exec-env/AWS_Lambda_python3.14', kind: 'person' },
    { name: 'in a function, with a user\'s own key', identity: iamUser('ada'), agent: 'exec-env/AWS_Lambda_python3.14', kind: 'person' },
  ])('says $kind of a call $name', ({ identity, agent, kind }) => {
    expect(readIdentity(identity, agent).actorKind).toBe(kind);
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
    'GuardDuty',
    'Okta',
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
    'mi-0123456789abcdef0',
    'ip-10-0-1-12.ec2.internal',
    'swhVTcjWFwlUMKJhQwMBNoHWzbAwJvQP',
    '1a2b3c4d5e6f7890abcd',
    'boto3',
    'APPSYNC_ASSUME_ROLE',
    'BackplaneAssumeRoleSession',
    'CognitoIdentityCredentials',
    'RedshiftIamRoleSession',
    'ElasticLoadBalancing',
    'TrustedAdvisor_811596193553_b0ecb537',
    'KinesisFirehose',
    'DatadogAWSIntegration',
    'web-identity-token-1700',
    'external-data-connector',
    'order-handler',
    'snowflake',
    'karpenter-1700000000',
    'mysession',
    'assumed-role-test',
    'data-quality-check',
    'test',
    'prod',
    'web-1',
    'nightly.etl',
    'reports.bot',
    'noreply@example.com',
    'svc-reports@example.com',
    'reports.bot@example.com',
    'airflow-worker@example.com',
    'reader@project.iam.gserviceaccount.com',
    // Ids and clocks
    'i-0ab12cd34ef56gh78', 'i-abcdefab', 'i-12345', 'i-XXXXXXXXXXXX', '5000', '42', '20261120', '1700000000.123', '123456789012', '1a2b3c4d5e6f', '9f8e7d6c5b4a',
    '00fhrq7cp6n1jb09,00fhrq7cpk3m5j0a', '00exampleJob2,00exampleAttempt2', '00fhrq7cp6n1jb09', 'awslambda_738_20150817233633493', 'CloudSweep-1732579200', 'query-1732579200',
    'mill-1732579200000', 'mill-20260102-150405', 'mill_123456789012', '123456789012-mill', 'mill-4f2a9c1d8e', 'newObject-32c56b6', 'mill-3irLZkLQGPhb', 'mill-1K0PO3J2RZLW8', 'mill-run-LMCK4SSiBfR6Y6rb',
    'mill-7f9c6d5b8-x2k4j', 'NGQ1ZjNhMGUtN2MxYi00YTU1LTlmMzktMGExYjJjM2Q0ZTVm',
    // Programs' words, glued or abbreviated, from public code
    'githubactions', 'samplerolesession', 'samplesessionname', 'ghasession', 'mfaassume', 'kopsrole', 'ssosync', 'etljob', 'reportsvc', 'slackbot', 'datapipeline', 'web_hook', 'eval-session', 'BakeXSession',
    'BedrockAgentcoreSession', 'gha-12345', 'gha-build-box-12', 'GHA-typecheck-1', 'Github_to_AWS_Federated', 'gl-4567890123', 'gitlab-12-345678', 'GitHub-Action-Role', 'BitbucketPipelines', 'Jenkins-mill-441',
    'cross-account', 'CrossAccountAccess', 'cross_acct_lambda', 'ALZ_CheckAccount', 'trust-check', 'breakbot-discovery-check', 'kulshan-security-scan', 'zombie-scanner', 'cdk-diff-action', 'kilnwatch-assistant',
    'gff-social-video-feed-upload', 'fairytale-web-upload', 'tf-state-bootstrap', 'hub-to-spoke-ecs-cleanup', 'ProvisionAdminUser', 'CloudAuditValidation', 'CostOptimization-1', 'auto_remediate_elb4', 'lookup-acme',
    'agentcore_rl_toolkit', 'TracerIntegrationVerify', 'material-storage-77', 'client_name', 'copyinto', 'kinesis', 'hadoop', 'ec2-user', 'ssm-user', 'jovyan', 'AWS-Crawler', 'process-media-metadata', 'MH-COST-A-AutoStop',
    'adl-ec2-instance-age-12h-alert', 'uddi-validate', 'opensre-onboard-check', 'UserAccess', 'hcp-terraform-stacks', 'Airflow_data_lake', 'dbt-athena-adapter', 'looker_pdt', 'PowerBIGateway', 'hex-notebook',
    'sales-report', 'finance-reports', 'prod-reporting', 'query_executor', 'lake-compactor', 'order-events-consumer', 'K8sReader',
    's3access', 'plan-441-1', 'PhotoProcessing', 'postgres_connection_logging', 'push-to-s3-delivery', 'pai-agentcore-operator', 'Region_Validating', 'langchain-llm-1', 'DevDebug', 'DomainNameProvider', 'ComplianceAudit',
    'armory-spinnaker', 'OpenSearchDataload', 'deploy-from-github-actions', 'substation_cicd', 'mills-for-pepper',
    // Full names whose words are all programs' or environments', or one is nobody's name
    'etl.prod', 'dbt.prod', 'orders.etl', 'airflow.prod', 'nightly.run', 'batch.runner', 'spark.job', 'ci.jenkins', 'jan.bot', 'payments.service', 'acme.scheduler', 'etl.prod@x.example', 'airflow-prod@x.example',
    'data-pipeline@x.example', 'github.actions@x.example', 'jenkins@x.example', 'billing@x.example', 'no-reply@x.example', 'donotreply@x.example', 'data-team@x.example', 'athena.amazonaws.com', 'account@clients',
    'awssdk-js-1700000000000',
    'boto-1700000000',
    'awscli',
    '1700000000000',
    'reader-5d1f3a0e-7c1b-4a55-9f39-0a1b2c3d4e5f',
    '9CC1EBB2-AAC5-B1CA-8247-5D827BD8232F',
    'ip-172-31-20-7',
    'github',
    'tableau',
    'nightly-etl.sales',
    'sales.reports-etl',
    'customer-service@example.com',
    'noreply-reports@example.com',
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
    'Athena.Smith@example.com',
    'Athena.Smith',
    'john.daily',
    'spark.hunter',
    'CORP-jdoe',
    'DOMAIN\\jdoe',
    'alice-dev',
    'jane-test',
    'jdoe-aws',
    'u123456',
    '12345678',
    'emre.kaya',
    'deadbeef',
    'josé',
    '佐藤',
    'admin',
    'Admin-user',
    'amber',
    'o=ada,cn=lovelace',
    // Logins and numbers
    'i-mueller2', 'i-petrov1a', 'a1234567', '123456', '1234567', '123456789', 'cd1234567', 'sjobs', 'kjenkins', 'jpacker', 'jpreston', 'chandler', 'jservice', 'mtalbot', 'carole', 'jack-test', 'liuyinghao-test', 'apineau',
    'jean-luc-picard', 'anna-maria-lopez', 'van_der_berg', 'jdoe-20261120',
    // Full names with a word that is a product's or a program's
    'Kinesis.Lee', 'Cognito.Rossi', 'anna.batch@example.com', 'katherine.jenkins@example.com', 'jane.page', 'paul.price', 'ann.cook', 'lisa.case', 'steve.jobs@example.com', 'chelsea.handler', 'jane.read', 'tom.build',
    'jane.m.batch', 'john.batch2', 'ada.lovelace+athena@example.com', 'randomca0L529zwNAY@gmail.com', 'm.talbot', 'eve.runner',
    'i-ivanovna',
    'i-ivanova77',
    'ali-12345678',
    'philip-10-0-1-12',
    'wolfeschlegelsteinhausenbergerdorff',
    'ada@project.iam.gserviceaccount.com.example.com',
    'jdoe-awscli',
    'Maria.Amazonas',
    'pk79901-test',
    '9lives-test',
  ])('takes %s for a person\'s', (name) => {
    expect(isMachineName(name, 'Analyst')).toBe(false);
  });

  it.each([
    { name: 'the role\'s own name', session: 'Reader', role: 'Reader', machine: true },
    { name: 'the first words of the role', session: 'get-orders', role: 'get-orders-role-x1y2', machine: true },
    { name: 'words of the role in another spelling', session: 'GetOrders', role: 'orders-get_orders', machine: true },
    { name: 'a part of a word of the role', session: 'dana', role: 'dataanadana', machine: false },
    { name: 'words of the role in another order', session: 'salt-pepper', role: 'pepper-salt-role', machine: false },
    { name: 'a function of SAM and its role', session: 'pepper-PepperMill-fKJJR5A3INRx', role: 'pepper-PepperMillRole-AbCdEfGhIjKl', machine: true },
    { name: 'a function of SAM whose end has letters alone', session: 'pepper-PepperMill-fKJJRABCINRx', role: 'pepper-PepperMillRole-GMTNXCVMGWWA', machine: true },
    { name: 'a function of the CDK and its role', session: 'MyStack-MillFn2F3C1D4E-xYzAbCdEfGhI', role: 'MyStack-MillFnServiceRole12AB34CD-kLmNoPqRsTuV', machine: true },
    { name: 'a function of the CDK whose role\'s name was cut', session: 'Spices-MillFn2F3C1D4E-xYzAbCdEfGhI', role: 'Spices-MillFnServiceRo-kLmNoPqRsTuV', machine: true },
    { name: 'a function of Pulumi and its role', session: 'pepperMill-32cd5b6', role: 'pepperMill-6696aa9', machine: true },
    { name: 'a function of the serverless framework and its role', session: 'pepper-mill-dev-grind', role: 'pepper-mill-dev-us-east-1-lambdaRole', machine: true },
    { name: 'a function of the CDK, of one word in a stack of one word', session: 'Spices-MillAB3C1D4E-xYzAbCdEfGhI', role: 'Spices-MillServiceRole12AB34CD-kLmNoPqRsTuV', machine: true },
    { name: 'one word that begins the role\'s first', session: 'ada', role: 'adabas', machine: false },
    { name: 'the first two words of the role, and another', session: 'pepper-mill-grind', role: 'pepper-mill-prod', machine: true },
    { name: 'only the first word of the role', session: 'ada-lovelace', role: 'ada-readers', machine: false },
    { name: 'only the second word of the role', session: 'ada-lovelace', role: 'grace-lovelace', machine: false },
    { name: 'a first name that begins the role\'s', session: 'ana-papadopoulou', role: 'analysts', machine: false },
    { name: 'a name without a word', session: '佐藤', role: '役割', machine: false },
    { name: 'a name where no role is known', session: 'pepper-salt', role: null, machine: false },
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

/** Who ran it, in those records, by type and kind; the list was read through before it was held. */
const PUBLIC: readonly { readonly type: string; readonly kind: ActorKind; readonly actors: string }[] = [
  { type: 'AWSAccount', kind: 'account', actors: '111111111111, 777788889999' },
  { type: 'AWSService', kind: 'service', actors: 'cloudtrail.amazonaws.com, ec2.amazonaws.com, eks.amazonaws.com, inspector2.amazonaws.com, lambda.amazonaws.com, rds.amazonaws.com, rolesanywhere.amazonaws.com' },
  { type: 'AssumedRole', kind: 'person', actors: 'Admin-user, Alice-tempcreds, HarishAchappa, Radiant, alias, devdsk, firstname.lastname@example.com, foo@bar.com, pmuniswamy, randomca0L529zwNAY@gmail.com, source-identity-value-set, user, userid' },
  { type: 'AssumedRole', kind: 'role_session', actors: 'AWS-SSO, AssumedRoleSessionName, AthenaExecutor-9cc1ebb2-aac5-b1ca-8247-5d827bd8232f, MandoService2842426183934887787, MandoService364061179539770931, SLRManagement, XXXXXXXXXXX, XXXXXXXXXXXXX, aws-go-sdk-1688990082523310002, aws-go-sdk-1688990515440126480, aws-go-sdk-1688990565286187801, aws-go-sdk-1722375070115152000, aws-go-sdk-1722455550269043000, cli, custodian-net-change-encryption, i-05c30218156bcc246, i-0784406a8a14355fe, i-0dbc91f429e48eeed, i-786a3A8B5C0d92eF4, i-example1234567890, my-session-name, scheduler, sessionname' },
  { type: 'Directory', kind: 'person', actors: 'user@example.com' },
  { type: 'FederatedUser', kind: 'person', actors: 'federated-user, federateduser, stratus_red_team' },
  { type: 'IAMUser', kind: 'person', actors: 'AWS_DCS_DEV, Alice, Jerry, JohnDoe, Level6, anaya, benjamin, bert-jan, c7nbot, christophe, exposed.user, fake@fakeemail.com, johndoe, stratus-red-team-nmfalu-jfzdtsvchl, stratus-red-team-user-federation-user, test@elastic.co, username, xxxxxxxx' },
  { type: 'IAMUser', kind: 'unknown', actors: 'null' },
  { type: 'IdentityCenterUser', kind: 'person', actors: '544894e8-80c1-707f-60e3-3ba6510dfac1, redacted' },
  { type: 'Root', kind: 'root', actors: 'root' },
  { type: 'SAMLUser', kind: 'person', actors: 'SamlExample, some.user@my.company.com, testuser' },
  { type: 'Unknown', kind: 'account', actors: '112233445566' },
  { type: 'Unknown', kind: 'person', actors: 'user@example.com' },
  { type: 'Unknown', kind: 'unknown', actors: 'null' },
  { type: 'WebIdentityUser', kind: 'person', actors: 'user-id' },
  { type: 'WebIdentityUser', kind: 'role_session', actors: 'organization:my-organization:project:my-project:workspace:terraform-cloud:run_phase:plan' },
  { type: 'none', kind: 'account', actors: '112233445566' },
  { type: 'none', kind: 'service', actors: 'AWS Internal, ec2.amazonaws.com, secretsmanager.amazonaws.com' },
  { type: 'none', kind: 'unknown', actors: 'null' },
];

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

  it('has its row in the table of actors', () => {
    const rows = new Set(PUBLIC.flatMap(({ type, kind, actors }) => actors.split(', ').map((actor) => `${type} ${kind} ${actor}`)));

    const read = new Set(identities().map((identity) => readIdentity(identity)).map(({ principalType, actorKind, actor }) => `${principalType ?? 'none'} ${actorKind} ${actor}`));

    expect([...read].filter((row) => !rows.has(row))).toEqual([]);
    expect([...rows].filter((row) => !read.has(row))).toEqual([]);
  });

  it('names an actor, but for the anonymous and the redacted', () => {
    const unknown = identities().filter((identity) => readIdentity(identity).actor === null);

    const accounts = unknown.map((identity) => lookUp(identity, 'userIdentity.accountId') ?? 'none');

    expect(accounts.filter((account) => /^\d{12}$/.test(String(account)))).toEqual([]);
  });

  it('takes no session of a service-linked role for a person\'s', () => {
    const reads = identities().map((identity) => readIdentity(identity));

    const linked = reads.filter(({ roleName }) => roleName?.startsWith('AWSServiceRoleFor'));

    expect(linked.length).toBeGreaterThan(0);
    expect(linked.filter(({ actorKind }) => actorKind !== 'role_session')).toEqual([]);
  });
});
