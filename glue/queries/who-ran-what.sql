-- Who ran what: every start of a query, with who, where, when, its outcome and its whole text.
-- Parameters: first day, last day
SELECT event_time_local, actor, actor_kind, workgroup, state, total_ms, data_scanned_bytes, missing_reason, query_execution_id, query
FROM athena_queries
WHERE dt BETWEEN ? AND ?
ORDER BY event_time, event_id
