/** What the next release changes for those who have the last one, and what it must never do to them. */
import type { ResourceSnapshot, Snapshot } from './release-snapshot.ts';

/** The outcome of a comparison, a line each. */
export interface Comparison {
  /** What a deployer must know. */
  readonly changes: readonly string[];
  /** What must not be released. */
  readonly refusals: readonly string[];
}

/** Types whose resources hold what nobody can write again, or by which it is found. */
const HOLDS_DATA = /^AWS::(S3::Bucket|Glue::(Database|Table)|DynamoDB::.*Table|KMS::Key|SQS::Queue)$/;

/** Compares a release with the tree that is to follow it. `changelog` is the text of CHANGELOG.md. */
export function compareReleases(last: Snapshot, next: Snapshot, changelog: string): Comparison {
  const news = textAfter(changelog, last.version);
  const changes: string[] = [];
  const refusals: string[] = [];
  const gone = (kind: string, name: string) => {
    changes.push(`removed ${kind} ${name}`);
    if (!news.includes(name)) refusals.push(`${kind} ${name} is removed, and no line of CHANGELOG.md above ${last.version} names it`);
  };
  compareParameters(last, next, changes, gone);
  compareColumns(last.columns, next.columns, changes, refusals);
  for (const [id, resource] of Object.entries(last.resources)) compareResource(id, resource, next.resources[id], changes, refusals);
  for (const [id, { type }] of Object.entries(next.resources)) if (last.resources[id] === undefined) changes.push(`new resource ${id} (${type})`);
  compareGrants(last, next, changes);
  for (const name of last.outputs.filter((output) => !next.outputs.includes(output))) gone('output', name);
  changes.push(...added('output', last.outputs, next.outputs), ...added('setting', last.settings, next.settings));
  for (const name of last.settings.filter((setting) => !next.settings.includes(setting))) gone('setting', name);
  if (last.runtimes.join() !== next.runtimes.join()) changes.push(`runtime: ${last.runtimes.join(', ')} → ${next.runtimes.join(', ')}`);
  for (const name of new Set([...Object.keys(last.states), ...Object.keys(next.states)])) {
    const [before, after] = [last.states[name] ?? [], next.states[name] ?? []];
    changes.push(...added(`state of ${name}`, before, after), ...added(`state of ${name}`, after, before).map((line) => line.replace(/^new/, 'removed')));
  }
  if (changes.length > 0) compareVersions(last, next, changelog, refusals);
  return { changes, refusals };
}

function added(kind: string, before: readonly string[], after: readonly string[]): string[] {
  return after.filter((name) => !before.includes(name)).map((name) => `new ${kind} ${name}`);
}

function compareParameters(last: Snapshot, next: Snapshot, changes: string[], gone: (kind: string, name: string) => void): void {
  for (const [name, before] of Object.entries(last.parameters)) {
    const after = next.parameters[name];
    if (after === undefined) {
      gone('parameter', name);
      continue;
    }
    for (const member of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [was, is] = [before[member], after[member]].map((value) => JSON.stringify(value) ?? 'none');
      if (was !== is) changes.push(`parameter ${name}: ${member} ${was} → ${is}${member === 'Default' ? ' (a stack keeps the value that it was deployed with)' : ' (a stack whose value is outside cannot be updated without another)'}`);
    }
  }
  for (const [name, { Default }] of Object.entries(next.parameters)) {
    if (last.parameters[name] === undefined) changes.push(`new parameter ${name}${Default === undefined ? ', which has no default: each deployer must give one' : `, by default ${JSON.stringify(Default)}`}`);
  }
}

/** Columns are only ever appended: reports of earlier versions stay as they are, below the same table. */
function compareColumns(last: readonly string[], next: readonly string[], changes: string[], refusals: string[]): void {
  const nameOf = (column: string) => column.split(' ')[0] ?? '';
  const names = next.map(nameOf);
  last.forEach((column, index) => {
    if (next[index] === column) return;
    const found = names.indexOf(nameOf(column));
    const now = next[found];
    if (found === -1) refusals.push(`column ${column} is removed or renamed; columns are only ever appended`);
    else if (now !== column) refusals.push(`column ${column} becomes ${now}; a column keeps its type`);
    else refusals.push(`column ${column} moves from place ${index + 1} to ${found + 1}; columns keep their order`);
  });
  changes.push(...next.filter((column) => !last.some((before) => nameOf(before) === nameOf(column))).map((column) => `new column ${column}`));
}

function compareResource(id: string, last: ResourceSnapshot, next: ResourceSnapshot | undefined, changes: string[], refusals: string[]): void {
  const holdsData = HOLDS_DATA.test(last.type);
  if (next === undefined) {
    changes.push(`resource ${id} (${last.type}) is no longer of the stack: ${last.deletionPolicy === 'Retain' ? 'it stays in the account' : 'it is deleted'}`);
    if (holdsData) refusals.push(`${id} (${last.type}) is removed; it holds data, and a new name makes an empty one`);
    return;
  }
  const replaced = last.type === next.type ? [...new Set([...Object.keys(last.replacedBy), ...Object.keys(next.replacedBy)])].filter((path) => last.replacedBy[path] !== next.replacedBy[path]) : ['Type'];
  if (replaced.length > 0) {
    changes.push(`resource ${id} (${last.type}) is replaced: ${replaced.map((path) => `${path} ${last.replacedBy[path] ?? (path === 'Type' ? last.type : 'none')} → ${next.replacedBy[path] ?? (path === 'Type' ? next.type : 'none')}`).join(', ')}`);
    if (holdsData) refusals.push(`${id} (${last.type}) is replaced (${replaced.join(', ')}); it holds data, and the new one is empty`);
  }
  for (const policy of ['deletionPolicy', 'updateReplacePolicy'] as const) {
    if (last[policy] === next[policy]) continue;
    const name = policy === 'deletionPolicy' ? 'DeletionPolicy' : 'UpdateReplacePolicy';
    changes.push(`resource ${id}: ${name} ${last[policy] ?? 'none'} → ${next[policy] ?? 'none'}`);
    if (last[policy] === 'Retain') refusals.push(`${id} (${last.type}) loses ${name}: Retain; what it holds goes with it`);
  }
  if (last.condition !== next.condition) {
    changes.push(`resource ${id}: Condition ${last.condition ?? 'none'} → ${next.condition ?? 'none'}`);
    if (holdsData) refusals.push(`${id} (${last.type}) depends on another condition (${next.condition ?? 'none'}); a stack where it no longer holds loses the resource`);
  }
  const changed = [...new Set([...Object.keys(last.properties), ...Object.keys(next.properties)])].filter((name) => last.properties[name] !== next.properties[name]);
  if (changed.length > 0) changes.push(`resource ${id} changes: ${changed.sort().join(', ')}`);
}

function compareGrants(last: Snapshot, next: Snapshot, changes: string[]): void {
  for (const id of new Set([...Object.keys(last.grants), ...Object.keys(next.grants)])) {
    const [before, after] = [last.grants[id] ?? [], next.grants[id] ?? []];
    changes.push(...after.filter((grant) => !before.includes(grant)).map((grant) => `new grant of ${id}: ${grant}`));
    changes.push(...before.filter((grant) => !after.includes(grant)).map((grant) => `grant taken from ${id}: ${grant}`));
  }
}

function compareVersions(last: Snapshot, next: Snapshot, changelog: string, refusals: string[]): void {
  if (compareVersion(next.version, last.version) <= 0) refusals.push(`the version is ${next.version}, as that of a release that is different; raise it in package.json and package-lock.json`);
  else if ((sectionsOf(changelog).get(next.version) ?? '').trim() === '') refusals.push(`CHANGELOG.md says nothing under ## [${next.version}]`);
}

/** Which of two versions is later. Shape: as a comparison of numbers. */
export function compareVersion(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  return (a ?? []).map((part, index) => part - (b?.[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** The sections of a changelog by version, in their order. */
function sectionsOf(changelog: string): Map<string, string> {
  return new Map(changelog.split(/^## /m).slice(1).map((section) => [/^\[?([^\]\s]+)/.exec(section)?.[1] ?? '', section.slice(section.indexOf('\n') + 1)]));
}

/** What the changelog says above a version. */
function textAfter(changelog: string, version: string): string {
  const sections = [...sectionsOf(changelog)];
  const index = sections.findIndex(([name]) => name === version);
  return sections.slice(0, index === -1 ? undefined : index).map(([, text]) => text).join('\n');
}

/** Refused first, then what is of interest to a reviewer, then the rest. */
const ORDER = [/^new grant/, /^grant taken/, /^resource \w+ \(.*\) is/, /^removed/, /^new parameter/, /^parameter/, /^new column/, /^new resource/, /^runtime/, /./];

/** The comparison for a person. */
export function showComparison({ changes, refusals }: Comparison, last: string, next: string): string {
  if (changes.length === 0) return `Nothing that a deployer depends on has changed since ${last}.\n`;
  const place = (line: string) => ORDER.findIndex((pattern) => pattern.test(line));
  const list = (lines: readonly string[]) => lines.map((line) => `  ${line}\n`).join('');
  const refused = refusals.length === 0 ? '' : `\nMust not be released:\n${list(refusals)}`;
  return `From ${last} to ${next}:\n${list([...changes].sort((a, b) => place(a) - place(b)))}${refused}`;
}
