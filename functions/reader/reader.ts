/**
 * The hours of a day, read ahead of their workers by one process: the account has two look-ups a second, and only who has all of
 * them in hand can use each. Entries are left in hidden parts beside the hours' reports to be.
 */
import type { ReaderEvent } from './event.ts';
import { type ReadHoursPorts, readHours, resumeReading } from './read-hours.ts';

/** An hour that could not be read ahead: its worker tries for itself, and fails for itself. */
export interface UnreadHour {
  readonly hour: string;
  readonly error: string;
  readonly message: string;
}

/** What the reader answers. */
export interface ReaderResult {
  /** Whether the next invocation has to go on. */
  readonly more: boolean;
  /** Hours that are read. */
  readonly read: number;
  readonly unread: readonly UnreadHour[];
}

/** Makes the reader. What an earlier invocation of the run has read is not read again. Errors: those of the store. */
export function createReader(ports: ReadHoursPorts): (event: ReaderEvent) => Promise<ReaderResult> {
  return async ({ windows, run }) => {
    const readings = await Promise.all(windows.map((window) => resumeReading(ports.store, window, run)));
    const pages = () => readings.reduce((sum, reading) => sum + reading.pages, 0);
    const before = pages();
    const outcomes = await readHours(ports, readings, true);
    return {
      // Without a page read, another invocation would come no further: the workers meet what stands in the way.
      more: outcomes.includes('open') && pages() > before,
      read: outcomes.filter((outcome) => outcome === 'read').length,
      unread: outcomes.flatMap((outcome, index) => (outcome instanceof Error ? [{ hour: windows[index]?.hour ?? '', error: outcome.name, message: outcome.message }] : [])),
    };
  };
}
