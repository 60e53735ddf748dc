/**
 * What an earlier certificate of the day records and no later answer has settled. Athena forgets, workgroups are deleted, files tell
 * nothing: whatever was open then stays open, with the instant as of which it was found.
 */
import type { AthenaEvidence } from './day-evidence.ts';
import type { ListedExecution, Unlisted } from './history.ts';
import { ATHENA_HISTORY_MS } from './row.ts';

/** What an earlier certificate says of Athena's side. */
export interface Earlier {
  /** The instant as of which it says so, for what it has not itself from one before it. */
  readonly asOf: string;
  readonly unknown: readonly ListedExecution[];
  readonly unlisted: readonly Unlisted[];
  /** Executions of `unknown` that CloudTrail timed on the other side of the day's edge. */
  readonly elsewhere: readonly string[];
}

/** What decides whether something from before still stands. */
export interface Settling {
  readonly athena: AthenaEvidence | null;
  /** Whether Athena's own list was asked while it still held the whole day. */
  readonly whole: boolean;
  /** Workgroups that their owner set aside by name. */
  readonly setAside: readonly string[];
}

/**
 * Whether Athena's answer is of the whole day: its own list, while it keeps the day's beginning. Answers that somebody saved are not.
 * `start` is that of the day. The clock of whoever looks later plays no part.
 */
export function isWhole(athena: AthenaEvidence | null, source: 'lookup' | 'files', start: string): boolean {
  return athena !== null && source === 'lookup' && Date.parse(start) >= Date.parse(athena.asOf) - ATHENA_HISTORY_MS;
}

/**
 * What stands of an earlier certificate beside what Athena says now; `asOf` says since when. An execution stands until it is a row,
 * whatever Athena says no more; a refused workgroup until it was listed for the whole day, or its owner set it aside by name.
 */
export function carryOver(earlier: Earlier | null, settling: Settling): { readonly unknown: readonly ListedExecution[]; readonly unlisted: readonly Unlisted[] } {
  if (earlier === null) return { unknown: [], unlisted: [] };
  const told = new Set((settling.athena?.unknown ?? []).map(({ id }) => id));
  const unknown = earlier.unknown.filter(({ id }) => !told.has(id) && !earlier.elsewhere.includes(id));
  const unlisted = earlier.unlisted.filter((one) => one.reason === 'denied' && !isSettled(one, settling));
  const since = <T extends { readonly asOf?: string }>(one: T): T => ({ ...one, asOf: one.asOf ?? earlier.asOf });
  return { unknown: unknown.map(since), unlisted: unlisted.map(since) };
}

/** Whether a workgroup that had refused its list has an answer by now, be it another refusal. */
function isSettled({ workgroup }: Unlisted, { athena, whole, setAside }: Settling): boolean {
  if (setAside.includes(workgroup)) return true;
  const now = (athena?.unlisted ?? []).find((one) => one.workgroup === workgroup)?.reason;
  // Gone with its history, nobody can say any more what it held.
  if (now !== undefined && now !== 'gone') return true;
  // A refusal of all names is over when the names are given: each of them then has an answer of its own.
  const listed = athena !== null && (workgroup === '*' || athena.workgroups.includes(workgroup));
  return whole && listed;
}
