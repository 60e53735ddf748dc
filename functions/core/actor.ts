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
 * `userAgent` is the record's: it can only show that a session is a program's.
 */
export function readIdentity(userIdentity: unknown, userAgent: string | null = null): Actor & Principal {
  const identity: Json = isObject(userIdentity) ? userIdentity : {};
  const context = member(identity, 'sessionContext');
  const session = readSession(identity, context, userAgent);
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

/** How well an actor is proven: the rung of the ladder, the higher the better. Shape: 0 for nobody. */
export function rungOf({ actor, actorEvidence, roleName }: Actor & Pick<Principal, 'roleName'>): number {
  if (actor === null) return 0;
  const rungs = ['userIdentity.accountId', 'userIdentity.invokedBy', 'a role', 'a name', 'userIdentity.sessionContext.sourceIdentity', 'userIdentity.onBehalfOf.userId'];
  const at = rungs.indexOf(actorEvidence ?? '');
  return 1 + (at >= 0 ? at : rungs.indexOf(actor === roleName ? 'a role' : 'a name'));
}

/** Lake Formation writes the querying role's id into sourceIdentity, as `V2.<account>.<AROA id>`: a role, not a person. */
const LAKE_FORMATION_IDENTITY = /^V2\.[^.]+\.A[A-Z]{3}/;
/** Only with these does invokedBy name who acted; with every other type a service carries out somebody's call. */
const SERVICE_TYPES: ReadonlySet<string | null> = new Set([null, 'AWSService', 'Unknown']);

function toActor(principal: Principal, user: Named | null, { session, role, ofProgram }: Session): Actor {
  const { principalType: type, principalAccountId: account, invokedBy } = principal;
  const onBehalfOfUserId = shown(principal.onBehalfOfUserId);
  const sourceIdentity = shown(principal.sourceIdentity);
  if (onBehalfOfUserId !== null) return { actor: onBehalfOfUserId, actorKind: 'person', actorEvidence: 'userIdentity.onBehalfOf.userId' };
  if (sourceIdentity !== null && !LAKE_FORMATION_IDENTITY.test(sourceIdentity)) {
    // Set when the first role was assumed: the names of later roles say nothing about it.
    return { actor: sourceIdentity, actorKind: personOrSession(sourceIdentity, null), actorEvidence: 'userIdentity.sessionContext.sourceIdentity' };
  }
  if (type === 'Root') return { actor: 'root', actorKind: 'root', actorEvidence: 'userIdentity.type' };
  if (user !== null) {
    // An IAM user is the one identity whose name no caller can choose; whether a human or a program holds its key, AWS cannot say.
    return { actor: user.name, actorKind: isIamUser(principal) ? 'person' : personOrSession(user.name, null), actorEvidence: user.evidence };
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
  const given = shown(name);
  return given === null ? null : { name: given, evidence };
}

/** A text that AWS has not taken out, as it does with the user name of a failed sign-in. */
function shown(value: unknown): string | null {
  return value === 'HIDDEN_DUE_TO_SECURITY_REASONS' ? null : text(value);
}

/** Types that say nothing of what the identity is: an ARN beside them may. */
const VAGUE_TYPES: ReadonlySet<unknown> = new Set([undefined, null, '', 'Unknown']);

function isIamUser({ principalType: type, principalArn: arn }: Principal): boolean {
  return type === 'IAMUser' || (VAGUE_TYPES.has(type) && /^arn:[^:]+:iam::\d*:user\//.test(arn ?? ''));
}

/** What a session is of: the type, or where that is vague what the ARN says. */
function sessionType(identity: Json): unknown {
  const type = identity['type'];
  if (!VAGUE_TYPES.has(type)) return type;
  const [, kind] = /^arn:[^:]+:sts::\d*:(assumed-role|federated-user)\//.exec(text(identity['arn']) ?? '') ?? [];
  return kind === undefined ? type : kind === 'assumed-role' ? 'AssumedRole' : 'FederatedUser';
}

/**
 * Types of which no user name is a user's. A role session's is not documented (sessionContext.sessionIssuer.userName is the role's, or
 * of who federated), and a service or another account has no users here.
 */
const NAMELESS_TYPES: ReadonlySet<unknown> = new Set(['AssumedRole', 'FederatedUser', 'Role', 'AWSService', 'AWSAccount']);

/** In principalId the name at an identity provider is behind the provider. A workload's own name has colons: `repo:…`, `organization:…`. */
const SAML_SUBJECT = /^(?:arn:[^:]+:iam::[^:]*:saml-provider\/[^:]+|[^:]+):(.+)$/;

/** Of OIDC it is behind the audience too: a word, an address, Bitbucket's workspace or an identity pool. */
const WEB_SUBJECT = /^(?:arn:[^:]+:iam::[^:]*:oidc-provider\/[^:]+|[^:]+):(?:[a-z]+:\/\/[^:]+(?::\d+)?|ari:cloud:[^:]*::[^:]+|[a-z]{2}(?:-[a-z]+)+-\d:[^:]+|[^:]+):(.+)$/;

/** The user name of the types that have one; from ARN or id where the member is missing or hidden. */
function userName(identity: Json): Named | null {
  const type = sessionType(identity);
  if (NAMELESS_TYPES.has(type)) return null;
  const given = named(identity['userName'], 'userIdentity.userName');
  if (given !== null) return given;
  const principalId = text(identity['principalId']) ?? '';
  if (type === 'SAMLUser') return named(SAML_SUBJECT.exec(principalId)?.[1], 'userIdentity.principalId');
  if (type === 'WebIdentityUser') return named((WEB_SUBJECT.exec(principalId) ?? /:([^:]+)$/.exec(principalId))?.[1], 'userIdentity.principalId');
  // A directory's ARN ends with an id.
  return type === 'Directory' ? null : named(/:user\/(?:.*\/)?([^/]+)$/.exec(text(identity['arn']) ?? '')?.[1], 'userIdentity.arn');
}

interface Session {
  readonly role: Named | null;
  readonly session: Named | null;
  /** The record proves that a program holds the credentials, whatever the session is called. */
  readonly ofProgram: boolean;
}

/** Role and session: a session name has neither `:` nor `/`, so it is what follows the last `:` of principalId. */
function readSession(identity: Json, context: Json, userAgent: string | null): Session {
  const type = sessionType(identity);
  const ofProgram = isDelivered(identity, context) || MACHINE_AGENT.test(userAgent ?? '');
  const issuer = member(context, 'sessionIssuer');
  const arn = text(identity['arn']) ?? '';
  const inId = named(/:([^:]+)$/.exec(text(identity['principalId']) ?? '')?.[1], 'userIdentity.principalId');
  const roleInArn = named(/:role\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1], 'userIdentity.arn');
  if (type === 'FederatedUser') return { role: null, session: inId ?? named(/:federated-user\/(.+)$/.exec(arn)?.[1], 'userIdentity.arn'), ofProgram };
  if (type === 'Role') return { role: named(identity['userName'], 'userIdentity.userName') ?? roleInArn, session: null, ofProgram: false };
  if (type !== 'AssumedRole') return { role: null, session: null, ofProgram: false };
  const [, role, session] = /:assumed-role\/([^/]+)(?:\/(.+))?$/.exec(arn) ?? [];
  return {
    role: named(issuer['userName'], 'userIdentity.sessionContext.sessionIssuer.userName') ?? named(role, 'userIdentity.arn') ?? roleInArn,
    session: inId ?? named(session, 'userIdentity.arn'),
    ofProgram: ofProgram || SERVICE_ROLE.test(text(issuer['arn']) ?? arn),
  };
}

/** A service-linked role, by path or name, or one that the console made for a service. */
const SERVICE_ROLE = /\/(aws-service-role\/|service-role\/|AWSServiceRoleFor)/;

/**
 * Agents of calls from within a function, a container or an Airflow task: AWS sets `AWS_EXECUTION_ENV` there, and its SDKs add it.
 * Not EC2, Cloud9 and CloudShell, where people work.
 */
const MACHINE_AGENT = /\bexec-env\/AWS_(?!EC2|Cloud)|\bAirflow\/\d/i;

/**
 * Whether AWS handed the credentials to a function, a task or an instance, or a resource of a service makes the call. The scope is empty
 * where a person calls a service that knows of scopes.
 */
function isDelivered(identity: Json, context: Json): boolean {
  const { issuerType, credentialsIssuedTo, sourceArn } = member(identity, 'inScopeOf');
  return [issuerType, credentialsIssuedTo, sourceArn, context['ec2RoleDelivery']].some((value) => text(value) !== null);
}

/** Whether a role is an IAM Identity Center permission set: its sessions are named after the signed-in user. */
export function isPermissionSet(roleName: string | null): boolean {
  return roleName?.startsWith('AWSReservedSSO_') ?? false;
}

function personOrSession(name: string, roleName: string | null): ActorKind {
  return isMachineName(name, roleName) ? 'role_session' : 'person';
}

/** What no person is called, in whatever field: an id of a workload at an identity provider has `:` or `/`, which no session name can have. */
const NEVER_A_PERSON = /[:/]|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\.(amazonaws|gserviceaccount)\.com(\.cn)?$/i;

/** Forms of names that programs choose. Sources: public CloudTrail records, public code, and the defaults of AWS's SDKs and services. */
const MACHINE_FORMS: readonly RegExp[] = [
  /^m?i-([0-9a-f]{8}|(?=.*\d)[0-9a-z]{17}|\d+|x+)$/i, // EC2 or managed instance; AWS's examples and redacted records leave the hexadecimal digits
  /^ip-\d+-\d+-\d+-\d+/, // a host of a VPC
  /^(?!\d{6,9}$)[\d.,_-]+$|^(19|20)\d{6}$/, // a number alone (EMR: 5000), a day, a clock; six to nine digits are an employee's number
  /(^|[^a-z0-9])\d{10,}|\d{12,}|\d{8}[-_T]\d{4,6}/i, // with a clock's seconds, an account or a time of day in it
  /^(?=.*\d)[0-9a-f]{16,}$/i, // ECS task, EventBridge rule, a hash
  /[-_](?=[0-9a-f]*\d[a-f])[0-9a-f]{7,}$/i, // ends with the beginning of a commit or a UUID; Pulumi
  /(^|[^a-z0-9])(?=([a-z]*\d+[a-z]){2})[a-z0-9]{12,}($|[^a-z0-9])/i, // letters and digits mixed: EMR Serverless, a run's id, six bytes in hexadecimal
  /-(?=[a-z]*\d)[0-9a-z]{8,10}-[0-9a-z]{5}$/, // a pod of Kubernetes
  /^00\w{6,},00\w{6,}$/, // EMR Serverless: job and attempt
  /-(?=.*\d)(?=.*[A-Z])[A-Za-z0-9]{12,13}$/, // CloudFormation's end of a name
  /^([LMNOYZ][0-9A-Za-z+/]{3}){12}$/, // Ruby SDK: base64 of a UUID, whose characters make groups that begin so
  /^[a-z]{32}$/i, // Step Functions
  /^(ec2|ssm|emr|sagemaker|git|www)-(user|data)$|^(ubuntu|centos|jovyan|nobody)$/, // users that images bring along
  /^(aws-?sdk|aws-go-sdk|botocore|boto3?|aws-?cli|awscli)([-_]|$)/i,
  /^(aws|awslf|amazon|quicksight|athena|amg|eks|ecs|emr|glue|sagemaker|codebuild|codepipeline|github|gitlab|autoscaling)([-_A-Z]|Actions|$)/,
  /^(AWS|Amazon|QuickSight|Athena[A-Z]|GlueJob|SageMaker|AutoScaling|Code(Build|Deploy|Pipeline|Commit)|GitHub|StepFunctions|Cloud(Formation|Trail|Watch|Front)|Cognito|Elastic(LoadBalancing|Beanstalk|MapReduce)|EventBridge|Kinesis|Redshift|LakeFormation|SecretsManager|TrustedAdvisor|APPSYNC)/,
];

/** Parts of words that say a program or a mere session, however the name is written (mysession, DataPipeline); no person's name has them. */
const MACHINE_PARTS = new RegExp(
  'session|assume|credential|lambda|function|serverless|pipeline|workflow|schedul|automat|crawl|deploy|provision|ingest|export|monitor(ing)?$|webhook|' +
    'worker|processor|collector|connector|container|cluster|backend|dashboard|notebook|serviceaccount|crossaccount|kubernetes|airflow|terraform|github|gitlab|codebuild|' +
    'sagemaker|quicksight|redshift|cloudformation|cloudwatch|snowflake|databricks|metabase|superset|grafana|tableau|powerbi|' +
    '(access|dataload|reply|sync|[^abelru]bot|[a-z]{3}job|[a-z]{4}role|[a-z]{2}svc|[a-z]{2}services?)$',
);

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** Words that say it in a full name too: nobody's first or last name, unlike Batch, Job, Page or Jenkins. */
const UNMISTAKABLE = set('svc service bot robot etl elt dbt cron mwaa dagster scanner daemon cicd api reply');

/** Words of a name that say a program, a job or a mere session chose it: what programs are, what they do, what they are called. */
const MACHINE_WORDS = set(
  'job jobs batch task tasks step run runs runner running nightly daily hourly weekly action actions execution executor engine trigger agent ' +
    'app application server gateway proxy vault client clients driver provider operator connection jdbc odbc sdk cli sts oidc llm build builder release plan apply debug ci cd gha devops ' +
    'handler listener publisher subscriber poller watcher consumer producer forwarder shipper router indexer generator aggregator orchestrator validator ' +
    'analyzer optimizer notifier reporter explorer manager controller autoscaler assistant toolkit workspace bastion pod node account accounts from for with ' +
    'get fetch send push pull create update delete put start stop autostart autostop process processing generate publish notify compact compactor sync connect ' +
    'load loader copy copyinto upload uploader download downloader extract extractor transform transformer import importer refresh repair restore backup ' +
    'scan scanning check checker checking validate validation verify verification lookup discovery optimization remediate remediation validating alert alerts alerting logging telemetry delivery ' +
    'bootstrap migration migrations rotate rotation cleanup cleaner sweep sweeper maintenance vacuum replication replicator integration typecheck ' +
    'spark hadoop hive presto trino dremio starburst kafka kinesis firehose nifi oozie prefect emr glue bedrock dynamodb opensearch elasticsearch postgres mysql lakeformation cloudtrail fargate jupyter jupyterhub mlflow ' +
    'looker redash lightdash thoughtspot sisense qlik talend informatica matillion fivetran airbyte hightouch alation collibra datahub datadog ' +
    'jenkins spinnaker tekton teamcity rundeck circleci buildkite bitbucket vercel atlantis spacelift argocd ansible packer pulumi cdk k8s kube kube2iam kiam karpenter ' +
    'custodian prowler steampipe cloudquery securityhub guardduty secretsmanager ssm okta onelogin',
);

/** Words that say nothing of whose the session is: a name of nothing else was given to the session, not to a person. */
const PLAIN_WORDS = set(
  'my your test testing tests temp tmp demo example sample default name role aws ec2 s3 dev stage staging qa uat preprod nonprod sandbox poc prod production live ' +
    'web data lake datalake warehouse dwh db sql query queries report reports reporting analytics audit compliance security domain video metrics logs log events event quality flow rule tags tag bi ds ml ' +
    'no partition table schema iceberg parquet stream streaming queue bucket cache search model training inference feature ops infra platform info host fleet spot vpc identity token cloud cross internal external public private main primary secondary read readonly reader write writer source target state states resource storage material ' +
    'team support billing cost payments orders order sales finance marketing customer customers inventory usage kpi store tool creds tempcreds sa',
);

/** A person's first and last name as companies write them: an e-mail address, or a dot between two names (and an initial, a number). */
const FULL_NAME = /^(?:([^@\s]+)@[^@\s]+\.[^@\s]+|([A-Za-z]+(?:\.[A-Za-z])?\.[A-Za-z]+\d{0,2}))$/;

/**
 * Whether a session name looks like a program's: an id, an SDK's default, a service's or a job's name, or the role's own name
 * (as Lambda's sessions are named after the function). Not proof of a person when false.
 * A full name is a person's though one of its words be a program's, since surnames are words, unless that word is nobody's name.
 */
export function isMachineName(name: string, roleName: string | null): boolean {
  if (NEVER_A_PERSON.test(name)) return true;
  const [, mail, dotted] = FULL_NAME.exec(name) ?? [];
  const full = words(mail ?? dotted ?? '');
  if (full.length > 0) return full.some((word) => UNMISTAKABLE.has(word) || MACHINE_PARTS.test(word)) || areAllPlain(full, MACHINE_WORDS);
  if (MACHINE_FORMS.some((form) => form.test(name)) || (roleName !== null && isNamedAsRole(name, roleName))) return true;
  // However the name is cut: GuardDuty and web_hook are one word, NightlyReport is two.
  const own = words(name);
  const uncut = words(name.toLowerCase());
  if ([...uncut, own.join('')].some((word) => MACHINE_PARTS.test(word) || MACHINE_WORDS.has(word))) return true;
  return own.some((word) => MACHINE_WORDS.has(word) || UNMISTAKABLE.has(word)) || areAllPlain(own, PLAIN_WORDS);
}

/** Whether words say nothing but environments, subjects and numbers, and what else is given. */
function areAllPlain(all: readonly string[], also: ReadonlySet<string>): boolean {
  const said = all.filter((word) => !/^\d+$/.test(word));
  return said.length > 0 && said.every((word) => PLAIN_WORDS.has(word) || also.has(word));
}

/**
 * Whether a session is named as its role is: words of the role's name, or the same first two words (of a stack, a service).
 * A function and its role are made together: `orders-QueryFn2F3C1D4E-xYzAbCdEfGhI` runs with `orders-QueryFnServiceRole12AB34CD-kLmNoPqRsTuV`.
 */
function isNamedAsRole(name: string, roleName: string): boolean {
  const own = words(name);
  const role = words(roleName);
  if (own.length === 0) return false;
  return ` ${role.join(' ')} `.includes(` ${own.join(' ')} `) || (own.length > 1 && own[0] === role[0] && own[1] === role[1]);
}

/** Shape: lower case, split at marks and humps; digits that end a word of some length are cut off (worker12, not pk79901). */
function words(name: string): string[] {
  const apart = name.replace(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2').toLowerCase();
  return apart.split(/[^a-z0-9]/).map((word) => word.replace(/(?<=^[a-z]{3,})\d+$/, '')).filter((word) => word !== '');
}
