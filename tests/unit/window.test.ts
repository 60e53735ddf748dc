import { readZone } from '#adapters/zones';
import { InvalidInputError } from '#core/errors';
import { addDays, daysBetween, type HourWindow, isDay, localDay, offsetAt, planDay, toInstant, toLocalTime, windowHolds } from '#core/window';

const HOUR_MS = 3_600_000;
const LABELS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
const without = (...hours: string[]) => LABELS.filter((label) => !hours.includes(label));

function plan(zone: string, day: string) {
  return planDay(day, readZone(zone));
}

function windowOf(zone: string, day: string, hour: string): HourWindow {
  const { offsets, windows } = plan(zone, day);
  const window = windows.find((each) => each.hour === hour);
  if (window === undefined) throw new Error(`no hour ${hour}`);
  return { day, offsets, ...window };
}

describe('planDay', () => {
  it.each([
    { name: 'a plain day of New York', zone: 'America/New_York', day: '2026-11-20', labels: LABELS, start: '2026-11-20T05:00:00Z', end: '2026-11-21T05:00:00Z' },
    { name: 'the spring day of New York without its 02', zone: 'America/New_York', day: '2026-03-08', labels: without('02'), start: '2026-03-08T05:00:00Z', end: '2026-03-09T04:00:00Z' },
    { name: 'the autumn day of New York with its 25 hours', zone: 'America/New_York', day: '2026-11-01', labels: LABELS, start: '2026-11-01T04:00:00Z', end: '2026-11-02T05:00:00Z' },
    { name: 'Lord Howe, half an hour back', zone: 'Australia/Lord_Howe', day: '2026-04-05', labels: LABELS, start: '2026-04-04T13:00:00Z', end: '2026-04-05T13:30:00Z' },
    { name: 'Lord Howe, half an hour forward', zone: 'Australia/Lord_Howe', day: '2026-10-04', labels: LABELS, start: '2026-10-03T13:30:00Z', end: '2026-10-04T13:00:00Z' },
    { name: 'Havana, whose midnight is left out', zone: 'America/Havana', day: '2026-03-08', labels: without('00'), start: '2026-03-08T05:00:00Z', end: '2026-03-09T04:00:00Z' },
    { name: 'Havana, whose midnight comes twice', zone: 'America/Havana', day: '2025-11-02', labels: LABELS, start: '2025-11-02T04:00:00Z', end: '2025-11-03T05:00:00Z' },
    { name: 'Sao Paulo, whose midnight was left out', zone: 'America/Sao_Paulo', day: '2018-11-04', labels: without('00'), start: '2018-11-04T03:00:00Z', end: '2018-11-05T02:00:00Z' },
    { name: 'Sao Paulo, whose last hour came twice', zone: 'America/Sao_Paulo', day: '2018-02-17', labels: LABELS, start: '2018-02-17T02:00:00Z', end: '2018-02-18T03:00:00Z' },
    { name: 'Apia, the day before the one left out', zone: 'Pacific/Apia', day: '2011-12-29', labels: LABELS, start: '2011-12-29T10:00:00Z', end: '2011-12-30T10:00:00Z' },
    { name: 'Apia, the day after the one left out', zone: 'Pacific/Apia', day: '2011-12-31', labels: LABELS, start: '2011-12-30T10:00:00Z', end: '2011-12-31T10:00:00Z' },
    { name: 'Kolkata, five and a half hours ahead', zone: 'Asia/Kolkata', day: '2026-11-20', labels: LABELS, start: '2026-11-19T18:30:00Z', end: '2026-11-20T18:30:00Z' },
    { name: 'Kathmandu, five and three quarters ahead', zone: 'Asia/Kathmandu', day: '2026-11-20', labels: LABELS, start: '2026-11-19T18:15:00Z', end: '2026-11-20T18:15:00Z' },
    { name: 'UTC', zone: 'UTC', day: '2026-11-20', labels: LABELS, start: '2026-11-20T00:00:00Z', end: '2026-11-21T00:00:00Z' },
    { name: 'Troll, two hours forward', zone: 'Antarctica/Troll', day: '2026-03-29', labels: without('01', '02'), start: '2026-03-29T00:00:00Z', end: '2026-03-29T22:00:00Z' },
    { name: 'Troll, two hours back', zone: 'Antarctica/Troll', day: '2026-10-25', labels: LABELS, start: '2026-10-24T22:00:00Z', end: '2026-10-26T00:00:00Z' },
  ])('cuts $name into the labels on its wall', ({ zone, day, labels, start, end }) => {
    const { windows } = plan(zone, day);

    expect(windows.map(({ hour }) => hour)).toEqual(labels);
    expect(windows[0]?.start).toBe(start);
    expect(windows.at(-1)?.end).toBe(end);
  });

  it.each([
    { name: 'of New York in autumn is one window of two hours', zone: 'America/New_York', day: '2026-11-01', hour: '01', start: '2026-11-01T05:00:00Z', end: '2026-11-01T07:00:00Z' },
    { name: 'of Havana in autumn is one window of two hours', zone: 'America/Havana', day: '2025-11-02', hour: '00', start: '2025-11-02T04:00:00Z', end: '2025-11-02T06:00:00Z' },
    { name: 'of Sao Paulo at the end of the day is one window of two hours', zone: 'America/Sao_Paulo', day: '2018-02-17', hour: '23', start: '2018-02-18T01:00:00Z', end: '2018-02-18T03:00:00Z' },
    { name: 'of Lord Howe in autumn is one window of an hour and a half', zone: 'Australia/Lord_Howe', day: '2026-04-05', hour: '01', start: '2026-04-04T14:00:00Z', end: '2026-04-04T15:30:00Z' },
    { name: 'of Lord Howe in spring is a window of half an hour', zone: 'Australia/Lord_Howe', day: '2026-10-04', hour: '02', start: '2026-10-03T15:30:00Z', end: '2026-10-03T16:00:00Z' },
    { name: 'of Troll in autumn spans both of its hours', zone: 'Antarctica/Troll', day: '2026-10-25', hour: '01', start: '2026-10-24T23:00:00Z', end: '2026-10-25T02:00:00Z' },
  ])('the shifted hour $name', ({ zone, day, hour, start, end }) => {
    const window = windowOf(zone, day, hour);

    expect(window).toMatchObject({ start, end });
  });

  it('gives no window for a day that the zone left out', () => {
    expect(plan('Pacific/Apia', '2011-12-30')).toEqual({ day: '2011-12-30', offsets: [], windows: [] });
  });

  it('carries only the offsets that are valid on the day, for a worker without zone data', () => {
    expect(plan('America/New_York', '2026-11-20').offsets).toEqual([{ from: '2026-11-18T00:00:00Z', minutes: -300 }]);
    expect(plan('America/New_York', '2026-11-01').offsets).toEqual([
      { from: '2026-10-30T00:00:00Z', minutes: -240 },
      { from: '2026-11-01T06:00:00Z', minutes: -300 },
    ]);
    expect(plan('America/New_York', '2026-03-08').offsets).toEqual([
      { from: '2026-03-06T00:00:00Z', minutes: -300 },
      { from: '2026-03-08T07:00:00Z', minutes: -240 },
    ]);
  });

  it.each([
    { name: 'not the one that begins when the day ends', day: '2018-11-03', offsets: [{ from: '2018-11-01T00:00:00Z', minutes: -180 }] },
    { name: 'not the one that ends when the day begins', day: '2018-11-04', offsets: [{ from: '2018-11-04T03:00:00Z', minutes: -120 }] },
  ])('carries of two offsets that meet at midnight $name', ({ day, offsets }) => {
    expect(plan('America/Sao_Paulo', day).offsets).toEqual(offsets);
  });

  it.each([
    { name: 'Nuuk, whose day ends with its 22', zone: 'America/Nuuk', day: '2026-03-28', end: '2026-03-29T01:00:00Z', minutes: [-120, -60] },
    { name: 'Pyongyang, whose last half hour was left out', zone: 'Asia/Pyongyang', day: '2018-05-04', end: '2018-05-04T15:00:00Z', minutes: [510, 540] },
  ])('carries the change that ends the day early, without which the day would go on: $name', ({ zone, day, end, minutes }) => {
    const { offsets, windows } = plan(zone, day);

    expect(windows.at(-1)?.end).toBe(end);
    expect(offsets.map((offset) => offset.minutes)).toEqual(minutes);
    expect(offsets.at(-1)?.from).toBe(end);
  });
});

describe('windowHolds', () => {
  const window = windowOf('America/New_York', '2026-11-20', '09');

  it.each([
    { name: 'the second before the start', at: '2026-11-20T13:59:59Z', held: false },
    { name: 'the start', at: '2026-11-20T14:00:00Z', held: true },
    { name: 'the last second', at: '2026-11-20T14:59:59Z', held: true },
    { name: 'the end, which belongs to the next hour', at: '2026-11-20T15:00:00Z', held: false },
  ])('tells of $name whether it belongs', ({ at, held }) => {
    expect(windowHolds(window, Date.parse(at))).toBe(held);
  });

  it('gives an instant on the edge of two adjoining hours, which LookupEvents reports for both, to the later one only', () => {
    const edge = Date.parse('2026-11-20T16:00:00Z');
    const hours = plan('America/New_York', '2026-11-20').windows.map(({ hour }) => windowOf('America/New_York', '2026-11-20', hour));

    const holders = hours.filter((each) => windowHolds(each, edge)).map(({ hour }) => hour);

    expect(holders).toEqual(['11']);
  });

  it('judges by the wall where two labels interleave', () => {
    const first = windowOf('Antarctica/Troll', '2026-10-25', '01');
    const second = windowOf('Antarctica/Troll', '2026-10-25', '02');
    const instants = ['2026-10-24T23:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z'].map((at) => Date.parse(at));

    const held = instants.map((at) => [windowHolds(first, at), windowHolds(second, at)]);

    expect(held).toEqual([[true, false], [false, true], [true, false], [false, true]]);
  });

  it('does not hold an instant of its own label beyond its bounds', () => {
    const narrow: HourWindow = { ...window, start: '2026-11-20T14:20:00Z', end: '2026-11-20T14:40:00Z' };

    const held = ['2026-11-20T14:19:59Z', '2026-11-20T14:20:00Z', '2026-11-20T14:39:59Z', '2026-11-20T14:40:00Z'].map((at) => windowHolds(narrow, Date.parse(at)));

    expect(held).toEqual([false, true, true, false]);
  });

  it('does not hold an instant of the same label of another day', () => {
    const stretched: HourWindow = { ...window, end: '2026-11-22T15:00:00Z' };

    expect(windowHolds(stretched, Date.parse('2026-11-20T14:30:00Z'))).toBe(true);
    expect(windowHolds(stretched, Date.parse('2026-11-21T14:30:00Z'))).toBe(false);
  });
});

describe('isDay', () => {
  it.each([
    { name: 'a day', text: '2026-11-20', is: true },
    { name: 'the 29th of February of a leap year', text: '2028-02-29', is: true },
    { name: 'the 29th of February of another year', text: '2026-02-29', is: false },
    { name: 'the 31st of a month of 30 days', text: '2026-11-31', is: false },
    { name: 'a 13th month', text: '2026-13-01', is: false },
    { name: 'a day without zeros', text: '2026-1-1', is: false },
    { name: 'a month', text: '2026-11', is: false },
    { name: 'a year', text: '2026', is: false },
    { name: 'a day with a time', text: '2026-11-20T00:00:00Z', is: false },
    { name: 'a day in another order', text: '20-11-2026', is: false },
    { name: 'nothing', text: undefined, is: false },
    { name: 'a number', text: 20261120, is: false },
    { name: 'a list of a day', text: ['2026-11-20'], is: false },
    { name: 'the first day', text: '1970-01-01', is: true },
    { name: 'the day before the first', text: '1969-12-31', is: false },
    { name: 'the last day', text: '2999-12-31', is: true },
    { name: 'the day after the last', text: '3000-01-01', is: false },
  ])('says $is of $name', ({ text, is }) => {
    expect(isDay(text)).toBe(is);
  });
});

describe('days', () => {
  it.each([
    { name: 'the next day over the end of a year', day: '2026-12-31', days: 1, to: '2027-01-01' },
    { name: 'the day before over the end of February', day: '2028-03-01', days: -1, to: '2028-02-29' },
    { name: 'the same day', day: '2026-11-20', days: 0, to: '2026-11-20' },
  ])('addDays finds $name', ({ day, days, to }) => {
    expect(addDays(day, days)).toBe(to);
  });

  it('daysBetween takes both ends in, oldest first', () => {
    expect(daysBetween('2026-10-30', '2026-11-02')).toEqual(['2026-10-30', '2026-10-31', '2026-11-01', '2026-11-02']);
    expect(daysBetween('2026-11-02', '2026-11-02')).toEqual(['2026-11-02']);
  });

  it('daysBetween is empty when the last day is before the first', () => {
    expect(daysBetween('2026-11-02', '2026-11-01')).toEqual([]);
  });
});

describe('instants', () => {
  const offsets = [{ from: '2026-10-30T00:00:00Z', minutes: -240 }, { from: '2026-11-01T06:00:00Z', minutes: -300 }];

  it('toInstant drops the fraction of a second', () => {
    expect(toInstant(Date.parse('2026-11-20T09:15:30.999Z'))).toBe('2026-11-20T09:15:30Z');
  });

  it('offsetAt changes at the very second of the shift', () => {
    const shift = Date.parse('2026-11-01T06:00:00Z');

    expect([shift - 1000, shift, shift + HOUR_MS].map((at) => offsetAt(offsets, at))).toEqual([-240, -300, -300]);
  });

  it('offsetAt refuses an instant before the first offset', () => {
    const early = Date.parse('2026-10-29T23:59:59Z');

    expect(() => offsetAt(offsets, early)).toThrow(new InvalidInputError('offsets: none is valid at 2026-10-29T23:59:59Z'));
    expect(() => offsetAt(offsets, early)).toThrow(InvalidInputError);
    expect(offsetAt(offsets, early + 1000)).toBe(-240);
  });

  it('localDay is the day on the wall', () => {
    expect(localDay(offsets, new Date('2026-11-01T03:59:59Z'))).toBe('2026-10-31');
    expect(localDay(offsets, new Date('2026-11-01T04:00:00Z'))).toBe('2026-11-01');
  });

  it.each([
    { name: 'west of Greenwich', minutes: -300, text: '2026-11-20T07:15:30-05:00' },
    { name: 'east by a half hour', minutes: 330, text: '2026-11-20T17:45:30+05:30' },
    { name: 'west by a half hour', minutes: -210, text: '2026-11-20T08:45:30-03:30' },
    { name: 'less than an hour west', minutes: -30, text: '2026-11-20T11:45:30-00:30' },
    { name: 'at Greenwich', minutes: 0, text: '2026-11-20T12:15:30+00:00' },
  ])('toLocalTime writes an instant $name', ({ minutes, text }) => {
    const at = Date.parse('2026-11-20T12:15:30Z');

    expect(toLocalTime([{ from: '2026-01-01T00:00:00Z', minutes }], at)).toBe(text);
    expect(Date.parse(text)).toBe(at);
  });

  it('toLocalTime tells the two hours of one autumn label apart by their offsets', () => {
    expect(toLocalTime(offsets, Date.parse('2026-11-01T05:30:00Z'))).toBe('2026-11-01T01:30:00-04:00');
    expect(toLocalTime(offsets, Date.parse('2026-11-01T06:30:00Z'))).toBe('2026-11-01T01:30:00-05:00');
  });
});
