/** `provision`: database, table and view over reports in S3, through the Glue API, without the stack. */
import type { Catalog } from '#adapters/glue-catalog';
import { ConfigError } from '#core/errors';
import { parseLayout } from '#core/layout';
import { DEFAULT_ROOT, type Format, LAYOUT_NAME } from '#core/partition';
import type { ReportStore } from '#core/ports';
import { type CatalogTable, DEFAULT_DATABASE, queriesView, reportTable, tableNameOf, toViewText, VIEW_NAME, viewDefinition, viewSql, type Years } from '#glue/catalog';
import { compareTable, type FoundTable, makerOf } from '#glue/compare';
import type { ProgressOutput } from './progress.ts';

/** The options of `provision`, parsed. */
export interface ProvisionOptions {
  readonly to: { readonly bucket: string; readonly prefix: string };
  readonly format: Format;
  readonly database: string;
  readonly firstYear?: number;
  readonly lastYear?: number;
  readonly dryRun?: true;
}

/** The ends of the command. */
export interface ProvisionEnds {
  readonly catalog: Catalog;
  /** The store whose root the table is to read. */
  readonly store: Pick<ReportStore, 'read' | 'root'>;
  readonly output: ProgressOutput;
  /** How the command is called, for the next one to try. */
  readonly command: string;
}

/** Who makes tables here: the mark by which they are known again. */
const MADE_BY_PROVISION = 'tracker provision';
/** As the template's parameters have them. */
const DEFAULT_YEARS: Years = { first: 2026, last: 2035 };

/** A change of the catalog, or that there is none. */
interface Change {
  readonly kind: 'database' | 'table' | 'view';
  readonly name: string;
  readonly action: 'create' | 'update' | 'unchanged';
  /** What is different, a line each. */
  readonly differences: readonly string[];
  readonly carryOut: () => Promise<void>;
}

/** The root of a format's reports below a place. Shape: `s3://bucket/prefix/`, with a slash at the end. */
export function rootOf({ bucket, prefix }: ProvisionOptions['to'], format: Format): string {
  return `s3://${bucket}/${prefix === '' ? DEFAULT_ROOT[format] : prefix.replace(/\/?$/, '/')}`;
}

/**
 * Creates or updates database, table and view; a second call changes nothing. Nothing is written before all of it is allowed.
 * Errors: ConfigError (a table of another maker, a root of another format, the years), and the upstream classes.
 */
export async function provision(options: ProvisionOptions, ends: ProvisionEnds): Promise<void> {
  const { catalog, output, command } = ends;
  const { database, format } = options;
  await checkFormat(ends.store, format);
  const changes = await plan(options, catalog);
  const root = rootOf(options.to, format);
  output.write(`\n${format} reports below ${root}\n\n${changes.map(toText).join('')}\n`);
  const open = changes.filter(({ action }) => action !== 'unchanged');
  if (open.length === 0) {
    output.write('Everything is as it should be.\n');
  } else if (options.dryRun === true) {
    output.write('Nothing was changed (--dry-run).\n');
  } else {
    for (const { carryOut } of open) await carryOut();
    output.write(`Done. Ask, for instance:\n  ${command} query who-ran-what --date DAY --from ${root}${database === DEFAULT_DATABASE ? '' : ` --database ${database}`}\n`);
  }
}

/** A table of one format over reports of another would read garbage. */
async function checkFormat(store: ProvisionEnds['store'], format: Format): Promise<void> {
  const bytes = await store.read(LAYOUT_NAME);
  const found = bytes === null ? null : parseLayout(bytes);
  if (found !== null && found.format !== format) throw new ConfigError([`OUTPUT_TYPE: ${JSON.stringify(format)}, but ${store.root} holds ${found.format} reports (${LAYOUT_NAME}); choose ${found.format}, or another root (--to)`]);
}

async function plan({ to, format, database, firstYear, lastYear }: ProvisionOptions, catalog: Catalog): Promise<Change[]> {
  const there = await catalog.readDatabase(database);
  const tables = there === null ? [] : await catalog.readTables(database, 'athena_quer');
  const table = tables.find(({ Name }) => Name === tableNameOf(format));
  const kept = table === undefined ? null : yearsOf(table);
  const years = { first: firstYear ?? kept?.first ?? DEFAULT_YEARS.first, last: lastYear ?? kept?.last ?? DEFAULT_YEARS.last };
  if (years.first > years.last) throw new ConfigError([`--first-year: ${years.first} is after --last-year ${years.last}, expected a year not after it`]);
  const view = queriesView(toViewText(viewDefinition(database, viewSql(format, MADE_BY_PROVISION)), toBase64));
  return [
    { kind: 'database', name: database, action: there === null ? 'create' : 'unchanged', differences: [], carryOut: () => catalog.createDatabase(database, 'Reports of athena-query-tracker') },
    changeOf(catalog, database, reportTable(format, rootOf(to, format), years, MADE_BY_PROVISION), table),
    changeOf(catalog, database, view, tables.find(({ Name }) => Name === VIEW_NAME)),
  ];
}

function changeOf(catalog: Catalog, database: string, expected: CatalogTable, found: FoundTable | undefined): Change {
  const shared = { kind: expected.TableType === 'VIRTUAL_VIEW' ? 'view' : 'table', name: expected.Name } as const;
  if (found === undefined) return { ...shared, action: 'create', differences: [], carryOut: () => catalog.createTable(database, expected) };
  const differences = compareTable(found, expected, fromBase64);
  if (differences.length === 0) return { ...shared, action: 'unchanged', differences, carryOut: async () => {} };
  const maker = makerOf(found, fromBase64);
  if (maker !== MADE_BY_PROVISION) {
    const whose = maker === null ? 'was not made by this tracker; name another --database' : `belongs to the ${maker}; change it there, or name another --database`;
    throw new ConfigError([`${shared.kind} ${database}.${expected.Name} is there and ${whose} (${differences.join('; ')})`]);
  }
  return { ...shared, action: 'update', differences, carryOut: () => catalog.updateTable(database, expected) };
}

/** The years that a table of ours looks for; null when it does not say. */
export function yearsOf({ Parameters }: FoundTable): Years | null {
  const [, first, last] = /^(\d{4}),(\d{4})$/.exec(Parameters?.['projection.year.range'] ?? '') ?? [];
  return first === undefined ? null : { first: Number(first), last: Number(last) };
}

/** Text as base64 of its UTF-8. */
export function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The text behind a base64. */
export function fromBase64(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

function toText({ kind, name, action, differences }: Change): string {
  return [`  ${kind.padEnd(9)} ${name.padEnd(29)} ${action}\n`, ...differences.map((difference) => `              ${difference}\n`)].join('');
}
