/** What a listing of Athena's history has found so far; a long one keeps it in a hidden object between two invocations. */
import type { HistorySink, ListedExecution, Unlisted } from '#core/history';
import { isObject, parseJson } from '#core/json';
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

/** Where findings are kept, and whose they are. */
export interface FindingsPlace {
  /** Name of the object below the root. */
  readonly name: string;
  /** The run and the instant that it takes as now: findings of another one are none. */
  readonly of: string;
}

/** Findings as they were kept: `done` when the list was read to its end. */
export interface KeptFindings {
  readonly findings: Findings;
  readonly done: boolean;
}

/** Keeps findings for the next invocation, or for the next day of the run. Errors: those of the store. */
export async function writeFindings(store: ReportStore, { name, of }: FindingsPlace, findings: Findings, done: boolean): Promise<void> {
  const { listed, unknown, workgroups, unlisted, unordered } = findings;
  const kept = { of, done, listed: [...listed], unknown: [...unknown.values()], workgroups: [...workgroups], unlisted: [...unlisted.values()], unordered: [...unordered] };
  await store.write(name, new TextEncoder().encode(JSON.stringify(kept)), 'application/json');
}

/** Reads findings back. Shape: null when there are none of this run: the listing then begins anew. Errors: those of the store. */
export async function readFindings(store: ReportStore, { name, of }: FindingsPlace): Promise<KeptFindings | null> {
  const bytes = await store.read(name);
  const kept = bytes === null ? null : parseJson(bytes);
  if (!isObject(kept) || kept['of'] !== of) return null;
  const listOf = <T>(list: string): T[] => (Array.isArray(kept[list]) ? (kept[list] as T[]) : []);
  const findings = {
    listed: new Set(listOf<string>('listed')),
    unknown: new Map(listOf<ListedExecution>('unknown').map((execution) => [execution.id, execution])),
    workgroups: new Set(listOf<string>('workgroups')),
    unlisted: new Map(listOf<Unlisted>('unlisted').map((unlisted) => [unlisted.workgroup, unlisted])),
    unordered: new Set(listOf<string>('unordered')),
  };
  return { findings, done: kept['done'] === true };
}

/** Forgets findings; no error when there are none. */
export async function removeFindings(store: ReportStore, { name }: FindingsPlace): Promise<void> {
  await store.remove(name);
}
