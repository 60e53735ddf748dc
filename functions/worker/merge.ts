/** What was read of an hour now, beside what earlier runs knew of it: one group for each event, in the order of the report. */
import type { Entry } from '#core/entry';
import { type Fact, mergeStarts } from '#core/facts';
import type { Correction } from '#core/hour-reading';
import type { QueryExecutionAnswer } from '#core/query-execution';
import type { QueryStart } from '#core/record';
import { compareStarts } from '#core/row';

/** One event. */
export interface Group {
  /** With all that is known of it. */
  readonly start: QueryStart;
  readonly fact: Fact | null;
  /** As it was read now, further copies included; none when only facts tell of it. */
  readonly entries: readonly Entry[];
}

/** Both sides, from their beginnings each time that they are asked for. */
export interface Sides {
  readonly entries: () => AsyncIterable<Entry>;
  readonly facts: () => AsyncIterable<Fact>;
  /** Corrections that were read, now or earlier. */
  readonly corrections: readonly Correction[];
  /** Whether the facts are in the order of the report, each event once: somebody may have changed them. */
  readonly ordered: boolean;
  /** Whether a manifest vouches for the facts: else the time of an event may be another one in them. */
  readonly vouched: boolean;
}

/**
 * Joins both sides in one pass, holding one event at a time.
 *
 * A correction need not be of the instant of what it corrects: such events, and all facts that are in no order, are joined
 * beforehand, in memory. Errors: those of the sides.
 */
export async function* mergeSides(sides: Sides): AsyncGenerator<Group> {
  const apart = await takeApart(sides);
  const entries = groupsOf(without(sides.entries(), ({ start }) => apart.ids.has(start.eventId)));
  const facts = sides.ordered ? without(sides.facts(), ({ start }) => apart.ids.has(start.eventId)) : none<Fact>();
  yield* inOrder(join(entries, facts, sides.vouched), each(apart.groups));
}

/** What Athena said of a group's execution: the copy that it told most about. Shape: undefined when it has not been asked, or was too busy. */
export function answerOf({ entries }: Group): QueryExecutionAnswer | undefined {
  const answers = entries.flatMap(({ answer }) => (answer === undefined || ('missing' in answer && answer.missing === 'throttled_out') ? [] : answer));
  return answers.find((answer) => 'execution' in answer) ?? answers[0];
}

/** Groups that are joined in memory, with the ids of their events. */
async function takeApart(sides: Sides): Promise<{ readonly ids: ReadonlySet<string>; readonly groups: readonly Group[] }> {
  const ids = new Set(sides.corrections.flatMap(({ eventId, correctedBy }) => [eventId, correctedBy]));
  if (!sides.vouched) for (const id of await readMoved(sides)) ids.add(id);
  if (ids.size === 0 && sides.ordered) return { ids, groups: [] };
  const known: Fact[] = [];
  for await (const fact of sides.facts()) {
    if (sides.ordered && !ids.has(fact.start.eventId)) continue;
    known.push(fact);
    ids.add(fact.start.eventId);
  }
  const read: Entry[] = [];
  for await (const entry of sides.entries()) if (ids.has(entry.start.eventId)) read.push(entry);
  const factOf = new Map(known.map((fact) => [fact.start.eventId, fact]));
  const starts = mergeStarts(known, read.map(({ start }) => start), sides.vouched);
  const entriesOf = new Map<string, Entry[]>();
  for (const entry of read) entriesOf.set(entry.start.eventId, [...(entriesOf.get(entry.start.eventId) ?? []), entry]);
  return { ids, groups: starts.map((start) => ({ start, fact: factOf.get(start.eventId) ?? null, entries: entriesOf.get(start.eventId) ?? [] })) };
}

/** Events whose time in the facts is not that of their record. */
async function readMoved({ entries, facts }: Sides): Promise<string[]> {
  const times = new Map<string, number>();
  for await (const { start } of facts()) times.set(start.eventId, start.eventTime);
  const moved: string[] = [];
  if (times.size > 0) for await (const { start } of entries()) if (times.has(start.eventId) && times.get(start.eventId) !== start.eventTime) moved.push(start.eventId);
  return moved;
}

/** Copies of one event stand side by side: they are of one instant. */
async function* groupsOf(entries: AsyncIterable<Entry>): AsyncGenerator<readonly [Entry, ...Entry[]]> {
  let open: [Entry, ...Entry[]] | null = null;
  for await (const entry of entries) {
    if (open !== null && open[0].start.eventId === entry.start.eventId) open.push(entry);
    else {
      if (open !== null) yield open;
      open = [entry];
    }
  }
  if (open !== null) yield open;
}

async function* join(entries: AsyncGenerator<readonly [Entry, ...Entry[]]>, facts: AsyncGenerator<Fact>, vouched: boolean): AsyncGenerator<Group> {
  try {
    let [copies, fact] = await Promise.all([entries.next(), facts.next()]);
    while (copies.done !== true || fact.done !== true) {
      const order = copies.done === true ? 1 : fact.done === true ? -1 : compareStarts(copies.value[0].start, fact.value.start);
      const read = order <= 0 && copies.done !== true ? copies.value : [];
      const known = order >= 0 && fact.done !== true ? fact.value : null;
      const [start] = mergeStarts(known === null ? [] : [known], read.map((entry) => entry.start), vouched);
      if (start !== undefined) yield { start, fact: known, entries: read };
      if (order <= 0) copies = await entries.next();
      if (order >= 0) fact = await facts.next();
    }
  } finally {
    await Promise.all([entries.return(undefined), facts.return(undefined)]);
  }
}

async function* inOrder(first: AsyncGenerator<Group>, second: AsyncGenerator<Group>): AsyncGenerator<Group> {
  try {
    let [a, b] = await Promise.all([first.next(), second.next()]);
    while (a.done !== true || b.done !== true) {
      if (b.done === true || (a.done !== true && compareStarts(a.value.start, b.value.start) < 0)) {
        if (a.done !== true) yield a.value;
        a = await first.next();
      } else {
        yield b.value;
        b = await second.next();
      }
    }
  } finally {
    await first.return(undefined);
  }
}

async function* without<T>(items: AsyncIterable<T>, isApart: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (!isApart(item)) yield item;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function* none<T>(): AsyncGenerator<T> {}
