/** Rows: one StartQueryExecution event and what Athena knows of it. */
import type { COLUMNS } from '#glue/columns';
import type { Fact } from './facts.ts';
import type { MissingReason, QueryExecution, QueryExecutionAnswer } from './query-execution.ts';
import { isRunning } from './query-execution.ts';
import type { QueryStart } from './record.ts';
import { type Offset, toLocalTime } from './window.ts';

type ValueOf<T> = T extends 'string' ? string : T extends 'boolean' ? boolean : number;

/** One row of the report. Timestamps are epoch milliseconds (UTC); an unknown is null. Texts are well-formed UTF-16. */
export type Row = { readonly [C in (typeof COLUMNS)[number] as C['name']]: ValueOf<C['type']> | null };

/** How long Athena keeps its history. Source: https://docs.aws.amazon.com/athena/latest/ug/queries-viewing-history.html */
export const ATHENA_HISTORY_DAYS = 45;
/** The same in milliseconds. */
export const ATHENA_HISTORY_MS = ATHENA_HISTORY_DAYS * 86_400_000;

/** The order of rows in a report: event time, then event id, by code unit. */
export function compareStarts(a: QueryStart, b: QueryStart): number {
  return a.eventTime - b.eventTime || (a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0);
}

/**
 * Makes the row of a fact.
 *
 * `answer` is what Athena says now; it only gives the reason where the fact has no execution. A refused start has none.
 * `asOf` decides between a fact that has expired (45 days) and one that was never found.
 */
export function toRow({ start, execution, retryOf, assumption }: Fact, answer: QueryExecutionAnswer | undefined, offsets: readonly Offset[], asOf: Date): Row {
  const query = execution?.query ?? start.query;
  const row: Row = {
    event_id: start.eventId,
    event_time: start.eventTime,
    event_time_local: toLocalTime(offsets, start.eventTime),
    account_id: start.accountId,
    region: start.region,
    source_ip: start.sourceIp,
    user_agent: start.userAgent,
    error_code: start.errorCode,
    error_message: start.errorMessage,
    actor: start.actor,
    actor_kind: start.actorKind,
    actor_evidence: start.actorEvidence,
    user_name: start.userName,
    principal_type: start.principalType,
    principal_id: start.principalId,
    principal_arn: start.principalArn,
    principal_account_id: start.principalAccountId,
    role_name: start.roleName,
    session_name: start.sessionName,
    source_identity: start.sourceIdentity,
    on_behalf_of_user_id: start.onBehalfOfUserId,
    invoked_by: start.invokedBy,
    access_key_id: start.accessKeyId,
    assumed_by: assumption?.assumedBy ?? null,
    assumed_by_evidence: assumption?.evidence.join(' ') ?? null,
    query_execution_id: start.queryExecutionId,
    retry_of_event_id: retryOf,
    workgroup: execution?.workgroup ?? start.workgroup,
    catalog_name: execution?.catalogName ?? start.catalogName,
    database_name: execution?.databaseName ?? start.databaseName,
    query,
    query_source: query === null ? null : execution?.query != null ? 'athena' : 'cloudtrail',
    missing_reason: missingReason(start, execution, answer, asOf),
    statement_type: execution?.statementType ?? null,
    substatement_type: execution?.substatementType ?? null,
    state: start.rejected ? 'REJECTED' : (execution?.state ?? null),
    state_reason: execution?.stateReason ?? null,
    athena_error_category: execution?.errorCategory ?? null,
    athena_error_type: execution?.errorType ?? null,
    athena_error_retryable: execution?.errorRetryable ?? null,
    athena_error_message: execution?.errorMessage ?? null,
    submitted_at: execution?.submittedAt ?? null,
    completed_at: execution?.completedAt ?? null,
    queue_ms: execution?.queueMs ?? null,
    planning_ms: execution?.planningMs ?? null,
    engine_ms: execution?.engineMs ?? null,
    service_ms: execution?.serviceMs ?? null,
    total_ms: execution?.totalMs ?? null,
    data_scanned_bytes: execution?.dataScannedBytes ?? null,
    reused_result: execution?.reusedResult ?? null,
    output_location: execution?.outputLocation ?? start.outputLocation,
    engine_version: execution?.engineVersion ?? null,
    dpu_count: execution?.dpuCount ?? null,
  };
  return wellFormed(row);
}

function missingReason(start: QueryStart, execution: QueryExecution | null, answer: QueryExecutionAnswer | undefined, asOf: Date): MissingReason | null {
  if (start.rejected) return 'rejected';
  // Without a state (a cut file) there is no telling whether the figures are final.
  if (execution !== null) return execution.state === null ? 'not_asked' : isRunning(execution) ? 'running' : null;
  if (answer === undefined || 'execution' in answer) return 'not_asked';
  const age = asOf.getTime() - start.eventTime;
  return answer.missing === 'not_found' && age > ATHENA_HISTORY_MS ? 'expired' : answer.missing;
}

/** Lone surrogates would be read back as `?` or U+FFFD by one reader or another: all formats get U+FFFD. */
function wellFormed(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value.toWellFormed() : value])) as unknown as Row;
}
