import { ConfigError } from '#core/errors';
import { parseLayout } from '#core/layout';
import { type Format, LAYOUT_NAME } from '#core/partition';
import type { ReportStore } from '#core/ports';
import { SCHEMA_VERSION } from '#glue/columns';

/**
 * Checks that the root is for this format and time zone: the first writer records them and the schema version in `_layout.json`,
 * the others compare. Shape: claims the root; to be called before the first write, so that a run that fails earlier pins nothing.
 * Athena reads every object below a root with one SerDe, so a second format there would be read as garbage; days of a second
 * zone would hold the same queries again.
 * Errors: ConfigError when the root holds another format or zone, or reports of a newer version; those of the store.
 */
export async function checkRoot(store: ReportStore, format: Format, timeZone: string): Promise<() => Promise<void>> {
  const found = await store.readVersion(LAYOUT_NAME);
  const claim = async () => {
    const written = await store.writeIf(LAYOUT_NAME, toBytes(format, timeZone), 'application/json', found?.version ?? null);
    // Another run was first: then its claim stands, and is compared.
    if (written === null) await checkRoot(store, format, timeZone);
  };
  if (found === null) return claim;
  const layout = parseLayout(found.bytes);
  const where = `${store.root}${LAYOUT_NAME}`;
  if (layout === null) throw new ConfigError([`${where}: no layout of this tracker; remove it if the root is ours to use, or choose another root (REPORT_PREFIX, --to)`]);
  if (layout.format !== format) {
    throw new ConfigError([`OUTPUT_TYPE: ${JSON.stringify(format)}, but ${store.root} holds ${layout.format} reports (${LAYOUT_NAME}), and one root holds one format; choose another root (REPORT_PREFIX, --to) or ${layout.format}`]);
  }
  if (layout.timeZone !== timeZone) {
    throw new ConfigError([`TIME_ZONE: ${JSON.stringify(timeZone)}, but ${store.root} holds days of ${layout.timeZone} (${LAYOUT_NAME}), and the same query would stand in a day of each; choose another root (REPORT_PREFIX, --to) or ${layout.timeZone}`]);
  }
  if (layout.schemaVersion > SCHEMA_VERSION) {
    throw new ConfigError([`${where}: schema version ${layout.schemaVersion}, this version of the tracker writes ${SCHEMA_VERSION}; use the newer version`]);
  }
  return layout.schemaVersion < SCHEMA_VERSION ? claim : async () => {};
}

function toBytes(format: Format, timeZone: string): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ version: 1, format, timeZone, schemaVersion: SCHEMA_VERSION })}\n`);
}
