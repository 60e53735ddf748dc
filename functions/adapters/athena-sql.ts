/** SQL asked of Athena, its answer page by page. */
import { type AthenaClient, GetQueryExecutionCommand, GetQueryResultsCommand, type QueryExecution, StartQueryExecutionCommand, StopQueryExecutionCommand } from '@aws-sdk/client-athena';
import { ConfigError, InvalidInputError, UpstreamUnavailableError } from '#core/errors';
import { errorName, toUpstreamError } from './upstream.ts';

/** Where a question is asked. */
export interface Place {
  readonly workgroup: string;
  readonly database: string;
}

/** An answer of Athena. */
export interface AthenaAnswer {
  readonly executionId: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Text as Athena writes it, NULL as null. Each page is asked for when the one before has been taken. */
  readonly rows: AsyncIterable<readonly (string | null)[]>;
  readonly scannedBytes: number;
  readonly totalMs: number;
  readonly reused: boolean;
}

/** Between two looks at a query that runs. Units: milliseconds. */
const FIRST_LOOK_MS = 200;
const LOOK_MS = 2_000;

/**
 * Asks Athena and waits for the end.
 *
 * Shape: `parameters` are bound to the `?` of the SQL, each as a text. When `signal` is aborted the query is stopped, so that it scans no more.
 * Errors: InvalidInputError where the SQL is at fault, with Athena's words; ConfigError where the workgroup is; the upstream classes.
 * Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
 */
export async function askAthena(client: AthenaClient, { workgroup, database }: Place, sql: string, parameters: readonly string[], signal: AbortSignal): Promise<AthenaAnswer> {
  const executionId = await start(client, { workgroup, database }, sql, parameters);
  const execution = await ended(client, workgroup, executionId, signal);
  const { state, reason, category } = { state: execution.Status?.State, reason: execution.Status?.StateChangeReason ?? 'no reason given', category: execution.Status?.AthenaError?.ErrorCategory };
  const what = `Athena, query ${executionId} in workgroup ${workgroup}`;
  // Category 1 is Athena itself: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
  if (state === 'FAILED' && category === 1) throw new UpstreamUnavailableError(`${what}: ${reason}`);
  if (state !== 'SUCCEEDED') throw new InvalidInputError(`${what}: ${state === 'CANCELLED' ? `cancelled: ${reason}` : reason}`);
  const first = await page(client, workgroup, executionId, undefined);
  const statistics = execution.Statistics;
  return {
    executionId,
    columns: first.columns,
    // A SELECT has its header as the first row, other statements have none.
    rows: rowsOf(client, workgroup, executionId, first, execution.StatementType === 'DML'),
    scannedBytes: statistics?.DataScannedInBytes ?? 0,
    totalMs: statistics?.TotalExecutionTimeInMillis ?? 0,
    reused: statistics?.ResultReuseInformation?.ReusedPreviousResult ?? false,
  };
}

/** A text as a literal of SQL. Source: https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html */
export function toLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function start(client: AthenaClient, { workgroup, database }: Place, sql: string, parameters: readonly string[]): Promise<string> {
  try {
    const { QueryExecutionId } = await client.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: workgroup,
        QueryExecutionContext: { Database: database },
        ...(parameters.length === 0 ? {} : { ExecutionParameters: parameters.map(toLiteral) }),
      }),
    );
    if (QueryExecutionId === undefined) throw new Error('the answer has no QueryExecutionId');
    return QueryExecutionId;
  } catch (error) {
    if (errorName(error) !== 'InvalidRequestException') throw toUpstreamError(error, 'athena:StartQueryExecution', `workgroup/${workgroup}`);
    const message = error instanceof Error ? error.message : String(error);
    // The service has one exception for everything that it does not like.
    if (/output location/i.test(message)) throw new ConfigError([`workgroup ${workgroup}: it has no place for answers; name another (--workgroup), or set its query result location in the Athena console`], { cause: error });
    if (/workgroup/i.test(message)) throw new ConfigError([`workgroup ${workgroup}: ${message}; name another (--workgroup)`], { cause: error });
    throw new InvalidInputError(`Athena, workgroup ${workgroup}: ${message}`, { cause: error });
  }
}

async function ended(client: AthenaClient, workgroup: string, executionId: string, signal: AbortSignal): Promise<QueryExecution> {
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 1.5, LOOK_MS)) {
    if (signal.aborted) {
      await asked('athena:StopQueryExecution', workgroup, () => client.send(new StopQueryExecutionCommand({ QueryExecutionId: executionId })));
      throw new InvalidInputError(`Athena, query ${executionId} in workgroup ${workgroup}: stopped, as you asked`);
    }
    const { QueryExecution } = await asked('athena:GetQueryExecution', workgroup, () => client.send(new GetQueryExecutionCommand({ QueryExecutionId: executionId })));
    const state = QueryExecution?.Status?.State;
    if (QueryExecution !== undefined && state !== 'QUEUED' && state !== 'RUNNING') return QueryExecution;
    await pause(wait, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

interface Page {
  readonly columns: AthenaAnswer['columns'];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly next: string | undefined;
}

/** Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
async function page(client: AthenaClient, workgroup: string, executionId: string, token: string | undefined): Promise<Page> {
  const { ResultSet, NextToken } = await asked('athena:GetQueryResults', workgroup, () => client.send(new GetQueryResultsCommand({ QueryExecutionId: executionId, ...(token === undefined ? {} : { NextToken: token }) })));
  return {
    columns: (ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name, Type }) => ({ name: Name ?? '', type: Type ?? '' })),
    rows: (ResultSet?.Rows ?? []).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue ?? null)),
    next: NextToken,
  };
}

async function* rowsOf(client: AthenaClient, workgroup: string, executionId: string, first: Page, hasHeader: boolean): AsyncGenerator<readonly (string | null)[]> {
  yield* hasHeader ? first.rows.slice(1) : first.rows;
  for (let token = first.next; token !== undefined; ) {
    const { rows, next } = await page(client, workgroup, executionId, token);
    yield* rows;
    token = next;
  }
}

async function asked<T>(action: string, workgroup: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toUpstreamError(error, action, `workgroup/${workgroup}`);
  }
}
