import * as v from 'valibot';
import { InvalidInputError } from '#core/errors';
import { type HistoryCursor, parseHistoryCursor } from '#core/history';
import { toProblems } from '#core/problems';
import { type DayPlan, isDay, planDay } from '#core/window';

/** What the closer needs of a day's event, beside the results of the hours. */
export interface DayEvent {
  /** The whole local day, whatever hours this run had. */
  readonly plan: DayPlan;
  /** A run of some hours only. */
  readonly partial: boolean;
  readonly asOf: Date;
  /** The run of several days that this day is part of; null when it runs alone. */
  readonly run: Run | null;
  /** Where a long listing goes on; null at the beginning. */
  readonly next: HistoryCursor | null;
}

/** A run of several days. It lists Athena's history once, from `from` to `to`, for all of them. Units: epoch milliseconds. */
export interface Run {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

const instant = v.pipe(v.string('an instant in UTC'), v.check((text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text) && !Number.isNaN(Date.parse(text)), 'an instant in UTC, such as 2026-11-21T06:00:00Z'));
const minutes = v.pipe(v.number('minutes east of UTC, such as -300'), v.minValue(-1440, 'minutes east of UTC, such as -300'), v.maxValue(1440, 'minutes east of UTC, such as -300'));

const SCHEMA = v.object({
  day: v.custom<string>(isDay, 'a day, YYYY-MM-DD'),
  asOf: instant,
  offsets: v.pipe(v.array(v.object({ from: instant, minutes }), 'UTC offsets'), v.minLength(1, 'at least one UTC offset')),
  windows: v.array(v.object({ hour: v.string(), start: instant, end: instant }), 'the hours of the day'),
  run: v.optional(v.object({ id: v.string('the id of the execution'), from: instant, to: instant }, 'the run of several days')),
  next: v.optional(v.unknown()),
}, 'a day, such as events/closer.day.json');

/**
 * Reads a day's event. The offsets give the whole day again, so that a run of one hour is not taken for a day.
 * Errors: InvalidInputError with every problem; also when a window is not one of the day.
 */
export function parseDayEvent(event: unknown): DayEvent {
  const result = v.safeParse(SCHEMA, event);
  if (!result.success) throw new InvalidInputError(toProblems(result.issues).join('; '));
  const { day, asOf, offsets, windows, run, next } = result.output;
  const plan = planDay(day, () => offsets);
  const strange = windows.find(({ hour, start, end }) => !plan.windows.some((window) => window.hour === hour && window.start === start && window.end === end));
  if (strange !== undefined) throw new InvalidInputError(`windows: hour ${strange.hour}, ${strange.start} to ${strange.end}, expected an hour of ${day} by its offsets`);
  return {
    plan,
    partial: windows.length < plan.windows.length,
    asOf: new Date(asOf),
    run: run === undefined ? null : { id: run.id, from: Date.parse(run.from), to: Date.parse(run.to) },
    next: parseHistoryCursor(next),
  };
}
