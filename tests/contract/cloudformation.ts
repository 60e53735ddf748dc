/** Reads template.yaml as CloudFormation does: YAML 1.1 with short intrinsics, parameters, conditions and mappings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from 'yaml';
import { at, isValues, parseTemplate, toPlain, type Value, type Values } from '../../scripts/template-yaml.ts';

export { at, isValues, toPlain, type Value, type Values };

/** The repository. */
export const ROOT = join(__dirname, '../..');

/** The template as a document, with its comments. YAML 1.1, so that an unquoted OFF is the false that CloudFormation sees. */
export function readDocument(): Document {
  return parseTemplate(readFileSync(join(ROOT, 'template.yaml'), 'utf8'));
}

/** The template as plain data, intrinsics unresolved. */
export const template = toPlain(readDocument().contents) as Values;

/** Default values of the parameters, as text. */
export const defaults: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(at(template, 'Parameters')).map(([name, parameter]) => [name, String(at(parameter)['Default'])]));

/**
 * A value as a deployment with these parameters has it.
 * Shape: a reference to a resource reads `<LogicalId>` or `<LogicalId.Attribute>`, a pseudo parameter `<AWS::Region>`.
 */
export function deploy(value: Value, parameters: Readonly<Record<string, string>> = {}): Value {
  return resolve(value, { ...defaults, ...parameters });
}

function resolve(value: Value, parameters: Readonly<Record<string, string>>): Value {
  if (Array.isArray(value)) return value.map((element) => resolve(element, parameters)).filter((element) => element !== undefined);
  if (!isValues(value)) return value;
  const [[name, argument] = ['', null]] = Object.entries(value);
  const intrinsic = INTRINSICS[name];
  if (intrinsic !== undefined) return intrinsic(argument, parameters);
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => {
    const resolved = resolve(inner, parameters);
    return resolved === undefined ? [] : [[key, resolved]];
  }));
}

type Intrinsic = (argument: Value, parameters: Readonly<Record<string, string>>) => Value;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, parameters) => (name === 'AWS::NoValue' ? undefined : (parameters[String(name)] ?? `<${String(name)}>`)),
  'Fn::GetAtt': (path) => `<${(path as string[]).join('.')}>`,
  'Fn::If': (argument, parameters) => {
    const [condition, yes, no] = argument as [string, Value, Value];
    return resolve(resolve(at(template, 'Conditions')[condition], parameters) === true ? yes : no, parameters);
  },
  'Fn::Equals': (argument, parameters) => {
    const [left, right] = (argument as Value[]).map((side) => resolve(side, parameters));
    return String(left) === String(right);
  },
  'Fn::Not': (argument, parameters) => resolve((argument as Value[])[0], parameters) !== true,
  'Fn::FindInMap': (argument, parameters) => {
    const [map, first, second] = (argument as Value[]).map((part) => String(resolve(part, parameters)));
    return at(template, 'Mappings', map ?? '', first ?? '')[second ?? ''];
  },
  'Fn::Join': (argument, parameters) => {
    const [between, parts] = argument as [string, Value];
    return (resolve(parts, parameters) as Value[]).map(String).join(between);
  },
  'Fn::Base64': (argument, parameters) => Buffer.from(String(resolve(argument, parameters))).toString('base64'),
  'Fn::Sub': (argument, parameters) => {
    const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
    const values = at(resolve(own, parameters));
    return String(text).replace(/\$\{([^}]+)\}/g, (_, name: string) => (name.startsWith('!') ? `\${${name.slice(1)}}` : String(values[name] ?? parameters[name] ?? `<${name}>`)));
  },
};

/** Every statement of every policy in it, wherever it stands. */
export function statementsIn(value: Value): Values[] {
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  if (!isValues(value)) return [];
  return 'Effect' in value ? [value] : Object.values(value).flatMap(statementsIn);
}

/** What a function or state machine may do as deployed: the statements of its role, and of the policies that name the role. */
export function grantsOf(id: string, parameters: Readonly<Record<string, string>> = {}): Values[] {
  const role = `${id}Role`;
  if (JSON.stringify(at(template, 'Resources', id, 'Properties')['Role']) !== `{"Fn::GetAtt":["${role}","Arn"]}`) throw new Error(`${id}: has not the role ${role}`);
  const policies = Object.values(at(template, 'Resources')).map((resource) => at(resource)).filter(({ Type, Condition }) => Type === 'AWS::IAM::Policy' && isMet(Condition, parameters)).map((policy) => at(policy, 'Properties'));
  const attached = policies.filter(({ Roles }) => (deploy(Roles ?? [], parameters) as Value[]).includes(`<${role}>`));
  return statementsIn(deploy([at(template, 'Resources', role, 'Properties')['Policies'] ?? [], ...attached], parameters));
}

function isMet(condition: Value, parameters: Readonly<Record<string, string>>): boolean {
  return condition === undefined || deploy({ 'Fn::If': [condition, true, false] }, parameters) === true;
}

/** Resources of a type, by logical id. */
export function resourcesOf(type: string): [id: string, properties: Values][] {
  return Object.entries(at(template, 'Resources')).flatMap(([id, resource]) => (at(resource)['Type'] === type ? [[id, at(resource, 'Properties')]] : []));
}
