/** Time zones: the data of moment-timezone, the one source for dispatcher, command and tests. */
import moment from 'moment-timezone';
import { ConfigError } from '#core/errors';
import { type Offset, type ReadOffsets, toInstant } from '#core/window';
import { didYouMean } from '#runtime/nearest';

/** The names that TIME_ZONE may have, links such as US/Eastern among them. */
export function zoneNames(): readonly string[] {
  return moment.tz.names();
}

/**
 * Reads a zone. Shape: names are exact, in case as well; moment-timezone itself would take any case, and UTC for an unknown name.
 * Errors: ConfigError with the name and the nearest known one.
 */
export function readZone(name: string): ReadOffsets {
  const zone = zoneNames().includes(name) ? moment.tz.zone(name) : null;
  if (zone === null) {
    throw new ConfigError([`TIME_ZONE: ${JSON.stringify(name)}, expected the name of a time zone, such as America/New_York${didYouMean(name, zoneNames())}`]);
  }
  const { untils, offsets } = zone;
  return (from, to) => {
    const found: Offset[] = [];
    let start = from.getTime();
    for (const [index, until] of untils.entries()) {
      if (until <= start) continue;
      // moment counts minutes west of UTC; "0 -" keeps Greenwich from becoming -0.
      const minutes = 0 - (offsets[index] ?? 0);
      // A change of the abbreviation alone is none of the offset.
      if (found.at(-1)?.minutes !== minutes) found.push({ from: toInstant(start), minutes });
      start = until;
      if (start >= to.getTime()) break;
    }
    return found;
  };
}
