import * as v from 'valibot';
import { InvalidInputError } from '#core/errors';
import { toProblems } from '#core/problems';
import { type HourWindow, isDay } from '#core/window';

/** What the worker receives: one hour window and the instant that the run takes as now. */
export interface WorkerEvent {
  readonly window: HourWindow;
  readonly asOf: Date;
  /** The run's configuration, as the dispatcher resolved it; undefined when the worker is invoked alone. */
  readonly config: unknown;
  /** The run, by which an hour that takes several invocations finds its parts. */
  readonly run: string;
}

const instant = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/, 'an instant in UTC, such as 2026-11-20T14:00:00Z'), v.check((text) => !Number.isNaN(Date.parse(text)), 'an instant in UTC, such as 2026-11-20T14:00:00Z'));
/** Its last part names a folder. */
export const runId = v.pipe(v.string('the id of an execution'), v.regex(/[^:]$/, 'the id of an execution'));
/** CloudTrail's bounds have one-second resolution. */
const second = v.pipe(instant, v.regex(/:\d\d(\.0+)?Z$/, 'whole seconds, such as 2026-11-20T14:00:00Z'));

const SCHEMA = v.pipe(
  v.object({
    day: v.custom<string>(isDay, 'a day, YYYY-MM-DD'),
    hour: v.pipe(v.string('an hour label, 00 to 23'), v.regex(/^([01]\d|2[0-3])$/, 'an hour label, 00 to 23')),
    start: second,
    end: second,
    offsets: v.pipe(
      v.array(v.object({ from: instant, minutes: v.pipe(v.number('minutes east of UTC, such as -300'), v.minValue(-1440, 'minutes east of UTC, such as -300'), v.maxValue(1440, 'minutes east of UTC, such as -300')) }), 'UTC offsets, such as [{"from": "2026-11-01T06:00:00Z", "minutes": -300}]'),
      v.minLength(1, 'at least one UTC offset'),
    ),
    asOf: instant,
    config: v.optional(v.unknown()),
    run: v.optional(runId),
  }, 'an hour window, such as events/worker.hour.json'),
  v.forward(v.check((event) => Date.parse(event.start) < Date.parse(event.end), 'an instant after start'), ['end']),
  v.forward(v.check((event) => event.offsets.some((offset) => Date.parse(offset.from) <= Date.parse(event.start)), 'an offset that is valid at start'), ['offsets']),
);

/** Reads the worker's event; `ownRun` names the run of one that is invoked alone. Errors: InvalidInputError with every problem: field, value, and what was expected. */
export function parseWorkerEvent(event: unknown, ownRun = 'alone'): WorkerEvent {
  const result = v.safeParse(SCHEMA, event);
  if (!result.success) throw new InvalidInputError(toProblems(result.issues).join('; '));
  const { day, hour, start, end, offsets, asOf, config, run = ownRun } = result.output;
  return { window: { day, hour, start, end, offsets }, asOf: new Date(asOf), config, run };
}
