/** A template as text of as few bytes as stay readable: a parameter, resource or output a line, short intrinsics, no comments. */
import { isValues, type Value } from './template-yaml.ts';

/** Texts that YAML 1.1 would take for something else. Source: https://yaml.org/type/ */
const SOMETHING_ELSE = /^(?:[yn~]|yes|no|true|false|on|off|null|[-+\d_.,:e]+|[-+]?0[xob]\w*|[-+]?\.(?:inf|nan)|=|<<)$/i;
/** What needs no quotes inside brackets: no indicator at the beginning, none of flow, comment or mapping anywhere. */
const PLAIN = /^[A-Za-z0-9_/$.(+;^\\](?:[^\s,[\]{}#:"'?&*!|>%@`](?::{1,2}(?=[^\s,[\]{}]))?| (?=[^\s#,[\]{}:?&*!|>%@`]))*$/;
const DATE = /^\d{4}-\d/;

/** Writes a template, given with long intrinsics. Shape: sections in their order, below them a line for each member. */
export function toCompactYaml(template: { readonly [name: string]: Value }): string {
  return Object.entries(template).map(([name, section]) => (isValues(section) && Object.keys(section).length > 0
    ? [`${name}:`, ...Object.entries(section).map(([member, value]) => ` ${toText(member)}: ${toFlow(value)}`)].join('\n')
    : `${name}: ${toFlow(section)}`)).join('\n').concat('\n');
}

function toFlow(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(toFlow).join(',')}]`;
  if (!isValues(value)) return typeof value === 'string' ? toText(value) : String(value);
  return intrinsic(value) ?? `{${Object.entries(value).map(([name, member]) => `${toText(name)}: ${toFlow(member)}`).join(',')}}`;
}

/** The short form; null for what has none: CloudFormation takes no short form directly inside another. */
function intrinsic(value: { [name: string]: Value }): string | null {
  const [[name, argument] = ['', null], ...more] = Object.entries(value);
  if (more.length > 0 || !(name === 'Ref' || name.startsWith('Fn::'))) return null;
  if (isValues(argument) && intrinsic(argument) !== null) return null;
  const short = name.replace('Fn::', '');
  if (name === 'Fn::GetAtt' && Array.isArray(argument) && argument.every((part) => typeof part === 'string')) return `!GetAtt ${toText(argument.join('.'))}`;
  return `!${short} ${toFlow(argument)}`;
}

function toText(text: string): string {
  if (PLAIN.test(text) && !SOMETHING_ELSE.test(text) && !DATE.test(text)) return text;
  return /[\n\r\t]|[^ -~]/.test(text) ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`;
}
