/** Athena's API, as a client of it asks: the rig answers it over the engine. */
import { type AthenaClient, type ColumnInfo, GetNamedQueryCommand, GetQueryExecutionCommand, type NamedQuery, paginateGetQueryResults, paginateListNamedQueries, type QueryExecution, StartQueryExecutionCommand, type StartQueryExecutionInput } from '@aws-sdk/client-athena';

/** The queries that a workgroup has saved, by name. */
export async function savedQueries(client: AthenaClient, workgroup: string): Promise<ReadonlyMap<string, NamedQuery>> {
  const queries = new Map<string, NamedQuery>();
  for await (const { NamedQueryIds = [] } of paginateListNamedQueries({ client }, { WorkGroup: workgroup })) {
    for (const NamedQueryId of NamedQueryIds) {
      const { NamedQuery } = await client.send(new GetNamedQueryCommand({ NamedQueryId }));
      if (NamedQuery?.Name !== undefined) queries.set(NamedQuery.Name, NamedQuery);
    }
  }
  return queries;
}

/** Starts a query and waits for its end, whatever that is. */
export async function execute(client: AthenaClient, input: StartQueryExecutionInput): Promise<QueryExecution> {
  const { QueryExecutionId } = await client.send(new StartQueryExecutionCommand(input));
  for (;;) {
    const { QueryExecution = {} } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    if (QueryExecution.Status?.State !== 'QUEUED' && QueryExecution.Status?.State !== 'RUNNING') return QueryExecution;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** All rows of an answer, the names of the columns first; null is NULL. */
export async function resultsOf(client: AthenaClient, { QueryExecutionId }: QueryExecution, pageSize = 1000): Promise<{ readonly rows: (string | null)[][]; readonly columns: ColumnInfo[]; readonly pages: number }> {
  const rows: (string | null)[][] = [];
  let columns: ColumnInfo[] = [];
  let pages = 0;
  for await (const { ResultSet } of paginateGetQueryResults({ client, pageSize }, { QueryExecutionId })) {
    pages++;
    columns = ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
    for (const { Data = [] } of ResultSet?.Rows ?? []) rows.push(Data.map(({ VarCharValue }) => VarCharValue ?? null));
  }
  return { rows, columns, pages };
}
