/**
 * What Athena knows about one query execution, in our words.
 * Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html
 */
import { boolOr, instant, int, integer, isObject, member, number, text } from './json.ts';

/** One query execution. An unknown is null. Times are epoch milliseconds, durations milliseconds, sizes bytes. */
export interface QueryExecution {
  readonly queryExecutionId: string;
  readonly query: string | null;
  readonly statementType: string | null;
  readonly substatementType: string | null;
  readonly workgroup: string | null;
  readonly catalogName: string | null;
  readonly databaseName: string | null;
  readonly state: string | null;
  readonly stateReason: string | null;
  readonly errorCategory: number | null;
  readonly errorType: number | null;
  readonly errorRetryable: boolean | null;
  readonly errorMessage: string | null;
  readonly submittedAt: number | null;
  readonly completedAt: number | null;
  readonly queueMs: number | null;
  readonly planningMs: number | null;
  readonly engineMs: number | null;
  readonly serviceMs: number | null;
  readonly totalMs: number | null;
  readonly dataScannedBytes: number | null;
  readonly reusedResult: boolean | null;
  readonly outputLocation: string | null;
  readonly engineVersion: string | null;
  readonly dpuCount: number | null;
}

/** Why Athena's figures are absent or not final. */
export type MissingReason = 'rejected' | 'expired' | 'not_found' | 'access_denied' | 'running' | 'throttled_out' | 'not_asked';

/** What was answered for one id: the execution, or why there is none. */
export type QueryExecutionAnswer =
  | { readonly execution: QueryExecution }
  | { readonly missing: Exclude<MissingReason, 'rejected' | 'expired' | 'running'>; readonly detail: string | null };

/** The states in which figures are final. */
const TERMINAL = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED']);

/** Whether an execution has not ended: queued, running, or in a state that this version does not know. */
export function isRunning(execution: QueryExecution): boolean {
  return execution.state !== null && !TERMINAL.has(execution.state);
}

/**
 * Reads an execution as the API, the SDK or `aws athena get-query-execution` gives it.
 * Shape: null when there is no id in it. Times may be Date, epoch seconds or ISO 8601.
 */
export function toQueryExecution(value: unknown): QueryExecution | null {
  const queryExecutionId = isObject(value) ? text(value['QueryExecutionId']) : null;
  if (!isObject(value) || queryExecutionId === null) return null;
  const context = member(value, 'QueryExecutionContext');
  const status = member(value, 'Status');
  const error = member(status, 'AthenaError');
  const figures = member(value, 'Statistics');
  const query = value['Query'];
  return {
    queryExecutionId,
    query: typeof query === 'string' ? query : null,
    statementType: text(value['StatementType']),
    substatementType: text(value['SubstatementType']),
    workgroup: text(value['WorkGroup']),
    catalogName: text(context['Catalog']),
    databaseName: text(context['Database']),
    state: text(status['State']),
    stateReason: text(status['StateChangeReason']),
    errorCategory: int(error['ErrorCategory']),
    errorType: int(error['ErrorType']),
    errorRetryable: boolOr(error['Retryable'], null),
    errorMessage: text(error['ErrorMessage']),
    submittedAt: toTime(status['SubmissionDateTime']),
    completedAt: toTime(status['CompletionDateTime']),
    queueMs: integer(figures['QueryQueueTimeInMillis']),
    planningMs: integer(figures['QueryPlanningTimeInMillis']),
    engineMs: integer(figures['EngineExecutionTimeInMillis']),
    serviceMs: integer(figures['ServiceProcessingTimeInMillis']),
    totalMs: integer(figures['TotalExecutionTimeInMillis']),
    dataScannedBytes: integer(figures['DataScannedInBytes']),
    reusedResult: boolOr(member(figures, 'ResultReuseInformation')['ReusedPreviousResult'], null),
    outputLocation: text(member(value, 'ResultConfiguration')['OutputLocation']),
    engineVersion: text(member(value, 'EngineVersion')['EffectiveEngineVersion']),
    dpuCount: number(figures['DpuCount']),
  };
}

/**
 * Words that deny a permission; a workgroup of Identity Center denies plain roles. `denied` alone is none: AWS words a throttling
 * "Request was denied due to request throttling".
 */
const DENIED_WORDS = new RegExp(
  [
    '(access|permissions?)[ _]?denied|access to [^.;]{0,200}\\bdenied',
    'not[ _]?authori[sz]ed|unauthori[sz]ed|forbidden',
    '(insufficient|missing|lacks?|lacking)[ _]?([a-z]+ ){0,3}(permission|privilege)',
    "(do|does)( not|n't) have ([a-z]+ ){0,3}(access|permission|privilege)",
    'not (permitted|allowed|entitled) to',
  ].join('|'),
  'i',
);
/** Codes of a service that is busy or failing: what it says beside them is no statement about the execution. */
const BUSY_CODES = /^(internal|service[ _]?unavail|throttl|too[ _]?many|slow[ _]?down|(request)?time(d)?[ _]?out)/i;
/** Codes and words that say there is no such execution. */
const UNKNOWN_CODES = /not_?found|no_?such|expired|invalid_?(input|query)/i;
const UNKNOWN_WORDS = /not found|does ?n[o']t exist|no such|expired|(invalid|malformed|not valid).*\bid\b|\bid\b.*(invalid|malformed|not valid)|queryexecutionid/i;

/**
 * Why Athena left an id unprocessed. Its codes are not documented, so code and words decide: no permission, not there.
 * Silence is Athena's plainest way to say so. Anything else is no statement about the execution: it is asked again like a busy one, never taken for a loss.
 * Shape: `detail` is Athena's own words, `code: message`; null when it said nothing.
 * Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_UnprocessedQueryExecutionId.html
 */
export function missingOf(errorCode: string | null | undefined, errorMessage: string | null | undefined): Extract<QueryExecutionAnswer, { readonly missing: unknown }> {
  const code = text(errorCode) ?? '';
  const message = text(errorMessage) ?? '';
  const detail = text([code, message].filter((part) => part !== '').join(': '));
  if (DENIED_WORDS.test(code) || DENIED_WORDS.test(message)) return { missing: 'access_denied', detail };
  if (detail === null || (!BUSY_CODES.test(code) && (UNKNOWN_CODES.test(code) || UNKNOWN_WORDS.test(message)))) return { missing: 'not_found', detail };
  return { missing: 'throttled_out', detail };
}

function toTime(value: unknown): number | null {
  if (value instanceof Date) return instant(value.getTime());
  if (typeof value === 'number') return instant(Math.round(value * 1000));
  // A time without offset would be read in the zone of this machine.
  const at = typeof value === 'string' && /(Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
  return instant(at);
}
