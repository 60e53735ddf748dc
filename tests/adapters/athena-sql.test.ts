import { AthenaClient, AthenaServiceException, GetQueryExecutionCommand, GetQueryResultsCommand, type QueryExecution, StartQueryExecutionCommand, StopQueryExecutionCommand } from '@aws-sdk/client-athena';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-jest';
import { type AthenaAnswer, askAthena } from '#adapters/athena-sql';

const client = new AthenaClient({ region: 'us-east-1' });
const athena = mockClient(client);
const PLACE = { workgroup: 'asking', database: 'reports' };
const serviceError = (name: string, message: string) => new AthenaServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: 400 } });
const row = (...cells: (string | null)[]) => ({ Data: cells.map((cell) => (cell === null ? {} : { VarCharValue: cell })) });
const METADATA = { ColumnInfo: [{ Name: 'actor', Type: 'varchar' }, { Name: 'n', Type: 'bigint' }] };

beforeEach(() => {
  athena.reset();
  athena.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: 'x-1' });
  athena.on(StopQueryExecutionCommand).resolves({});
});

function endsAs(execution: QueryExecution): void {
  athena.on(GetQueryExecutionCommand).resolvesOnce({ QueryExecution: { Status: { State: 'QUEUED' } } }).resolves({ QueryExecution: execution });
}

async function ask(parameters: readonly string[] = [], signal = new AbortController().signal): Promise<AthenaAnswer> {
  return askAthena(client, PLACE, 'SELECT 1', parameters, signal);
}

async function rowsOf({ rows }: AthenaAnswer): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const cells of rows) all.push(cells);
  return all;
}

describe('a question to Athena', () => {
  it('is waited for, and answered page by page without its header', async () => {
    endsAs({ StatementType: 'DML', Status: { State: 'SUCCEEDED' }, Statistics: { DataScannedInBytes: 42, TotalExecutionTimeInMillis: 1300, ResultReuseInformation: { ReusedPreviousResult: true } } });
    athena
      .on(GetQueryResultsCommand)
      .resolves({ NextToken: 'p2', ResultSet: { ResultSetMetadata: METADATA, Rows: [row('actor', 'n'), row('actor', 'n')] } })
      .on(GetQueryResultsCommand, { NextToken: 'p2' })
      .resolves({ NextToken: 'p3', ResultSet: { ResultSetMetadata: METADATA, Rows: [] } })
      .on(GetQueryResultsCommand, { NextToken: 'p3' })
      .resolves({ ResultSet: { ResultSetMetadata: METADATA, Rows: [row('', '1'), row(null, '2')] } });

    const answer = await ask();

    expect(answer).toMatchObject({ executionId: 'x-1', columns: [{ name: 'actor', type: 'varchar' }, { name: 'n', type: 'bigint' }], scannedBytes: 42, totalMs: 1300, reused: true });
    expect(await rowsOf(answer)).toEqual([['actor', 'n'], ['', '1'], [null, '2']]);
  });

  it('has no header where it is no SELECT', async () => {
    endsAs({ StatementType: 'UTILITY', Status: { State: 'SUCCEEDED' } });
    athena.on(GetQueryResultsCommand).resolves({ ResultSet: { ResultSetMetadata: METADATA, Rows: [row('athena_queries')] } });

    expect(await rowsOf(await ask())).toEqual([['athena_queries']]);
  });

  it('has its parameters as literals, with no way out of them', async () => {
    endsAs({ StatementType: 'DML', Status: { State: 'SUCCEEDED' } });
    athena.on(GetQueryResultsCommand).resolves({});
    await ask(["o'neil", "'; DROP TABLE x; --", '']);

    expect(athena).toHaveReceivedCommandWith(StartQueryExecutionCommand, { QueryString: 'SELECT 1', WorkGroup: 'asking', QueryExecutionContext: { Database: 'reports' }, ExecutionParameters: ["'o''neil'", "'''; DROP TABLE x; --'", "''"] });
  });

  it('sends no parameters where there are none: the service refuses an empty list', async () => {
    endsAs({ StatementType: 'DML', Status: { State: 'SUCCEEDED' } });
    athena.on(GetQueryResultsCommand).resolves({});
    await ask();

    expect(athena.commandCalls(StartQueryExecutionCommand)[0]?.args[0].input).not.toHaveProperty('ExecutionParameters');
  });

  it('is stopped when the one who asked goes away', async () => {
    athena.on(GetQueryExecutionCommand).resolves({ QueryExecution: { Status: { State: 'RUNNING' } } });
    const controller = new AbortController();
    const answer = ask([], controller.signal);
    setTimeout(() => controller.abort(), 20);

    await expect(answer).rejects.toMatchObject({ name: 'InvalidInputError', message: expect.stringContaining('query x-1 in workgroup asking: stopped') });
    expect(athena).toHaveReceivedCommandWith(StopQueryExecutionCommand, { QueryExecutionId: 'x-1' });
  });

  it.each([
    [{ State: 'FAILED', StateChangeReason: 'COLUMN_NOT_FOUND: line 1:8', AthenaError: { ErrorCategory: 2 } }, 'InvalidInputError', 'query x-1 in workgroup asking: COLUMN_NOT_FOUND: line 1:8'],
    [{ State: 'FAILED', StateChangeReason: 'internal', AthenaError: { ErrorCategory: 1 } }, 'UpstreamUnavailableError', 'internal'],
    [{ State: 'CANCELLED', StateChangeReason: 'Bytes scanned limit was exceeded' }, 'InvalidInputError', 'cancelled: Bytes scanned limit was exceeded'],
  ] as const)('that ends as %j is an %s', async (status, name, message) => {
    endsAs({ Status: status });

    await expect(ask()).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it.each([
    [serviceError('InvalidRequestException', 'No output location provided. An output location is required'), 'ConfigError', 'workgroup asking: it has no place for answers'],
    [serviceError('InvalidRequestException', 'WorkGroup asking is not found.'), 'ConfigError', 'name another (--workgroup)'],
    [serviceError('InvalidRequestException', "line 1:1: mismatched input 'SELEC'"), 'InvalidInputError', "mismatched input 'SELEC'"],
    [serviceError('AccessDeniedException', 'no'), 'UpstreamDeniedError', 'athena:StartQueryExecution on workgroup/asking: access denied'],
    [serviceError('TooManyRequestsException', 'slow down'), 'UpstreamThrottledError', 'athena:StartQueryExecution'],
  ])('that is refused (%s) is a %s', async (error, name, message) => {
    athena.on(StartQueryExecutionCommand).rejects(error);

    await expect(ask()).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it('whose next page fails says so, after the rows that came', async () => {
    endsAs({ StatementType: 'DML', Status: { State: 'SUCCEEDED' } });
    athena
      .on(GetQueryResultsCommand)
      .resolves({ NextToken: 'p2', ResultSet: { ResultSetMetadata: METADATA, Rows: [row('actor', 'n'), row('ana', '1')] } })
      .on(GetQueryResultsCommand, { NextToken: 'p2' })
      .rejects(serviceError('AccessDeniedException', 'no'));

    await expect(rowsOf(await ask())).rejects.toMatchObject({ name: 'UpstreamDeniedError', message: expect.stringContaining('athena:GetQueryResults') });
  });
});
