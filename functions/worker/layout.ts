import { ConfigError } from '#core/errors';
import { isObject } from '#core/json';
import { type Format, LAYOUT_NAME } from '#core/partition';
import type { ReportStore } from '#core/ports';
import { SCHEMA_VERSION } from '#glue/columns';

/**
 * Claims the root for one format: the first writer records format and schema version in `_layout.json`, the others compare.
 * Athena reads every object below a root with one SerDe, so a second format there would be read as garbage.
 * Errors: ConfigError when the root holds another format, or reports of a newer version; those of the store.
 */
export async function claimRoot(store: ReportStore, format: Format): Promise<void> {
  const found = await store.read(LAYOUT_NAME);
  if (found === null) return write(store, format);
  const layout = parseLayout(found);
  const where = `${store.root}${LAYOUT_NAME}`;
  if (layout === null) throw new ConfigError([`${where}: no layout of this tracker; remove it if the root is ours to use, or choose another root (REPORT_PREFIX, --to)`]);
  if (layout.format !== format) {
    throw new ConfigError([`OUTPUT_TYPE: ${JSON.stringify(format)}, but ${store.root} holds ${layout.format} reports (${LAYOUT_NAME}), and one root holds one format; choose another root (REPORT_PREFIX, --to) or ${layout.format}`]);
  }
  if (layout.schemaVersion > SCHEMA_VERSION) {
    throw new ConfigError([`${where}: schema version ${layout.schemaVersion}, this version of the tracker writes ${SCHEMA_VERSION}; use the newer version`]);
  }
  if (layout.schemaVersion < SCHEMA_VERSION) await write(store, format);
}

async function write(store: ReportStore, format: Format): Promise<void> {
  await store.write(LAYOUT_NAME, new TextEncoder().encode(`${JSON.stringify({ version: 1, format, schemaVersion: SCHEMA_VERSION })}\n`), 'application/json');
}

function parseLayout(bytes: Uint8Array): { readonly format: string; readonly schemaVersion: number } | null {
  try {
    const layout: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!isObject(layout)) return null;
    const { format, schemaVersion } = layout;
    return typeof format === 'string' && typeof schemaVersion === 'number' ? { format, schemaVersion } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
