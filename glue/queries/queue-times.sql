-- Queue times: for each hour and workgroup how many queries waited a second or more before they ran, and how long, milliseconds.
-- Parameters: first day, last day
SELECT
  dt,
  hour,
  workgroup,
  count(*) AS queries,
  sum(CASE WHEN queue_ms >= 1000 THEN 1 ELSE 0 END) AS waited,
  min(CASE WHEN share >= 0.5 THEN queue_ms END) AS median_queue_ms,
  min(CASE WHEN share >= 0.95 THEN queue_ms END) AS p95_queue_ms,
  max(queue_ms) AS longest_queue_ms
FROM (
  SELECT dt, hour, workgroup, queue_ms, cume_dist() OVER (PARTITION BY dt, hour, workgroup ORDER BY queue_ms) AS share
  FROM athena_queries
  WHERE dt BETWEEN ? AND ? AND retry_of_event_id IS NULL AND queue_ms IS NOT NULL
) AS queued
GROUP BY dt, hour, workgroup
ORDER BY dt, hour, workgroup
