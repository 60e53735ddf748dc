/** Two crowded days, by seed: queries that overlap, wait, begin and end at one moment, run on, are refused, sent twice or unknown. */
import type { Row } from '#core/row';
import { createSeeded } from '../fakes/seeded.ts';
import { rowOf } from '../properties/fuzzed-rows.ts';
import type { Asked } from './answers.ts';

const DAYS = ['2026-06-10', '2026-06-11'] as const;
const HOUR = 3_600_000;
/** New York in summer. */
const OFFSET_MS = -4 * HOUR;

export const ASKED_OF_BUSY: Asked = { 'first day': DAYS[0], 'last day': DAYS[1], actor: "o'neill", 'from time': `${DAYS[0]}T09:30`, 'until time': `${DAYS[1]}T10:00` };

const seeded = createSeeded(20_260_610);

/** A query that is asked for in the hour. Shape: times fall on tens of seconds, so that many fall together. */
function rowAt(dt: string, hour: string, number: number): Row {
  const event_time = Date.parse(`${dt}T${hour}:00:00Z`) - OFFSET_MS + seeded.int(0, 359) * 10_000;
  const shared = {
    event_id: `event ${number}`,
    event_time,
    event_time_local: `${new Date(event_time + OFFSET_MS).toISOString().slice(0, 19)}-04:00`,
    actor: seeded.pick(["o'neill", 'ada', 'etl', 'bi', null]),
    actor_kind: seeded.pick(['person', 'role_session']),
    workgroup: seeded.pick(['primary', 'finance', null]),
  };
  if (seeded.chance(0.1)) return rowOf({ ...shared, state: 'REJECTED', missing_reason: 'rejected', error_code: 'InvalidRequestException', error_message: 'line 1:1\n"no"' });
  if (seeded.chance(0.1)) return rowOf({ ...shared, missing_reason: seeded.pick(['not_found', 'access_denied']) });
  const total = seeded.pick([0, 10_000, 20_000, 600_000, 2 * HOUR]);
  const running = seeded.chance(0.05);
  return rowOf({
    ...shared,
    query_execution_id: `execution ${number}`,
    retry_of_event_id: seeded.chance(0.1) ? 'event 1' : null,
    query: `SELECT ${number}\r\nFROM "t"`,
    state: running ? 'RUNNING' : seeded.pick(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'FAILED', 'CANCELLED']),
    missing_reason: running ? 'running' : null,
    state_reason: seeded.pick([null, 'stopped']),
    athena_error_message: seeded.pick([null, 'TYPE_MISMATCH: \\d+']),
    submitted_at: event_time,
    completed_at: running ? null : event_time + total,
    // Some that wait until they have ended, as those do that are stopped in the queue.
    queue_ms: seeded.pick([null, 0, 999, 1000, 10_000, total, total + 10_000]),
    total_ms: total,
    data_scanned_bytes: running ? null : seeded.pick([0, 10_000_000, seeded.int(1, 2 ** 40), Number.MAX_SAFE_INTEGER]),
  });
}

/** The reports: the hour's label beside its rows. */
export const BUSY_HOURS: readonly { readonly dt: string; readonly hour: string; readonly rows: readonly Row[] }[] = DAYS.flatMap((dt, day) =>
  ['08', '09', '10', '13', '23'].map((hour, at) => ({ dt, hour, rows: Array.from({ length: 30 }, (_, index) => rowAt(dt, hour, (day * 5 + at) * 30 + index + 1)) })),
);
