import * as v from 'valibot';
import { InvalidInputError } from '#core/errors';
import { isObject } from '#core/json';
import { toProblems } from '#core/problems';
import { isDay } from '#core/window';

const instant = v.pipe(v.string(), v.check((text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)), 'an instant, such as 2026-11-22T06:00:00Z'));
const day = v.custom<string>(isDay, 'a day, YYYY-MM-DD');

const FIELDS = {
  /** Written by the schedule: the time it was due. */
  scheduledTime: v.optional(instant),
  startDate: v.optional(day),
  endDate: v.optional(day),
  /** Single days instead of a range. */
  days: v.optional(v.pipe(v.array(day, 'a list of days'), v.minLength(1, 'at least one day'))),
  /** One hour label of each day only. */
  hour: v.optional(v.pipe(v.string('an hour label, 00 to 23'), v.regex(/^([01]\d|2[0-3])$/, 'an hour label, 00 to 23'))),
  /** Names the run: the same id starts nothing twice. */
  runId: v.optional(v.pipe(v.string(), v.regex(/^[0-9A-Za-z_-]{1,36}$/, '1 to 36 of 0-9, A-Z, a-z, _ and -'))),
  /** The instant that the run takes as now; the clock otherwise. */
  asOf: v.optional(instant),
};

const SCHEMA = v.pipe(
  v.custom<object>(isObject, 'an object such as {"startDate": "2026-11-18", "endDate": "2026-11-20"}'),
  v.strictObject(FIELDS, `one of ${Object.keys(FIELDS).join(', ')}`),
  v.forward(v.check((event) => event.endDate === undefined || event.startDate !== undefined, 'startDate beside endDate'), ['startDate']),
  v.forward(v.check((event) => event.days === undefined || event.startDate === undefined, 'either days or startDate'), ['days']),
);

/** What the dispatcher receives: from the schedule, from a person, or empty. */
export type DispatcherEvent = v.InferOutput<typeof SCHEMA>;

/** Reads the dispatcher's event. Errors: InvalidInputError with every problem: field, value, and what was expected. */
export function parseDispatcherEvent(event: unknown): DispatcherEvent {
  const result = v.safeParse(SCHEMA, event ?? {});
  if (!result.success) throw new InvalidInputError(toProblems(result.issues).join('; '));
  return result.output;
}
