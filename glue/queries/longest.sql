-- The longest: the twenty queries that took most time, with the time in the queue, in planning and in the engine, milliseconds.
-- Parameters: first day, last day
SELECT total_ms, queue_ms, planning_ms, engine_ms, service_ms, event_time_local, actor, workgroup, state, data_scanned_bytes, query_execution_id, query
FROM athena_queries
WHERE dt BETWEEN ? AND ? AND retry_of_event_id IS NULL AND total_ms IS NOT NULL
ORDER BY total_ms DESC, event_time, event_id
LIMIT 20
