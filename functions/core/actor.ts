/**
 * Who ran it: the rule that reads a userIdentity.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
import { isObject, type Json, member, text } from './json.ts';

/**
 * What kind of actor it is. `person` is said of IAM users, of Identity Center users, and of a session or user name that does
 * not look like a machine's.
 */
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
  const session = readSession(identity, context);
  const principal: Principal = {
    principalType: text(identity['type']),
    principalId: text(identity['principalId']),
    principalArn: text(identity['arn']),
    principalAccountId: text(identity['accountId']),
    roleName: session.role?.name ?? null,
    sessionName: session.session?.name ?? null,
    sourceIdentity: text(context['sourceIdentity']),
    onBehalfOfUserId: text(member(identity, 'onBehalfOf')['userId']),
    invokedBy: text(identity['invokedBy']),
    accessKeyId: text(identity['accessKeyId']),
  };
  return { ...toActor(principal, userName(identity), session), ...principal };
}

/** Lake Formation writes the querying role's id into sourceIdentity, as `V2.<account>.<AROA id>`: a role, not a person. */
const LAKE_FORMATION_IDENTITY = /^V2\.\d{12}\.AROA/;
/** Only with these does invokedBy name who acted; with every other type a service carries out somebody's call. */
const SERVICE_TYPES: ReadonlySet<string | null> = new Set([null, 'AWSService', 'Unknown']);

function toActor(principal: Principal, user: Named | null, { session, role, ofProgram }: Session): Actor {
  const { principalType: type, principalAccountId: account, sourceIdentity, onBehalfOfUserId, invokedBy } = principal;
  if (onBehalfOfUserId !== null) return { actor: onBehalfOfUserId, actorKind: 'person', actorEvidence: 'userIdentity.onBehalfOf.userId' };
  if (sourceIdentity !== null && !LAKE_FORMATION_IDENTITY.test(sourceIdentity)) {
    // Set when the first role was assumed: the names of later roles say nothing about it.
    return { actor: sourceIdentity, actorKind: personOrSession(sourceIdentity, null), actorEvidence: 'userIdentity.sessionContext.sourceIdentity' };
  }
  if (type === 'Root') return { actor: 'root', actorKind: 'root', actorEvidence: 'userIdentity.type' };
  if (user !== null) {
    // An IAM user is the one identity whose name no caller can choose; whether a human or a program holds its key, AWS cannot say.
    return { actor: user.name, actorKind: type === 'IAMUser' ? 'person' : personOrSession(user.name, null), actorEvidence: user.evidence };
  }
  if (session !== null) {
    const roleName = role?.name ?? null;
    const kind = isPermissionSet(roleName) ? 'person' : ofProgram ? 'role_session' : personOrSession(session.name, roleName);
    return { actor: session.name, actorKind: kind, actorEvidence: session.evidence };
  }
  if (role !== null) return { actor: role.name, actorKind: 'role_session', actorEvidence: role.evidence };
  if (invokedBy !== null && SERVICE_TYPES.has(type)) return { actor: invokedBy, actorKind: 'service', actorEvidence: 'userIdentity.invokedBy' };
  // An Identity Center user's account is that of the instance, not the user's.
  if (account !== null && /^\d{12}$/.test(account) && type !== 'IdentityCenterUser') {
    return { actor: account, actorKind: 'account', actorEvidence: 'userIdentity.accountId' };
  }
  return { actor: null, actorKind: 'unknown', actorEvidence: null };
}

/** A name, and the member of the record that gives it. */
interface Named {
  readonly name: string;
  readonly evidence: string;
}

function named(name: unknown, evidence: string): Named | null {
  const given = text(name);
  return given === null ? null : { name: given, evidence };
}

/** The user name of the types that have one; from the ARN where the member is missing or hidden. */
function userName(identity: Json): Named | null {
  const type = identity['type'];
  // A role session's userName is not documented; sessionContext.sessionIssuer.userName is the role's, or of who federated.
  if (type === 'AssumedRole' || type === 'FederatedUser' || type === 'Role') return null;
  const name = identity['userName'];
  const given = name === 'HIDDEN_DUE_TO_SECURITY_REASONS' ? null : named(name, 'userIdentity.userName');
  // A directory's ARN ends with an id.
  return given ?? (type === 'Directory' ? null : named(/:user\/(?:.*\/)?([^/]+)$/.exec(text(identity['arn']) ?? '')?.[1], 'userIdentity.arn'));
}

interface Session {
  readonly role: Named | null;
  readonly session: Named | null;
  /** The record proves that a program holds the credentials, whatever the session is called. */
  readonly ofProgram: boolean;
}

/** Role and session: a session name has neither `:` nor `/`, so it is what follows the last `:` of principalId. */
function readSession(identity: Json, context: Json): Session {
  const type = identity['type'];
  const issuer = member(context, 'sessionIssuer');
  const arn = text(identity['arn']) ?? '';
  const inId = named(/:([^:]+)$/.exec(text(identity['principalId']) ?? '')?.[1], 'userIdentity.principalId');
  const roleInArn = named(/:role\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1], 'userIdentity.arn');
  if (type === 'FederatedUser') return { role: null, session: inId ?? named(/:federated-user\/(.+)$/.exec(arn)?.[1], 'userIdentity.arn'), ofProgram: false };
  if (type === 'Role') return { role: named(identity['userName'], 'userIdentity.userName') ?? roleInArn, session: null, ofProgram: false };
  if (type !== 'AssumedRole') return { role: null, session: null, ofProgram: false };
  const [, role, session] = /:assumed-role\/([^/]+)(?:\/(.+))?$/.exec(arn) ?? [];
  return {
    role: named(issuer['userName'], 'userIdentity.sessionContext.sessionIssuer.userName') ?? named(role, 'userIdentity.arn') ?? roleInArn,
    session: inId ?? named(session, 'userIdentity.arn'),
    ofProgram: SERVICE_ROLE.test(text(issuer['arn']) ?? arn) || isDelivered(identity, context),
  };
}

/** A service-linked role, by path or name, or one that the console made for a service. */
const SERVICE_ROLE = /\/(aws-service-role\/|service-role\/|AWSServiceRoleFor)/;

/** Whether AWS handed the credentials to a function, a task or an instance. */
function isDelivered(identity: Json, context: Json): boolean {
  return text(member(identity, 'inScopeOf')['credentialsIssuedTo']) !== null || text(context['ec2RoleDelivery']) !== null;
}

/** Whether a role is an IAM Identity Center permission set: its sessions are named after the signed-in user. */
export function isPermissionSet(roleName: string | null): boolean {
  return roleName?.startsWith('AWSReservedSSO_') ?? false;
}

function personOrSession(name: string, roleName: string | null): ActorKind {
  return isMachineName(name, roleName) ? 'role_session' : 'person';
}

/** Session names that programs choose. Sources: public CloudTrail records and the defaults of AWS's SDKs and services. */
const MACHINE_NAMES: readonly RegExp[] = [
  /^i-(?=.*\d)([0-9a-z]{8}|[0-9a-z]{17})$/i, // EC2 instance; AWS's examples and redacted records leave the hexadecimal digits
  /^\d{10,}$/, // a clock's nanoseconds: default of older SDKs
  /^[0-9a-f]{32}$/i, // ECS task
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i,
  /:/, // subject of a workload at an identity provider: repo:…, system:serviceaccount:…
  /\.gserviceaccount\.com$/,
  /^(aws-?sdk|aws-go-sdk|botocore|boto3?|aws-?cli|awscli)[-_]/i,
  /^(aws|amazon|quicksight|athena|amg|eks|ecs|emr|glue|sagemaker|codebuild|codepipeline|github|gitlab|autoscaling)([-_A-Z]|Actions|$)/,
  /^(AWS|QuickSight|Athena|GlueJob|SageMaker|AutoScaling|CodeBuild|GitHub|StepFunctions)/,
];

/** Words of a name that say a program, a job or a mere session chose it. */
const MACHINE_WORDS = new Set(
  ('job jobs batch etl elt cron nightly daily hourly weekly pipeline worker workers runner scheduler scheduled airflow dbt dagster prefect ' +
    'lambda function service serviceaccount svc bot robot automation automated crawler jenkins terraform spark emr glue ci cd deploy deployment deployer ' +
    'agent daemon app application api backend server dashboard grafana tableau looker superset metabase quicksight session sessionname task tasks ' +
    'loader ingest ingestion export exporter import importer sync refresh monitoring monitor pod container cluster workflow cli custodian noreply').split(' '),
);

/** Words that say it of an e-mail address too: a surname may be Batch or Spark. */
const MACHINE_MAIL_WORDS = new Set(['svc', 'bot', 'service', 'noreply']);

/**
 * Whether a session name looks like a program's: an instance id, an SDK's default, a service's or a job's name, or words
 * of the role's own name (as Lambda's sessions are named after the function). Not proof of a person when false.
 */
export function isMachineName(name: string, roleName: string | null): boolean {
  if (MACHINE_NAMES.some((pattern) => pattern.test(name))) return true;
  const mail = words(/^([^@\s]+)@[^@\s]+\.[^@\s]+$/.exec(name)?.[1] ?? '');
  if (mail.length > 0) return mail.some((word) => MACHINE_MAIL_WORDS.has(word)) || mail.every((word) => MACHINE_WORDS.has(word));
  const own = words(name);
  if (roleName !== null && ` ${words(roleName).join(' ')} `.includes(` ${own.join(' ')} `)) return true;
  return own.some((word) => MACHINE_WORDS.has(word));
}

/** Shape: lower case, split at marks and humps; digits that end a word of some length are cut off (worker12, not pk79901). */
function words(name: string): string[] {
  const apart = name.replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2').toLowerCase();
  return apart.split(/[^a-z0-9]+/).map((word) => word.replace(/(?<=^[a-z]{3,})\d+$/, '')).filter((word) => word !== '');
}
