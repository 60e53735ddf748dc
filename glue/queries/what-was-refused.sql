-- What was refused: starts that Athena turned down, with who asked, from where, and why. Nobody keeps the text of these.
-- Parameters: first day, last day
SELECT event_time_local, actor, actor_kind, workgroup, error_code, error_message, source_ip, principal_arn, user_agent
FROM athena_queries
WHERE dt BETWEEN ? AND ? AND state = 'REJECTED'
ORDER BY event_time, event_id
