/** Databases, tables and views of the Glue Data Catalog, which Athena reads. */
import { CreateDatabaseCommand, CreateTableCommand, GetDatabaseCommand, type GlueClient, paginateGetTables, UpdateTableCommand } from '@aws-sdk/client-glue';
import type { CatalogTable } from '#glue/catalog';
import type { FoundTable } from '#glue/compare';
import { errorName, toUpstreamError } from './upstream.ts';

/** The catalog of the account and Region. */
export interface Catalog {
  /** The parameters of a database; null when there is none of this name. */
  readonly readDatabase: (name: string) => Promise<Readonly<Record<string, string>> | null>;
  readonly createDatabase: (name: string, description: string) => Promise<void>;
  /** Tables and views whose names begin so. */
  readonly readTables: (database: string, prefix: string) => Promise<readonly FoundTable[]>;
  readonly createTable: (database: string, table: CatalogTable) => Promise<void>;
  /** Replaces a table's or view's definition. The objects that it reads stay as they are. */
  readonly updateTable: (database: string, table: CatalogTable) => Promise<void>;
}

/**
 * Creates the port over Glue's API. Errors: the upstream classes, with the action and the resource.
 * Source: https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html
 */
export function createCatalog(client: GlueClient): Catalog {
  return {
    readDatabase: async (Name) => {
      try {
        const { Database } = await client.send(new GetDatabaseCommand({ Name }));
        return Database?.Parameters ?? {};
      } catch (error) {
        if (errorName(error) === 'EntityNotFoundException') return null;
        throw toUpstreamError(error, 'glue:GetDatabase', Name);
      }
    },
    createDatabase: async (Name, Description) => {
      await asked('glue:CreateDatabase', Name, () => client.send(new CreateDatabaseCommand({ DatabaseInput: { Name, Description } })));
    },
    readTables: (database, prefix) =>
      asked('glue:GetTables', database, async () => {
        const tables: FoundTable[] = [];
        for await (const { TableList = [] } of paginateGetTables({ client }, { DatabaseName: database, Expression: `${prefix}*` })) tables.push(...TableList);
        // The expression is a pattern of the service's own making: what it lets through besides is left out.
        return tables.filter(({ Name }) => Name?.startsWith(prefix) === true);
      }),
    createTable: async (database, table) => {
      await asked('glue:CreateTable', `${database}.${table.Name}`, () => client.send(new CreateTableCommand({ DatabaseName: database, TableInput: toInput(table) })));
    },
    updateTable: async (database, table) => {
      await asked('glue:UpdateTable', `${database}.${table.Name}`, () => client.send(new UpdateTableCommand({ DatabaseName: database, TableInput: toInput(table) })));
    },
  };
}

async function asked<T>(action: string, resource: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toUpstreamError(error, action, resource);
  }
}

/** The SDK's own type is of arrays that may be written to. */
function toInput({ PartitionKeys, StorageDescriptor: { Columns, ...storage }, ...table }: CatalogTable) {
  return { ...table, PartitionKeys: [...PartitionKeys], StorageDescriptor: { ...storage, Columns: [...Columns] } };
}
