import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import moment from 'moment-timezone';
import { readZone, zoneNames } from '#adapters/zones';
import { addDays, type DayPlan, daysBetween, localDay, offsetAt, planDay, type ReadOffsets, windowHolds } from '#core/window';

const SECOND_MS = 1000;
const QUARTER_MS = 15 * 60 * SECOND_MS;
const FIRST_DAY = '2022-01-01';
const LAST_DAY = '2027-01-01';

const ZONES = [
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Havana',
  'America/Sao_Paulo',
  'Pacific/Apia',
  'Asia/Kolkata',
  'UTC',
  'Asia/Kathmandu',
  'Antarctica/Troll',
];

/** Days before the five years on which a zone did what none of them does since. */
const PAST_DAYS = [
  { zone: 'Pacific/Apia', days: daysBetween('2011-12-27', '2012-01-02') },
  { zone: 'America/Sao_Paulo', days: [...daysBetween('2018-02-15', '2018-02-20'), ...daysBetween('2018-11-01', '2018-11-06')] },
];

/** A day's windows as epoch milliseconds, with what the worker would say of an instant. */
function spans(plan: DayPlan) {
  return plan.windows.map((window) => ({
    hour: window.hour,
    start: Date.parse(window.start),
    end: Date.parse(window.end),
    holds: (at: number) => windowHolds({ day: plan.day, offsets: plan.offsets, ...window }, at),
  }));
}

type Span = ReturnType<typeof spans>[number];

/** The hours that take an instant. */
function holders(day: readonly Span[], at: number): string[] {
  return day.filter(({ start, end, holds }) => at >= start && at < end && holds(at)).map(({ hour }) => hour);
}

/** First and last second of each window; on a day with a shift also those of every quarter of an hour. */
function edges(plan: DayPlan, day: readonly Span[]): number[] {
  const starts = day.flatMap(({ start, end }) => [start, end - SECOND_MS]);
  if (plan.offsets.length < 2) return starts;
  const first = Math.min(...day.map(({ start }) => start));
  const last = Math.max(...day.map(({ end }) => end));
  for (let at = first; at < last; at += QUARTER_MS) starts.push(at, at + QUARTER_MS - SECOND_MS);
  return starts;
}

/** The wall clock by the runtime's own zone data. Shape: `2026-11-20 09:15:00`. */
function wallClock(zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' });
  return (at) => format.format(at);
}

/** Whether the runtime and moment-timezone have the same data for an instant: a zone may have decided anew since the runtime was built. */
function agrees(zone: string, readOffsets: ReadOffsets, at: number): boolean {
  const minutes = offsetAt(readOffsets(new Date(at), new Date(at)), at);
  return Date.parse(`${wallClock(zone)(at)}Z`) - at === minutes * 60 * SECOND_MS;
}

describe('the windows of five years', () => {
  it.each(ZONES)('of %s hold every second once, under the label that the clock on the wall shows', (zone) => {
    const readOffsets = readZone(zone);
    const clock = wallClock(zone);
    const wrong: string[] = [];
    const newerData = new Set<string>();
    let seen = 0;

    for (const day of daysBetween(FIRST_DAY, addDays(LAST_DAY, -1))) {
      const plan = planDay(day, readOffsets);
      const windows = spans(plan);
      for (const at of edges(plan, windows)) {
        const [label, ...others] = holders(windows, at);
        seen += 1;
        if (others.length === 0 && clock(at).startsWith(`${day} ${label}:`)) continue;
        if (others.length === 0 && label !== undefined && !agrees(zone, readOffsets, at)) newerData.add(`${zone} ${day}`);
        else wrong.push(`${new Date(at).toISOString()} of ${day}: ${[label, ...others]}, the clock shows ${clock(at)}`);
      }
    }

    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(1826 * 2 * 22);
    // What the release of 2026 says of Cuba, no runtime knows yet.
    expect([...newerData].filter((found) => !(found >= 'America/Havana 2026-11-01' && found.startsWith('America/Havana')))).toEqual([]);
  });

  it.each(ZONES)('of %s cover each day without a gap, and the next day begins where it ends', (zone) => {
    const readOffsets = readZone(zone);
    const gaps: string[] = [];
    let reached = spans(planDay(addDays(FIRST_DAY, -1), readOffsets)).at(-1)?.end;

    for (const day of daysBetween(FIRST_DAY, LAST_DAY)) {
      const windows = spans(planDay(day, readOffsets));
      if (windows[0]?.start !== reached) gaps.push(`${day} begins at ${windows[0]?.start}, the day before ended at ${reached}`);
      for (const { hour, start, end } of windows) {
        if (reached === undefined || start > reached || end <= start) gaps.push(`${day} ${hour}`);
        reached = Math.max(reached ?? 0, end);
      }
    }

    expect(gaps).toEqual([]);
  });

  it('adjoin over the day that Apia left out', () => {
    const [before, left, after] = ['2011-12-29', '2011-12-30', '2011-12-31'].map((day) => planDay(day, readZone('Pacific/Apia')).windows);

    expect(left).toEqual([]);
    expect(before).toHaveLength(24);
    expect(before?.at(-1)?.end).toBe(after?.[0]?.start);
  });
});

describe('an instant anywhere', () => {
  it('is held by exactly one window of its local day, and by none of the days beside it', () => {
    const anywhere = fc.record({
      zone: fc.constantFrom(...zoneNames()),
      at: fc.integer({ min: Date.parse('2013-11-01T00:00:00Z') / SECOND_MS, max: Date.parse('2036-12-31T00:00:00Z') / SECOND_MS }),
    });

    fc.assert(
      fc.property(anywhere, ({ zone, at: seconds }) => {
        const at = seconds * SECOND_MS;
        const readOffsets = readZone(zone);
        const day = localDay(readOffsets(new Date(at), new Date(at)), new Date(at));
        const held = [-1, 0, 1].map((days) => spans(planDay(addDays(day, days), readOffsets)).filter(({ holds }) => holds(at)).length);
        expect(held).toEqual([0, 1, 0]);
      }),
      { numRuns: 2000 },
    );
  });
});

/** The days on which a zone's data show: New Year, midsummer, and the days around each change. */
function tellingDays(zone: string): string[] {
  const offsets = readZone(zone)(new Date(`${FIRST_DAY}T00:00:00Z`), new Date(`${LAST_DAY}T00:00:00Z`));
  const shifts = offsets.slice(1).flatMap(({ from }) => [-1, 0, 1].map((days) => addDays(from.slice(0, 10), days)));
  const plain = daysBetween(FIRST_DAY, LAST_DAY).filter((day) => /-0[17]-01$/.test(day));
  return [...new Set([...plain, ...shifts])].sort();
}

describe('the check against Python', () => {
  const pinned = readFileSync(join(__dirname, 'zones.py'), 'utf8');
  const path = process.env['ZONES_DUMP'];
  const whenAsked = path === undefined ? it.skip : it;

  it('pins the release of tzdata that moment-timezone carries', () => {
    const [, year, release] = /"tzdata==(\d{4})\.(\d+)"/.exec(pinned) ?? [];

    expect(`${year}${'abcdefghijklmnopqrstuvwxyz'[Number(release) - 1]}`).toBe(moment.tz.dataVersion);
  });

  whenAsked('writes the plans that tests/properties/zones.py reads to the path in ZONES_DUMP', () => {
    const plans = [
      ...ZONES.map((zone) => ({ zone, days: daysBetween(FIRST_DAY, LAST_DAY) })),
      ...PAST_DAYS,
      ...zoneNames().filter((zone) => !ZONES.includes(zone)).map((zone) => ({ zone, days: tellingDays(zone) })),
    ].flatMap(({ zone, days }) => {
      const readOffsets = readZone(zone);
      return days.map((day) => JSON.stringify({ zone, ...planDay(day, readOffsets) }));
    });
    const file = path ?? '';

    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${[JSON.stringify({ dataVersion: moment.tz.dataVersion, plans: plans.length }), ...plans].join('\n')}\n`);

    expect(plans.length).toBeGreaterThan(ZONES.length * 1826);
  });
});
