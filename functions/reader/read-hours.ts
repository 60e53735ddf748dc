/**
 * Reads several hours side by side, at one rate: each turn goes to the page that is needed first, and Athena is asked meanwhile.
 * Where an hour stands is kept beside its entries, so that another process goes on from there.
 */
import { runFolder } from '#core/entry';
import { CHECKPOINT_NAME, HourReading, ownCheckpoint } from '#core/hour-reading';
import type { LookUp, ReadQueryExecutions, ReportStore, Turns } from '#core/ports';
import type { HourWindow } from '#core/window';
import { OpenHour } from './open-hour.ts';

/** What reading asks of the world. */
export interface ReadHoursPorts {
  readonly lookUp: LookUp;
  readonly turns: Turns;
  readonly readQueryExecutions: ReadQueryExecutions;
  readonly store: ReportStore;
  /** Time that is left before this invocation has to hand over. Units: milliseconds; none or less: now. */
  readonly timeLeft: () => number;
  /** How long what is on its way then is waited for; what comes later is asked for again. Units: milliseconds. */
  readonly graceMs: number;
  /** Waits before another attempt for a page; `attempt` is that which failed, from 1. */
  readonly pause: (attempt: number) => Promise<void>;
  /** Told after each page. */
  readonly onPage?: (standing: Standing) => void;
}

/** How far a reading has come. */
export interface Standing {
  readonly hours: number;
  readonly hoursRead: number;
  readonly pages: number;
  /** Starts that were read. */
  readonly starts: number;
  /** Pages that are left, about: by the density of the hours that were begun. */
  readonly pagesLeft: number;
}

/** What became of an hour: all of it was read; time was up, and its checkpoint says where it stands; or an error stopped it. */
export type ReadOutcome = 'read' | 'open' | Error;

/** Look-ups on their way at a time: enough for two a second that take ten each. */
const MAX_LOOK_UPS = 24;
/** Questions to Athena on their way at a time; with more, no page is read for a while. */
const MAX_QUESTIONS = 20;

/** Begins the reading of an hour, or goes on from where the same run stood. Errors: those of the store. */
export async function resumeReading(store: ReportStore, window: HourWindow, run: string): Promise<HourReading> {
  const lies = await store.read(`${runFolder(window.day, window.hour, run)}${CHECKPOINT_NAME}`);
  return new HourReading(window, run, lies === null ? null : ownCheckpoint(lies, window));
}

/**
 * Reads the hours, those in front first. `keep` leaves all that was read in parts, for another process; else only what is large.
 * Shape: an outcome for each hour; one hour's error does not stop the others.
 */
export async function readHours(ports: ReadHoursPorts, readings: readonly HourReading[], keep: boolean): Promise<readonly ReadOutcome[]> {
  const hours: readonly OpenHour[] = readings.map((reading) => new OpenHour(ports, reading, keep, () => ports.onPage?.(standingOf(hours, readings))));
  let turn = false;
  while (ports.timeLeft() > 0) {
    const running = hours.flatMap((hour) => [...hour.running]);
    if (!turn && hours.some((hour) => hour.wantsPages)) {
      await first([ports.turns.next()], ports.timeLeft());
      turn = true;
      continue;
    }
    const begin = turn ? choose(hours) : null;
    if (begin !== null) {
      turn = false;
      begin();
    } else if (running.length > 0) {
      await first(running, ports.timeLeft());
    } else break;
  }
  await first([Promise.all(hours.map((hour) => hour.settled()))], ports.graceMs);
  return Promise.all(hours.map((hour) => hour.close()));
}

function standingOf(hours: readonly OpenHour[], readings: readonly HourReading[]): Standing {
  const begun = readings.filter((_reading, index) => hours[index]?.begun);
  const pages = begun.reduce((sum, reading) => sum + reading.pages, 0);
  const left = begun.reduce((sum, reading) => sum + (reading.done ? 0 : Math.ceil(reading.pagesLeft() ?? 1)), 0);
  return {
    hours: hours.length,
    hoursRead: readings.filter(({ done }) => done).length,
    pages,
    starts: readings.reduce((sum, { counts }) => sum + counts.inside, 0),
    pagesLeft: left + Math.ceil(((hours.length - begun.length) * (pages + left)) / Math.max(1, begun.length)),
  };
}

/**
 * What a turn is for: the next page of an hour that was begun, so that hours end early; else the first page of another; else,
 * because every page that is known of is on its way, half of what is left of the longest hour. Shape: null when there is nothing.
 */
function choose(hours: readonly OpenHour[]): (() => void) | null {
  const sum = (count: (hour: OpenHour) => number) => hours.reduce((total, hour) => total + count(hour), 0);
  if (sum((hour) => hour.lookUps) >= MAX_LOOK_UPS || sum((hour) => hour.questions) >= MAX_QUESTIONS) return null;
  const open = hours.filter((hour) => hour.wantsPages);
  const ready = open.find((hour) => hour.begun && hour.readyChain !== null) ?? open.find((hour) => hour.readyChain !== null);
  if (ready !== undefined) return () => ready.lookUpNext();
  const [longest] = open.filter((hour) => hour.pagesLeft !== null).sort((a, b) => (b.pagesLeft ?? 0) - (a.pagesLeft ?? 0));
  if (longest === undefined || !longest.cut()) return null;
  return () => longest.lookUpNext();
}

/** Waits for the first of them, and no longer than so many milliseconds. */
async function first(tasks: readonly Promise<unknown>[], ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
  });
  await Promise.race([...tasks, over]);
  clearTimeout(timer);
}
