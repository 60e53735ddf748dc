/** The manifest: what one hour's run saw and wrote. It is written last, so it vouches for the report beside it. */
import type { ActorKind } from './actor.ts';
import type { Format } from './partition.ts';
import type { MissingReason } from './query-execution.ts';
import type { Offset } from './window.ts';

/** What became of the records that were read: `read` is the sum of the others. Units: records. */
export interface Counts {
  readonly read: number;
  /** Rows of the report. */
  readonly rows: number;
  /** Further copies of an event that is a row. */
  readonly duplicates: number;
  /** Athena's StartQueryExecution, of another hour. */
  readonly outside: number;
  /** Events that are not Athena's StartQueryExecution. */
  readonly skipped: number;
  /** Records that cannot be read. */
  readonly malformed: number;
}

/** Most ids of one kind that a manifest lists; the numbers beside them count all. */
export const MAX_IDS = 100;

/** A record that could not be read. */
export interface MalformedSample {
  /** Where it was: a page of LookupEvents, or a file and a place in it. */
  readonly from: string;
  readonly problem: string;
}

/** Where the records came from. For files the counts are those of the whole scan, which every hour shares. */
export type SourceReport =
  | { readonly kind: 'lookup' }
  | { readonly kind: 'files'; readonly files: number; readonly passedOver: number; readonly athenaSide: boolean };

/** What an earlier run knew and this one did not find: it stays. So the report's rows are `counts.rows` and these rows. */
export interface Kept {
  readonly rows: number;
  /** Executions that Athena no longer gave, or gave as still running. */
  readonly executions: number;
  /** Event ids of such rows and ids of such executions. At most 100. */
  readonly ids: readonly string[];
}

/** What a run has changed of an hour. */
export interface Changes {
  readonly added: number;
  /** Rows of which more is known: the end of a query, a text, an earlier start. */
  readonly learned: number;
  /** Event ids, at most 100 each. */
  readonly addedIds: readonly string[];
  readonly learnedIds: readonly string[];
}

/** One hour's manifest. Reports of the same window and input have the same manifest, byte for byte. */
export interface Manifest {
  readonly version: 1;
  readonly day: string;
  readonly hour: string;
  readonly timeZone: string;
  /** The window, UTC, half-open. */
  readonly start: string;
  readonly end: string;
  readonly offsets: readonly Offset[];
  readonly asOf: string;
  readonly source: SourceReport;
  readonly counts: Counts;
  /** The object beside this manifest; null when the hour had no query. */
  readonly report: { readonly name: string; readonly format: Format; readonly rows: number; readonly bytes: number; readonly sha256: string } | null;
  /** The facts behind the report; null when there are none. */
  readonly facts: { readonly name: string; readonly bytes: number; readonly sha256: string } | null;
  readonly kept: Kept;
  /** What this run has changed against the runs before; null when it was the first, or changed nothing. */
  readonly changes: Changes | null;
  /** Rows by state, refused starts among them; `UNKNOWN` where Athena could not tell. */
  readonly states: Readonly<Record<string, number>>;
  /** Rows whose figures are absent or not final, by reason. */
  readonly missing: Readonly<Partial<Record<MissingReason, number>>>;
  /** Executions that Athena, throttling or failing, gave no answer about. At most 100; none in manifests of earlier versions. */
  readonly unanswered?: readonly string[];
  /** Rows that hold what only facts say that no manifest vouched for, in words; absent when there are none. Later runs keep it while it is so. */
  readonly unvouched?: readonly string[];
  /** Workgroups and ids that Athena refused, at most 20, and Regions that denied the role chain; with AWS's words. */
  readonly notes: readonly string[];
  /** Rows by actor; an actor that no record names is not listed. */
  readonly actors: readonly { readonly actor: string; readonly kind: ActorKind; readonly rows: number }[];
  /** At most 10. */
  readonly malformedSamples: readonly MalformedSample[];
}

/** Asserts that the counts add up. Errors: Error, because a sum that does not add up is a fault of the tracker itself. */
export function assertCounts(counts: Counts): void {
  const { read, rows, duplicates, outside, skipped, malformed } = counts;
  if (read === rows + duplicates + outside + skipped + malformed) return;
  throw new Error(`counts do not add up: read ${read} is not rows ${rows} + duplicates ${duplicates} + outside ${outside} + skipped ${skipped} + malformed ${malformed}`);
}

/**
 * Adds the counts of several hours up.
 * Hours of LookupEvents each read their own records. Hours of files share one scan: what it read counts once, and `outside`
 * is what belongs to none of the hours.
 */
export function sumCounts(hours: readonly Counts[], source: SourceReport['kind']): Counts {
  const sum = (name: keyof Counts) => hours.reduce((total, hour) => total + hour[name], 0);
  const rows = sum('rows');
  const duplicates = sum('duplicates');
  if (source === 'lookup') return { read: sum('read'), rows, duplicates, outside: sum('outside'), skipped: sum('skipped'), malformed: sum('malformed') };
  const { read = 0, skipped = 0, malformed = 0 } = hours[0] ?? {};
  return { read, rows, duplicates, outside: read - skipped - malformed - rows - duplicates, skipped, malformed };
}
