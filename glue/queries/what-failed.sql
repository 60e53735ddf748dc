-- What failed, and why: queries that ended as FAILED or CANCELLED, with Athena's words. Error category 1 is the system, 2 the user, 3 other.
-- Parameters: first day, last day
SELECT event_time_local, actor, workgroup, state, coalesce(athena_error_message, state_reason) AS reason, athena_error_category, athena_error_type, athena_error_retryable, query_execution_id, query
FROM athena_queries
WHERE dt BETWEEN ? AND ? AND state IN ('FAILED', 'CANCELLED')
ORDER BY event_time, event_id
