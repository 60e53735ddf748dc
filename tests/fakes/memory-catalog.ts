import type { Catalog } from '#adapters/glue-catalog';
import type { FoundTable } from '#glue/compare';

/** A catalog in memory that a test looks into and changes. */
export interface MemoryCatalog extends Catalog {
  readonly databases: Map<string, { parameters: Record<string, string>; tables: Map<string, FoundTable> }>;
  /** What was written, in order. Shape: `create table db.name`. */
  readonly changes: string[];
  /** Changes a table as somebody would in the console. Errors: Error when it is not there. */
  readonly edit: (database: string, name: string, change: (table: FoundTable) => FoundTable) => void;
}

/** Creates a catalog without a database. */
export function createMemoryCatalog(): MemoryCatalog {
  const databases: MemoryCatalog['databases'] = new Map();
  const changes: string[] = [];
  const tablesOf = (database: string) => {
    const found = databases.get(database);
    if (found === undefined) throw new Error(`no database ${database}`);
    return found.tables;
  };
  const put = (verb: string, isThere: boolean): Catalog['createTable'] => async (database, table) => {
    if (tablesOf(database).has(table.Name) !== isThere) throw new Error(`${verb} ${table.Name}: ${isThere ? 'not there' : 'there already'}`);
    tablesOf(database).set(table.Name, structuredClone(table));
    changes.push(`${verb} ${database}.${table.Name}`);
  };
  return {
    databases,
    changes,
    edit: (database, name, change) => {
      const table = tablesOf(database).get(name);
      if (table === undefined) throw new Error(`no table ${name}`);
      tablesOf(database).set(name, change(table));
    },
    readDatabase: async (name) => databases.get(name)?.parameters ?? null,
    createDatabase: async (name) => {
      databases.set(name, { parameters: {}, tables: new Map() });
      changes.push(`create ${name}`);
    },
    readTables: async (database, prefix) => [...tablesOf(database)].flatMap(([name, table]) => (name.startsWith(prefix) ? [table] : [])),
    createTable: put('create', false),
    updateTable: put('update', true),
  };
}
