/**
 * What Athena knows about one query execution, in our words.
 * Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html
 */
import { boolOr, isObject, member, number, text } from './json.ts';

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
    errorCategory: number(error['ErrorCategory']),
    errorType: number(error['ErrorType']),
    errorRetryable: boolOr(error['Retryable'], null),
    errorMessage: text(error['ErrorMessage']),
    submittedAt: toTime(status['SubmissionDateTime']),
    completedAt: toTime(status['CompletionDateTime']),
    queueMs: number(figures['QueryQueueTimeInMillis']),
    planningMs: number(figures['QueryPlanningTimeInMillis']),
    engineMs: number(figures['EngineExecutionTimeInMillis']),
    serviceMs: number(figures['ServiceProcessingTimeInMillis']),
    totalMs: number(figures['TotalExecutionTimeInMillis']),
    dataScannedBytes: number(figures['DataScannedInBytes']),
    reusedResult: boolOr(member(figures, 'ResultReuseInformation')['ReusedPreviousResult'], null),
    outputLocation: text(member(value, 'ResultConfiguration')['OutputLocation']),
    engineVersion: text(member(value, 'EngineVersion')['EffectiveEngineVersion']),
    dpuCount: number(figures['DpuCount']),
  };
}

/**
 * Why Athena left an id unprocessed. The codes are not documented, so the words decide: no permission, too busy, not found.
 * Any other code is no statement about the execution: it is asked again like a busy one, and never taken for a loss.
 * Shape: `detail` is Athena's own words, `code: message`; null when it said nothing.
 * Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_UnprocessedQueryExecutionId.html
 */
export function missingOf(errorCode: string | null | undefined, errorMessage: string | null | undefined): Extract<QueryExecutionAnswer, { readonly missing: unknown }> {
  const said = [text(errorCode), text(errorMessage)].filter((part) => part !== null).join(': ');
  const detail = text(said);
  if (/access ?denied|not ?authorized|unauthorized|forbidden|do(es)? not have (access|permission)/i.test(said.replaceAll('_', ' '))) return { missing: 'access_denied', detail };
  if (detail === null || /not ?found|no ?such|not exist|unknown|invalid|expired/i.test(said.replaceAll('_', ' '))) return { missing: 'not_found', detail };
  return { missing: 'throttled_out', detail };
}

function toTime(value: unknown): number | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.getTime();
  if (typeof value === 'number') return number(Math.round(value * 1000));
  // A time without offset would be read in the zone of this machine.
  const at = typeof value === 'string' && /(Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
