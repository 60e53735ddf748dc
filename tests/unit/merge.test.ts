import type { Entry } from '#core/entry';
import { type Fact, mergeStarts } from '#core/facts';
import type { QueryExecutionAnswer } from '#core/query-execution';
import { parseRecord, type QueryStart } from '#core/record';
import { compareStarts } from '#core/row';
import { answerOf, type Group, mergeSides, type Sides } from '../../functions/worker/merge.ts';
import { answerOf as executed, idOf, startRecord } from '../fakes/records.ts';
import { createSeeded } from '../fakes/seeded.ts';

const START = Date.parse('2026-11-20T15:00:00Z');

/** The start number n, so many seconds after three; one that corrects another has its id. */
function startOf(n: number, second: number, corrects: number | null = null): QueryStart {
  const addendum = corrects === null ? {} : { addendum: { reason: 'UPDATED_DATA', originalEventID: idOf(1000 + corrects) }, userAgent: 'corrected' };
  const parsed = parseRecord(startRecord({ eventID: idOf(1000 + n), eventTime: new Date(START + second * 1000).toISOString(), responseElements: { queryExecutionId: idOf(corrects ?? n) }, ...addendum }));
  if (parsed.kind !== 'start') throw new TypeError('no start');
  return parsed.start;
}

const factOf = (start: QueryStart): Fact => ({ start, execution: null, retryOf: null, assumption: null });
const entryOf = (start: QueryStart, answer?: QueryExecutionAnswer): Entry => ({ start, answer });
const sorted = (starts: readonly QueryStart[]) => [...starts].sort(compareStarts);

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

interface Given {
  readonly read?: readonly QueryStart[];
  readonly known?: readonly QueryStart[];
  readonly ordered?: boolean;
  readonly vouched?: boolean;
}

/** Merges both; the starts that were read come in order, the facts as they are given. Shape: `passes` counts how often each side was begun. */
async function merge({ read = [], known = [], ordered = true, vouched = true }: Given): Promise<{ groups: Group[]; passes: { entries: number; facts: number } }> {
  const passes = { entries: 0, facts: 0 };
  const corrections = [...read, ...known].flatMap(({ eventId, correctedBy }) => (correctedBy === null ? [] : [{ eventId, correctedBy }]));
  const sides: Sides = {
    entries: () => {
      passes.entries += 1;
      return each(sorted(read).map((start) => entryOf(start)));
    },
    facts: () => {
      passes.facts += 1;
      return each(known.map(factOf));
    },
    corrections,
    ordered,
    vouched,
  };
  const groups: Group[] = [];
  for await (const group of mergeSides(sides)) groups.push(group);
  return { groups, passes };
}

const startsOf = ({ groups }: { groups: readonly Group[] }) => groups.map(({ start }) => start);

describe('both sides of an hour', () => {
  it('are joined event by event in the order of the report, with what each knows', async () => {
    const [one, two, three] = [startOf(1, 1), startOf(2, 2), startOf(3, 3)];

    const { groups, passes } = await merge({ read: [two, three, two], known: [one, two] });

    expect(groups.map(({ start, fact, entries }) => [start.eventId, fact?.start.eventId ?? null, entries.length])).toEqual([
      [one.eventId, one.eventId, 0],
      [two.eventId, two.eventId, 2],
      [three.eventId, null, 1],
    ]);
    expect(passes).toEqual({ entries: 1, facts: 1 });
  });

  it('are empty when both are', async () => {
    expect((await merge({})).groups).toEqual([]);
  });

  it('hold a correction against the event that it corrects, which was hours of rows before', async () => {
    const rows = Array.from({ length: 20 }, (_, n) => startOf(n, n));
    const correction = startOf(50, 1500, 3);

    const merged = await merge({ read: [...rows, correction] });

    expect(startsOf(merged)).toEqual(mergeStarts([], [...rows, correction]));
    expect(merged.groups.find(({ start }) => start.eventId === idOf(1003))).toMatchObject({ start: { userAgent: 'corrected' }, entries: [{}, {}] });
    expect(merged.groups).toHaveLength(20);
  });

  it('join facts in no order, and those whose times are not those of their records', async () => {
    const rows = Array.from({ length: 6 }, (_, n) => startOf(n, n));
    const moved = rows.map((start, n) => (n === 2 ? { ...start, eventTime: start.eventTime + 2500 } : start));

    const unordered = await merge({ read: rows.slice(1), known: [...rows].reverse(), ordered: false });
    const unvouched = await merge({ read: rows, known: sorted(moved), vouched: false });

    expect(startsOf(unordered)).toEqual(rows);
    expect(startsOf(unvouched)).toEqual(rows);
    expect(unvouched.groups.every(({ fact, entries }) => fact !== null && entries.length === 1)).toBe(true);
  });

  it.each(Array.from({ length: 30 }, (_, seed) => seed + 1))('are the same as when all of it is held: seed %d', async (seed) => {
    const seeded = createSeeded(seed);
    const all = Array.from({ length: 60 }, (_, n) => startOf(n, seeded.int(0, 40)));
    const corrections = Array.from({ length: seeded.int(0, 4) }, (_, n) => startOf(100 + n, seeded.int(0, 60), seeded.int(0, 59)));
    const read = [...all, ...corrections].filter(() => seeded.chance(0.7));
    const copies = read.filter(() => seeded.chance(0.1));
    const known = mergeStarts([], [...all, ...corrections].filter(() => seeded.chance(0.5)));

    const { groups } = await merge({ read: [...read, ...copies], known });

    expect(groups.map(({ start }) => start)).toEqual(mergeStarts(known.map(factOf), [...read, ...copies]));
    expect(groups.reduce((sum, { entries }) => sum + entries.length, 0)).toBe(read.length + copies.length);
    const held = groups.flatMap(({ fact }) => fact?.start ?? []);
    expect(sorted(held)).toEqual(sorted(known.filter(({ eventId }) => groups.some(({ start }) => start.eventId === eventId))));
  });
});

describe('the answer of a group', () => {
  const start = startOf(1, 1);
  const denied: QueryExecutionAnswer = { missing: 'access_denied', detail: 'no' };
  const busy: QueryExecutionAnswer = { missing: 'throttled_out', detail: 'busy' };
  const done = executed(idOf(1));

  it.each<[string, readonly (QueryExecutionAnswer | undefined)[], QueryExecutionAnswer | undefined]>([
    ['none, when no copy was asked about', [undefined, undefined], undefined],
    ['none, when Athena was too busy', [busy], undefined],
    ['the refusal, when that is all', [undefined, denied, busy], denied],
    ['the execution, whichever copy has it', [denied, done], done],
  ])('is %s', (_what, answers, expected) => {
    expect(answerOf({ start, fact: null, entries: answers.map((answer) => entryOf(start, answer)) })).toBe(expected);
  });
});
