/** What lies of an hour, and what is wrong with it. Nothing that lies there is trusted: it may have been altered since. */
import type { Fact } from './facts.ts';
import { FACTS_NAME } from './facts.ts';
import { isObject, type Json, member, parseJson } from './json.ts';
import type { Manifest } from './manifest.ts';
import { hourFolder, MANIFEST_NAME, reportName } from './partition.ts';
import type { WrittenObject } from './ports.ts';
import { isRunning } from './query-execution.ts';
import { type HourWindow, windowHolds } from './window.ts';

/** Why a day is not plainly complete; `certificate.ts` says what each does to the verdict. */
export type Cause = 'hour_failed' | 'hour_missing' | 'counts' | 'object_missing' | 'object_changed' | 'object_added' | 'athena_only' | 'list_denied' | 'unanswered' | 'malformed' | 'unvouched' | 'expired';

/** One difference between what should be and what is. */
export interface Difference {
  readonly cause: Cause;
  /** What it is about: an hour label, the name of an object below the root, a query execution id, a workgroup, or the place of a record. */
  readonly id: string;
  readonly detail: string;
}

/** A row, as its fact tells. Units: epoch milliseconds. */
export interface RowTrace {
  readonly eventId: string;
  readonly eventTime: number;
  readonly queryExecutionId: string | null;
  readonly submittedAt: number | null;
  readonly workgroup: string | null;
  /** Whether Athena's side is known. */
  readonly known: boolean;
  readonly running: boolean;
}

/** What lies of one hour. */
export interface HourEvidence {
  readonly hour: string;
  /** Null when there is none, `unreadable` when it is no manifest of this version. */
  readonly manifest: Manifest | 'unreadable' | null;
  readonly manifestObject: WrittenObject | null;
  /** The report that the manifest names, as it lies; null when it is not there, or none is named. */
  readonly report: WrittenObject | null;
  /** The facts as they lie. */
  readonly facts: WrittenObject | null;
  /** The rows that the facts tell of, or why they cannot be read. */
  readonly rows: readonly RowTrace[] | string;
}

/** Lists the names of all objects below a folder, hidden ones too. Shape: relative to the root, in no order. */
export type ListNames = (folder: string) => Promise<readonly string[]>;

/** What a row's fact tells the certificate. */
export function toRowTrace({ start, execution }: Fact): RowTrace {
  return {
    eventId: start.eventId,
    eventTime: start.eventTime,
    queryExecutionId: start.queryExecutionId,
    submittedAt: execution?.submittedAt ?? null,
    workgroup: execution?.workgroup ?? start.workgroup,
    known: execution !== null,
    running: execution !== null && isRunning(execution),
  };
}

/** Reads a manifest that may have been altered. Shape: null when it is no manifest of this version. */
export function parseManifest(bytes: Uint8Array): Manifest | null {
  const value = parseJson(bytes);
  if (!isObject(value) || value['version'] !== 1) return null;
  const texts = ['day', 'hour', 'timeZone', 'start', 'end', 'asOf'].every((name) => typeof value[name] === 'string');
  const counts = hasNumbers(member(value, 'counts'), ['read', 'rows', 'duplicates', 'outside', 'skipped', 'malformed']);
  const objects = isObjectOrNull(value['report'], ['rows', 'bytes']) && isObjectOrNull(value['facts'], ['bytes']);
  const tallies = [value['states'], value['missing']].every((tally) => isObject(tally) && hasNumbers(tally, Object.keys(tally)));
  const rest = hasNumbers(member(value, 'kept'), ['rows']) && typeof member(value, 'source')['kind'] === 'string' && Array.isArray(value['offsets']) && isTextsOrNone(value['unanswered']) && isTextsOrNone(value['unvouched']) && hasSamples(value['malformedSamples']);
  return texts && counts && objects && tallies && rest ? (value as unknown as Manifest) : null;
}

function hasNumbers(value: Json, names: readonly string[]): boolean {
  return names.every((name) => Number.isInteger(value[name]) && Number(value[name]) >= 0);
}

function isObjectOrNull(value: unknown, numbers: readonly string[]): boolean {
  return value === null || (isObject(value) && typeof value['name'] === 'string' && typeof value['sha256'] === 'string' && hasNumbers(value, numbers));
}

function isTextsOrNone(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

function hasSamples(value: unknown): boolean {
  return Array.isArray(value) && value.every((sample) => isObject(sample) && typeof sample['from'] === 'string' && typeof sample['problem'] === 'string');
}

/** What is wrong with one hour of the day. Shape: empty when nothing is. */
export function judgeHour(window: HourWindow, timeZone: string, evidence: HourEvidence): Difference[] {
  const folder = hourFolder(window.day, window.hour);
  const { manifest } = evidence;
  if (manifest === null) return [{ cause: 'hour_missing', id: window.hour, detail: 'no manifest: the hour was never finished; run it' }];
  if (manifest === 'unreadable') return [{ cause: 'object_changed', id: `${folder}${MANIFEST_NAME}`, detail: 'no manifest of this version; run the hour again' }];
  const { day, hour, start, end } = manifest;
  if (day !== window.day || hour !== window.hour || start !== window.start || end !== window.end || manifest.timeZone !== timeZone) {
    return [{ cause: 'hour_missing', id: window.hour, detail: `its manifest is of ${day} ${hour} in ${manifest.timeZone}, ${start} to ${end}, expected ${timeZone}, ${window.start} to ${window.end}; run the hour again` }];
  }
  return [...countProblems(window, manifest, evidence.rows), ...objectProblems(window, folder, manifest, evidence)];
}

/** Counts that do not add up: what was read, the rows over all runs, the states, and the facts, each a row. */
function countProblems(window: HourWindow, manifest: Manifest, rows: HourEvidence['rows']): Difference[] {
  const { read, rows: found, duplicates, outside, skipped, malformed } = manifest.counts;
  const total = found + manifest.kept.rows;
  const written = manifest.report?.rows ?? 0;
  const states = sum(manifest.states);
  const problems = [
    ...(read === found + duplicates + outside + skipped + malformed ? [] : [`read ${read} is not rows ${found} + duplicates ${duplicates} + outside ${outside} + skipped ${skipped} + malformed ${malformed}`]),
    ...(written === total ? [] : [`the report has ${written} rows, found ${found} and kept ${manifest.kept.rows}`]),
    ...(states === total ? [] : [`the states are of ${states} rows, expected ${total}`]),
    ...(sum(manifest.missing) <= total ? [] : [`more facts are missing than there are rows`]),
  ];
  if (typeof rows !== 'string') {
    const outsiders = rows.filter(({ eventTime }) => !windowHolds(window, eventTime)).length;
    if (rows.length !== written) problems.push(`the facts tell of ${rows.length} rows, the report has ${written}`);
    if (new Set(rows.map(({ eventId }) => eventId)).size !== rows.length) problems.push('the facts tell of an event twice');
    if (outsiders > 0) problems.push(`the facts tell of ${outsiders} events of another hour`);
  }
  return problems.map((detail) => ({ cause: 'counts', id: window.hour, detail }));
}

function objectProblems(window: HourWindow, folder: string, { report, facts }: Manifest, evidence: HourEvidence): Difference[] {
  const problems = [...compare(`${folder}${report?.name ?? ''}`, report, evidence.report), ...compare(`${folder}${FACTS_NAME}`, facts, evidence.facts)];
  if (report !== null && report.name !== reportName(window.day, window.hour, report.format)) {
    problems.push({ cause: 'object_changed', id: `${folder}${MANIFEST_NAME}`, detail: `it names ${JSON.stringify(report.name)}, which is no report of this hour` });
  }
  if (report !== null && facts === null) problems.push({ cause: 'object_missing', id: `${folder}${FACTS_NAME}`, detail: 'the manifest has a report and no facts; run the hour again' });
  if (typeof evidence.rows === 'string' && problems.length === 0) problems.push({ cause: 'object_changed', id: `${folder}${FACTS_NAME}`, detail: evidence.rows });
  return problems;
}

/** An object against what the manifest says of it. */
function compare(id: string, said: WrittenObject | null, found: WrittenObject | null): Difference[] {
  if (said === null) return found === null ? [] : [{ cause: 'object_added', id, detail: 'the manifest says that the hour has none' }];
  if (found === null) return [{ cause: 'object_missing', id, detail: `it is gone; it had ${said.bytes} bytes, sha256 ${said.sha256}` }];
  if (found.bytes === said.bytes && found.sha256 === said.sha256) return [];
  return [{ cause: 'object_changed', id, detail: `${found.bytes} bytes, sha256 ${found.sha256}; the manifest says ${said.bytes} bytes, sha256 ${said.sha256}` }];
}

function sum(tally: Readonly<Record<string, number>>): number {
  return Object.values(tally).reduce((total, count) => total + count, 0);
}
