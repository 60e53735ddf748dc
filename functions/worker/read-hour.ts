/** The records of one hour. */
import { assertCounts, type Counts, type MalformedSample } from '#core/manifest';
import type { EventSource } from '#core/ports';
import { mergeCopies, type QueryStart } from '#core/record';
import { compareStarts } from '#core/row';
import { type HourWindow, toInstant, windowHolds } from '#core/window';

const MAX_SAMPLES = 10;

/** An hour as the source has it. */
export interface HourRecords {
  /** One for each event id, in the order of the report. */
  readonly starts: readonly QueryStart[];
  readonly counts: Counts;
  readonly samples: readonly MalformedSample[];
}

/** Reads the records of the hour and counts them. Errors: those of the source; Error when the counts do not add up, a fault of ours. */
export async function readHour(source: EventSource, window: HourWindow): Promise<HourRecords> {
  const copies = new Map<string, QueryStart[]>();
  const samples: MalformedSample[] = [];
  const total = { read: 0, duplicates: 0, outside: 0, skipped: 0, malformed: 0 };
  for await (const page of source.readRecords(window)) {
    total.read += page.read;
    total.outside += page.outside;
    total.skipped += page.skipped;
    total.malformed += page.malformed;
    samples.push(...page.samples.slice(0, MAX_SAMPLES - samples.length));
    for (const start of page.starts) {
      const known = copies.get(start.eventId);
      if (!windowHolds(window, start.eventTime)) total.outside += 1;
      else if (known === undefined) copies.set(start.eventId, [start]);
      else {
        known.push(start);
        total.duplicates += 1;
      }
    }
  }
  const starts = [...copies.values()].map(mergeCopies).sort(compareStarts);
  const { read, ...others } = total;
  const counts = { read, rows: starts.length, ...others };
  assertCounts(counts);
  return { starts, counts, samples };
}

/** How long after Athena has taken a query its event may be timed, and how far the two clocks may be apart. Units: milliseconds. */
const ANSWER_MS = 60_000;
const SKEW_MS = 2_000;

/**
 * The event of an earlier hour that started the same execution, when Athena took it before this hour: a client's retry across
 * the hour's edge. Looks only around the second that Athena names. Shape: the event's id, or null.
 */
export async function findEarlierStart(source: EventSource, window: HourWindow, queryExecutionId: string, submittedAt: number): Promise<string | null> {
  const start = Date.parse(window.start);
  if (submittedAt >= start) return null;
  const from = toInstant(submittedAt - SKEW_MS);
  const to = toInstant(Math.min(submittedAt + ANSWER_MS, start));
  const found: QueryStart[] = [];
  for await (const page of source.readRecords({ ...window, start: from, end: to })) {
    found.push(...page.starts.filter((earlier) => earlier.queryExecutionId === queryExecutionId && earlier.eventTime < start));
  }
  return found.sort(compareStarts)[0]?.eventId ?? null;
}
