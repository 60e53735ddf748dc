/**
 * Athena's API over Trino, so that a client written for Athena can ask the rig:
 *
 *   node tests/rigs/athena/stand-in.mjs --trino http://127.0.0.1:8085 [--port 8086] [--aws http://127.0.0.1:5000]
 *
 * Prints its address when it listens. --aws is where the workgroups are (GetWorkGroup); without it there is `primary` alone.
 * Answers StartQueryExecution, GetQueryExecution, GetQueryResults and StopQueryExecution; README.md says what is not as in Athena.
 * Source: https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { AthenaClient, GetWorkGroupCommand, InvalidRequestException } from '@aws-sdk/client-athena';

const { values: options } = parseArgs({ options: { trino: { type: 'string' }, port: { type: 'string', default: '0' }, aws: { type: 'string' } } });
if (options.trino === undefined) throw new Error('--trino: no address of the engine');

const ENGINE = { SelectedEngineVersion: 'Athena engine version 3', EffectiveEngineVersion: 'Athena engine version 3' };
const MOST_ROWS = 1000;
/** A text that Athena refuses before it becomes an execution. */
const MALFORMED = 'SYNTAX_ERROR';

/** An error as Athena sends it. */
class ApiError extends Error {
  constructor(message, code = 'INVALID_INPUT', name = 'InvalidRequestException') {
    super(message);
    this.name = name;
    this.code = code;
  }
}

/** Executions by id: what GetQueryExecution says, the engine's columns and rows, and how to stop it. */
const executions = new Map();
/** Ids by client request token, with a digest of the request: a repeated start is answered, not repeated. */
const started = new Map();

const OPERATIONS = { StartQueryExecution, GetQueryExecution, GetQueryResults, StopQueryExecution };

async function StartQueryExecution(request) {
  const { QueryString, ClientRequestToken, ExecutionParameters = [], QueryExecutionContext = {}, WorkGroup = 'primary' } = request;
  if (typeof QueryString !== 'string' || QueryString.trim() === '') throw new ApiError('Query string is empty');
  const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  const earlier = started.get(ClientRequestToken);
  if (earlier !== undefined && earlier.digest !== digest) throw new ApiError('Idempotent parameters do not match', 'IDEMPOTENT_PARAMETER_MISMATCH');
  if (earlier !== undefined) return { QueryExecutionId: earlier.id };
  const location = await outputLocation(WorkGroup, request.ResultConfiguration?.OutputLocation);
  const id = randomUUID();
  const execution = {
    of: {
      QueryExecutionId: id,
      Query: QueryString,
      StatementType: statementType(QueryString),
      ResultConfiguration: { OutputLocation: `${location.replace(/\/?$/, '/')}${id}.csv` },
      QueryExecutionContext,
      Status: { State: 'QUEUED', SubmissionDateTime: Date.now() / 1000 },
      Statistics: {},
      WorkGroup,
      EngineVersion: ENGINE,
      ...(ExecutionParameters.length > 0 ? { ExecutionParameters } : {}),
    },
    columns: [],
    rows: [],
  };
  const statement = ExecutionParameters.length > 0 ? `EXECUTE IMMEDIATE ${literal(withoutSemicolon(QueryString))} USING ${ExecutionParameters.join(', ')}` : withoutSemicolon(QueryString);
  await begin(execution, statement, QueryExecutionContext);
  executions.set(id, execution);
  if (ClientRequestToken !== undefined) started.set(ClientRequestToken, { digest, id });
  return { QueryExecutionId: id };
}

function GetQueryExecution({ QueryExecutionId }) {
  return { QueryExecution: executionOf(QueryExecutionId).of };
}

function GetQueryResults({ QueryExecutionId, MaxResults = MOST_ROWS, NextToken }) {
  const { of, columns, rows } = executionOf(QueryExecutionId);
  const { State } = of.Status;
  if (State === 'QUEUED' || State === 'RUNNING') throw new ApiError(`Query has not yet finished. Current state: ${State}`, 'INVALID_QUERY_EXECUTION_STATE');
  if (State !== 'SUCCEEDED') throw new ApiError(`Query did not finish successfully. Final query state: ${State}`, 'INVALID_QUERY_EXECUTION_STATE');
  if (MaxResults < 1 || MaxResults > MOST_ROWS) throw new ApiError(`MaxResults is more than maximum allowed length ${MOST_ROWS}.`);
  const from = NextToken === undefined ? 0 : fromToken(NextToken, QueryExecutionId);
  // The names of the columns are the first row of a SELECT's answer, and count as one.
  const all = of.StatementType === 'DML' ? [columns.map(({ name }) => name), ...rows] : rows;
  const page = all.slice(from, from + MaxResults);
  const next = from + page.length;
  return {
    ResultSet: {
      Rows: page.map((cells) => ({ Data: cells.map((cell) => (cell === null ? {} : { VarCharValue: cell })) })),
      ResultSetMetadata: { ColumnInfo: columns.map(toColumnInfo) },
    },
    UpdateCount: 0,
    ...(next < all.length ? { NextToken: toToken(next, QueryExecutionId) } : {}),
  };
}

async function StopQueryExecution({ QueryExecutionId }) {
  const execution = executionOf(QueryExecutionId);
  if (isEnded(execution)) return {};
  end(execution, 'CANCELLED', 'Query cancelled by user');
  await fetch(execution.nextUri, { method: 'DELETE' });
  return {};
}

function executionOf(id) {
  const execution = executions.get(id);
  if (execution === undefined) throw new ApiError(`QueryExecution ${id} was not found`);
  return execution;
}

/** Where the answer goes: the workgroup's place if it insists, else the client's, else the workgroup's. */
async function outputLocation(name, wanted) {
  const { State, Configuration = {} } = await workgroup(name);
  if (State === 'DISABLED') throw new ApiError(`WorkGroup ${name} is disabled.`);
  const { EnforceWorkGroupConfiguration = true, ResultConfiguration = {} } = Configuration;
  const own = ResultConfiguration.OutputLocation || undefined;
  const location = EnforceWorkGroupConfiguration ? (own ?? wanted) : (wanted ?? own);
  if (location === undefined) throw new ApiError('No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.');
  return location;
}

async function workgroup(name) {
  if (options.aws === undefined && name === 'primary') return {};
  const found = options.aws === undefined ? null : await readWorkgroup(name);
  if (found === null) throw new ApiError(`WorkGroup ${name} is not found.`);
  return found;
}

async function readWorkgroup(name) {
  const client = new AthenaClient({ endpoint: options.aws, region: 'us-east-1', credentials: { accessKeyId: 'rig', secretAccessKey: 'rig' } });
  try {
    return (await client.send(new GetWorkGroupCommand({ WorkGroup: name }))).WorkGroup ?? null;
  } catch (error) {
    if (error instanceof InvalidRequestException) return null;
    throw error;
  } finally {
    client.destroy();
  }
}

/** Sends the statement and follows it past the parser, so that a text which is no SQL is refused, as by Athena; the rest runs behind. */
async function begin(execution, statement, { Database = 'default', Catalog = 'awsdatacatalog' }) {
  const headers = { 'X-Trino-User': 'athena', 'X-Trino-Catalog': Catalog.toLowerCase(), 'X-Trino-Schema': Database, 'X-Trino-Time-Zone': 'UTC' };
  let page = await read(fetch(`${options.trino}/v1/statement`, { method: 'POST', headers, body: statement }));
  while (page.stats.state === 'QUEUED' && page.nextUri !== undefined) page = await read(fetch(page.nextUri));
  if (page.error?.errorName === MALFORMED) throw new ApiError(page.error.message, 'MALFORMED_QUERY');
  execution.of.Status.State = 'RUNNING';
  follow(execution, page).catch((error) => end(execution, 'FAILED', `${error.message}`));
}

async function follow(execution, first) {
  for (let page = first; ; page = await read(fetch(page.nextUri))) {
    // Stopped meanwhile: what the engine still says no longer counts.
    if (isEnded(execution)) return;
    execution.nextUri = page.nextUri;
    execution.columns = page.columns ?? execution.columns;
    for (const row of page.data ?? []) execution.rows.push(row.map(toText));
    execution.of.Statistics = toStatistics(page.stats);
    if (page.error !== undefined) return fail(execution, page.error);
    if (page.nextUri === undefined) return end(execution, 'SUCCEEDED');
  }
}

function fail(execution, { errorName, errorType, message }) {
  const ErrorMessage = `${errorName}: ${message}`;
  const ErrorCategory = { INTERNAL_ERROR: 1, USER_ERROR: 2 }[errorType] ?? 3;
  execution.of.Status.AthenaError = { ErrorCategory, Retryable: false, ErrorMessage };
  end(execution, 'FAILED', ErrorMessage);
}

/** The first end counts: what the engine says of a query that was stopped is no failure. */
function end({ of }, State, StateChangeReason) {
  if (isEnded({ of })) return;
  of.Status = { ...of.Status, State, CompletionDateTime: Date.now() / 1000, ...(StateChangeReason === undefined ? {} : { StateChangeReason }) };
}

function isEnded({ of }) {
  return of.Status.CompletionDateTime !== undefined;
}

/** A page of the engine, every number as the text that it was sent as: JavaScript's would lose digits, and Athena answers in text. */
async function read(pending) {
  const answer = await pending;
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the engine answers ${answer.status}: ${text.slice(0, 200)}`);
  return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) => (token.startsWith('"') ? token : `"${token}"`)));
}

/** A value as Athena prints it; null for NULL. */
function toText(value) {
  if (Array.isArray(value)) return `[${value.map((item) => toText(item) ?? 'null').join(', ')}]`;
  if (value !== null && typeof value === 'object') return `{${Object.entries(value).map(([key, item]) => `${key}=${toText(item) ?? 'null'}`).join(', ')}}`;
  return value === null ? null : String(value);
}

function toStatistics(stats) {
  const [elapsed, queued, planning] = [stats.elapsedTimeMillis, stats.queuedTimeMillis, stats.planningTimeMillis ?? 0].map(Number);
  return {
    DataScannedInBytes: Number(stats.physicalInputBytes),
    EngineExecutionTimeInMillis: elapsed - queued,
    QueryPlanningTimeInMillis: planning,
    QueryQueueTimeInMillis: queued,
    ServiceProcessingTimeInMillis: 0,
    TotalExecutionTimeInMillis: elapsed,
  };
}

const PRECISION = { varchar: 2_147_483_647, bigint: 19, integer: 10, double: 17, timestamp: 3, boolean: 0 };

function toColumnInfo({ name, typeSignature: { rawType } }) {
  return { CatalogName: 'hive', SchemaName: '', TableName: '', Name: name, Label: name, Type: rawType, Precision: PRECISION[rawType] ?? 0, Scale: 0, Nullable: 'UNKNOWN', CaseSensitive: rawType === 'varchar' };
}

/** Athena's kind of statement, by its first word. */
function statementType(sql) {
  const [word = ''] = /[a-z]+/i.exec(sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '')) ?? [];
  if (/^(create|drop|alter|msck)$/i.test(word)) return 'DDL';
  return /^(show|describe|explain)$/i.test(word) ? 'UTILITY' : 'DML';
}

/** Athena takes a semicolon at the end, the engine does not. */
function withoutSemicolon(sql) {
  return sql.replace(/;\s*$/, '');
}

function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

function toToken(next, id) {
  return Buffer.from(`${next} ${id}`).toString('base64');
}

function fromToken(token, id) {
  const [, next, owner] = /^(\d+) (.*)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (owner !== id) throw new ApiError('Invalid NextToken');
  return Number(next);
}

const server = createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() }).end(JSON.stringify(body));
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const [service, name] = (request.headers['x-amz-target'] ?? '').split('.');
    const operation = service === 'AmazonAthena' ? OPERATIONS[name] : undefined;
    if (operation === undefined) throw new ApiError(`${name}: not an operation of the stand-in`, undefined, 'UnknownOperationException');
    answer(200, await operation(JSON.parse(Buffer.concat(chunks).toString() || '{}')));
  } catch (error) {
    if (error instanceof ApiError) answer(400, { __type: error.name, AthenaErrorCode: error.code, Message: error.message });
    else answer(500, { __type: 'InternalServerException', Message: error.message });
  }
});
server.listen(Number(options.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
});
