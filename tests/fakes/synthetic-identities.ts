/**
 * Every kind of userIdentity that is documented or was seen in public records, with what a report must say of it.
 * The expectations are written by hand, kind by kind: they are the measure of the product's rule, not a copy of it.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
import type { IdentityTruth } from './synthetic-row.ts';

/** Who stands behind an identity in the story. */
export interface Person {
  /** A name that nobody would take for a program's. */
  readonly login: string;
  readonly email: string;
  /** Sixteen characters for the ids of AWS. */
  readonly key: string;
  readonly uuid: string;
  /** Seventeen hexadecimal digits. */
  readonly instance: string;
}

/** A userIdentity and what is true of it. */
export interface Identity {
  /** undefined: the record has none. */
  readonly userIdentity: unknown;
  readonly truth: IdentityTruth;
}

const ACCOUNT = '111122223333';
const FOREIGN = '777788889999';
const ORIGIN = '2026-11-20T11:00:00Z';

const NOTHING: IdentityTruth = {
  actor: null, actor_kind: 'unknown', actor_evidence: null, user_name: null,
  principal_type: null, principal_id: null, principal_arn: null, principal_account_id: null, role_name: null, session_name: null,
  source_identity: null, on_behalf_of_user_id: null, invoked_by: null, access_key_id: null, assumed_by: null, assumed_by_evidence: null,
};

/** A role session without anything uncommon, for the kinds that differ from it in a member or two. */
function session(p: Person, role: string, name: string, kind: 'person' | 'role_session', issuerPath = ''): Identity & { readonly userIdentity: Record<string, unknown> } {
  return {
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROA${p.key}:${name}`,
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`,
      accountId: ACCOUNT,
      accessKeyId: `ASIA${p.key}`,
      sessionContext: sessionContext(p, role, issuerPath),
    },
    truth: {
      ...NOTHING,
      actor: name, actor_kind: kind, actor_evidence: 'userIdentity.principalId', user_name: name,
      principal_type: 'AssumedRole', principal_id: `AROA${p.key}:${name}`, principal_arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`,
      principal_account_id: ACCOUNT, role_name: role, session_name: name, access_key_id: `ASIA${p.key}`,
    },
  };
}

function sessionContext(p: Person, role: string, issuerPath = '', more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    sessionIssuer: { type: 'Role', principalId: `AROA${p.key}`, arn: `arn:aws:iam::${ACCOUNT}:role/${issuerPath}${role}`, accountId: ACCOUNT, userName: role },
    webIdFederationData: {},
    attributes: { creationDate: ORIGIN, mfaAuthenticated: 'false' },
    ...more,
  };
}

/** A role session with some members replaced, or left out when undefined. */
function altered(base: ReturnType<typeof session>, members: Readonly<Record<string, unknown>>, truth: Partial<IdentityTruth>): Identity {
  return { userIdentity: { ...base.userIdentity, ...members }, truth: { ...base.truth, ...truth } };
}

function user(p: Person, path = ''): Identity & { readonly userIdentity: Record<string, unknown> } {
  const arn = `arn:aws:iam::${ACCOUNT}:user/${path}${p.login}`;
  return {
    userIdentity: { type: 'IAMUser', principalId: `AIDA${p.key}`, arn, accountId: ACCOUNT, accessKeyId: `AKIA${p.key}`, userName: p.login },
    truth: {
      ...NOTHING,
      actor: p.login, actor_kind: 'person', actor_evidence: 'userIdentity.userName', user_name: p.login,
      principal_type: 'IAMUser', principal_id: `AIDA${p.key}`, principal_arn: arn, principal_account_id: ACCOUNT, access_key_id: `AKIA${p.key}`,
    },
  };
}

function federated(p: Person, issuer: Readonly<Record<string, unknown>>): Identity {
  const arn = `arn:aws:sts::${ACCOUNT}:federated-user/${p.login}`;
  return {
    userIdentity: { type: 'FederatedUser', principalId: `${ACCOUNT}:${p.login}`, arn, accountId: ACCOUNT, accessKeyId: `ASIA${p.key}`, sessionContext: { sessionIssuer: issuer, webIdFederationData: {}, attributes: { creationDate: ORIGIN, mfaAuthenticated: 'false' } } },
    truth: {
      ...NOTHING,
      actor: p.login, actor_kind: 'person', actor_evidence: 'userIdentity.principalId', user_name: p.login,
      principal_type: 'FederatedUser', principal_id: `${ACCOUNT}:${p.login}`, principal_arn: arn, principal_account_id: ACCOUNT, session_name: p.login, access_key_id: `ASIA${p.key}`,
    },
  };
}

function root(alias: string | undefined): Identity {
  return {
    userIdentity: { type: 'Root', principalId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT, accessKeyId: '', userName: alias },
    truth: { ...NOTHING, actor: 'root', actor_kind: 'root', actor_evidence: 'userIdentity.type', user_name: 'root', principal_type: 'Root', principal_id: ACCOUNT, principal_arn: `arn:aws:iam::${ACCOUNT}:root`, principal_account_id: ACCOUNT },
  };
}

/** Types whose human, if any, is in userName alone. */
function named(type: string, name: string, kind: string, members: Readonly<Record<string, unknown>>, truth: Partial<IdentityTruth>): Identity {
  return {
    userIdentity: { type, ...members, userName: name },
    truth: { ...NOTHING, actor: name, actor_kind: kind, actor_evidence: 'userIdentity.userName', user_name: name, principal_type: type, ...truth },
  };
}

const SSO_ROLE = 'AWSReservedSSO_Data_Analyst_8df5ccd37b1a2c3d';
const SSO_PATH = 'aws-reserved/sso.amazonaws.com/eu-central-1/';

/** The kinds by name. Each makes a new identity for a person. */
export const IDENTITIES = {
  'IAM user': (p) => user(p),
  'IAM user with a path': (p) => user(p, 'division/team/'),
  'IAM user in the console: an empty sessionIssuer': (p) => {
    const base = user(p);
    return {
      userIdentity: { ...base.userIdentity, accessKeyId: `ASIA${p.key}`, sessionContext: { sessionIssuer: {}, webIdFederationData: {}, attributes: { creationDate: '20131102T010628Z', mfaAuthenticated: 'true' } } },
      truth: { ...base.truth, access_key_id: `ASIA${p.key}` },
    };
  },
  'IAM user without ARN and key': (p) => ({ userIdentity: { ...user(p).userIdentity, arn: undefined, accessKeyId: '' }, truth: { ...user(p).truth, principal_arn: null, access_key_id: null } }),
  'IAM user, invoked by the sign-in service': (p) => ({ userIdentity: { ...user(p).userIdentity, invokedBy: 'signin.amazonaws.com' }, truth: { ...user(p).truth, invoked_by: 'signin.amazonaws.com' } }),
  'IAM user, invoked by AWS Internal': (p) => ({ userIdentity: { ...user(p).userIdentity, invokedBy: 'AWS Internal' }, truth: { ...user(p).truth, invoked_by: 'AWS Internal' } }),

  'role session of a person': (p) => session(p, 'DataEngineer', p.login, 'person'),
  'role session, role with a path': (p) => session(p, 'DataEngineer', p.login, 'person', 'division/team/'),
  'role session without sessionContext': (p) => altered(session(p, 'DataEngineer', p.login, 'person'), { sessionContext: undefined }, {}),
  'role session without ARN': (p) => altered(session(p, 'DataEngineer', p.login, 'person'), { arn: undefined }, { principal_arn: null }),
  'role session, ARN without the session': (p) => altered(session(p, 'MakeStuffPublic', p.login, 'person'), { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/MakeStuffPublic` }, { principal_arn: `arn:aws:sts::${ACCOUNT}:assumed-role/MakeStuffPublic` }),
  'role session, name in the ARN only': (p) => altered(session(p, 'DataEngineer', p.login, 'person'), { principalId: `AROA${p.key}` }, { principal_id: `AROA${p.key}`, actor_evidence: 'userIdentity.arn' }),
  // AWS's own examples differ so; the id is what STS gave.
  'role session, names in ARN and id differ': (p) => altered(session(p, 'RoleToBeAssumed', p.login, 'person'), { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/RoleToBeAssumed/MySessionName` }, { principal_arn: `arn:aws:sts::${ACCOUNT}:assumed-role/RoleToBeAssumed/MySessionName` }),
  'role without a session name': (p) => altered(session(p, 'MakeStuffPublic', '', 'role_session'), { principalId: `AROA${p.key}`, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/MakeStuffPublic` }, {
    actor: 'MakeStuffPublic', actor_evidence: 'userIdentity.sessionContext.sessionIssuer.userName', user_name: null, session_name: null, principal_id: `AROA${p.key}`, principal_arn: `arn:aws:sts::${ACCOUNT}:assumed-role/MakeStuffPublic`,
  }),
  'role that only the ARN names': (p) => altered(session(p, 'MakeStuffPublic', '', 'role_session'), { principalId: `AROA${p.key}`, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/MakeStuffPublic`, sessionContext: undefined }, {
    actor: 'MakeStuffPublic', actor_evidence: 'userIdentity.arn', user_name: null, session_name: null, principal_id: `AROA${p.key}`, principal_arn: `arn:aws:sts::${ACCOUNT}:assumed-role/MakeStuffPublic`,
  }),
  'session name with = , + @ and -': (p) => session(p, 'DataEngineer', `=${p.login},jr+x=1@corp-1`, 'person'),
  'permission set of Identity Center': (p) => session(p, SSO_ROLE, p.email, 'person', SSO_PATH),
  'permission set, ARN of the role': (p) => altered(session(p, SSO_ROLE, p.email, 'person', SSO_PATH), { arn: `arn:aws:iam::${ACCOUNT}:role/${SSO_PATH}${SSO_ROLE}` }, { principal_arn: `arn:aws:iam::${ACCOUNT}:role/${SSO_PATH}${SSO_ROLE}` }),
  'permission set, role named by its own ARN only': (p) => altered(session(p, SSO_ROLE, p.email, 'person', SSO_PATH), { arn: `arn:aws:iam::${ACCOUNT}:role/${SSO_PATH}${SSO_ROLE}`, sessionContext: undefined }, { principal_arn: `arn:aws:iam::${ACCOUNT}:role/${SSO_PATH}${SSO_ROLE}` }),
  'permission set with a user name that is no e-mail': (p) => session(p, SSO_ROLE, p.login, 'person', SSO_PATH),
  'corporate SAML': () => session({ login: '', email: '', key: 'SAML567890ABCDEF', uuid: '', instance: '' }, 'ADFS-MASTERDATA-DEVELOPER', 'pk79901', 'person'),
  'role session with an e-mail, GovCloud': (p) => altered(session(p, 'Analysts', p.email, 'person'), { arn: `arn:aws-us-gov:sts::${ACCOUNT}:assumed-role/Analysts/${p.email}` }, { principal_arn: `arn:aws-us-gov:sts::${ACCOUNT}:assumed-role/Analysts/${p.email}` }),
  'person through a service (forward access session)': (p) => altered(session(p, 'Admin', p.login, 'person'), { invokedBy: 'athena.amazonaws.com' }, { invoked_by: 'athena.amazonaws.com' }),
  'members that nobody knows yet': (p) => altered(session(p, 'DataEngineer', p.login, 'person'), { invokedByDelegate: { accountId: FOREIGN }, credentialId: 'x', notYetKnown: { to: ['anybody'] } }, {}),
  'a function that is called as a person is': (p) => altered(session(p, 'GetOrders', p.login, 'role_session'), { inScopeOf: { sourceArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${p.login}`, issuerType: 'AWS::Lambda::Function', credentialsIssuedTo: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${p.login}` } }, {}),

  'EC2 instance': (p) => session(p, 'EtlHost', `i-${p.instance}`, 'role_session'),
  'EC2 default host management': (p) => altered(session(p, 'aws:ec2-instance', `i-${p.instance}`, 'role_session'), { principalId: `${ACCOUNT}:aws:ec2-instance:i-${p.instance}` }, { principal_id: `${ACCOUNT}:aws:ec2-instance:i-${p.instance}` }),
  "SDK's default name": (p) => session(p, 'Reporter', 'aws-go-sdk-1641313043312360000', 'role_session'),
  "boto's default name": (p) => session(p, 'Reporter', 'botocore-session-1641313043', 'role_session'),
  'bare number': (p) => session(p, 'Reporter', '1641313043312360000', 'role_session'),
  'Lambda: session named after the function': (p) => session(p, 'nightly-report-role', 'nightly-report', 'role_session'),
  'Glue job': (p) => session(p, 'GlueServiceRole', 'GlueJobRunnerSession', 'role_session'),
  QuickSight: (p) => session(p, 'aws-quicksight-service-role-v0', 'QuickSight-RoleSession-1701', 'role_session', 'service-role/'),
  'Managed Grafana': (p) => session(p, 'GrafanaReader', 'amg-session', 'role_session'),
  'Athena for Spark': (p) => session(p, 'AWSAthenaSparkExecutionRole-om0yj71w5l', `AthenaExecutor-${p.uuid}`, 'role_session', 'service-role/'),
  CloudFormation: (p) => session(p, 'Deploys', 'AWSCloudFormation', 'role_session'),
  'service-linked role': (p) => altered(session(p, 'AWSServiceRoleForSSO', 'AWS-SSO', 'role_session', 'aws-service-role/sso.amazonaws.com/'), { invokedBy: 'sso.amazonaws.com' }, { invoked_by: 'sso.amazonaws.com' }),

  'source identity': (p) => altered(session(p, 'DevRole', 'Dev1', 'person'), { sessionContext: sessionContext(p, 'DevRole', '', { sourceIdentity: p.email }) }, { actor: p.email, actor_evidence: 'userIdentity.sessionContext.sourceIdentity', source_identity: p.email }),
  'source identity behind a machine name': (p) => altered(session(p, 'Notebook', `i-${p.instance}`, 'role_session'), { sessionContext: sessionContext(p, 'Notebook', '', { sourceIdentity: p.login }) }, { actor: p.login, actor_kind: 'person', actor_evidence: 'userIdentity.sessionContext.sourceIdentity', source_identity: p.login }),
  'source identity of Lake Formation (V2): a role, not a person': (p) => altered(session(p, 'LakeRole', p.login, 'person'), { sessionContext: sessionContext(p, 'LakeRole', '', { sourceIdentity: `V2.${ACCOUNT}.AROA${p.key}` }) }, { source_identity: `V2.${ACCOUNT}.AROA${p.key}` }),
  'on behalf of a user of Identity Center': (p) => altered(session(p, 'EmrStudio', 'emr-session', 'role_session'), { onBehalfOf: { userId: p.uuid, identityStoreArn: `arn:aws:identitystore::${ACCOUNT}:identitystore/d-9067642ac7` } }, { actor: p.uuid, actor_kind: 'person', actor_evidence: 'userIdentity.onBehalfOf.userId', on_behalf_of_user_id: p.uuid }),
  'on behalf of, beside a source identity': (p) => altered(session(p, 'EmrStudio', p.login, 'person'), {
    onBehalfOf: { userId: p.uuid, identityStoreArn: `arn:aws:identitystore::${ACCOUNT}:identitystore/d-9067642ac7` },
    sessionContext: sessionContext(p, 'EmrStudio', '', { sourceIdentity: p.email }),
  }, { actor: p.uuid, actor_evidence: 'userIdentity.onBehalfOf.userId', on_behalf_of_user_id: p.uuid, source_identity: p.email }),

  'federated by an IAM user': (p) => federated(p, { type: 'IAMUser', principalId: `AIDA${p.key}`, arn: `arn:aws:iam::${ACCOUNT}:user/broker`, accountId: ACCOUNT, userName: 'broker' }),
  'federated by root': (p) => federated(p, { type: 'Root', principalId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT }),
  root: () => root(undefined),
  'root of an account with an alias': () => root('example-corp'),
  'AWS service': () => ({ userIdentity: { type: 'AWSService', invokedBy: 'quicksight.amazonaws.com' }, truth: { ...NOTHING, actor: 'quicksight.amazonaws.com', actor_kind: 'service', actor_evidence: 'userIdentity.invokedBy', principal_type: 'AWSService', invoked_by: 'quicksight.amazonaws.com' } }),
  'no type, a service': () => ({ userIdentity: { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' }, truth: { ...NOTHING, actor: 'secretsmanager.amazonaws.com', actor_kind: 'service', actor_evidence: 'userIdentity.invokedBy', principal_account_id: ACCOUNT, invoked_by: 'secretsmanager.amazonaws.com' } }),
  'no type, an account': () => ({ userIdentity: { accountId: ACCOUNT }, truth: { ...NOTHING, actor: ACCOUNT, actor_kind: 'account', actor_evidence: 'userIdentity.accountId', principal_account_id: ACCOUNT } }),
  'another account': (p) => ({ userIdentity: { type: 'AWSAccount', principalId: `AROA${p.key}:${p.login}`, accountId: FOREIGN }, truth: { ...NOTHING, actor: FOREIGN, actor_kind: 'account', actor_evidence: 'userIdentity.accountId', principal_type: 'AWSAccount', principal_id: `AROA${p.key}:${p.login}`, principal_account_id: FOREIGN } }),
  // A service carries out the other account's call: it is still that account's.
  'another account, through a service': (p) => ({ userIdentity: { type: 'AWSAccount', principalId: `AIDA${p.key}`, accountId: FOREIGN, invokedBy: 'athena.amazonaws.com' }, truth: { ...NOTHING, actor: FOREIGN, actor_kind: 'account', actor_evidence: 'userIdentity.accountId', principal_type: 'AWSAccount', principal_id: `AIDA${p.key}`, principal_account_id: FOREIGN, invoked_by: 'athena.amazonaws.com' } }),
  'Identity Center user': (p) => ({
    userIdentity: { type: 'IdentityCenterUser', accountId: FOREIGN, onBehalfOf: { userId: p.uuid, identityStoreArn: `arn:aws:identitystore::${FOREIGN}:identitystore/d-9067642ac7` }, credentialId: 'EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR' },
    truth: { ...NOTHING, actor: p.uuid, actor_kind: 'person', actor_evidence: 'userIdentity.onBehalfOf.userId', principal_type: 'IdentityCenterUser', principal_account_id: FOREIGN, on_behalf_of_user_id: p.uuid },
  }),
  'Unknown: a user of Identity Center, as written before 2025': (p) => named('Unknown', p.email, 'person', { principalId: p.uuid, accountId: ACCOUNT }, { principal_id: p.uuid, principal_account_id: ACCOUNT }),
  'Unknown with onBehalfOf': (p) => ({ userIdentity: { type: 'Unknown', principalId: '', accessKeyId: 'Unknown', onBehalfOf: { userId: p.uuid } }, truth: { ...NOTHING, actor: p.uuid, actor_kind: 'person', actor_evidence: 'userIdentity.onBehalfOf.userId', principal_type: 'Unknown', on_behalf_of_user_id: p.uuid, access_key_id: 'Unknown' } }),
  'Unknown: an IAM user': (p) => named('Unknown', p.email, 'person', { principalId: `AIDA${p.key}`, arn: `arn:aws:iam::${ACCOUNT}:user/${p.email}`, accountId: ACCOUNT, accessKeyId: `AKIA${p.key}` }, { principal_id: `AIDA${p.key}`, principal_arn: `arn:aws:iam::${ACCOUNT}:user/${p.email}`, principal_account_id: ACCOUNT, access_key_id: `AKIA${p.key}` }),
  'Unknown: anonymous': () => ({ userIdentity: { type: 'Unknown', principalId: 'Anonymous' }, truth: { ...NOTHING, principal_type: 'Unknown', principal_id: 'Anonymous' } }),
  'Unknown: an account': () => ({ userIdentity: { type: 'Unknown', principalId: ACCOUNT, arn: '', accountId: ACCOUNT, accessKeyId: '' }, truth: { ...NOTHING, actor: ACCOUNT, actor_kind: 'account', actor_evidence: 'userIdentity.accountId', principal_type: 'Unknown', principal_id: ACCOUNT, principal_account_id: ACCOUNT } }),
  'SAML user': (p) => named('SAMLUser', p.login, 'person', { principalId: `bdGOnUkh1i4L/jEvs=:${p.login}`, identityProvider: 'bdGOnUkh1i4L/jEvs=' }, { principal_id: `bdGOnUkh1i4L/jEvs=:${p.login}` }),
  'web identity: Google': (p) => named('WebIdentityUser', p.email, 'person', { principalId: `accounts.google.com:application-id.apps.googleusercontent.com:${p.email}`, identityProvider: 'accounts.google.com' }, { principal_id: `accounts.google.com:application-id.apps.googleusercontent.com:${p.email}` }),
  'web identity: Terraform Cloud': () => named('WebIdentityUser', 'organization:o:project:p:workspace:terraform-cloud:run_phase:plan', 'role_session', { principalId: 'arn:aws:iam::111122223333:oidc-provider/app.terraform.io:aws.workload.identity:organization:o:project:p:workspace:terraform-cloud:run_phase:plan' }, { principal_id: 'arn:aws:iam::111122223333:oidc-provider/app.terraform.io:aws.workload.identity:organization:o:project:p:workspace:terraform-cloud:run_phase:plan' }),
  'web identity: a service account of Kubernetes': () => named('WebIdentityUser', 'system:serviceaccount:analytics:reader', 'role_session', { principalId: 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0A1B:sts.amazonaws.com:system:serviceaccount:analytics:reader' }, { principal_id: 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0A1B:sts.amazonaws.com:system:serviceaccount:analytics:reader' }),
  'web identity: a workflow of GitHub': () => named('WebIdentityUser', 'repo:example/site:ref:refs/heads/main', 'role_session', { principalId: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:example/site:ref:refs/heads/main' }, { principal_id: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:example/site:ref:refs/heads/main' }),
  'directory user': (p) => named('Directory', p.email, 'person', { arn: `arn:aws:ds:us-east-1:${ACCOUNT}:user/d-0000cafe00/${p.uuid}`, accountId: ACCOUNT }, { principal_arn: `arn:aws:ds:us-east-1:${ACCOUNT}:user/d-0000cafe00/${p.uuid}`, principal_account_id: ACCOUNT }),
  'directory user without a name': (p) => ({ userIdentity: { type: 'Directory', arn: `arn:aws:ds:us-east-1:${ACCOUNT}:user/d-0000cafe00/${p.uuid}`, accountId: ACCOUNT }, truth: { ...NOTHING, actor: ACCOUNT, actor_kind: 'account', actor_evidence: 'userIdentity.accountId', principal_type: 'Directory', principal_arn: `arn:aws:ds:us-east-1:${ACCOUNT}:user/d-0000cafe00/${p.uuid}`, principal_account_id: ACCOUNT } }),
  'empty identity': () => ({ userIdentity: {}, truth: NOTHING }),
  'no identity': () => ({ userIdentity: undefined, truth: NOTHING }),
} as const satisfies Readonly<Record<string, (p: Person) => Identity>>;

/** Name of a kind. */
export type IdentityName = keyof typeof IDENTITIES;
/** Names of the kinds. */
export const IDENTITY_NAMES = Object.keys(IDENTITIES) as readonly IdentityName[];
