import { InvalidInputError } from '#core/errors';
import { CERTIFICATE_NAME, CLOSING_NAME, DEFAULT_ROOT, dayFolder, FORMATS, HISTORY_NAME, hourFolder, LAYOUT_NAME, MANIFEST_NAME, reportName } from '#core/partition';
import { daysBetween } from '#core/window';

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

describe('where an hour lies', () => {
  it('is told by padded values of year, month, day and hour', () => {
    expect(hourFolder('2026-11-05', '09')).toBe('year=2026/month=11/day=05/hour=09/');
  });

  it.each([
    { format: 'csv' as const, name: 'report_2026_11_05_h09.csv' },
    { format: 'json' as const, name: 'report_2026_11_05_h09.json' },
    { format: 'parquet' as const, name: 'report_2026_11_05_h09.parquet' },
  ])('has a $format report of the name $name', ({ format, name }) => {
    expect(reportName('2026-11-05', '09', format)).toBe(name);
  });

  it('is another one for each hour, and tells day and hour back', () => {
    const hours = daysBetween('2026-02-25', '2026-03-03').flatMap((day) => HOURS.map((hour) => ({ day, hour })));

    const folders = hours.map(({ day, hour }) => hourFolder(day, hour));
    const names = hours.map(({ day, hour }) => reportName(day, hour, 'csv'));

    expect(new Set(folders).size).toBe(hours.length);
    expect(folders.map((folder) => folder.replace(/^year=(.*)\/month=(.*)\/day=(.*)\/hour=(.*)\/$/, '$1-$2-$3 $4'))).toEqual(hours.map(({ day, hour }) => `${day} ${hour}`));
    expect(names.map((name) => name.replace(/^report_(.*)_(.*)_(.*)_h(.*)\.csv$/, '$1-$2-$3 $4'))).toEqual(hours.map(({ day, hour }) => `${day} ${hour}`));
  });

  it.each([
    { name: 'a day without zeros', day: '2026-1-5', hour: '09', problem: 'day: "2026-1-5", expected YYYY-MM-DD' },
    { name: 'a day that the calendar does not have', day: '2026-02-30', hour: '09', problem: 'day: "2026-02-30", expected YYYY-MM-DD' },
    { name: 'a path', day: '../2026-11-05', hour: '09', problem: 'day: "../2026-11-05", expected YYYY-MM-DD' },
    { name: 'an hour without zero', day: '2026-11-05', hour: '9', problem: 'hour: "9", expected 00 to 23' },
    { name: 'an hour of three digits', day: '2026-11-05', hour: '009', problem: 'hour: "009", expected 00 to 23' },
    { name: 'a 25th hour', day: '2026-11-05', hour: '24', problem: 'hour: "24", expected 00 to 23' },
    { name: 'no hour', day: '2026-11-05', hour: '', problem: 'hour: "", expected 00 to 23' },
  ])('is not told for $name', ({ day, hour, problem }) => {
    const places = [() => hourFolder(day, hour), () => reportName(day, hour, 'csv')];

    for (const place of places) {
      expect(place).toThrow(new InvalidInputError(problem));
      expect(place).toThrow(InvalidInputError);
    }
  });

  it.each(['00', '19', '23'])('is told for the hour %s', (hour) => {
    expect(hourFolder('2026-11-05', hour)).toContain(`hour=${hour}/`);
  });
});

describe('where a day lies', () => {
  it('is the folder of its hours', () => {
    expect(dayFolder('2026-11-05')).toBe('year=2026/month=11/day=05/');
    expect(hourFolder('2026-11-05', '09')).toBe(`${dayFolder('2026-11-05')}hour=09/`);
  });

  it('is not told for a day that the calendar does not have', () => {
    expect(() => dayFolder('2026-02-30')).toThrow(new InvalidInputError('day: "2026-02-30", expected YYYY-MM-DD'));
  });
});

describe('names', () => {
  it('hide from Athena what is no report, and stay what they are: a later version has to find them', () => {
    expect([MANIFEST_NAME, LAYOUT_NAME, CERTIFICATE_NAME, CLOSING_NAME, HISTORY_NAME]).toEqual(['_manifest.json', '_layout.json', '_certificate.json', '_closing.json', '_history.json']);
  });

  it('give each format a root of its own, the bucket\'s to csv', () => {
    const roots = FORMATS.map((format) => DEFAULT_ROOT[format]);

    expect(roots).toEqual(['', 'json/', 'parquet/']);
  });
});
