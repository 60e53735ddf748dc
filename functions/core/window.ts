import { InvalidInputError } from './errors.ts';

/** The UTC offset that is valid from an instant on. Units: `minutes` east of UTC (New York in winter: -300). */
export interface Offset {
  /** ISO 8601 instant, UTC. */
  readonly from: string;
  readonly minutes: number;
}

/**
 * One hour label of a local day.
 *
 * Shape: `[start, end)` is the span of UTC instants that can carry the label; `offsets` are oldest first, the first of them
 * valid at or before `start`. A label that occurs twice in autumn is one window of two hours.
 */
export interface HourWindow {
  /** Local day, YYYY-MM-DD. */
  readonly day: string;
  /** Local hour label, 00 to 23. */
  readonly hour: string;
  readonly start: string;
  readonly end: string;
  readonly offsets: readonly Offset[];
}

/**
 * A local day cut into its hour labels. Shape: windows in the order of time; empty for a day that a zone left out. The offsets plan the
 * same windows again.
 */
export interface DayPlan {
  readonly day: string;
  readonly offsets: readonly Offset[];
  readonly windows: readonly { readonly hour: string; readonly start: string; readonly end: string }[];
}

/** The offsets of one time zone. Shape: the offset valid at `from` first, then each change before `to`. */
export type ReadOffsets = (from: Date, to: Date) => readonly Offset[];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** No zone is farther from UTC than 15:13 h (Alaska before 1867), so two days on each side hold the whole local day. */
const MARGIN = 2 * DAY;

/** Whether a text is a day of the calendar, YYYY-MM-DD, from 1970 to 2999. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^(19[7-9]|2\d\d)\d-\d\d-\d\d$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The day that lies `days` after another (before, when negative). Shape: YYYY-MM-DD. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The days from `first` to `last`, both included, oldest first. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

/** Instant as ISO 8601 in whole seconds, UTC: the resolution of CloudTrail. */
export function toInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The offset that is valid at an instant. Units: minutes east of UTC. Errors: InvalidInputError when no offset covers it. */
export function offsetAt(offsets: readonly Offset[], at: number): number {
  let minutes: number | undefined;
  for (const offset of offsets) if (Date.parse(offset.from) <= at) minutes = offset.minutes;
  if (minutes === undefined) throw new InvalidInputError(`offsets: none is valid at ${toInstant(at)}`);
  return minutes;
}

/** Wall clock of an instant, as if it were UTC. */
function wallClock(offsets: readonly Offset[], at: number): string {
  return new Date(at + offsetAt(offsets, at) * MINUTE).toISOString();
}

/** Local day of an instant. Shape: YYYY-MM-DD. */
export function localDay(offsets: readonly Offset[], at: Date): string {
  return wallClock(offsets, at.getTime()).slice(0, 10);
}

/** An instant in the window's zone. Shape: `2026-11-20T09:15:00-05:00`. */
export function toLocalTime(offsets: readonly Offset[], at: number): string {
  const minutes = offsetAt(offsets, at);
  const distance = Math.abs(minutes);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${wallClock(offsets, at).slice(0, 19)}${minutes < 0 ? '-' : '+'}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
}

/**
 * Whether an instant belongs to the window: inside `[start, end)` and with the window's own day and hour on the wall.
 * The second half matters where a zone turns its clock back by more than an hour (Antarctica/Troll) and labels interleave.
 */
export function windowHolds(window: HourWindow, at: number): boolean {
  if (at < Date.parse(window.start) || at >= Date.parse(window.end)) return false;
  return wallClock(window.offsets, at).startsWith(`${window.day}T${window.hour}`);
}

/**
 * Cuts a local day into its hour labels.
 *
 * Shape: 24 windows, 23 in spring; the label that occurs twice in autumn is one window; none for a day that the zone left out.
 * Every instant of the day is held by exactly one of them.
 */
export function planDay(day: string, readOffsets: ReadOffsets): DayPlan {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const offsets = readOffsets(new Date(midnight - MARGIN), new Date(midnight + MARGIN));
  const spans = new Map<string, { start: number; end: number }>();
  for (const [index, offset] of offsets.entries()) {
    const from = Math.max(Date.parse(offset.from), midnight - MARGIN);
    const next = offsets[index + 1];
    const to = next === undefined ? midnight + MARGIN : Date.parse(next.from);
    for (let hour = 0; hour < 24; hour++) {
      const local = midnight + hour * HOUR - offset.minutes * MINUTE;
      const start = Math.max(local, from);
      const end = Math.min(local + HOUR, to);
      if (start >= end) continue;
      const label = String(hour).padStart(2, '0');
      const span = spans.get(label);
      spans.set(label, { start: Math.min(start, span?.start ?? start), end: Math.max(end, span?.end ?? end) });
    }
  }
  const windows = [...spans].map(([hour, span]) => ({ hour, start: toInstant(span.start), end: toInstant(span.end) }));
  const first = windows[0];
  const last = windows.at(-1);
  if (first === undefined || last === undefined) return { day, offsets: [], windows: [] };
  return { day, offsets: offsetsOf(day, offsets, Date.parse(first.start), Date.parse(last.end)), windows };
}

/**
 * The offsets that are valid somewhere in the day's `[start, end)`, and the change that ends the day before its midnight, where one
 * does (America/Nuuk in March): planned again from its own offsets the day would go on without it.
 */
function offsetsOf(day: string, offsets: readonly Offset[], start: number, end: number): Offset[] {
  return offsets.filter((offset, index) => {
    const from = Date.parse(offset.from);
    const next = offsets[index + 1];
    const cutsShort = from === end && localDay(offsets.slice(0, index), new Date(end)) === day;
    return (from < end || cutsShort) && (next === undefined || Date.parse(next.from) > start);
  });
}
