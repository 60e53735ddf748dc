/** Athena's own list of query executions, as the closer asks for it. */
import { isObject, number, text } from './json.ts';

/** Why a workgroup was not listed: Athena refused; it is gone and its history with it; it is of Spark, which runs no queries; its owner set it aside. */
export type UnlistedReason = 'denied' | 'gone' | 'spark' | 'set_aside';

/** A workgroup that was not listed. */
export interface Unlisted {
  /** Shape: `*` when not even the workgroups could be listed. */
  readonly workgroup: string;
  readonly reason: UnlistedReason;
  /** Athena's own words. */
  readonly said: string;
  /** The instant as of which it was so, of what an earlier certificate says and no later answer has settled. */
  readonly asOf?: string;
}

/** An execution that Athena lists. Units: epoch milliseconds. */
export interface ListedExecution {
  readonly id: string;
  readonly submittedAt: number;
  readonly workgroup: string;
  /** The instant as of which Athena listed it, of what an earlier certificate says and no later answer has settled. */
  readonly asOf?: string;
}

/** What is asked: `[from, to)` spans all the days in hand, so that each workgroup is listed once for all of them. */
export interface HistorySpan {
  readonly from: number;
  readonly to: number;
}

/**
 * Where a listing tells what it finds. It may tell a thing twice after it was interrupted: whoever listens must not count calls.
 */
export interface HistorySink {
  /** When an id that is a row was submitted: null when nobody could tell, undefined when the id is no row. Units: epoch milliseconds. */
  readonly readKnown: (id: string) => number | null | undefined;
  /** A row's id that Athena lists. */
  readonly onKnown: (id: string) => void;
  /** An id that is no row, submitted within the span. */
  readonly onUnknown: (execution: ListedExecution) => void;
  readonly onWorkgroup: (workgroup: string) => void;
  readonly onUnlisted: (unlisted: Unlisted) => void;
  /** A list that is not newest first: it was then read to its end. */
  readonly onUnordered: (workgroup: string) => void;
}

/** Where a listing goes on. Small enough for a state of Step Functions. */
export interface HistoryCursor {
  /** Token of the page of workgroups; null for the first. */
  readonly page: string | null;
  /** The workgroup in hand; null for the first of the page. */
  readonly workgroup: string | null;
  /** Token of its next page of ids; null for the first. */
  readonly token: string | null;
  /** Whole pages older than the span, one after another. */
  readonly older: number;
  /** The latest submission that was read, to check the order by. Units: epoch milliseconds. */
  readonly last: number | null;
  readonly unordered: boolean;
}

/**
 * Lists Athena's executions of the span, over all workgroups.
 * `cursor` is null for the beginning. Shape: null when all is listed; else where to go on, once `isLate` says that time is up.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError; UpstreamDeniedError only for credentials.
 */
export type ListHistory = (span: HistorySpan, sink: HistorySink, cursor: HistoryCursor | null, isLate: () => boolean) => Promise<HistoryCursor | null>;

/** Reads a cursor back out of a state. Shape: null when it is none: the listing then begins anew. */
export function parseHistoryCursor(value: unknown): HistoryCursor | null {
  if (!isObject(value) || typeof value['older'] !== 'number') return null;
  return { page: text(value['page']), workgroup: text(value['workgroup']), token: text(value['token']), older: value['older'], last: number(value['last']), unordered: value['unordered'] === true };
}
