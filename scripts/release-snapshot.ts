/** What a deployer depends on, of one version: taken from the working tree, frozen for each release in releases/. */
import { createHash } from 'node:crypto';
import { at, isValues, type Value, type Values } from './template-yaml.ts';

/** A resource of the stack. */
export interface ResourceSnapshot {
  readonly type: string;
  /** CloudFormation's policies and condition; null where the template says none. */
  readonly deletionPolicy: string | null;
  readonly updateReplacePolicy: string | null;
  readonly condition: string | null;
  /** Properties whose change makes CloudFormation replace the resource, as text. */
  readonly replacedBy: Readonly<Record<string, string>>;
  /** Hashes of all properties by name, so that a change can be named. */
  readonly properties: Readonly<Record<string, string>>;
}

/** What is compared from one release to the next. */
export interface Snapshot {
  readonly version: string;
  /** Node of the functions, and what the command asks for. */
  readonly runtimes: readonly string[];
  readonly parameters: Readonly<Record<string, Values>>;
  readonly resources: Readonly<Record<string, ResourceSnapshot>>;
  /** By role, or by the resource that a policy is of: `Allow s3:GetObject on …`, sorted. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
  /** `name type`, in the order of the file. */
  readonly columns: readonly string[];
  /** Names that config.json and the environment may have. */
  readonly settings: readonly string[];
  /** Names of the states by machine. */
  readonly states: Readonly<Record<string, readonly string[]>>;
  readonly outputs: readonly string[];
}

/** What a snapshot is taken of. */
export interface Sources {
  readonly template: Values;
  readonly packageJson: { readonly version: string; readonly engines: { readonly node: string } };
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly settings: readonly string[];
  readonly machines: Readonly<Record<string, { readonly States: object }>>;
}

/** Takes the snapshot. */
export function takeSnapshot({ template, packageJson, columns, settings, machines }: Sources): Snapshot {
  const resources = Object.entries(at(template, 'Resources')).map(([id, resource]) => [id, at(resource)] as const);
  const globals = Object.entries(at(template, 'Globals')).map(([name, properties]) => [`Globals.${name}`, { Type: 'Globals', Properties: properties }] as const);
  return {
    version: packageJson.version,
    runtimes: [...runtimesOf(template), `node ${packageJson.engines.node} for the command`],
    parameters: Object.fromEntries(Object.entries(at(template, 'Parameters')).map(([name, parameter]) => [name, without(at(parameter), ['Description', 'ConstraintDescription'])])),
    resources: Object.fromEntries([...globals, ...resources].map(([id, resource]) => [id, resourceOf(resource)])),
    grants: grantsOf(resources),
    columns: columns.map(({ name, type }) => `${name} ${type}`),
    settings: [...settings],
    states: Object.fromEntries(Object.entries(machines).map(([name, machine]) => [name, statesIn(machine)])),
    outputs: Object.keys(at(template, 'Outputs')),
  };
}

function without(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

function runtimesOf(template: Values): string[] {
  const own = Object.values(at(template, 'Resources')).map((resource) => at(resource, 'Properties')['Runtime']);
  return [...new Set([at(template, 'Globals', 'Function')['Runtime'], ...own].filter((runtime) => runtime !== undefined).map(show))].sort();
}

/** States of a machine, those within a Map or Parallel among them. */
function statesIn(machine: object): string[] {
  const inner = (value: unknown): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, part]) => (name === 'States' && typeof part === 'object' && part !== null ? [...Object.keys(part), ...inner(part)] : inner(part)));
  };
  return inner(machine).sort();
}

/**
 * Properties that CloudFormation replaces a resource for, by type.
 * Source: "Update requires: Replacement" in https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
 */
const REPLACING: Readonly<Record<string, readonly string[]>> = {
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::S3::BucketPolicy': ['Bucket'],
  'AWS::Glue::Database': ['CatalogId', 'DatabaseName', 'DatabaseInput.Name'],
  'AWS::Glue::Table': ['CatalogId', 'DatabaseName', 'TableInput.Name'],
  'AWS::Athena::WorkGroup': ['Name'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::Serverless::Function': ['FunctionName', 'PackageType'],
  'AWS::Lambda::Function': ['FunctionName', 'PackageType'],
  'AWS::Serverless::StateMachine': ['Name', 'Type'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
  'AWS::IAM::Role': ['RoleName', 'Path'],
  'AWS::Scheduler::Schedule': ['Name', 'GroupName'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::KMS::Key': ['KeySpec'],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
};

function resourceOf(resource: Values): ResourceSnapshot {
  const properties = at(resource, 'Properties');
  const type = String(resource['Type']);
  const values = (REPLACING[type] ?? []).map((path) => [path, show(path.split('.').reduce<Value>((inner, name) => (isValues(inner) ? inner[name] : undefined), properties))] as const);
  return {
    type,
    deletionPolicy: textOr(resource['DeletionPolicy']),
    updateReplacePolicy: textOr(resource['UpdateReplacePolicy']),
    condition: textOr(resource['Condition']),
    replacedBy: Object.fromEntries(values.filter(([, value]) => value !== '')),
    properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, createHash('sha256').update(JSON.stringify(sorted(value)) ?? '').digest('hex').slice(0, 12)])),
  };
}

function textOr(value: Value): string | null {
  return value === undefined ? null : show(value);
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  return isValues(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, sorted(inner)] as const).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

/** A value for a person: intrinsics as `${Name}`, so that each way to write one is the same. Empty where there is none. */
export function show(value: Value): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (!isValues(value)) return String(value);
  const [[name, argument] = ['', null]] = Object.entries(value);
  if (name === 'Ref') return sub(String(argument));
  if (name === 'Fn::GetAtt') return sub((Array.isArray(argument) ? argument : [argument]).join('.'));
  if (name === 'Fn::If' && Array.isArray(argument)) return `(${show(argument[0])} ? ${show(argument[1])} : ${show(argument[2])})`;
  if (name === 'Fn::Sub') {
    const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
    return String(text).replace(/\$\{(\w+)\}/g, (whole, variable: string) => (isValues(own) && variable in own ? show(own[variable]) : whole));
  }
  return JSON.stringify(sorted(value));
}

function sub(name: string): string {
  return `$\{${name}}`;
}

function listOf(value: Value): Value[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** What SAM gives a role that it makes itself. Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html */
const GENERATED: Readonly<Record<string, readonly string[]>> = {
  'AWS::Serverless::Function': ['Allow sts:AssumeRole by lambda.amazonaws.com', 'managed policy AWSLambdaBasicExecutionRole'],
  'AWS::Serverless::StateMachine': ['Allow sts:AssumeRole by states.amazonaws.com'],
};

/** Grants by role: of roles that SAM generates (`WorkerRole` of `Worker`) and of those that the template spells out, by the same names. */
function grantsOf(resources: readonly (readonly [string, Values])[]): Record<string, string[]> {
  const grants = new Map<string, Set<string>>();
  const add = (id: string, lines: readonly string[]) => grants.set(id, new Set([...(grants.get(id) ?? []), ...lines]));
  for (const [id, resource] of resources) {
    const type = String(resource['Type']);
    const properties = at(resource, 'Properties');
    const generated = GENERATED[type];
    if (generated !== undefined) {
      if (properties['Role'] === undefined) add(`${id}Role`, [...generated, ...listOf(properties['Policies']).flatMap(policyLines)]);
      for (const url of listOf(properties['FunctionUrlConfig'])) add(id, [`function URL, ${show(at(url)['AuthType'])}`]);
    } else if (type === 'AWS::IAM::Role') {
      add(id, [
        ...statementLines(at(properties, 'AssumeRolePolicyDocument')['Statement']),
        ...listOf(properties['ManagedPolicyArns']).map(managed),
        ...listOf(properties['Policies']).flatMap(policyLines),
      ]);
    } else if (type === 'AWS::Lambda::Permission') {
      add(id, [`Allow ${show(properties['Action'])} on ${show(properties['FunctionName'])} by ${show(properties['Principal'])}`]);
    } else if (properties['PolicyDocument'] !== undefined) {
      // Policies of roles, and of buckets, topics and queues.
      const roles = listOf(properties['Roles'] ?? properties['RoleName']).map((role) => show(role).replace(/^\$\{(\w+)\}$/, '$1'));
      for (const owner of roles.length > 0 ? roles : [id]) add(owner, policyLines(properties));
    }
  }
  return Object.fromEntries([...grants].map(([id, lines]) => [id, [...lines].sort()] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function managed(arn: Value): string {
  return `managed policy ${show(arn).split('/').at(-1)}`;
}

/** A policy by name, with its document, or a document itself. */
function policyLines(policy: Value): string[] {
  if (!isValues(policy)) return [managed(policy)];
  if ('Fn::If' in policy) return conditional(policy['Fn::If'], policyLines);
  if (policy['PolicyDocument'] !== undefined) return policyLines(policy['PolicyDocument']);
  return policy['Statement'] === undefined ? [`policy ${show(policy)}`] : statementLines(policy['Statement']);
}

function conditional(argument: Value, lines: (value: Value) => string[]): string[] {
  const [condition, yes, no] = listOf(argument);
  const side = (value: Value, when: string) => (isValues(value) && value['Ref'] === 'AWS::NoValue' ? [] : lines(value).map((line) => `${line} (${when})`));
  return [...side(yes, `if ${show(condition)}`), ...side(no, `unless ${show(condition)}`)];
}

function statementLines(statements: Value): string[] {
  return listOf(statements).flatMap((statement): string[] => {
    if (!isValues(statement)) return [];
    if ('Fn::If' in statement) return conditional(statement['Fn::If'], statementLines);
    const on = [...listOf(statement['Resource']).map((resource) => ` on ${show(resource)}`), ...listOf(statement['NotResource']).map((resource) => ` on all but ${show(resource)}`)];
    const by = principalsOf(statement['Principal']).map((principal) => ` by ${principal}`);
    const when = statement['Condition'] === undefined ? '' : ` when ${show(statement['Condition'])}`;
    const actions = [...listOf(statement['Action']).map(show), ...listOf(statement['NotAction']).map((action) => `all but ${show(action)}`)];
    return actions.flatMap((action) => (on.length === 0 ? [''] : on).flatMap((resource) => (by.length === 0 ? [''] : by).map((principal) => `${show(statement['Effect'])} ${action}${resource}${principal}${when}`)));
  });
}

function principalsOf(principal: Value): string[] {
  if (principal === undefined) return [];
  return isValues(principal) ? Object.values(principal).flatMap(listOf).map(show) : [show(principal)];
}
