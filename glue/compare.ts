/** What of a table or view in the catalog is not as the code expects it, in words. */
import { type CatalogColumn, type CatalogTable, fromViewText, MADE_BY, madeByOf } from './catalog.ts';

/** A table as the catalog gives it back: anything may be missing. */
export interface FoundTable {
  readonly Name?: string | undefined;
  readonly Owner?: string | undefined;
  readonly TableType?: string | undefined;
  readonly PartitionKeys?: readonly FoundColumn[] | undefined;
  readonly Parameters?: Readonly<Record<string, string>> | undefined;
  readonly StorageDescriptor?:
    | {
        readonly Columns?: readonly FoundColumn[] | undefined;
        readonly Location?: string | undefined;
        readonly InputFormat?: string | undefined;
        readonly OutputFormat?: string | undefined;
        readonly SerdeInfo?: { readonly SerializationLibrary?: string | undefined; readonly Parameters?: Readonly<Record<string, string>> | undefined } | undefined;
      }
    | undefined;
  readonly ViewOriginalText?: string | undefined;
}

/** A column as the catalog gives it back. */
export interface FoundColumn {
  readonly Name?: string | undefined;
  readonly Type?: string | undefined;
  readonly Comment?: string | undefined;
}

/** Who made a table or view; null when it does not say: then it is a stranger's. Shape: `decode` decodes base64. */
export function makerOf(found: FoundTable, decode: (base64: string) => string): string | null {
  if (found.TableType === 'VIRTUAL_VIEW') return madeByOf(fromViewText(found.ViewOriginalText ?? '', decode)?.originalSql ?? '');
  return found.Parameters?.[MADE_BY] ?? null;
}

/** Differences that change what a query answers. Shape: a line each; none for a table that reads as expected, whoever made it. */
export function compareTable(found: FoundTable, expected: CatalogTable, decode: (base64: string) => string): string[] {
  if (found.TableType !== expected.TableType) return [differs('type', found.TableType, expected.TableType)];
  if (expected.TableType === 'VIRTUAL_VIEW') return [...compareParameters(found.Parameters, expected.Parameters), ...compareColumns(found.StorageDescriptor?.Columns, expected.StorageDescriptor.Columns), ...compareView(found, expected, decode)];
  const [storage, wanted] = [found.StorageDescriptor, expected.StorageDescriptor];
  return [
    ...compareValues({ location: storage?.Location, 'input format': storage?.InputFormat, 'output format': storage?.OutputFormat, SerDe: storage?.SerdeInfo?.SerializationLibrary }, { location: wanted.Location, 'input format': wanted.InputFormat, 'output format': wanted.OutputFormat, SerDe: wanted.SerdeInfo.SerializationLibrary }),
    ...compareValues(storage?.SerdeInfo?.Parameters ?? {}, wanted.SerdeInfo.Parameters ?? {}),
    ...compareParameters(found.Parameters, expected.Parameters),
    ...compareColumns(found.PartitionKeys, expected.PartitionKeys, 'partition key'),
    ...compareColumns(storage?.Columns, wanted.Columns),
  ];
}

function differs(what: string, found: string | undefined, expected: string | undefined): string {
  return `${what} is ${found ?? 'not set'}, expected ${expected ?? 'none'}`;
}

function compareValues(found: Readonly<Record<string, string | undefined>>, expected: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(expected).flatMap(([name, value]) => (found[name] === value ? [] : [differs(name, found[name], value)]));
}

/** Parameters that change what is read, beside those that are expected. */
const TELLING = /^(projection\.|storage\.location\.template$|skip\.header\.line\.count$|has_encrypted_data$|compressionType$)/;

function compareParameters(found: Readonly<Record<string, string>> | undefined = {}, { [MADE_BY]: _maker, ...expected }: Readonly<Record<string, string>>): string[] {
  const beside = Object.keys(found).filter((name) => TELLING.test(name) && !Object.hasOwn(expected, name));
  return [...compareValues(found, expected), ...beside.map((name) => differs(name, found[name], undefined))];
}

function compareColumns(found: readonly FoundColumn[] = [], expected: readonly CatalogColumn[], what = 'column'): string[] {
  const types = new Map(found.map(({ Name = '', Type }) => [Name, Type]));
  const missing = expected.filter(({ Name }) => !types.has(Name)).map(({ Name }) => Name);
  const beside = [...types.keys()].filter((name) => !expected.some(({ Name }) => Name === name));
  const lines = [
    ...(missing.length === 0 ? [] : [`${what} ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`]),
    ...(beside.length === 0 ? [] : [`${what} ${beside.join(', ')} ${beside.length === 1 ? 'is' : 'are'} not known`]),
    ...expected.flatMap(({ Name, Type }) => (types.has(Name) && types.get(Name) !== Type ? [differs(`${what} ${Name}`, types.get(Name), Type)] : [])),
  ];
  if (lines.length > 0) return lines;
  const order = found.map(({ Name }) => Name).join();
  return order === expected.map(({ Name }) => Name).join() ? [] : [`${what}s stand in another order`];
}

function compareView(found: FoundTable, expected: CatalogTable, decode: (base64: string) => string): string[] {
  const [is, wanted] = [found, expected].map(({ ViewOriginalText = '' }) => fromViewText(ViewOriginalText, decode));
  if (wanted == null) throw new Error('the expected view has no definition');
  if (is == null) return ['definition is no view of Athena'];
  const owner = found.Owner === undefined || found.Owner === '' ? ['owner is not set, without which the engine refuses the view'] : [];
  return [
    ...owner,
    ...compareValues({ catalog: is.catalog, database: is.schema }, { catalog: wanted.catalog, database: wanted.schema }),
    ...(JSON.stringify(is.columns) === JSON.stringify(wanted.columns) ? [] : ['definition has other columns']),
    ...(withoutMaker(is.originalSql) === withoutMaker(wanted.originalSql) ? [] : ['SQL is another']),
  ];
}

function withoutMaker(sql: string): string {
  return sql.replace(/^\/\*.*?\*\/ /, '');
}
