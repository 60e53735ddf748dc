/** What the saved queries must answer: plain JavaScript over rows, no SQL and no engine. */
import type { Parameter } from '#glue/named-queries';
import type { Cell } from '../fakes/synthetic-row.ts';

/** A row of the view. Times are epoch milliseconds. */
export type Found = Readonly<Record<string, Cell>>;

/** What is put for each `?`. */
export type Asked = Readonly<Record<Parameter, string>>;

const HOUR = 3_600_000;

/** The answers by the query's name, the names of the columns first. Shape: as Athena writes values; `rows` are those of the days asked for. */
export function answersOf(rows: readonly Found[], asked: Asked): Readonly<Record<string, (string | null)[][]>> {
  return Object.fromEntries(Object.entries(ANSWERS).map(([name, answer]) => [name, answer(rows, asked).map((cells) => cells.map((cell) => (cell == null ? null : String(cell))))]));
}

const ANSWERS: Readonly<Record<string, (rows: readonly Found[], asked: Asked) => unknown[][]>> = {
  'who-ran-what': (rows) => columnsOf(['event_time_local', 'actor', 'actor_kind', 'workgroup', 'state', 'total_ms', 'data_scanned_bytes', 'missing_reason', 'query_execution_id', 'query'], inOrder(rows)),

  'who-scanned-most': (rows) => {
    const ran = once(rows).filter((row) => row['state'] !== 'REJECTED');
    const all = Number(sum(ran, 'data_scanned_bytes'));
    const answers = [...groupBy(ran, ['actor', 'actor_kind']).values()].map((group) => {
      const bytes = sum(group, 'data_scanned_bytes');
      const percent = bytes === null || all === 0 ? null : Math.round((1000 * Number(bytes)) / all) / 10;
      return [group[0]?.['actor'], group[0]?.['actor_kind'], group.length, bytes, percent === null ? null : percent.toFixed(1), group.filter((row) => row['data_scanned_bytes'] === null).length];
    });
    answers.sort((a, b) => Number(b[3] ?? -1) - Number(a[3] ?? -1) || Number(b[2]) - Number(a[2]) || compare(a[0], b[0]) || compare(a[1], b[1]));
    return [['actor', 'actor_kind', 'queries', 'scanned_bytes', 'percent_of_bytes', 'queries_without_figure'], ...answers];
  },

  'what-failed': (rows) => {
    const failed = inOrder(rows.filter((row) => row['state'] === 'FAILED' || row['state'] === 'CANCELLED'));
    return columnsOf(['event_time_local', 'actor', 'workgroup', 'state', 'reason', 'athena_error_category', 'athena_error_type', 'athena_error_retryable', 'query_execution_id', 'query'], failed.map((row) => ({ ...row, reason: row['athena_error_message'] ?? row['state_reason'] ?? null })));
  },

  'what-was-refused': (rows) => columnsOf(['event_time_local', 'actor', 'actor_kind', 'workgroup', 'error_code', 'error_message', 'source_ip', 'principal_arn', 'user_agent'], inOrder(rows.filter((row) => row['state'] === 'REJECTED'))),

  longest: (rows) => columnsOf(['total_ms', 'queue_ms', 'planning_ms', 'engine_ms', 'service_ms', 'event_time_local', 'actor', 'workgroup', 'state', 'data_scanned_bytes', 'query_execution_id', 'query'], most(once(rows), 'total_ms')),

  'most-bytes': (rows) => columnsOf(['data_scanned_bytes', 'total_ms', 'event_time_local', 'actor', 'workgroup', 'database_name', 'state', 'query_execution_id', 'query'], most(once(rows), 'data_scanned_bytes')),

  'queue-times': (rows) => {
    const groups = [...groupBy(once(rows).filter((row) => row['queue_ms'] !== null), ['dt', 'hour', 'workgroup']).values()].map((group) => {
      const waits = group.map((row) => Number(row['queue_ms'])).sort((a, b) => a - b);
      const least = (share: number) => waits[Math.ceil(share * waits.length) - 1];
      return [group[0]?.['dt'], group[0]?.['hour'], group[0]?.['workgroup'], waits.length, waits.filter((ms) => ms >= 1000).length, least(0.5), least(0.95), waits.at(-1)];
    });
    groups.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]) || compare(a[2], b[2]));
    return [['dt', 'hour', 'workgroup', 'queries', 'waited', 'median_queue_ms', 'p95_queue_ms', 'longest_queue_ms'], ...groups];
  },

  concurrency: (rows) => {
    const spans = once(rows)
      .filter((row) => row['submitted_at'] !== null)
      .map((row) => ({ submitted: Number(row['submitted_at']), began: Number(row['submitted_at']) + Number(row['queue_ms'] ?? 0), ended: row['completed_at'] == null ? Number.POSITIVE_INFINITY : Number(row['completed_at']) }));
    const moments = spans.flatMap(({ submitted, began, ended }) => [submitted, ...(began <= ended ? [began] : []), ended]).filter(Number.isFinite);
    const hours = [...new Set(moments.map((moment) => Math.floor(moment / HOUR)))].sort((a, b) => a - b);
    const answers = hours.map((hour) => {
      // Between two moments nothing changes, so these are all that an hour can tell.
      const instants = [hour * HOUR, ...moments.filter((moment) => Math.floor(moment / HOUR) === hour)];
      const mostOf = (from: 'submitted' | 'began') => Math.max(...instants.map((instant) => spans.filter((span) => span[from] <= instant && instant < span.ended).length));
      return [new Date(hour * HOUR).toISOString().replace('T', ' ').replace('Z', ''), mostOf('submitted'), mostOf('began')];
    });
    return [['hour_utc', 'most_in_flight', 'most_running'], ...answers];
  },

  'one-person': (rows, asked) => {
    const hers = rows.filter((row) => row['actor'] === asked.actor && String(row['event_time_local']) >= asked['from time'] && String(row['event_time_local']) < asked['until time']);
    return columnsOf(['event_time_local', 'actor', 'actor_kind', 'actor_evidence', 'workgroup', 'state', 'total_ms', 'data_scanned_bytes', 'source_ip', 'user_agent', 'missing_reason', 'query_execution_id', 'query'], inOrder(hers));
  },

  gaps: (rows) => {
    const groups = [...groupBy(rows.filter((row) => row['missing_reason'] !== null), ['dt', 'missing_reason', 'workgroup']).values()].map((group) => {
      const times = group.map((row) => String(row['event_time_local'])).sort();
      return [group[0]?.['dt'], group[0]?.['missing_reason'], group[0]?.['workgroup'], group.length, new Set(group.map((row) => row['actor']).filter((actor) => actor !== null)).size, times[0], times.at(-1)];
    });
    groups.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]) || compare(a[2], b[2]));
    return [['dt', 'missing_reason', 'workgroup', 'queries', 'actors', 'first_time', 'last_time'], ...groups];
  },
};

/** Executions once: a client's retry is none of its own. */
function once(rows: readonly Found[]): Found[] {
  return rows.filter((row) => row['retry_of_event_id'] === null);
}

function columnsOf(names: readonly string[], found: readonly Found[]): unknown[][] {
  return [[...names], ...found.map((row) => names.map((name) => row[name]))];
}

function inOrder(found: readonly Found[]): Found[] {
  return [...found].sort((a, b) => Number(a['event_time']) - Number(b['event_time']) || compare(a['event_id'], b['event_id']));
}

/** The twenty with most of a figure. */
function most(rows: readonly Found[], figure: string): Found[] {
  return inOrder(rows.filter((row) => row[figure] !== null)).sort((a, b) => Number(b[figure]) - Number(a[figure])).slice(0, 20);
}

/** Beyond 2^53 as well. */
function sum(found: readonly Found[], figure: string): bigint | null {
  const known = found.filter((row) => row[figure] !== null);
  return known.length === 0 ? null : known.reduce((total, row) => total + BigInt(Number(row[figure])), 0n);
}

function groupBy(found: readonly Found[], names: readonly string[]): Map<string, Found[]> {
  const groups = new Map<string, Found[]>();
  for (const row of found) {
    const key = JSON.stringify(names.map((name) => row[name]));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

/** The engine's order of texts, NULL last. */
function compare(a: unknown, b: unknown): number {
  if (a == null || b == null) return Number(a == null) - Number(b == null);
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
