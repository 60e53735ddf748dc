import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import moment from 'moment-timezone';
import { readZone, zoneNames } from '#adapters/zones';
import { addDays, type DayPlan, daysBetween, localDay, offsetAt, planDay, type ReadOffsets, windowHolds } from '#core/window';

const SECOND_MS = 1000;
const QUARTER_MS = 15 * 60 * SECOND_MS;
const HOUR_MS = 4 * QUARTER_MS;
const DAY_MS = 24 * HOUR_MS;
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

/**
 * First and last second of each window; on a day with a shift also those of every quarter of an hour. Of a day without one, whose
 * windows are 24 whole hours on end, those of the day and of one hour: another one each day.
 */
function edges(plan: DayPlan, day: readonly Span[]): number[] {
  const first = Math.min(...day.map(({ start }) => start));
  const last = Math.max(...day.map(({ end }) => end));
  const both = ({ start, end }: { readonly start: number; readonly end: number }) => [start, end - SECOND_MS];
  if (plan.offsets.length < 2 && day.length === 24 && day.every(({ start, end }, hour) => start === first + hour * HOUR_MS && end === start + HOUR_MS)) {
    return [{ start: first, end: last }, ...day.slice(Math.round(first / DAY_MS) % 24).slice(0, 1)].flatMap(both);
  }
  const found = day.flatMap(both);
  for (let at = first; at < last; at += QUARTER_MS) found.push(...both({ start: at, end: at + QUARTER_MS }));
  return found;
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
    expect(seen).toBeGreaterThan(1826 * 3);
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
      { numRuns: 500 },
    );
  });
});

/** The day of each change of a zone's clock from 2013 to 2036, by UTC, and the days beside it: the local day is among them. */
function daysAroundChanges({ untils }: { readonly untils: readonly (number | null)[] }): string[] {
  const changes = untils.filter((until) => until !== null && until >= Date.UTC(2013, 0) && until < Date.UTC(2037, 0));
  return [...new Set(changes.flatMap((until) => [-1, 0, 1].map((days) => addDays(new Date(Number(until)).toISOString().slice(0, 10), days))))];
}

describe('a plan made again from its own offsets, as the closer makes it', () => {
  it('has the same windows, around every change of every clock', () => {
    const zones = new Map(zoneNames().map((name) => [JSON.stringify(moment.tz.zone(name), ['untils', 'offsets']), name]));
    const wrong: string[] = [];
    let seen = 0;

    for (const name of zones.values()) {
      const readOffsets = readZone(name);
      for (const day of daysAroundChanges(moment.tz.zone(name) ?? { untils: [] })) {
        const plan = planDay(day, readOffsets);
        seen += 1;
        if (plan.windows.length > 0 && JSON.stringify(planDay(day, () => plan.offsets)) !== JSON.stringify(plan)) wrong.push(`${name} ${day}`);
      }
    }

    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(15_000);
  });

  it('has the same windows on any day', () => {
    const anyDay = fc.record({ zone: fc.constantFrom(...zoneNames()), days: fc.integer({ min: 0, max: 24 * 365 }) });

    fc.assert(
      fc.property(anyDay, ({ zone, days }) => {
        const plan = planDay(addDays('2013-01-01', days), readZone(zone));
        fc.pre(plan.windows.length > 0);
        expect(planDay(plan.day, () => plan.offsets)).toEqual(plan);
      }),
      { numRuns: 500 },
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
