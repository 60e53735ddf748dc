-- Gaps by reason: where Athena's figures are absent or not final, why, how often and whose.
-- Parameters: first day, last day
SELECT dt, missing_reason, workgroup, count(*) AS queries, count(DISTINCT actor) AS actors, min(event_time_local) AS first_time, max(event_time_local) AS last_time
FROM athena_queries
WHERE dt BETWEEN ? AND ? AND missing_reason IS NOT NULL
GROUP BY dt, missing_reason, workgroup
ORDER BY dt, missing_reason, workgroup NULLS LAST
