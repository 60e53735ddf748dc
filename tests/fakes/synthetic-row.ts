import type { ColumnName } from '#glue/columns';

/** A value of a column. Timestamps are epoch milliseconds. */
export type Cell = string | number | boolean | null;

/** A row as it should be. */
export type TrueRow = Readonly<Record<ColumnName, Cell>>;

/** The columns that userIdentity and the entry's Username decide. */
export type IdentityTruth = Pick<
  TrueRow,
  | 'actor' | 'actor_kind' | 'actor_evidence' | 'user_name'
  | 'principal_type' | 'principal_id' | 'principal_arn' | 'principal_account_id' | 'role_name' | 'session_name'
  | 'source_identity' | 'on_behalf_of_user_id' | 'invoked_by' | 'access_key_id' | 'assumed_by' | 'assumed_by_evidence'
>;

/** The columns that the request, its answer and Athena's history decide. */
export type QueryTruth = Pick<
  TrueRow,
  | 'error_code' | 'error_message' | 'query_execution_id' | 'workgroup' | 'catalog_name' | 'database_name' | 'query' | 'query_source'
  | 'missing_reason' | 'statement_type' | 'substatement_type' | 'state' | 'state_reason'
  | 'athena_error_category' | 'athena_error_type' | 'athena_error_retryable' | 'athena_error_message'
  | 'submitted_at' | 'completed_at' | 'queue_ms' | 'planning_ms' | 'engine_ms' | 'service_ms' | 'total_ms' | 'data_scanned_bytes'
  | 'reused_result' | 'output_location' | 'engine_version' | 'dpu_count'
>;

/** The columns that the rest of the record decides. */
export type EventTruth = Omit<TrueRow, keyof IdentityTruth | keyof QueryTruth>;
