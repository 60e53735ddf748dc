/**
 * The report's columns: the one list that rows, encoders, tables, template and documentation derive from
 * or are tested against. Columns are only ever appended.
 */

/** Type of a column as JSON and Parquet carry it; in CSV every column is text. */
export type ColumnType = 'string' | 'timestamp' | 'bigint' | 'int' | 'double' | 'boolean';

/** One column of the report. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** The block of the documentation it stands in. */
  readonly group: 'event' | 'actor' | 'principal' | 'query' | 'outcome';
  /** What it says, with its unit. */
  readonly meaning: string;
  /** Where the value is taken from: a member of the CloudTrail record, or of Athena's QueryExecution. */
  readonly source: string;
}

/** The columns in the order of the file. Shape: names are unique and lower case. */
export const COLUMNS = [
  { group: 'event', name: 'event_id', type: 'string', meaning: 'Id that CloudTrail gave the event', source: 'eventID' },
  { group: 'event', name: 'event_time', type: 'timestamp', meaning: 'When Athena answered the request, UTC, whole seconds', source: 'eventTime' },
  { group: 'event', name: 'event_time_local', type: 'string', meaning: 'The same instant in the configured time zone, ISO 8601 with offset', source: 'eventTime' },
  { group: 'event', name: 'account_id', type: 'string', meaning: 'Account that received the event', source: 'recipientAccountId' },
  { group: 'event', name: 'region', type: 'string', meaning: 'Region of the request', source: 'awsRegion' },
  { group: 'event', name: 'source_ip', type: 'string', meaning: 'Address of the caller, or the name of a service', source: 'sourceIPAddress' },
  { group: 'event', name: 'user_agent', type: 'string', meaning: 'Program that made the request', source: 'userAgent' },
  { group: 'event', name: 'error_code', type: 'string', meaning: 'Code of a refused request', source: 'errorCode' },
  { group: 'event', name: 'error_message', type: 'string', meaning: 'Text of a refused request', source: 'errorMessage' },
  { group: 'actor', name: 'actor', type: 'string', meaning: 'Who ran it, as far as the record proves', source: 'userIdentity' },
  { group: 'actor', name: 'actor_kind', type: 'string', meaning: 'person, role_session, service, account, root or unknown', source: 'userIdentity' },
  { group: 'actor', name: 'actor_evidence', type: 'string', meaning: 'Member of the record that names the actor', source: 'userIdentity' },
  { group: 'actor', name: 'user_name', type: 'string', meaning: 'User name that LookupEvents lists, untouched', source: 'LookupEvents Username' },
  { group: 'principal', name: 'principal_type', type: 'string', meaning: 'Type of the identity that signed the call', source: 'userIdentity.type' },
  { group: 'principal', name: 'principal_id', type: 'string', meaning: 'Unique id of that identity', source: 'userIdentity.principalId' },
  { group: 'principal', name: 'principal_arn', type: 'string', meaning: 'ARN of that identity', source: 'userIdentity.arn' },
  { group: 'principal', name: 'principal_account_id', type: 'string', meaning: 'Account of that identity', source: 'userIdentity.accountId' },
  { group: 'principal', name: 'role_name', type: 'string', meaning: 'Name of the assumed role', source: 'userIdentity.sessionContext.sessionIssuer.userName' },
  { group: 'principal', name: 'session_name', type: 'string', meaning: 'Name of the role or federation session', source: 'userIdentity.principalId, arn' },
  { group: 'principal', name: 'source_identity', type: 'string', meaning: 'Identity set when the first role was assumed', source: 'userIdentity.sessionContext.sourceIdentity' },
  { group: 'principal', name: 'on_behalf_of_user_id', type: 'string', meaning: 'Identity Center user the call was made for', source: 'userIdentity.onBehalfOf.userId' },
  { group: 'principal', name: 'invoked_by', type: 'string', meaning: 'AWS service that made the call', source: 'userIdentity.invokedBy' },
  { group: 'principal', name: 'access_key_id', type: 'string', meaning: 'Access key the call was signed with', source: 'userIdentity.accessKeyId' },
  { group: 'principal', name: 'assumed_by', type: 'string', meaning: 'Who assumed the role, by the STS events', source: 'STS events' },
  { group: 'principal', name: 'assumed_by_evidence', type: 'string', meaning: 'Ids of the STS events that prove it', source: 'STS events' },
  { group: 'query', name: 'query_execution_id', type: 'string', meaning: 'Id of the execution; NULL when Athena refused the start', source: 'responseElements.queryExecutionId' },
  { group: 'query', name: 'retry_of_event_id', type: 'string', meaning: 'Earlier event that started the same execution', source: 'responseElements.queryExecutionId' },
  { group: 'query', name: 'workgroup', type: 'string', meaning: 'Workgroup the query ran in', source: 'WorkGroup, else requestParameters.workGroup' },
  { group: 'query', name: 'catalog_name', type: 'string', meaning: 'Data catalog of the query', source: 'QueryExecutionContext.Catalog, else requestParameters' },
  { group: 'query', name: 'database_name', type: 'string', meaning: 'Database of the query', source: 'QueryExecutionContext.Database, else requestParameters' },
  { group: 'query', name: 'query', type: 'string', meaning: 'The whole SQL text', source: 'Query, else clear text of an old record' },
  { group: 'query', name: 'query_source', type: 'string', meaning: 'Where the text is from: athena or cloudtrail', source: 'tracker' },
  { group: 'query', name: 'missing_reason', type: 'string', meaning: 'Why Athena\'s figures are absent or not final: rejected, expired, not_found, access_denied, running, throttled_out or not_asked', source: 'tracker' },
  { group: 'query', name: 'statement_type', type: 'string', meaning: 'DDL, DML or UTILITY', source: 'StatementType' },
  { group: 'query', name: 'substatement_type', type: 'string', meaning: 'Kind of statement, e.g. SELECT', source: 'SubstatementType' },
  { group: 'outcome', name: 'state', type: 'string', meaning: 'REJECTED, QUEUED, RUNNING, SUCCEEDED, FAILED or CANCELLED', source: 'Status.State' },
  { group: 'outcome', name: 'state_reason', type: 'string', meaning: 'Athena\'s words for the state', source: 'Status.StateChangeReason' },
  { group: 'outcome', name: 'athena_error_category', type: 'int', meaning: 'Athena error category: 1 system, 2 user, 3 other', source: 'Status.AthenaError.ErrorCategory' },
  { group: 'outcome', name: 'athena_error_type', type: 'int', meaning: 'Athena error type, a number of its catalogue', source: 'Status.AthenaError.ErrorType' },
  { group: 'outcome', name: 'athena_error_retryable', type: 'boolean', meaning: 'Whether Athena holds a retry to be useful', source: 'Status.AthenaError.Retryable' },
  { group: 'outcome', name: 'athena_error_message', type: 'string', meaning: 'Text of the execution\'s error', source: 'Status.AthenaError.ErrorMessage' },
  { group: 'outcome', name: 'submitted_at', type: 'timestamp', meaning: 'When Athena took the query, UTC, milliseconds', source: 'Status.SubmissionDateTime' },
  { group: 'outcome', name: 'completed_at', type: 'timestamp', meaning: 'When the execution ended, UTC, milliseconds', source: 'Status.CompletionDateTime' },
  { group: 'outcome', name: 'queue_ms', type: 'bigint', meaning: 'Time in the queue, milliseconds', source: 'Statistics.QueryQueueTimeInMillis' },
  { group: 'outcome', name: 'planning_ms', type: 'bigint', meaning: 'Time of planning, milliseconds', source: 'Statistics.QueryPlanningTimeInMillis' },
  { group: 'outcome', name: 'engine_ms', type: 'bigint', meaning: 'Time in the engine, milliseconds', source: 'Statistics.EngineExecutionTimeInMillis' },
  { group: 'outcome', name: 'service_ms', type: 'bigint', meaning: 'Time to publish the results, milliseconds', source: 'Statistics.ServiceProcessingTimeInMillis' },
  { group: 'outcome', name: 'total_ms', type: 'bigint', meaning: 'Total time, milliseconds', source: 'Statistics.TotalExecutionTimeInMillis' },
  { group: 'outcome', name: 'data_scanned_bytes', type: 'bigint', meaning: 'Data scanned, bytes', source: 'Statistics.DataScannedInBytes' },
  { group: 'outcome', name: 'reused_result', type: 'boolean', meaning: 'Whether an earlier result was reused', source: 'Statistics.ResultReuseInformation.ReusedPreviousResult' },
  { group: 'outcome', name: 'output_location', type: 'string', meaning: 'Where Athena put the result', source: 'ResultConfiguration.OutputLocation, else requestParameters' },
  { group: 'outcome', name: 'engine_version', type: 'string', meaning: 'Engine that ran the query', source: 'EngineVersion.EffectiveEngineVersion' },
  { group: 'outcome', name: 'dpu_count', type: 'double', meaning: 'Data processing units used, with reserved capacity', source: 'Statistics.DpuCount' },
] as const satisfies readonly Column[];

/** Name of a column. */
export type ColumnName = (typeof COLUMNS)[number]['name'];

/** Version of the column list, in `_layout.json`. It grows when a column is appended. */
export const SCHEMA_VERSION = 1;
