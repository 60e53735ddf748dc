/** What the saved queries must answer, worked out from the rows in plain JavaScript: an answer of its own to hold the SQL and both engines against. */
import type { Row } from '#core/row';

/** A row with the keys of its partition. */
export type PlacedRow = Row & { readonly dt: string; readonly hour: string };

/** A value as an engine's answer has it in JSON. */
export type Value = string | number | boolean | null;

/** The parameters of one-person, after the days. */
export interface PersonParameters {
  readonly actor: string;
  readonly from: string;
  readonly until: string;
}

const HOUR_MS = 3_600_000;

type Pick_ = (row: PlacedRow) => Value;

/** In the order of the codes of the characters, as both engines sort; NULL last. */
function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

function sorted<T>(values: readonly T[], ...keys: ((value: T) => Value)[]): T[] {
  return [...values].sort((a, b) => keys.reduce((order, key) => (order !== 0 ? order : compare(key(a), key(b))), 0));
}

function grouped<T>(values: readonly T[], ...keys: ((value: T) => Value)[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = JSON.stringify(keys.map((read) => read(value)));
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return [...groups.values()];
}

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
const sum = (values: readonly (number | null)[]): number | null => (known(values).length === 0 ? null : known(values).reduce((a, b) => a + b, 0));
const negative = (value: number | null): number | null => (value === null ? null : -value);
const chosen = (rows: readonly PlacedRow[], ...names: (keyof PlacedRow)[]): Value[][] => rows.map((row) => names.map((name) => row[name] ?? null));
/** The least value that at least this share of all does not exceed. Shape: `values` in order. */
const atShare = (values: readonly number[], share: number): number | null => values.find((value) => values.filter((other) => other <= value).length / values.length >= share) ?? null;

/** The expected answers, by the names of the saved queries; `rows` are those of the days that are asked of. */
export const SAVED_ANSWERS: Readonly<Record<string, (rows: readonly PlacedRow[], person: PersonParameters) => Value[][]>> = {
  'who-ran-what': (rows) => chosen(inOrder(rows), 'event_time_local', 'actor', 'actor_kind', 'workgroup', 'state', 'total_ms', 'data_scanned_bytes', 'missing_reason', 'query_execution_id', 'query'),
  'who-scanned-most': (rows) => {
    const counted = rows.filter((row) => row.retry_of_event_id === null && row.state !== 'REJECTED');
    const all = sum(counted.map((row) => row.data_scanned_bytes));
    const actors = grouped(counted, (row) => row.actor, (row) => row.actor_kind).map((group) => {
      const bytes = group.map((row) => row.data_scanned_bytes);
      const scanned = sum(bytes);
      const percent = scanned === null || all === null || all === 0 ? null : Math.round((1000 * scanned) / all) / 10;
      return [group[0]?.actor ?? null, group[0]?.actor_kind ?? null, group.length, scanned, percent, bytes.length - known(bytes).length];
    });
    return sorted(actors, (cells) => negative(cells[3] as number | null), (cells) => negative(cells[2] as number), (cells) => cells[0] ?? null, (cells) => cells[1] ?? null);
  },
  'what-failed': (rows) =>
    inOrder(rows.filter(({ state }) => state === 'FAILED' || state === 'CANCELLED')).map((row) => [
      row.event_time_local, row.actor, row.workgroup, row.state, row.athena_error_message ?? row.state_reason, row.athena_error_category, row.athena_error_type, row.athena_error_retryable, row.query_execution_id, row.query,
    ]),
  'what-was-refused': (rows) => chosen(inOrder(rows.filter(({ state }) => state === 'REJECTED')), 'event_time_local', 'actor', 'actor_kind', 'workgroup', 'error_code', 'error_message', 'source_ip', 'principal_arn', 'user_agent'),
  longest: (rows) =>
    chosen(most(rows, 'total_ms'), 'total_ms', 'queue_ms', 'planning_ms', 'engine_ms', 'service_ms', 'event_time_local', 'actor', 'workgroup', 'state', 'data_scanned_bytes', 'query_execution_id', 'query'),
  'most-bytes': (rows) => chosen(most(rows, 'data_scanned_bytes'), 'data_scanned_bytes', 'total_ms', 'event_time_local', 'actor', 'workgroup', 'database_name', 'state', 'query_execution_id', 'query'),
  'queue-times': (rows) => {
    const queued = rows.filter((row) => row.retry_of_event_id === null && row.queue_ms !== null);
    const keys: Pick_[] = [(row) => row.dt, (row) => row.hour, (row) => row.workgroup];
    return sorted(grouped(queued, ...keys), ...keys.map((key) => (group: PlacedRow[]) => (group[0] === undefined ? null : key(group[0])))).map((group) => {
      const waits = known(group.map((row) => row.queue_ms)).sort((a, b) => a - b);
      return [...keys.map((key) => (group[0] === undefined ? null : key(group[0]))), group.length, waits.filter((wait) => wait >= 1000).length, atShare(waits, 0.5), atShare(waits, 0.95), waits.at(-1) ?? null];
    });
  },
  concurrency: (rows) => {
    const spans = rows.flatMap(({ submitted_at: submitted, completed_at: completed, queue_ms: queued, retry_of_event_id: retry }) =>
      submitted === null || retry !== null ? [] : [{ submitted, began: submitted + (queued ?? 0), completed: completed ?? Number.POSITIVE_INFINITY }],
    );
    const moments = new Set(spans.flatMap(({ submitted, began, completed }) => [submitted, ...(began <= completed ? [began] : []), ...(completed === Number.POSITIVE_INFINITY ? [] : [completed])]));
    const hours = grouped([...moments], (moment) => Math.floor(moment / HOUR_MS));
    return sorted(hours.map((group) => {
      const hour = Math.floor((group[0] ?? 0) / HOUR_MS) * HOUR_MS;
      // Just before each change, which is the hour's as well unless the change is at its very beginning, and from the change on.
      const levelOf = (moment: number) => ({
        inFlight: spans.filter(({ submitted, completed }) => submitted <= moment && completed > moment).length,
        running: spans.filter(({ began, completed }) => began <= moment && completed > moment).length,
      });
      const levels = group.flatMap((moment) => [...(moment > hour ? [levelOf(moment - 0.5)] : []), levelOf(moment)]);
      return [toTimestamp(hour), Math.max(...levels.map(({ inFlight }) => inFlight)), Math.max(...levels.map(({ running }) => running))];
    }), ([hour]) => hour ?? null);
  },
  'one-person': (rows, { actor, from, until }) =>
    chosen(
      inOrder(rows.filter((row) => row.actor === actor && row.event_time_local !== null && row.event_time_local >= from && row.event_time_local < until)),
      'event_time_local', 'actor', 'actor_kind', 'actor_evidence', 'workgroup', 'state', 'total_ms', 'data_scanned_bytes', 'source_ip', 'user_agent', 'missing_reason', 'query_execution_id', 'query',
    ),
  gaps: (rows) => {
    const keys: Pick_[] = [(row) => row.dt, (row) => row.missing_reason, (row) => row.workgroup];
    const groups = grouped(rows.filter(({ missing_reason: reason }) => reason !== null), ...keys);
    return sorted(groups, ...keys.map((key) => (group: PlacedRow[]) => (group[0] === undefined ? null : key(group[0])))).map((group) => {
      const times = sorted(group.map((row) => row.event_time_local), (time) => time);
      return [...keys.map((key) => (group[0] === undefined ? null : key(group[0]))), group.length, new Set(group.flatMap(({ actor }) => (actor === null ? [] : [actor]))).size, times[0] ?? null, times.findLast((time) => time !== null) ?? null];
    });
  },
};

function inOrder(rows: readonly PlacedRow[]): PlacedRow[] {
  return sorted(rows, (row) => row.event_time, (row) => row.event_id);
}

function most(rows: readonly PlacedRow[], name: 'total_ms' | 'data_scanned_bytes'): PlacedRow[] {
  return sorted(rows.filter((row) => row.retry_of_event_id === null && row[name] !== null), (row) => negative(row[name]), (row) => row.event_time, (row) => row.event_id).slice(0, 20);
}

function toTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}
