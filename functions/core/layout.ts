/** What lies at the root of a format's reports: `_layout.json`, written by the first run. */
import { isObject, parseJson } from './json.ts';

/** Format, time zone and version of the columns of all reports below a root. */
export interface Layout {
  readonly format: string;
  readonly timeZone: string;
  readonly schemaVersion: number;
}

/** Reads a layout. Shape: null when it is none of ours. */
export function parseLayout(bytes: Uint8Array): Layout | null {
  const layout = parseJson(bytes);
  if (!isObject(layout)) return null;
  const { format, timeZone, schemaVersion } = layout;
  return typeof format === 'string' && typeof timeZone === 'string' && typeof schemaVersion === 'number' ? { format, timeZone, schemaVersion } : null;
}
