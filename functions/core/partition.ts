/** Where an hour lies: partition values and object names, from validated parts only. */
import { InvalidInputError } from './errors.ts';
import { isDay } from './window.ts';

/** The formats of a report. */
export const FORMATS = ['csv', 'json', 'parquet'] as const;
/** Format of a report. */
export type Format = (typeof FORMATS)[number];

/** Root of a format's reports, unless REPORT_PREFIX says otherwise: Athena reads every object of a partition with one SerDe. */
export const DEFAULT_ROOT: Readonly<Record<Format, string>> = { csv: '', json: 'json/', parquet: 'parquet/' };

/** The folder of an hour below the root. Shape: `year=2026/month=11/day=20/hour=09/`. Errors: InvalidInputError. */
export function hourFolder(day: string, hour: string): string {
  const { year, month, date } = parts(day, hour);
  return `year=${year}/month=${month}/day=${date}/hour=${hour}/`;
}

/** The folder of a day below the root: its hours lie in it. Shape: `year=2026/month=11/day=20/`. Errors: InvalidInputError. */
export function dayFolder(day: string): string {
  const { year, month, date } = parts(day, '00');
  return `year=${year}/month=${month}/day=${date}/`;
}

/** Name of an hour's report. Shape: `report_2026_11_20_h09.csv`. Errors: InvalidInputError. */
export function reportName(day: string, hour: string, format: Format): string {
  const { year, month, date } = parts(day, hour);
  return `report_${year}_${month}_${date}_h${hour}.${format}`;
}

/** Name of an hour's manifest; hidden from Athena by its first character. */
export const MANIFEST_NAME = '_manifest.json';

/** Name of a day's certificate, in the day's folder; hidden from Athena. */
export const CERTIFICATE_NAME = '_certificate.json';

/** Name of a certificate that could not be read, kept as it was; by its hash, so that none takes the place of another. */
export function setAsideCertificateOf(day: string, sha256: string): string {
  return `${dayFolder(day)}_certificate_${sha256.slice(0, 12)}_set_aside.json`;
}

/** How names of such certificates end. */
export const SET_ASIDE_CERTIFICATE = /\/_certificate_[0-9a-f]+_set_aside\.json$/;

/** Name of what a day's closing has found so far, in the day's folder: there only while a long listing goes on. */
export const CLOSING_NAME = '_closing.json';

/** Name of what a run of several days has found in Athena's history, at the root: there only while the run goes on. */
export const HISTORY_NAME = '_history.json';

/** Name of the file at the root that records format and schema version; hidden from Athena. */
export const LAYOUT_NAME = '_layout.json';

function parts(day: string, hour: string): { year: string; month: string; date: string } {
  if (!isDay(day)) throw new InvalidInputError(`day: ${JSON.stringify(day)}, expected YYYY-MM-DD`);
  if (!/^([01]\d|2[0-3])$/.test(hour)) throw new InvalidInputError(`hour: ${JSON.stringify(hour)}, expected 00 to 23`);
  return { year: day.slice(0, 4), month: day.slice(5, 7), date: day.slice(8) };
}
