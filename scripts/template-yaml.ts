/** template.yaml as CloudFormation reads it: YAML 1.1 with short intrinsics. */
import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';

/** A value of a template. */
export type Value = string | number | boolean | null | undefined | Value[] | { [name: string]: Value };
/** An object of a template. */
export type Values = { [name: string]: Value };

/** A template as a document, with its comments. YAML 1.1, so that an unquoted OFF is the false that CloudFormation sees. */
export function parseTemplate(text: string): Document {
  return parseDocument(text, { version: '1.1', logLevel: 'silent' });
}

/** A node of the document as plain data; `!If` becomes `Fn::If`, as in JSON. */
export function toPlain(node: unknown): Value {
  const tag = (node as { tag?: string } | null)?.tag;
  const plain = untagged(node);
  if (tag === undefined || !tag.startsWith('!')) return plain;
  if (tag === '!Ref') return { Ref: plain };
  // An attribute's name may hold dots: Nested.Outputs.Name.
  if (tag === '!GetAtt') return { 'Fn::GetAtt': String(plain).split(/\.(.*)/s, 2) };
  return { [`Fn::${tag.slice(1)}`]: plain };
}

function untagged(node: unknown): Value {
  if (isMap(node)) return Object.fromEntries(node.items.map((pair) => [String(toPlain(pair.key)), toPlain(pair.value)]));
  if (isSeq(node)) return node.items.map(toPlain);
  return isScalar(node) ? (node.value as Value) : null;
}

/** Whether a value is an object. */
export function isValues(value: Value): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object inside another; empty when there is none. */
export function at(value: Value, ...path: readonly string[]): Values {
  const found = path.reduce<Value>((inner, name) => (isValues(inner) ? inner[name] : undefined), value);
  return isValues(found) ? found : {};
}
