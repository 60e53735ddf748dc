/** A client's retry across the hour's edge: the event of an earlier hour that started the same execution. */
import { type Part, runFolder } from '#core/entry';
import { FACTS_NAME, parseFactLine } from '#core/facts';
import { parseManifest } from '#core/hour-evidence';
import { CHECKPOINT_NAME, parseCheckpoint } from '#core/hour-reading';
import { linesOf } from '#core/lines';
import { hourFolder, MANIFEST_NAME } from '#core/partition';
import type { EventSource, ReportStore } from '#core/ports';
import type { QueryStart } from '#core/record';
import { compareStarts } from '#core/row';
import { addDays, type HourWindow, toInstant } from '#core/window';
import { entriesIn } from './hour-entries.ts';

/** How long after Athena has taken a query its event may be timed, and how far the two clocks may be apart. Units: milliseconds. */
const ANSWER_MS = 60_000;
const SKEW_MS = 2_000;
/** How soon a client tries again: looked for where Athena does not say when it took the query. Units: milliseconds. */
const RETRY_MS = 10_000;

/** What an hour is looked back from. */
export interface LookBack {
  readonly source: EventSource;
  readonly store: ReportStore;
  readonly window: HourWindow;
  readonly asOf: Date;
  readonly run: string;
}

/**
 * Finds the earlier event of an execution. Looks only around the second that Athena names, and where it names none only when the
 * event is one of the hour's first seconds. `submittedAt` is null when Athena does not tell.
 * Shape: the event's id, or null. Errors: those of the source and the store.
 */
export type FindEarlierStart = (start: QueryStart, queryExecutionId: string, submittedAt: number | null) => Promise<string | null>;

/** Makes it for an hour: what the same run has read of the hour before is not looked up, and nothing else twice. */
export function createFindEarlierStart(back: LookBack): FindEarlierStart {
  const { source, window } = back;
  const hourStart = Date.parse(window.start);
  const known = new Map<string, Promise<readonly QueryStart[]>>();
  const lookUp = (from: number, to: number) => {
    const span = { start: toInstant(from), end: toInstant(to) };
    const key = `${span.start} ${span.end}`;
    const found = known.get(key) ?? readStarts(source, { ...window, ...span });
    known.set(key, found);
    return found;
  };
  let before: Promise<readonly QueryStart[] | null> | undefined;
  return async ({ eventTime }, queryExecutionId, submittedAt) => {
    if (submittedAt === null ? eventTime >= hourStart + RETRY_MS : submittedAt - SKEW_MS >= hourStart) return null;
    const from = submittedAt === null ? hourStart - RETRY_MS : submittedAt - SKEW_MS;
    const to = submittedAt === null ? hourStart : Math.min(submittedAt + ANSWER_MS, hourStart);
    before ??= readBefore(back, hourStart - ANSWER_MS - SKEW_MS);
    const starts = (from >= hourStart - ANSWER_MS - SKEW_MS ? await before : null) ?? (await lookUp(from, to));
    const found = starts.filter((earlier) => earlier.queryExecutionId === queryExecutionId && earlier.eventTime >= from && earlier.eventTime < to);
    return [...found].sort(compareStarts)[0]?.eventId ?? null;
  };
}

async function readStarts(source: EventSource, window: HourWindow): Promise<readonly QueryStart[]> {
  const starts: QueryStart[] = [];
  for await (const page of source.readRecords(window)) starts.push(...page.starts);
  return starts;
}

/** The starts of the hour before from an instant on, if this run has read it. Shape: null when it has not, or not to its end. */
async function readBefore({ store, window, asOf, run }: LookBack, from: number): Promise<readonly QueryStart[] | null> {
  for (const { day, hour } of hoursBefore(window)) {
    const lies = await store.read(`${runFolder(day, hour, run)}${CHECKPOINT_NAME}`);
    const checkpoint = lies === null ? null : parseCheckpoint(lies);
    const read = checkpoint?.end === window.start && checkpoint.chains.every(({ done }) => done);
    const starts = read ? await startsOfParts(store, checkpoint.parts, from) : null;
    if (starts !== null) return starts;
    // Its worker may just have ended: then its facts are there.
    const bytes = await store.read(`${hourFolder(day, hour)}${MANIFEST_NAME}`);
    const manifest = bytes === null ? null : parseManifest(bytes);
    if (manifest?.end === window.start && manifest.asOf === asOf.toISOString()) return await startsOfFacts(store, `${hourFolder(day, hour)}${FACTS_NAME}`, from);
  }
  return null;
}

/** Labels that may stand before this one: a clock may skip one. */
function hoursBefore({ day, hour }: HourWindow): { day: string; hour: string }[] {
  return [1, 2].map((back) => {
    const label = Number(hour) - back;
    return { day: label < 0 ? addDays(day, -1) : day, hour: String((label + 24) % 24).padStart(2, '0') };
  });
}

/** Shape: null when they are gone: the hour's worker has just ended. */
async function startsOfParts(store: ReportStore, parts: readonly Part[], from: number): Promise<readonly QueryStart[] | null> {
  const starts: QueryStart[] = [];
  for (const part of parts.filter(({ last }) => last >= from)) {
    for await (const entry of entriesIn(store, part)) {
      if (entry === null) return null;
      if (entry.start.eventTime >= from) starts.push(entry.start);
    }
  }
  return starts;
}

async function startsOfFacts(store: ReportStore, name: string, from: number): Promise<readonly QueryStart[]> {
  const opened = await store.open(name);
  const starts: QueryStart[] = [];
  if (opened === null) return starts;
  for await (const line of linesOf(opened.chunks)) {
    const start = parseFactLine(line)?.start;
    if (start !== undefined && start.eventTime >= from) starts.push(start);
  }
  return starts;
}
