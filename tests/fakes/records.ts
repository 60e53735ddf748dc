/** Small records, pages and executions: what AWS gives of one query, with the edit that a test is about. */
import type { Json } from '#core/json';
import type { SourceReport } from '#core/manifest';
import type { EventSource, RecordPage } from '#core/ports';
import { type QueryExecutionAnswer, toQueryExecution } from '#core/query-execution';
import { countRecords, parseRecord } from '#core/record';

/** An id that says its number. Shape: of a UUID. */
export function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** A StartQueryExecution record of today, by the IAM user ada. `edit` replaces members; undefined takes one out. */
export function startRecord(edit: Json = {}): Json {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', principalId: 'AIDAEXAMPLE', arn: 'arn:aws:iam::111122223333:user/ada', accountId: '111122223333', accessKeyId: 'AKIAEXAMPLE', userName: 'ada' },
    eventTime: '2026-11-20T15:30:00Z',
    eventSource: 'athena.amazonaws.com',
    eventName: 'StartQueryExecution',
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.1',
    userAgent: 'aws-cli/2.31.0',
    requestParameters: { queryString: '***OMITTED***', workGroup: 'primary', queryExecutionContext: { database: 'sales' } },
    responseElements: { queryExecutionId: idOf(1) },
    eventID: idOf(1001),
    readOnly: false,
    managementEvent: true,
    eventCategory: 'Management',
    recipientAccountId: '111122223333',
    ...edit,
  };
}

/** The start number `number`: event 1000 + `number`, execution `number`. */
export function startNumber(number: number, edit: Json = {}): Json {
  return startRecord({ eventID: idOf(1000 + number), responseElements: { queryExecutionId: idOf(number) }, ...edit });
}

/** A start that Athena refused. */
export function refusedRecord(edit: Json = {}): Json {
  return startRecord({ errorCode: 'InvalidRequestException', errorMessage: "line 1:8: mismatched input ':'", responseElements: null, ...edit });
}

/** An event of another kind under a name that a look-up by name does not tell apart. */
export function otherRecord(): Json {
  return startRecord({ eventSource: 'cloudtrail.amazonaws.com', eventID: idOf(9001) });
}

/** A page of records; what is no record is malformed. */
export function pageOf(records: readonly unknown[], outside = 0): RecordPage {
  const page = countRecords(records.map((record) => () => parseRecord(record)), (index) => `record ${index + 1}`);
  return { ...page, read: page.read + outside, outside };
}

/** A source of these pages, whatever the window. */
export function sourceOf(pages: readonly RecordPage[], report: SourceReport = { kind: 'lookup' }): EventSource {
  return {
    readRecords: async function* () {
      yield* pages;
    },
    report: () => report,
  };
}

/** An execution as BatchGetQueryExecution gives it: ended well. `edit` replaces members. */
export function executionOf(id: string, edit: Json = {}): Json {
  return {
    QueryExecutionId: id,
    Query: `SELECT ${Number(id.slice(-12))}`,
    StatementType: 'DML',
    WorkGroup: 'primary',
    QueryExecutionContext: { Database: 'sales', Catalog: 'awsdatacatalog' },
    Status: { State: 'SUCCEEDED', SubmissionDateTime: 1_795_188_600.125, CompletionDateTime: 1_795_188_602 },
    Statistics: { EngineExecutionTimeInMillis: 1500, DataScannedInBytes: 1024, TotalExecutionTimeInMillis: 1875 },
    EngineVersion: { EffectiveEngineVersion: 'Athena engine version 3' },
    ...edit,
  };
}

/** Athena's answer for an id: the execution of `executionOf`. */
export function answerOf(id: string, edit: Json = {}): QueryExecutionAnswer {
  const execution = toQueryExecution(executionOf(id, edit));
  if (execution === null) throw new TypeError(`no execution of ${id}`);
  return { execution };
}
