/**
 * Who ran it: the rule that reads a userIdentity.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
import { type Json, isObject, member, text } from './json.ts';

/** What kind of actor it is. `person` is only said of a name that does not look like a machine's. */
export type ActorKind = 'person' | 'role_session' | 'service' | 'account' | 'root' | 'unknown';

/** Who ran it, as far as the record proves. */
export interface Actor {
  readonly actor: string | null;
  readonly actorKind: ActorKind;
  /** The member of the record that names the actor, as a path; null when nothing does. */
  readonly actorEvidence: string | null;
}

/** The AWS identity that signed the call, as the record gives it. An unknown is null. */
export interface Principal {
  readonly principalType: string | null;
  readonly principalId: string | null;
  readonly principalArn: string | null;
  readonly principalAccountId: string | null;
  readonly roleName: string | null;
  readonly sessionName: string | null;
  readonly sourceIdentity: string | null;
  readonly onBehalfOfUserId: string | null;
  readonly invokedBy: string | null;
  readonly accessKeyId: string | null;
}

/**
 * Reads a userIdentity: every documented type, and those without a type.
 *
 * The ladder: the user the call was made on behalf of, the source identity, the user name, the session name, the service,
 * the account. `invokedBy` never hides a person: with forward access sessions the rest of the identity is still hers.
 */
export function readIdentity(userIdentity: unknown): Actor & Principal {
  const identity: Json = isObject(userIdentity) ? userIdentity : {};
  const context = member(identity, 'sessionContext');
  const principal: Principal = {
    principalType: text(identity['type']),
    principalId: text(identity['principalId']),
    principalArn: text(identity['arn']),
    principalAccountId: text(identity['accountId']),
    ...readSession(identity, context),
    sourceIdentity: text(context['sourceIdentity']),
    onBehalfOfUserId: text(member(identity, 'onBehalfOf')['userId']),
    invokedBy: text(identity['invokedBy']),
    accessKeyId: text(identity['accessKeyId']),
  };
  return { ...toActor(principal, userName(identity)), ...principal };
}

/** Lake Formation writes the querying role's id into sourceIdentity, as `V2.<account>.<AROA id>`: a role, not a person. */
const LAKE_FORMATION_IDENTITY = /^V2\.\d{12}\.AROA/;

function toActor(principal: Principal, user: Named | null): Actor {
  const { principalType: type, sessionName, roleName } = principal;
  if (principal.onBehalfOfUserId !== null) return { actor: principal.onBehalfOfUserId, actorKind: 'person', actorEvidence: 'userIdentity.onBehalfOf.userId' };
  if (principal.sourceIdentity !== null && !LAKE_FORMATION_IDENTITY.test(principal.sourceIdentity)) {
    return { actor: principal.sourceIdentity, actorKind: personOr('role_session', principal.sourceIdentity, roleName), actorEvidence: 'userIdentity.sessionContext.sourceIdentity' };
  }
  if (type === 'Root') return { actor: 'root', actorKind: 'root', actorEvidence: 'userIdentity.type' };
  if (user !== null) {
    // An IAM user is the one identity whose name no caller can choose; whether a human or a program holds its key, AWS cannot say.
    const kind = type === 'IAMUser' ? 'person' : personOr('role_session', user.name, roleName);
    return { actor: user.name, actorKind: kind, actorEvidence: user.evidence };
  }
  if (sessionName !== null) {
    const kind = isPermissionSet(roleName) ? 'person' : personOr('role_session', sessionName, roleName);
    return { actor: sessionName, actorKind: kind, actorEvidence: sessionEvidence(principal) };
  }
  if (roleName !== null) return { actor: roleName, actorKind: 'role_session', actorEvidence: 'userIdentity.sessionContext.sessionIssuer.userName' };
  if (principal.invokedBy !== null) return { actor: principal.invokedBy, actorKind: 'service', actorEvidence: 'userIdentity.invokedBy' };
  if (principal.principalAccountId !== null && type !== 'IdentityCenterUser') {
    return { actor: principal.principalAccountId, actorKind: 'account', actorEvidence: 'userIdentity.accountId' };
  }
  return { actor: null, actorKind: 'unknown', actorEvidence: null };
}

interface Named {
  readonly name: string;
  readonly evidence: string;
}

/** The user name of the types that have one; from the ARN where the member is missing or hidden. */
function userName(identity: Json): Named | null {
  const name = text(identity['userName']);
  // A role session's userName is not documented; sessionContext.sessionIssuer.userName is the role's, or of who federated.
  if (identity['type'] === 'AssumedRole' || identity['type'] === 'FederatedUser') return null;
  if (name !== null && name !== 'HIDDEN_DUE_TO_SECURITY_REASONS') return { name, evidence: 'userIdentity.userName' };
  const path = /:user\/(.+)$/.exec(text(identity['arn']) ?? '')?.[1];
  const last = path?.split('/').at(-1);
  return last === undefined || last === '' || identity['type'] === 'Directory' ? null : { name: last, evidence: 'userIdentity.arn' };
}

/** Role and session: a session name has neither `:` nor `/`, so it is what follows the last `:` of principalId. */
function readSession(identity: Json, context: Json): { roleName: string | null; sessionName: string | null } {
  const issuer = member(context, 'sessionIssuer');
  const arn = text(identity['arn']) ?? '';
  const id = text(identity['principalId']) ?? '';
  if (identity['type'] === 'FederatedUser') {
    return { roleName: null, sessionName: afterLast(id, ':') ?? text(/:federated-user\/(.+)$/.exec(arn)?.[1]) };
  }
  if (identity['type'] !== 'AssumedRole') return { roleName: null, sessionName: null };
  const assumed = /:assumed-role\/([^/]+)(?:\/(.+))?$/.exec(arn);
  const role = assumed?.[1] ?? afterLast(/:role\/(.+)$/.exec(arn)?.[0] ?? '', '/');
  return { roleName: text(issuer['userName']) ?? role ?? null, sessionName: afterLast(id, ':') ?? text(assumed?.[2]) };
}

function sessionEvidence(principal: Principal): string {
  return principal.principalId?.endsWith(`:${principal.sessionName}`) === true ? 'userIdentity.principalId' : 'userIdentity.arn';
}

function afterLast(whole: string, mark: string): string | null {
  const at = whole.lastIndexOf(mark);
  return at < 0 ? null : text(whole.slice(at + 1));
}

/** Whether a role is an IAM Identity Center permission set: its sessions are named after the signed-in user. */
export function isPermissionSet(roleName: string | null): boolean {
  return roleName?.startsWith('AWSReservedSSO_') ?? false;
}

function personOr(kind: ActorKind, name: string, roleName: string | null): ActorKind {
  return isMachineName(name, roleName) ? kind : 'person';
}

/** Session names that programs choose. Sources: public CloudTrail records and the defaults of AWS's SDKs and services. */
const MACHINE_NAMES: readonly RegExp[] = [
  /^i-[0-9a-f]{8,17}$/, // EC2 instance
  /^\d{10,}$/, // a clock's nanoseconds: default of older SDKs
  /^[0-9a-f]{32}$/i, // ECS task
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i,
  /^(aws-?sdk|aws-go-sdk|botocore|boto3?|aws-?cli|awscli)[-_]/i,
  /^(aws|amazon|quicksight|athena|amg|eks|ecs|emr|glue|sagemaker|codebuild|codepipeline|github|gitlab|autoscaling)([-_A-Z]|Actions|$)/,
  /^(AWS|QuickSight|Athena|GlueJob|SageMaker|AutoScaling|CodeBuild|GitHub|StepFunctions)/,
];

/** Words of a name that say a program, a job or a mere session chose it. */
const MACHINE_WORDS = new Set(
  ('job jobs batch etl elt cron nightly daily hourly weekly pipeline worker workers runner scheduler scheduled airflow dbt dagster prefect ' +
    'lambda function service svc bot robot automation automated crawler jenkins terraform spark emr glue ci cd deploy deployment deployer ' +
    'agent daemon app application api backend server dashboard grafana tableau looker superset metabase quicksight session task tasks ' +
    'loader ingest ingestion export exporter import importer sync refresh monitoring monitor pod container cluster workflow').split(' '),
);

/**
 * Whether a session name looks like a program's: an instance id, an SDK's default, a service's or a job's name, or the name
 * of the role itself (as Lambda's sessions are named after the function). Not proof of a person when false.
 */
export function isMachineName(name: string, roleName: string | null): boolean {
  if (/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(name)) return words(name.slice(0, name.indexOf('@'))).some((word) => word === 'svc' || word === 'bot' || word === 'service' || word === 'noreply');
  if (MACHINE_NAMES.some((pattern) => pattern.test(name))) return true;
  if (roleName !== null && roleName.toLowerCase().includes(name.toLowerCase()) && name.length > 3) return true;
  return words(name).some((word) => MACHINE_WORDS.has(word));
}

function words(name: string): string[] {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/);
}
