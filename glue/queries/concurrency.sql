-- Concurrency: most queries at one moment of each hour in which one began or ended (UTC): in flight, and of these running, that is past the queue.
-- Parameters: first day, last day
WITH spans AS (
  SELECT submitted_at, submitted_at + INTERVAL '0.001' SECOND * coalesce(queue_ms, 0) AS began_at, completed_at
  FROM athena_queries
  WHERE dt BETWEEN ? AND ? AND retry_of_event_id IS NULL AND submitted_at IS NOT NULL
),
changes AS (
  SELECT submitted_at AS moment, 1 AS in_flight, 0 AS running FROM spans
  UNION ALL
  SELECT began_at, 0, 1 FROM spans WHERE completed_at IS NULL OR began_at <= completed_at
  UNION ALL
  SELECT completed_at, -1, CASE WHEN began_at <= completed_at THEN -1 ELSE 0 END FROM spans WHERE completed_at IS NOT NULL
),
levels AS (
  SELECT
    moment,
    sum(in_flight) OVER (ORDER BY moment, in_flight, running ROWS UNBOUNDED PRECEDING) AS in_flight,
    sum(running) OVER (ORDER BY moment, in_flight, running ROWS UNBOUNDED PRECEDING) AS running
  FROM changes
)
SELECT date_trunc('hour', moment) AS hour_utc, max(in_flight) AS most_in_flight, max(running) AS most_running
FROM levels
GROUP BY date_trunc('hour', moment)
ORDER BY hour_utc
