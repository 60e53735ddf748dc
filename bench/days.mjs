/** The days that are measured: what CloudTrail and Athena hold of them, and the event ids that the reports must have. */
import { createRows } from './report-rows.mjs';

export const DATE = '2026-11-20';
/** The label that is the hot hour: 15:00Z to 16:00Z. */
export const HOT_HOUR = '10';
/** Texts that are all different; more rows are the same texts under other ids. */
const DISTINCT_ROWS = 20_000;
const HOUR_START = Date.parse('2026-11-20T15:00:00Z') / 1000;

/**
 * Makes one. `kind`: `synthetic`, with the options of tests/fakes/synthetic-day.ts; `quiet`, where nothing happened; `hot`, with
 * `rows` in one hour, SQL of 2 KB on average, and 23 empty hours.
 */
export function createDay({ kind, ...options }, { createSyntheticDay }) {
  const asOf = new Date('2026-11-21T06:00:00Z');
  if (kind === 'quiet') return { asOf, region: 'us-east-1', events: [], executions: [], deniedWorkgroups: [], truth: [] };
  if (kind === 'hot') return { asOf, region: 'us-east-1', deniedWorkgroups: [], ...createHotHour(options.rows) };
  const { events, executions, deniedWorkgroups, truth, region } = createSyntheticDay({ date: DATE, asOf, ...options });
  return { asOf, region, events, executions, deniedWorkgroups, truth: [...truth.keys()] };
}

function createHotHour(count) {
  const rows = createRows(Math.min(count, DISTINCT_ROWS));
  const idOf = (kind, n) => `${kind}0000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
  const events = [];
  const executions = [];
  const truth = [];
  for (let n = 0; n < count; n++) {
    const row = rows[n % rows.length];
    const time = HOUR_START + Math.floor((n * 3600) / count);
    // Ids in an order that has nothing to do with time: rows of one second must be put in order.
    const eventId = idOf('e', Math.imul(n, 0x9e3779b1) >>> 0);
    const queryExecutionId = row.query_execution_id === null ? null : idOf('a', n);
    const record = {
      eventVersion: '1.11',
      userIdentity: { type: 'AssumedRole', principalId: row.principal_id, arn: row.principal_arn, accountId: row.account_id, accessKeyId: row.access_key_id, sessionContext: { sessionIssuer: { type: 'Role', principalId: row.principal_id.split(':')[0], arn: `arn:aws:iam::${row.account_id}:role/${row.role_name}`, accountId: row.account_id, userName: row.role_name }, attributes: { creationDate: '2026-11-20T08:00:00Z', mfaAuthenticated: 'false' } } },
      eventTime: new Date(time * 1000).toISOString().replace('.000', ''),
      eventSource: 'athena.amazonaws.com',
      eventName: 'StartQueryExecution',
      awsRegion: 'us-east-1',
      sourceIPAddress: row.source_ip,
      userAgent: row.user_agent,
      ...(row.error_code === null ? {} : { errorCode: row.error_code, errorMessage: row.error_message }),
      requestParameters: { queryString: '***OMITTED***', clientRequestToken: idOf('c', n), queryExecutionContext: { database: row.database_name }, resultConfiguration: {}, workGroup: row.workgroup },
      responseElements: queryExecutionId === null ? null : { queryExecutionId },
      requestID: idOf('b', n),
      eventID: eventId,
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: row.account_id,
      eventCategory: 'Management',
    };
    truth.push(eventId);
    events.push({ EventId: eventId, EventName: 'StartQueryExecution', EventSource: 'athena.amazonaws.com', EventTime: time, Username: row.user_name, ReadOnly: 'false', Resources: [], CloudTrailEvent: JSON.stringify(record) });
    if (queryExecutionId !== null) executions.push(toExecution(row, queryExecutionId, time));
  }
  return { events, executions, truth };
}

function toExecution(row, id, time) {
  return {
    QueryExecutionId: id,
    Query: row.query ?? '',
    StatementType: row.statement_type,
    SubstatementType: row.substatement_type,
    WorkGroup: row.workgroup,
    QueryExecutionContext: { Database: row.database_name, Catalog: row.catalog_name },
    ResultConfiguration: { OutputLocation: row.output_location },
    EngineVersion: { EffectiveEngineVersion: row.engine_version },
    Statistics: { QueryQueueTimeInMillis: row.queue_ms, QueryPlanningTimeInMillis: row.planning_ms, EngineExecutionTimeInMillis: row.engine_ms, ServiceProcessingTimeInMillis: row.service_ms, TotalExecutionTimeInMillis: row.total_ms, DataScannedInBytes: row.data_scanned_bytes },
    Status: { State: row.state, SubmissionDateTime: time - 0.2, CompletionDateTime: time + (row.total_ms ?? 0) / 1000 },
  };
}
