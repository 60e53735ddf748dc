import { readZone, zoneNames } from '#adapters/zones';
import { ConfigError } from '#core/errors';

const instant = (text: string) => new Date(text);

describe('readZone', () => {
  it('gives the offset valid at the start and each change before the end, in minutes east of UTC', () => {
    const readOffsets = readZone('America/New_York');

    const offsets = readOffsets(instant('2026-03-01T00:00:00Z'), instant('2026-11-02T00:00:00Z'));

    expect(offsets).toEqual([
      { from: '2026-03-01T00:00:00Z', minutes: -300 },
      { from: '2026-03-08T07:00:00Z', minutes: -240 },
      { from: '2026-11-01T06:00:00Z', minutes: -300 },
    ]);
  });

  it('takes a change at the start in, and leaves one at the end out', () => {
    const readOffsets = readZone('America/New_York');

    const offsets = readOffsets(instant('2026-03-08T07:00:00Z'), instant('2026-11-01T06:00:00Z'));

    expect(offsets).toEqual([{ from: '2026-03-08T07:00:00Z', minutes: -240 }]);
  });

  it('gives one offset for an interval of no length', () => {
    const asOf = instant('2026-11-22T06:00:00.250Z');

    const offsets = readZone('Asia/Kathmandu')(asOf, asOf);

    expect(offsets).toEqual([{ from: '2026-11-22T06:00:00Z', minutes: 345 }]);
  });

  it('passes over a change of the abbreviation alone', () => {
    const offsets = readZone('Europe/Istanbul')(instant('2016-09-01T00:00:00Z'), instant('2016-12-01T00:00:00Z'));

    expect(offsets).toEqual([{ from: '2016-09-01T00:00:00Z', minutes: 180 }]);
  });

  it('gives Greenwich a plain zero', () => {
    const [offset] = readZone('UTC')(instant('2026-01-01T00:00:00Z'), instant('2026-01-02T00:00:00Z'));

    expect(Object.is(offset?.minutes, 0)).toBe(true);
  });

  it.each([
    { name: 'a misspelt name', zone: 'America/New_Yrok', problem: 'TIME_ZONE: "America/New_Yrok", expected the name of a time zone, such as America/New_York; did you mean America/New_York?' },
    { name: 'a name in another case', zone: 'america/new_york', problem: 'TIME_ZONE: "america/new_york", expected the name of a time zone, such as America/New_York; did you mean America/New_York?' },
    { name: 'a name that is near to none', zone: 'Mars/Olympus_Mons_Base', problem: 'TIME_ZONE: "Mars/Olympus_Mons_Base", expected the name of a time zone, such as America/New_York' },
  ])('refuses $name', ({ zone, problem }) => {
    const read = () => readZone(zone);

    expect(read).toThrow(new ConfigError([problem]));
    expect(read).toThrow(ConfigError);
  });

  it.each(['America/New_York', 'US/Eastern', 'Asia/Calcutta', 'Etc/GMT+5'])('accepts %s', (zone) => {
    const offsets = readZone(zone)(instant('2026-01-01T00:00:00Z'), instant('2026-01-02T00:00:00Z'));

    expect(offsets).toHaveLength(1);
  });
});

describe('zoneNames', () => {
  it('names only zones that can be read, with offsets that the clocks of this world have', () => {
    const names = zoneNames();

    const offsets = names.flatMap((name) => readZone(name)(instant('2013-11-01T00:00:00Z'), instant('2037-12-31T00:00:00Z')));

    expect(names.length).toBeGreaterThan(500);
    expect(offsets.length).toBeGreaterThan(names.length);
    expect(offsets.filter(({ minutes }) => !Number.isInteger(minutes) || minutes < -720 || minutes > 840)).toEqual([]);
  });
});
