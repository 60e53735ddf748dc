/**
 * Table and view as the Glue Data Catalog holds them: what template.yaml says (a test holds it to this), what `provision` makes,
 * and what `doctor` expects. Source: https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
 */
import type { Format } from '#core/partition';
import { COLUMNS, type ColumnType, SCHEMA_VERSION } from './columns.ts';

/** A column as Glue has it. */
export interface CatalogColumn {
  readonly Name: string;
  readonly Type: string;
  readonly Comment?: string;
}

/** The part of Glue's TableInput that tables and views here consist of. Source: https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html */
export interface CatalogTable {
  readonly Name: string;
  readonly Description?: string;
  readonly Owner?: string;
  readonly TableType: 'EXTERNAL_TABLE' | 'VIRTUAL_VIEW';
  readonly PartitionKeys: readonly CatalogColumn[];
  readonly Parameters: Readonly<Record<string, string>>;
  readonly StorageDescriptor: {
    readonly Columns: readonly CatalogColumn[];
    readonly Location: string;
    readonly InputFormat?: string;
    readonly OutputFormat?: string;
    readonly NumberOfBuckets?: number;
    readonly SerdeInfo: { readonly SerializationLibrary?: string; readonly Parameters?: Readonly<Record<string, string>> };
  };
  readonly ViewOriginalText?: string;
  readonly ViewExpandedText?: string;
}

/** Years that the table looks for, both included. */
export interface Years {
  readonly first: number;
  readonly last: number;
}

/** The view's name, in every database. */
export const VIEW_NAME = 'athena_queries';

/** The database of a stack with the default parameters. */
export const DEFAULT_DATABASE = 'athena_query_tracker';

/** Name of the table over the reports of a format. */
export const tableNameOf = (format: Format): string => `athena_query_reports_${format}`;

/** The table parameter that says who made a table, so that nobody changes another's. */
export const MADE_BY = 'athena_query_tracker.made_by';

/** The table parameter that says by which version of the columns. */
const SCHEMA = 'athena_query_tracker.schema_version';

/** The database parameter that names the workgroup to ask in. */
export const WORKGROUP = 'athena_query_tracker.workgroup';

/** The partition keys, which are columns of the view as well. */
export const PARTITION_KEYS = [
  { Name: 'year', Type: 'string', Comment: 'Local year, 2026' },
  { Name: 'month', Type: 'string', Comment: 'Local month, 01 to 12' },
  { Name: 'day', Type: 'string', Comment: 'Local day, 01 to 31' },
  { Name: 'hour', Type: 'string', Comment: 'Local hour, 00 to 23' },
] as const satisfies readonly CatalogColumn[];

const TEXT_INPUT = { InputFormat: 'org.apache.hadoop.mapred.TextInputFormat', OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' };

/** How Athena reads a format: what its reader, writer and SerDe are called in Hive. Source: https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html */
const READERS = {
  csv: { ...TEXT_INPUT, SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.serde2.OpenCSVSerde', Parameters: { separatorChar: ',', quoteChar: '"', escapeChar: '\\' } } },
  json: { ...TEXT_INPUT, SerdeInfo: { SerializationLibrary: 'org.apache.hive.hcatalog.data.JsonSerDe', Parameters: { 'serialization.format': '1' } } },
  parquet: {
    InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe', Parameters: { 'serialization.format': '1' } },
  },
} as const;

/**
 * The table over the reports of a format.
 * Shape: `location` is `s3://BUCKET/ROOT` with a slash at the end; partitions are projected, so none is ever registered.
 */
export function reportTable(format: Format, location: string, years: Years, madeBy: string): CatalogTable {
  const { SerdeInfo, ...formats } = READERS[format];
  return {
    Name: tableNameOf(format),
    Description: `One row for every StartQueryExecution, as ${format} carries it. Ask the view ${VIEW_NAME} instead: typed and decoded.`,
    TableType: 'EXTERNAL_TABLE',
    PartitionKeys: PARTITION_KEYS,
    Parameters: {
      EXTERNAL: 'TRUE',
      classification: format,
      ...(format === 'csv' ? { 'skip.header.line.count': '1' } : {}),
      'projection.enabled': 'true',
      'projection.year.type': 'integer',
      'projection.year.range': `${years.first},${years.last}`,
      'projection.year.digits': '4',
      'projection.month.type': 'integer',
      'projection.month.range': '1,12',
      'projection.month.digits': '2',
      'projection.day.type': 'integer',
      'projection.day.range': '1,31',
      'projection.day.digits': '2',
      'projection.hour.type': 'integer',
      'projection.hour.range': '0,23',
      'projection.hour.digits': '2',
      [MADE_BY]: madeBy,
      [SCHEMA]: String(SCHEMA_VERSION),
    },
    StorageDescriptor: {
      Columns: COLUMNS.map(({ name, type, meaning, source }) => ({ Name: name, Type: format === 'csv' ? 'string' : type, Comment: `${meaning} (${source})` })),
      Location: location,
      ...formats,
      SerdeInfo,
    },
  };
}

/** The engine's names of the types. Source: https://docs.aws.amazon.com/athena/latest/ug/data-types.html */
const SQL_TYPES: Readonly<Record<ColumnType, string>> = { string: 'varchar', timestamp: 'timestamp(3)', bigint: 'bigint', int: 'integer', double: 'double', boolean: 'boolean' };

/** The view's columns in their order: those of the report, then the day as one text, then the partition keys. */
export const VIEW_COLUMNS: readonly { readonly name: string; readonly type: ColumnType }[] = [
  ...COLUMNS.map(({ name, type }) => ({ name, type })),
  { name: 'dt', type: 'string' },
  ...PARTITION_KEYS.map(({ Name }) => ({ name: Name, type: 'string' as const })),
];

/** The signs of the CSV dialect, and what they stand for: docs/csv.md. In ASCII, so that no editor and no console can hurt them. */
const SIGNS = "U&'\\240A\\240D\\2400\\2421\\FF3C'";
const ESCAPE = "U&'\\241B'";

/** SQL around the name of a text cell of CSV. Shape: before, between and after the name, which stands twice. */
export const DECODE = [
  'CASE ',
  ` WHEN '' THEN NULL WHEN ${ESCAPE} THEN '' ELSE regexp_replace(`,
  `, U&'\\241B(.)|([\\240A\\240D\\2400\\2421\\FF3C])', m -> coalesce(m[1], translate(m[2], ${SIGNS}, chr(10) || chr(13) || chr(0) || chr(127) || '\\'))) END`,
] as const;

/** The columns of the view, as a SELECT over the table of a format has them. `decode` is around the names of text cells. */
export function selectColumns(format: Format, decode: readonly [string, string, string] = DECODE): string {
  if (format !== 'csv') return COLUMNS.map(({ name }) => name).join(', ');
  const [before, between, after] = decode;
  return COLUMNS.map(({ name, type }) => `${type === 'string' ? `${before}${name}${between}${name}${after}` : `CAST(NULLIF(${name}, '') AS ${SQL_TYPES[type]})`} AS ${name}`).join(', ');
}

/**
 * The SELECT behind the view.
 * Only objects that are named as the report of their partition are read: a copy of one, or a stranger's file, is no row. That is asked
 * of the path alone: an expression over the partition keys would be evaluated for every partition of every year before one is read.
 */
export function viewSql(format: Format, madeBy: string, columns = selectColumns(format), table = tableNameOf(format), extension: string = format): string {
  return (
    `/* ${MADE_BY}: ${madeBy} */ SELECT ${columns}, concat(year, '-', month, '-', day) AS dt, year, month, day, hour FROM ${table} ` +
    `WHERE regexp_like("$path", '/year=(....)/month=(..)/day=(..)/hour=(..)/report_\\1_\\2_\\3_h\\4[.]${extension}$')`
  );
}

/** Who made a view, by its SQL; null when it does not say. */
export function madeByOf(sql: string): string | null {
  return new RegExp(`^/\\* ${MADE_BY.replace('.', '\\.')}: (.+?) \\*/`).exec(sql)?.[1] ?? null;
}

/** What the view's text says once it is decoded. Source: https://trino.io/docs/current/connector/hive.html */
export interface ViewDefinition {
  readonly catalog: string;
  readonly schema: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly originalSql: string;
}

/** The definition of the view in a database. Shape: names, order and types of `columns` are those of the SELECT, or the engine calls it stale. */
export function viewDefinition(database: string, sql: string): ViewDefinition {
  return { catalog: 'awsdatacatalog', schema: database, columns: VIEW_COLUMNS.map(({ name, type }) => ({ name, type: SQL_TYPES[type] })), originalSql: sql };
}

/** The view over the reports of a format. `viewText` is its definition as Glue stores it. */
export function queriesView(viewText: string): CatalogTable {
  return {
    Name: VIEW_NAME,
    TableType: 'VIRTUAL_VIEW',
    // Without an owner the engine refuses the view.
    Owner: 'hadoop',
    PartitionKeys: [],
    // These two words, exactly: with another comment, or a description, it is no view of Athena's.
    Parameters: { presto_view: 'true', comment: 'Presto View' },
    StorageDescriptor: {
      Columns: VIEW_COLUMNS.map(({ name, type }) => ({ Name: name, Type: type })),
      Location: '',
      NumberOfBuckets: 0,
      SerdeInfo: {},
    },
    ViewOriginalText: viewText,
    ViewExpandedText: '/* Presto View */',
  };
}

/** A definition as Glue stores it. Shape: `base64` encodes UTF-8 text. */
export function toViewText(definition: ViewDefinition, base64: (text: string) => string): string {
  return `/* Presto View: ${base64(JSON.stringify(definition))} */`;
}

/** The definition inside a view's text; null when it is none. Shape: `decode` decodes base64 to UTF-8 text. */
export function fromViewText(text: string, decode: (base64: string) => string): ViewDefinition | null {
  const [, base64] = /^\/\* Presto View: ([A-Za-z0-9+/=]+) \*\/$/.exec(text) ?? [];
  if (base64 === undefined) return null;
  try {
    return JSON.parse(decode(base64)) as ViewDefinition;
  } catch {
    return null;
  }
}
