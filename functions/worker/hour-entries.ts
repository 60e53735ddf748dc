/** The entries of one hour, in the order of the report: from a source that gives them as a whole, or from look-ups and their parts. */
import { type Entry, type Part, parseEntryLine, partsFolder } from '#core/entry';
import { UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import type { ListNames } from '#core/hour-evidence';
import { CHECKPOINT_NAME, type Correction, type ReadCounts } from '#core/hour-reading';
import { linesOf } from '#core/lines';
import type { MalformedSample } from '#core/manifest';
import type { EventSource, ReportStore } from '#core/ports';
import { compareStarts } from '#core/row';
import { type HourWindow, windowHolds } from '#core/window';
import { type ReadHoursPorts, readHours, resumeReading } from '../reader/read-hours.ts';

/** Look-ups of an hour that may be long. */
export interface LookUps extends Omit<ReadHoursPorts, 'readQueryExecutions' | 'store'> {
  readonly listNames: ListNames;
}

/** An hour as it was read. */
export interface HourEntries {
  readonly counts: ReadCounts;
  readonly samples: readonly MalformedSample[];
  readonly corrections: readonly Correction[];
  /** In the order of the report, copies of one event included; from the beginning each time. Errors: those of the store. */
  readonly entries: () => AsyncIterable<Entry>;
}

const MAX_SAMPLES = 10;

/** Reads an hour of a source that gives it as a whole. Errors: those of the source. */
export async function readWhole(source: EventSource, window: HourWindow): Promise<HourEntries> {
  const found: Entry[] = [];
  const samples: MalformedSample[] = [];
  const counts = { read: 0, inside: 0, outside: 0, skipped: 0, malformed: 0 };
  for await (const page of source.readRecords(window)) {
    const inside = page.starts.filter((start) => windowHolds(window, start.eventTime));
    for (const start of inside) found.push({ start, answer: undefined });
    counts.read += page.read;
    counts.inside += inside.length;
    counts.outside += page.outside + page.starts.length - inside.length;
    counts.skipped += page.skipped;
    counts.malformed += page.malformed;
    samples.push(...page.samples.slice(0, MAX_SAMPLES - samples.length));
  }
  const sorted = found.sort((a, b) => compareStarts(a.start, b.start));
  const corrections = sorted.flatMap(({ start: { eventId, correctedBy } }) => (correctedBy === null ? [] : [{ eventId, correctedBy }]));
  return { counts, samples, corrections, entries: () => each(sorted) };
}

/** Half of the time that an invocation had: what is left then is enough for the report of what it has read, and else for nothing. */
const HALF = 0.5;

/**
 * Reads an hour by look-ups, or takes what the reader of the run has left of it.
 * Shape: null when time was up: the next invocation of the run goes on. Errors: those of its ports.
 */
export async function readByLookUps(ports: ReadHoursPorts, window: HourWindow, run: string): Promise<HourEntries | null> {
  const { store } = ports;
  const begun = ports.timeLeft();
  const reading = await resumeReading(store, window, run);
  const atHand = reading.done;
  const pagesBefore = reading.pages;
  const [outcome] = await readHours(ports, [reading], false);
  if (outcome instanceof Error) throw outcome;
  if (outcome === 'open') {
    if (reading.pages > pagesBefore) return null;
    throw new UpstreamThrottledError(`cloudtrail:LookupEvents on hour ${window.start}: no page in all the time of an invocation`);
  }
  // A long hour's report is made by an invocation that has its whole time for it.
  if (!atHand && reading.parts.length > 0 && ports.timeLeft() < begun * HALF) {
    const [saved] = await readHours(ports, [reading], true);
    if (saved instanceof Error) throw saved;
    return null;
  }
  const { counts, samples, corrections, parts } = reading;
  const rest = reading.rest();
  const held = parts.reduce((sum, part) => sum + part.entries, rest.length);
  // Counts that add up prove nothing of entries that were left nowhere.
  if (held !== counts.inside) {
    await store.remove(`${reading.folder}${CHECKPOINT_NAME}`);
    throw new UpstreamUnavailableError(`${store.root}${reading.folder}: holds ${held} of the ${counts.inside} starts that were read; run the hour again`);
  }
  return { counts, samples, corrections, entries: () => merged(store, parts, rest) };
}

/**
 * Removes the parts of an hour, those of dead runs as well, and first what names them. A run beside this one that misses its own reads
 * again. Errors: those of the store and the list.
 */
export async function sweepParts(store: ReportStore, listNames: ListNames, { day, hour }: HourWindow): Promise<void> {
  // In a folder, files that a process beside this one is about to move into their place have a dot in front.
  const names = (await listNames(partsFolder(day, hour))).filter((name) => !/\/\.[^/]*$/.test(name));
  const isCheckpoint = (name: string) => name.endsWith(`/${CHECKPOINT_NAME}`);
  for (const name of [...names.filter(isCheckpoint), ...names.filter((name) => !isCheckpoint(name))]) await store.remove(name);
}

async function* each(entries: readonly Entry[]): AsyncGenerator<Entry> {
  yield* entries;
}

/** A stream of entries, with the one that is next. */
interface Head {
  readonly rest: AsyncIterator<Entry>;
  entry: Entry;
}

/** Merges parts, and what no part holds. A part is opened when its first entry is due: most of them hold stretches of time of their own. */
async function* merged(store: ReportStore, parts: readonly Part[], rest: readonly Entry[]): AsyncGenerator<Entry> {
  const due = [
    ...parts.map((part) => ({ first: part.first, open: () => soundEntriesIn(store, part) })),
    ...(rest[0] === undefined ? [] : [{ first: rest[0].start.eventTime, open: () => each(rest) }]),
  ].sort((a, b) => a.first - b.first);
  const heads: Head[] = [];
  try {
    yield* inOrder(due, heads);
  } finally {
    for (const { rest: stream } of heads) await stream.return?.();
  }
}

async function* inOrder(due: { readonly first: number; readonly open: () => AsyncIterable<Entry> }[], heads: Head[]): AsyncGenerator<Entry> {
  for (;;) {
    const least = heads.reduce<Head | undefined>((best, head) => (best === undefined || compareStarts(head.entry.start, best.entry.start) < 0 ? head : best), undefined);
    const [next] = due;
    if (next !== undefined && (least === undefined || next.first <= least.entry.start.eventTime)) {
      due.shift();
      const stream = next.open()[Symbol.asyncIterator]();
      const { done, value } = await stream.next();
      if (done !== true) heads.push({ rest: stream, entry: value });
      continue;
    }
    if (least === undefined) return;
    yield least.entry;
    const { done, value } = await least.rest.next();
    if (done === true) heads.splice(heads.indexOf(least), 1);
    else least.entry = value;
  }
}

/** Parts of an hour that was cut all span it, and are all read at once: piece by piece, so that none holds a connection. Units: bytes. */
const PIECE_BYTES = 262_144;

/** The entries of a part. Shape: null at its end when it is not as it was left. Errors: those of the store. */
export async function* entriesIn(store: ReportStore, part: Part): AsyncGenerator<Entry | null> {
  const opened = await store.open(part.name, PIECE_BYTES);
  for await (const line of linesOf(opened?.chunks ?? nothing())) {
    const entry = parseEntryLine(line);
    if (entry === null) return yield null;
    yield entry;
  }
  if (opened?.read().sha256 !== part.sha256) yield null;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* soundEntriesIn(store: ReportStore, part: Part): AsyncGenerator<Entry> {
  for await (const entry of entriesIn(store, part)) {
    if (entry === null) throw await gone(store, part);
    yield entry;
  }
}

/** Forgets where the reading stood, so that the next attempt begins anew. */
async function gone(store: ReportStore, { name }: Part): Promise<UpstreamUnavailableError> {
  await store.remove(`${name.slice(0, name.lastIndexOf('/') + 1)}${CHECKPOINT_NAME}`);
  return new UpstreamUnavailableError(`${store.root}${name}: not there as this run has left it, perhaps because another run on the hour has ended; run the hour again`);
}
