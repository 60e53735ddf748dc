/** What a listing of Athena's history has found so far; a long one keeps it in a hidden object between two invocations. */
import type { HistorySink, ListedExecution, Unlisted } from '#core/history';
import { parseJson } from '#core/hour-evidence';
import { isObject } from '#core/json';
import { CLOSING_NAME, dayFolder } from '#core/partition';
import type { ReportStore } from '#core/ports';

/** Findings by id and by name: told twice, they are still one. */
export interface Findings {
  readonly listed: Set<string>;
  readonly unknown: Map<string, ListedExecution>;
  readonly workgroups: Set<string>;
  readonly unlisted: Map<string, Unlisted>;
  readonly unordered: Set<string>;
}

/** No findings yet. */
export function createFindings(): Findings {
  return { listed: new Set(), unknown: new Map(), workgroups: new Set(), unlisted: new Map(), unordered: new Set() };
}

/** The end of a listing that fills findings. `known` are the ids that are rows, with their times. */
export function toSink(findings: Findings, known: ReadonlyMap<string, number>): HistorySink {
  return {
    readKnown: (id) => known.get(id),
    onKnown: (id) => findings.listed.add(id),
    onUnknown: (execution) => findings.unknown.set(execution.id, execution),
    onWorkgroup: (workgroup) => findings.workgroups.add(workgroup),
    onUnlisted: (unlisted) => findings.unlisted.set(unlisted.workgroup, unlisted),
    onUnordered: (workgroup) => findings.unordered.add(workgroup),
  };
}

/** Keeps findings for the next invocation of the run that takes `asOf` as now. */
export async function writeFindings(store: ReportStore, day: string, asOf: Date, findings: Findings): Promise<void> {
  const { listed, unknown, workgroups, unlisted, unordered } = findings;
  const kept = { asOf: asOf.toISOString(), listed: [...listed], unknown: [...unknown.values()], workgroups: [...workgroups], unlisted: [...unlisted.values()], unordered: [...unordered] };
  await store.write(`${dayFolder(day)}${CLOSING_NAME}`, new TextEncoder().encode(JSON.stringify(kept)), 'application/json');
}

/** Reads findings back. Shape: null when there are none of this run: the listing then begins anew. */
export async function readFindings(store: ReportStore, day: string, asOf: Date): Promise<Findings | null> {
  const bytes = await store.read(`${dayFolder(day)}${CLOSING_NAME}`);
  const kept = bytes === null ? null : parseJson(bytes);
  if (!isObject(kept) || kept['asOf'] !== asOf.toISOString()) return null;
  const listOf = <T>(name: string): T[] => (Array.isArray(kept[name]) ? (kept[name] as T[]) : []);
  return {
    listed: new Set(listOf<string>('listed')),
    unknown: new Map(listOf<ListedExecution>('unknown').map((execution) => [execution.id, execution])),
    workgroups: new Set(listOf<string>('workgroups')),
    unlisted: new Map(listOf<Unlisted>('unlisted').map((unlisted) => [unlisted.workgroup, unlisted])),
    unordered: new Set(listOf<string>('unordered')),
  };
}

/** Forgets findings; no error when there are none. */
export async function removeFindings(store: ReportStore, day: string): Promise<void> {
  await store.remove(`${dayFolder(day)}${CLOSING_NAME}`);
}
