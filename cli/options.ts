/** What a person types: parsed, or refused with the nearest right word. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { isDay } from '#core/window';
import { BUCKET, PREFIX } from '#runtime/config';
import { didYouMean, nearest } from '#runtime/nearest';

/** A day, YYYY-MM-DD. Errors: InvalidArgumentError. */
export function parseDay(text: string): string {
  if (isDay(text)) return text;
  const loose = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text)?.slice(1).map((part) => part.padStart(2, '0')).join('-');
  throw new InvalidArgumentError(`Expected a day of the calendar, YYYY-MM-DD${loose !== undefined && isDay(loose) ? `; did you mean ${loose}?` : '.'}`);
}

/** An hour label. Errors: InvalidArgumentError. */
export function parseHour(text: string): string {
  if (/^([01]\d|2[0-3])$/.test(text)) return text;
  throw new InvalidArgumentError(`Expected an hour label, 00 to 23${/^\d$/.test(text) ? `; did you mean 0${text}?` : '.'}`);
}

/** An instant, ISO 8601 with zone. Errors: InvalidArgumentError. */
export function parseInstant(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('Expected an instant such as 2026-11-21T06:00:00Z.');
}

/** One of some words. Errors: InvalidArgumentError that names the nearest. */
export function parseChoice<T extends string>(choices: readonly T[], example: T | undefined = choices[0]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Expected ${choices.length > 5 ? `a name such as ${example}` : choices.join(', ')}${didYouMean(text, choices) || '.'}`);
  };
}

/** Where reports go. */
export type Destination = { readonly bucket: string; readonly prefix: string } | { readonly folder: string };

/** Bucket and prefix of an address in S3, whatever their names; null when it is none. */
export function splitAddress(text: string): { readonly bucket: string; readonly prefix: string } | null {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(text) ?? [];
  return bucket === undefined ? null : { bucket, prefix };
}

/** `s3://BUCKET[/PREFIX]` with names that a run accepts, or a folder. Errors: InvalidArgumentError. */
export function parseDestination(text: string): Destination {
  const place = splitAddress(text);
  if (place !== null) {
    if (!BUCKET.test(place.bucket)) throw new InvalidArgumentError(`Expected s3://BUCKET[/PREFIX]; ${JSON.stringify(place.bucket)} is no name of a bucket: 3 to 63 of a-z, 0-9, dot and hyphen.`);
    if (place.prefix !== '' && !PREFIX.test(place.prefix)) throw new InvalidArgumentError(`Expected s3://BUCKET[/PREFIX]; ${JSON.stringify(place.prefix)} is no prefix such as reports/athena/, without a leading / and without two dots for a name.`);
    return place;
  }
  if (/^s3:/i.test(text)) throw new InvalidArgumentError('Expected s3://BUCKET or s3://BUCKET/PREFIX, or a folder.');
  if (text === '') throw new InvalidArgumentError('Expected s3://BUCKET[/PREFIX], or a folder.');
  const file = fileAbove(text);
  if (file !== null) throw new InvalidArgumentError(`Expected s3://BUCKET[/PREFIX], or a folder; ${file} is a file.`);
  return { folder: text };
}

/** `s3://BUCKET[/PREFIX]` and nothing else. Errors: InvalidArgumentError. */
export function parseBucket(text: string): { readonly bucket: string; readonly prefix: string } {
  const place = parseDestination(text);
  if ('bucket' in place) return place;
  throw new InvalidArgumentError('Expected s3://BUCKET[/PREFIX]; a folder needs no table: query --from FOLDER.');
}

/** The name of a Glue database, as SQL takes it without quotes. Errors: InvalidArgumentError. */
export function parseDatabase(text: string): string {
  if (/^[a-z0-9_]{1,128}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 128 of a-z, 0-9 and _.');
}

/** A local time as the reports have it, to the minute. Errors: InvalidArgumentError. */
export function parseLocalTime(text: string): string {
  const [, day = '', time] = /^(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?))?$/.exec(text) ?? [];
  if (isDay(day)) return `${day}T${time ?? '00:00'}`;
  throw new InvalidArgumentError('Expected a local time, YYYY-MM-DDTHH:MM.');
}

/** A year that CloudTrail may have events of. Errors: InvalidArgumentError. */
export function parseYear(text: string): number {
  if (/^20\d\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a year from 2000 to 2099.');
}

/** The nearest of a path and the folders above it that is there, when it is no folder: none can be made in it. */
function fileAbove(path: string): string | null {
  if (existsSync(path)) return statSync(path).isDirectory() ? null : path;
  return dirname(path) === path ? null : fileAbove(dirname(path));
}

/** `lookup`, or a path. Errors: InvalidArgumentError. */
export function parseSource(text: string): string {
  if (/^s3:/i.test(text)) throw new InvalidArgumentError('Expected lookup, or the path of a file or folder; copy the objects first: aws s3 sync s3://… FOLDER.');
  if (text === '' || (text !== 'lookup' && nearest(text, ['lookup']) !== null && !existsSync(text))) {
    throw new InvalidArgumentError(`Expected lookup, or the path of a file or folder${didYouMean(text, ['lookup']) || '.'}`);
  }
  return text;
}
