-- One person's queries between two local times, YYYY-MM-DDTHH:MM, the second not included. The days say where to look and bound both.
-- Parameters: first day, last day, actor, from time, until time
SELECT event_time_local, actor, actor_kind, actor_evidence, workgroup, state, total_ms, data_scanned_bytes, source_ip, user_agent, missing_reason, query_execution_id, query
FROM athena_queries
WHERE dt BETWEEN ? AND ? AND actor = ? AND event_time_local >= ? AND event_time_local < ?
ORDER BY event_time, event_id
