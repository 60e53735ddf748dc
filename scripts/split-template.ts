/** Moves resources of a template into a nested one, for the sake of the 51,200 bytes that a template may have by itself. */
import { at, isValues, type Value, type Values } from './template-yaml.ts';

/** A template and the one that it nests. */
export interface Split {
  /** Its resource `nested` has no TemplateURL yet. */
  readonly outer: Values;
  readonly nested: Values;
}

/**
 * Splits a template given with long intrinsics. What the moved resources need of the others becomes parameters of the nested template,
 * what the others need of them its outputs; conditions and mappings are taken along.
 */
export function splitTemplate(template: Values, moved: readonly string[], name: string): Split {
  const resources = at(template, 'Resources');
  const inside = new Set(moved);
  const parameters = new Map<string, Value>();
  const conditions = new Set<string>();
  const mappings = new Set<string>();

  /** A parameter for what lies outside. */
  const asParameter = (id: string, value: Value): string => {
    parameters.set(id, value);
    return id;
  };
  const isOutside = (id: string): boolean => !inside.has(id) && (!id.startsWith('AWS::') || id === 'AWS::StackName');
  const innerName = (path: string, value: Value): string => (isOutside(path.split('.')[0] ?? '') ? asParameter(path.replace('AWS::StackName', 'OuterStack').replaceAll('.', ''), value) : path);

  const inner: Rewrite = {
    Ref: (id) => ({ Ref: innerName(String(id), { Ref: id }) }),
    'Fn::GetAtt': (path) => {
      const [id = '', ...rest] = path as string[];
      return isOutside(id) ? { Ref: innerName((path as string[]).join('.'), { 'Fn::GetAtt': path }) } : { 'Fn::GetAtt': [id, ...rest] };
    },
    'Fn::Sub': (argument) => rewriteSub(argument, inner, (variable) => innerName(variable, variable.includes('.') ? { 'Fn::GetAtt': variable.split('.') } : { Ref: variable })),
    'Fn::If': (argument) => {
      const [condition, ...sides] = argument as Value[];
      conditions.add(String(condition));
      return { 'Fn::If': [condition ?? null, ...sides.map((side) => rewrite(side, inner))] };
    },
    'Fn::FindInMap': (argument) => {
      mappings.add(String((argument as Value[])[0]));
      return { 'Fn::FindInMap': rewrite(argument, inner) };
    },
  };
  const outside: Rewrite = {
    Ref: (id) => (inside.has(String(id)) ? { 'Fn::GetAtt': [name, `Outputs.${String(id)}`] } : { Ref: id }),
    'Fn::GetAtt': (path) => {
      const [id] = path as string[];
      if (inside.has(id ?? '')) throw new Error(`${String(id)}: is moved into ${name}, and somebody needs its ${(path as string[])[1]}`);
      return { 'Fn::GetAtt': path };
    },
    'Fn::Sub': (argument) => rewriteSub(argument, outside, (variable) => (inside.has(variable) ? `${name}.Outputs.${variable}` : variable)),
  };

  const movedResources = Object.fromEntries(moved.map((id) => {
    const resource = at(resources, id);
    if (typeof resource['Condition'] === 'string') conditions.add(resource['Condition']);
    return [id, rewrite(resource, inner)];
  }));
  const rest = Object.fromEntries(Object.entries(template).map(([section, content]) => [section, section === 'Resources' || section === 'Outputs' ? rewrite(without(content, inside), outside) : content]));
  const needed = [...inside].filter((id) => JSON.stringify(rest).includes(`Outputs.${id}"`) || JSON.stringify(rest).includes(`{${name}.Outputs.${id}}`));
  const taken = Object.fromEntries([...conditions].map((condition) => [condition, rewrite(at(template, 'Conditions')[condition], inner)]));
  const nested: Values = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `${String(template['Description'])} (${name})`,
    Parameters: Object.fromEntries([...parameters.keys()].map((id) => [id, { Type: 'String' }])),
    ...(Object.keys(taken).length === 0 ? {} : { Conditions: taken }),
    ...(mappings.size === 0 ? {} : { Mappings: Object.fromEntries([...mappings].map((map) => [map, at(template, 'Mappings')[map]])) }),
    Resources: movedResources,
    ...(needed.length === 0 ? {} : { Outputs: Object.fromEntries(needed.map((id) => [id, { Value: { Ref: id } }])) }),
  };
  const stack = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: '', Parameters: Object.fromEntries(parameters) } };
  return { outer: { ...rest, Resources: { ...at(rest, 'Resources'), [name]: stack } }, nested };
}

type Rewrite = Readonly<Record<string, (argument: Value) => Value>>;

function rewrite(value: Value, by: Rewrite): Value {
  if (Array.isArray(value)) return value.map((element) => rewrite(element, by));
  if (!isValues(value)) return value;
  const [[name, argument] = ['', null], ...more] = Object.entries(value);
  const change = more.length === 0 ? by[name] : undefined;
  return change === undefined ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rewrite(member, by)])) : change(argument);
}

function rewriteSub(argument: Value, by: Rewrite, rename: (variable: string) => string): Value {
  const [text, own] = Array.isArray(argument) ? argument : [argument, null];
  const known = isValues(own) ? Object.keys(own) : [];
  const renamed = String(text).replace(/\$\{([^!}][^}]*)\}/g, (_, variable: string) => `\${${known.includes(variable) ? variable : rename(variable)}}`);
  return { 'Fn::Sub': own === null || own === undefined ? renamed : [renamed, rewrite(own, by)] };
}

function without(content: Value, ids: ReadonlySet<string>): Values {
  return Object.fromEntries(Object.entries(at(content)).filter(([id]) => !ids.has(id)));
}
