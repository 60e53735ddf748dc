-- Concurrency: most queries at one moment of each hour in which one began or ended (UTC): in flight, and of these running, that is past the queue.
-- Parameters: first day, last day
WITH spans AS (
  SELECT submitted_at, submitted_at + INTERVAL '0.001' SECOND * coalesce(queue_ms, 0) AS began_at, completed_at
  FROM athena_queries
  WHERE dt BETWEEN ? AND ? AND retry_of_event_id IS NULL AND submitted_at IS NOT NULL
),
-- A query is submitted, begins to run, unless it was stopped in the queue, and ends.
changes AS (
  SELECT
    CASE step WHEN 1 THEN submitted_at WHEN 2 THEN began_at ELSE completed_at END AS moment,
    CASE step WHEN 1 THEN 1 WHEN 2 THEN 0 ELSE -1 END AS in_flight,
    CASE WHEN step = 1 OR began_at > completed_at THEN 0 WHEN step = 2 THEN 1 ELSE -1 END AS running
  FROM spans CROSS JOIN (VALUES (1), (2), (3)) AS steps (step)
),
levels AS (
  SELECT
    moment,
    sum(sum(in_flight)) OVER (ORDER BY moment) AS in_flight,
    sum(sum(running)) OVER (ORDER BY moment) AS running,
    -- What was before a change is of the hour as well, unless that is the hour's very beginning.
    CASE WHEN moment > date_trunc('hour', moment) THEN sum(in_flight) ELSE 0 END AS in_flight_change,
    CASE WHEN moment > date_trunc('hour', moment) THEN sum(running) ELSE 0 END AS running_change
  FROM changes
  WHERE moment IS NOT NULL AND (in_flight <> 0 OR running <> 0)
  GROUP BY moment
)
SELECT date_trunc('hour', moment) AS hour_utc, max(greatest(in_flight, in_flight - in_flight_change)) AS most_in_flight, max(greatest(running, running - running_change)) AS most_running
FROM levels
GROUP BY date_trunc('hour', moment)
ORDER BY hour_utc
