-- Who scanned how much: queries and bytes of each actor, the most first, and how many of the queries have no figure. A client's retry counts once.
-- Parameters: first day, last day
SELECT
  actor,
  actor_kind,
  count(*) AS queries,
  sum(data_scanned_bytes) AS scanned_bytes,
  round(100 * CAST(sum(data_scanned_bytes) AS double) / NULLIF(sum(sum(data_scanned_bytes)) OVER (), 0), 1) AS percent_of_bytes,
  count(*) - count(data_scanned_bytes) AS queries_without_figure
FROM athena_queries
WHERE dt BETWEEN ? AND ? AND retry_of_event_id IS NULL AND state IS DISTINCT FROM 'REJECTED'
GROUP BY actor, actor_kind
ORDER BY scanned_bytes DESC NULLS LAST, queries DESC, actor, actor_kind
