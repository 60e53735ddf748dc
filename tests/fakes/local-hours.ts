/** Local days and hours by Intl: zone data and arithmetic that are not the product's. */

/** One hour label of a local day. */
export interface LocalHour {
  /** Shape: 00 to 23. */
  readonly label: string;
  /** Beginnings of its quarters of an hour, oldest first: 4 of them, 8 where the label occurs twice. Units: epoch milliseconds. */
  readonly quarters: readonly number[];
}

const HOUR = 3_600_000;
/** Offsets and their changes are whole quarters of an hour in every zone of today. */
export const QUARTER = HOUR / 4;

/** Says an instant in a zone. Shape: `2026-11-20T09:15:00-05:00`. */
export function createLocalClock(timeZone: string): (epochMs: number) => string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  return (epochMs) => {
    const part = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, value]));
    const offset = part.get('timeZoneName')?.slice('GMT'.length) || '+00:00';
    return `${part.get('year')}-${part.get('month')}-${part.get('day')}T${part.get('hour')}:${part.get('minute')}:${part.get('second')}${offset}`;
  };
}

/** The hour labels of a local day, in the order in which they first occur. Shape: 23 in spring, else 24. */
export function localHours(date: string, timeZone: string): readonly LocalHour[] {
  const clock = createLocalClock(timeZone);
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const hours = new Map<string, number[]>();
  for (let at = midnight - 36 * HOUR; at < midnight + 60 * HOUR; at += QUARTER) {
    const local = clock(at);
    if (!local.startsWith(date)) continue;
    const label = local.slice(11, 13);
    hours.set(label, [...(hours.get(label) ?? []), at]);
  }
  return [...hours].map(([label, quarters]) => ({ label, quarters }));
}
