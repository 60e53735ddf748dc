/** The results of the hours of a day, or of the days of a backfill: what failed is named, and fails the run. */
import type { Verdict } from '#core/certificate';
import { InvalidInputError } from '#core/errors';
import type { Cause } from '#core/hour-evidence';
import { isObject, type Json, member, parseJson, text } from '#core/json';
import { type Counts, sumCounts } from '#core/manifest';

/** An hour or a day that failed. */
export interface Failure {
  /** Hour label, or day. */
  readonly of: string;
  readonly error: string;
  readonly message: string;
}

interface Judgement {
  readonly verdict: Verdict;
  readonly failed: readonly Failure[];
  /** Of an incomplete run: what the execution fails with. */
  readonly error?: string;
  readonly cause?: string;
}

/** Verdict over a day. */
export interface DayVerdict extends Judgement {
  readonly day: string;
  /** Hours that the day has. */
  readonly hours: number;
  /** Hours whose report and manifest were written. */
  readonly written: number;
  readonly counts: Counts;
  /** Name of the certificate below the root; null for a run of some hours only, which says nothing of the day. */
  readonly certificate: string | null;
  /** Whether the run was long enough after the day to have the last word. */
  readonly settled: boolean;
  /** Rows whose query had not ended. */
  readonly running: number;
  /** Differences by cause; the certificate has each by its id. */
  readonly differences: Readonly<Partial<Record<Cause, number>>>;
  /** Whether the closer has to be invoked again; the state machine chooses by it. */
  readonly more: false;
  readonly next: null;
}

/** Verdict over a backfill's days, newest first. */
export interface BackfillVerdict extends Judgement {
  readonly days: readonly { readonly day: string; readonly verdict: Verdict }[];
}

/** Most characters of a cause that Step Functions keeps is 32,768; a person reads less. */
export const MAX_CAUSE = 4000;

/**
 * Counts the results of a day (`windows` and the Map's `hours`) or of a backfill (`days` and the Map's `results`).
 * Every hour or day that was planned must have a result: what has none has failed.
 * Errors: InvalidInputError when the event is neither.
 */
export function close(event: unknown): DayVerdict | BackfillVerdict {
  if (isObject(event) && Array.isArray(event['windows'])) return closeDay(event, event['windows']);
  if (isObject(event) && Array.isArray(event['days'])) return closeBackfill(event, event['days']);
  throw new InvalidInputError('event: neither a day (windows, hours) nor a backfill (days, results), expected the input of the state machine, such as events/closer.day.json');
}

function closeDay(event: Json, windows: readonly unknown[]): DayVerdict {
  const day = text(event['day']);
  if (day === null) throw new InvalidInputError('day: missing, expected the day, YYYY-MM-DD');
  if (windows.length === 0) throw new InvalidInputError(`windows: none, expected the hours of ${day}`);
  const results = byKey(event['hours'], 'hours', 'hour');
  const hours = windows.map((window) => text(member({ window }, 'window')['hour']) ?? '');
  const failed = hours.flatMap((hour) => failureOf(hour, results.get(hour), isWritten));
  const written = hours.flatMap((hour) => {
    const result = results.get(hour);
    return result !== undefined && isWritten(result) ? [result] : [];
  });
  const source = written.some((result) => result['source'] === 'files') ? 'files' : 'lookup';
  const counts = sumCounts(written.map((result) => result['counts'] as Counts), source);
  const unjudged = { certificate: null, settled: false, running: 0, differences: {}, more: false, next: null } as const;
  return { day, hours: hours.length, written: written.length, counts, ...unjudged, ...judge(failed, hours.length, 'hour', 'DayIncomplete') };
}

function closeBackfill(event: Json, planned: readonly unknown[]): BackfillVerdict {
  if (planned.length === 0) throw new InvalidInputError('days: none, expected at least one');
  const results = byKey(event['results'], 'results', 'day');
  const days = planned.map((plan) => text(member({ plan }, 'plan')['day']) ?? '');
  const failed = days.flatMap((day) => failureOf(day, results.get(day), isGreen));
  const verdicts = days.map((day): { day: string; verdict: Verdict } => {
    if (failed.some((failure) => failure.of === day)) return { day, verdict: 'incomplete' };
    return { day, verdict: results.get(day)?.['verdict'] === 'pending' ? 'pending' : 'complete' };
  });
  const judged = judge(failed, days.length, 'day', 'BackfillIncomplete');
  return { days: verdicts, ...judged, ...(judged.verdict === 'complete' && verdicts.some(({ verdict }) => verdict === 'pending') ? { verdict: 'pending' } : {}) };
}

/** Results by hour label or day. */
function byKey(results: unknown, field: string, key: 'hour' | 'day'): Map<string, Json> {
  if (!Array.isArray(results)) throw new InvalidInputError(`${field}: ${results === undefined ? 'missing' : JSON.stringify(results)?.slice(0, 80)}, expected the results of the Map`);
  return new Map(results.filter(isObject).map((result) => [text(result[key]) ?? '', result]));
}

function isWritten(result: Json): boolean {
  return result['error'] === undefined && text(result['manifest']) !== null && isObject(result['counts']);
}

/** A day that is pending is green: the recheck will decide. */
function isGreen(result: Json): boolean {
  return result['error'] === undefined && (result['verdict'] === 'complete' || result['verdict'] === 'pending');
}

function failureOf(of: string, result: Json | undefined, isGood: (result: Json) => boolean): Failure[] {
  if (result === undefined) return [{ of, error: 'NoResult', message: 'the run brought no result for it' }];
  if (isGood(result)) return [];
  const { error, message } = readCause(result);
  return [{ of, error, message }];
}

/** Error and message of a caught failure; of a failed day only the execution's name is kept. */
function readCause(result: Json): { error: string; message: string } {
  const error = text(result['error']) ?? 'NoResult';
  const cause = text(result['cause']);
  const execution = text(result['execution']);
  if (cause === null) return { error, message: execution === null ? 'no cause was given' : `the execution ${execution} has the reason` };
  return parseCause(error, cause);
}

/** Reads the Cause of a failure. Of a Lambda it is JSON: `{"errorType", "errorMessage"}`; of others plain words. */
export function parseCause(error: string, cause: string): { error: string; message: string } {
  const parsed = { cause: parseJson(cause) };
  return { error: text(member(parsed, 'cause')['errorType']) ?? error, message: text(member(parsed, 'cause')['errorMessage']) ?? cause };
}

function judge(failed: readonly Failure[], planned: number, unit: 'hour' | 'day', error: string): Judgement {
  if (failed.length === 0) return { verdict: 'complete', failed };
  const named = failed.map((failure) => `${failure.of} (${failure.error}: ${failure.message})`).join('; ');
  return { verdict: 'incomplete', failed, error, cause: `${failed.length} of ${planned} ${unit}s failed: ${named}`.slice(0, MAX_CAUSE) };
}
