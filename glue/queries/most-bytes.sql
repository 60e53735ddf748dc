-- Most bytes: the twenty queries that scanned the most.
-- Parameters: first day, last day
SELECT data_scanned_bytes, total_ms, event_time_local, actor, workgroup, database_name, state, query_execution_id, query
FROM athena_queries
WHERE dt BETWEEN ? AND ? AND retry_of_event_id IS NULL AND data_scanned_bytes IS NOT NULL
ORDER BY data_scanned_bytes DESC, event_time, event_id
LIMIT 20
