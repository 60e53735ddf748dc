/** The stand-in of Athena's API, as far as clients depend on it: tests/rigs/athena/stand-in.mjs. */
import { AthenaClient, GetQueryExecutionCommand, GetQueryResultsCommand, InvalidRequestException, StartQueryExecutionCommand, StopQueryExecutionCommand } from '@aws-sdk/client-athena';
import { execute, resultsOf } from './athena.ts';
import { ask } from './engine.ts';

const WORKGROUP = { WorkGroup: 'ask-csv', QueryExecutionContext: { Database: 'ask_csv' } };
const client = new AthenaClient({});
afterAll(() => client.destroy());

/** The error that a call ends with. */
async function refusalOf(call: Promise<unknown>): Promise<{ readonly message: string; readonly code: string | undefined }> {
  const error = await call.then(() => null, (thrown: unknown) => thrown);
  if (!(error instanceof InvalidRequestException)) throw new Error('not refused', { cause: error });
  return { message: error.message, code: error.AthenaErrorCode };
}

it('answers in text, the names first, page by page; NULL is absent', async () => {
  const QueryString = "SELECT * FROM (VALUES (1, 'a', TIMESTAMP '2026-11-20 14:00:00', 9007199254740993, 1e21, true, NULL), (2, '\"', NULL, 0, 0.5, false, NULL)) AS t (n, text, at, big, share, yes, nothing) ORDER BY n;";

  const ended = await execute(client, { ...WORKGROUP, QueryString });
  const { rows, columns, pages } = await resultsOf(client, ended, 2);

  expect(rows).toEqual([
    ['n', 'text', 'at', 'big', 'share', 'yes', 'nothing'],
    ['1', 'a', '2026-11-20 14:00:00.000', '9007199254740993', '1.0E21', 'true', null],
    ['2', '"', null, '0', '0.5', 'false', null],
  ]);
  expect(columns.map(({ Name, Type }) => `${Name} ${Type}`)).toEqual(['n integer', 'text varchar', 'at timestamp', 'big bigint', 'share double', 'yes boolean', 'nothing unknown']);
  expect(pages).toBe(2);
  const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId: ended.QueryExecutionId }));
  expect(ResultSet?.Rows?.[1]?.Data?.at(-1)).toEqual({});
});

it('says what became of a query, where its answer would be and what it has read', async () => {
  const ended = await execute(client, { ...WORKGROUP, QueryString: 'SELECT ? AS text', ExecutionParameters: ["'it''s ?'"], ResultConfiguration: { OutputLocation: 's3://mine/' } });

  expect(ended).toMatchObject({
    Query: 'SELECT ? AS text',
    StatementType: 'DML',
    WorkGroup: 'ask-csv',
    QueryExecutionContext: { Database: 'ask_csv' },
    ExecutionParameters: ["'it''s ?'"],
    Status: { State: 'SUCCEEDED', SubmissionDateTime: expect.any(Date), CompletionDateTime: expect.any(Date) },
    Statistics: { DataScannedInBytes: 0, EngineExecutionTimeInMillis: expect.any(Number) },
    EngineVersion: { EffectiveEngineVersion: 'Athena engine version 3' },
  });
  // The workgroup insists on its own place.
  expect(ended.ResultConfiguration?.OutputLocation).toMatch(new RegExp(`^s3://ask-csv-resultbucket-[^/]+/${ended.QueryExecutionId}\\.csv$`));
  expect((await resultsOf(client, ended)).rows).toEqual([['text'], ["it's ?"]]);
});

it('a query that fails says why, and has no answer', async () => {
  const ended = await execute(client, { ...WORKGROUP, QueryString: 'SELECT nothing FROM athena_queries' });

  const reason = "COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved";
  expect(ended.Status).toMatchObject({ State: 'FAILED', StateChangeReason: reason, AthenaError: { ErrorCategory: 2, ErrorMessage: reason } });
  expect(await refusalOf(client.send(new GetQueryResultsCommand({ QueryExecutionId: ended.QueryExecutionId })))).toMatchObject({ message: 'Query did not finish successfully. Final query state: FAILED' });
});

it('a query that is stopped is cancelled, in the engine as well', async () => {
  const mark = `/* stopped ${Date.now()} */`;
  const { QueryExecutionId } = await client.send(new StartQueryExecutionCommand({ ...WORKGROUP, QueryString: `SELECT count(*) ${mark} FROM athena_queries` }));
  expect(await refusalOf(client.send(new GetQueryResultsCommand({ QueryExecutionId })))).toMatchObject({ message: expect.stringMatching(/^Query has not yet finished\. Current state: (QUEUED|RUNNING)$/) });

  await client.send(new StopQueryExecutionCommand({ QueryExecutionId }));
  await client.send(new StopQueryExecutionCommand({ QueryExecutionId }));

  const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
  expect(QueryExecution?.Status?.State).toBe('CANCELLED');
  const { rows } = await ask({ database: 'default' }, `SELECT state, error_code FROM system.runtime.queries WHERE query LIKE '%${mark}%' AND query NOT LIKE '%system.runtime%'`);
  expect(rows).toEqual([['FAILED', 'USER_CANCELED']]);
});

it('a start that is sent again is one execution, and none with other words', async () => {
  const input = { ...WORKGROUP, QueryString: 'SELECT 1', ClientRequestToken: `token of thirty-two characters ${Date.now()}` };

  const first = await client.send(new StartQueryExecutionCommand(input));

  expect((await client.send(new StartQueryExecutionCommand(input))).QueryExecutionId).toBe(first.QueryExecutionId);
  expect(await refusalOf(client.send(new StartQueryExecutionCommand({ ...input, QueryString: 'SELECT 2' })))).toMatchObject({ message: 'Idempotent parameters do not match' });
});

it.each([
  ['no SQL', { ...WORKGROUP, QueryString: 'SELEC 1' }, /^line 1:1: mismatched input 'SELEC'/, 'MALFORMED_QUERY'],
  ['no place for the answer', { QueryString: 'SELECT 1' }, /^No output location provided\./, 'INVALID_INPUT'],
  ['no such workgroup', { QueryString: 'SELECT 1', WorkGroup: 'none' }, /^WorkGroup none is not found\.$/, 'INVALID_INPUT'],
])('refuses a start: %s', async (_what, input, message, code) => {
  expect(await refusalOf(client.send(new StartQueryExecutionCommand(input)))).toEqual({ message: expect.stringMatching(message), code });
});

it.each([
  ['GetQueryExecution', () => client.send(new GetQueryExecutionCommand({ QueryExecutionId: '1234' }))],
  ['GetQueryResults', () => client.send(new GetQueryResultsCommand({ QueryExecutionId: '1234' }))],
  ['StopQueryExecution', () => client.send(new StopQueryExecutionCommand({ QueryExecutionId: '1234' }))],
])('refuses an id that nobody knows: %s', async (_name, call) => {
  expect(await refusalOf(call())).toEqual({ message: 'QueryExecution 1234 was not found', code: 'INVALID_INPUT' });
});
