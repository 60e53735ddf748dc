import type { Json } from '#core/json';
import type { QueryExecutionAnswer } from '#core/query-execution';
import { parseRecord, type QueryStart } from '#core/record';
import { ATHENA_HISTORY_DAYS, compareStarts, type Row, toRow } from '#core/row';
import { COLUMNS } from '#glue/columns';
import { answerOf, idOf, refusedRecord, startRecord } from '../fakes/records.ts';

const OFFSETS = [{ from: '2026-11-18T00:00:00Z', minutes: -300 }];
const AS_OF = new Date('2026-11-22T06:00:00Z');
const NOT_FOUND: QueryExecutionAnswer = { missing: 'not_found', detail: null };

function startOf(record: Json = startRecord()): QueryStart {
  const parsed = parseRecord(record);
  if (parsed.kind !== 'start') throw new TypeError('no start');
  return parsed.start;
}

function rowOf(start: QueryStart, answer?: QueryExecutionAnswer, asOf = AS_OF): Row {
  const execution = answer !== undefined && 'execution' in answer ? answer.execution : null;

  return toRow({ start, execution, retryOf: null, assumption: null }, answer, OFFSETS, asOf);
}

describe('toRow', () => {
  it('joins a start with Athena\'s answer, column by column', () => {
    const answer = answerOf(idOf(1), { SubstatementType: 'SELECT', ResultConfiguration: { OutputLocation: 's3://results/1.csv' }, Statistics: { QueryQueueTimeInMillis: 1, QueryPlanningTimeInMillis: 2, EngineExecutionTimeInMillis: 3, ServiceProcessingTimeInMillis: 4, TotalExecutionTimeInMillis: 8, DataScannedInBytes: 0, DpuCount: 4.5, ResultReuseInformation: { ReusedPreviousResult: false } } });

    const row = rowOf({ ...startOf(), userName: 'ada' }, answer);

    expect(row).toEqual({
      event_id: idOf(1001),
      event_time: Date.parse('2026-11-20T15:30:00Z'),
      event_time_local: '2026-11-20T10:30:00-05:00',
      account_id: '111122223333',
      region: 'us-east-1',
      source_ip: '192.0.2.1',
      user_agent: 'aws-cli/2.31.0',
      error_code: null,
      error_message: null,
      actor: 'ada',
      actor_kind: 'person',
      actor_evidence: 'userIdentity.userName',
      user_name: 'ada',
      principal_type: 'IAMUser',
      principal_id: 'AIDAEXAMPLE',
      principal_arn: 'arn:aws:iam::111122223333:user/ada',
      principal_account_id: '111122223333',
      role_name: null,
      session_name: null,
      source_identity: null,
      on_behalf_of_user_id: null,
      invoked_by: null,
      access_key_id: 'AKIAEXAMPLE',
      assumed_by: null,
      assumed_by_evidence: null,
      query_execution_id: idOf(1),
      retry_of_event_id: null,
      workgroup: 'primary',
      catalog_name: 'awsdatacatalog',
      database_name: 'sales',
      query: 'SELECT 1',
      query_source: 'athena',
      missing_reason: null,
      statement_type: 'DML',
      substatement_type: 'SELECT',
      state: 'SUCCEEDED',
      state_reason: null,
      athena_error_category: null,
      athena_error_type: null,
      athena_error_retryable: null,
      athena_error_message: null,
      submitted_at: 1_795_188_600_125,
      completed_at: 1_795_188_602_000,
      queue_ms: 1,
      planning_ms: 2,
      engine_ms: 3,
      service_ms: 4,
      total_ms: 8,
      data_scanned_bytes: 0,
      reused_result: false,
      output_location: 's3://results/1.csv',
      engine_version: 'Athena engine version 3',
      dpu_count: 4.5,
    });
  });

  it('has the columns of the report, in their order', () => {
    expect(Object.keys(rowOf(startOf()))).toEqual(COLUMNS.map(({ name }) => name));
  });

  it('keeps a failure apart from a refusal: state and error are the execution\'s, the event has none', () => {
    const answer = answerOf(idOf(1), { Status: { State: 'FAILED', StateChangeReason: 'TABLE_NOT_FOUND', AthenaError: { ErrorCategory: 2, ErrorType: 1006, Retryable: false, ErrorMessage: 'Table sales.x does not exist' } } });

    const row = rowOf(startOf(), answer);

    expect(row).toMatchObject({ state: 'FAILED', state_reason: 'TABLE_NOT_FOUND', athena_error_category: 2, athena_error_type: 1006, athena_error_retryable: false, athena_error_message: 'Table sales.x does not exist', error_code: null, missing_reason: null });
  });

  it.each([true, false])('passes on that Athena says %s of a retry and of a reused result', (said) => {
    const row = rowOf(startOf(), answerOf(idOf(1), { Status: { State: 'FAILED', AthenaError: { Retryable: said } }, Statistics: { ResultReuseInformation: { ReusedPreviousResult: said } } }));

    expect(row).toMatchObject({ athena_error_retryable: said, reused_result: said });
  });

  it('writes a refused start with its error, REJECTED and without any text', () => {
    const row = rowOf(startOf(refusedRecord()));

    expect(row).toMatchObject({ state: 'REJECTED', missing_reason: 'rejected', error_code: 'InvalidRequestException', query_execution_id: null, query: null, query_source: null, data_scanned_bytes: null });
  });

  it('keeps the text of a refused start that an old trail still has', () => {
    const row = rowOf(startOf(refusedRecord({ requestParameters: { queryString: 'Select 10' } })));

    expect(row).toMatchObject({ state: 'REJECTED', query: 'Select 10', query_source: 'cloudtrail' });
  });

  it.each([
    { name: 'not found', answer: NOT_FOUND, reason: 'not_found' },
    { name: 'refused', answer: { missing: 'access_denied', detail: 'no' } as const, reason: 'access_denied' },
    { name: 'throttled to the end', answer: { missing: 'throttled_out', detail: null } as const, reason: 'throttled_out' },
    { name: 'of a source without Athena\'s side', answer: { missing: 'not_asked', detail: null } as const, reason: 'not_asked' },
    { name: 'never asked for', answer: undefined, reason: 'not_asked' },
  ])('says why the figures of an execution are absent: $name', ({ answer, reason }) => {
    const row = rowOf(startOf(), answer);

    expect(row).toMatchObject({ missing_reason: reason, state: null, query: null, query_source: null, submitted_at: null, data_scanned_bytes: null });
  });

  it.each(['QUEUED', 'RUNNING'])('says that the figures of an execution that is %s are not final', (state) => {
    const row = rowOf(startOf(), answerOf(idOf(1), { Status: { State: state } }));

    expect(row).toMatchObject({ state, missing_reason: 'running', query: 'SELECT 1', data_scanned_bytes: 1024, completed_at: null });
  });

  it('cannot ask for an execution whose id CloudTrail left out for its size', () => {
    const row = rowOf(startOf(startRecord({ responseElements: { omitted: true } })));

    expect(row).toMatchObject({ state: null, query_execution_id: null, missing_reason: 'not_asked' });
  });

  it.each([
    { name: 'not found at 45 days to the second', ageMs: ATHENA_HISTORY_DAYS * 86_400_000, answer: NOT_FOUND, reason: 'not_found' },
    { name: 'expired a second later', ageMs: ATHENA_HISTORY_DAYS * 86_400_000 + 1000, answer: NOT_FOUND, reason: 'expired' },
    { name: 'still refused, not expired, when it was refused', ageMs: ATHENA_HISTORY_DAYS * 86_400_000 + 1000, answer: { missing: 'access_denied', detail: null } as const, reason: 'access_denied' },
    { name: 'none when Athena has it nevertheless', ageMs: ATHENA_HISTORY_DAYS * 86_400_000 + 1000, answer: answerOf(idOf(1)), reason: null },
  ])('judges the age against asOf: $name', ({ ageMs, answer, reason }) => {
    const start = startOf();

    const row = rowOf(start, answer, new Date(start.eventTime + ageMs));

    expect(row.missing_reason).toBe(reason);
  });

  it.each([
    { name: 'Athena\'s text before the record\'s', answer: answerOf(idOf(1)), query: 'SELECT 1', source: 'athena' },
    { name: 'Athena\'s text when it is empty', answer: answerOf(idOf(1), { Query: '' }), query: '', source: 'athena' },
    { name: 'the record\'s text when Athena gives none', answer: answerOf(idOf(1), { Query: undefined }), query: 'Select 10', source: 'cloudtrail' },
    { name: 'the record\'s text when Athena has lost the execution', answer: NOT_FOUND, query: 'Select 10', source: 'cloudtrail' },
  ])('gives $name, and says so', ({ answer, query, source }) => {
    const start = startOf(startRecord({ requestParameters: { queryString: 'Select 10' } }));

    expect(rowOf(start, answer)).toMatchObject({ query, query_source: source });
  });

  it('takes the workgroup that no caller gave from Athena', () => {
    const start = startOf(startRecord({ requestParameters: {} }));

    expect(rowOf(start, NOT_FOUND).workgroup).toBeNull();
    expect(rowOf(start, answerOf(idOf(1))).workgroup).toBe('primary');
  });

  it('takes database, catalog and output location from the request where Athena has none', () => {
    const start = startOf(startRecord({ requestParameters: { workGroup: 'w', queryExecutionContext: { database: 'd', catalog: 'c' }, resultConfiguration: { outputLocation: 's3://r/' } } }));

    const row = rowOf(start, answerOf(idOf(1), { WorkGroup: undefined, QueryExecutionContext: undefined }));

    expect(row).toMatchObject({ workgroup: 'w', database_name: 'd', catalog_name: 'c', output_location: 's3://r/' });
  });

  it('never makes a zero of what Athena does not say', () => {
    const row = rowOf(startOf(), answerOf(idOf(1), { Statistics: undefined }));

    expect([row.queue_ms, row.planning_ms, row.engine_ms, row.service_ms, row.total_ms, row.data_scanned_bytes, row.dpu_count, row.reused_result]).toEqual(Array(8).fill(null));
  });

  it('names the earlier event of a client\'s retry', () => {
    expect(toRow({ start: startOf(), execution: null, retryOf: idOf(999), assumption: null }, NOT_FOUND, OFFSETS, AS_OF).retry_of_event_id).toBe(idOf(999));
  });

  it('names who assumed the role, with every STS event that proves it', () => {
    const row = toRow({ start: startOf(), execution: null, retryOf: null, assumption: { assumedBy: 'ada', evidence: [idOf(7), idOf(8)] } }, NOT_FOUND, OFFSETS, AS_OF);

    expect(row).toMatchObject({ assumed_by: 'ada', assumed_by_evidence: `${idOf(7)} ${idOf(8)}` });
  });

  it('has an execution that an earlier run knew, whatever Athena says now', () => {
    const known = answerOf(idOf(1));
    const execution = 'execution' in known ? known.execution : null;

    const row = toRow({ start: startOf(), execution, retryOf: null, assumption: null }, { missing: 'access_denied', detail: null }, OFFSETS, AS_OF);

    expect(row).toMatchObject({ missing_reason: null, query_source: 'athena', state: 'SUCCEEDED' });
  });

  it('keeps LookupEvents\' user name beside the actor, untouched', () => {
    const row = rowOf({ ...startOf(), userName: 'my-session-name' });

    expect(row).toMatchObject({ actor: 'ada', user_name: 'my-session-name' });
  });

  it('replaces half a surrogate pair, which no two readers read alike, and leaves whole ones', () => {
    const broken = rowOf(startOf(), answerOf(idOf(1), { Query: "SELECT '\ud83d' || '😀'" }));

    expect(broken.query).toBe("SELECT '\ufffd' || '😀'");
  });
});

describe('compareStarts', () => {
  it('orders by time, then by id by code unit', () => {
    const starts = [['b', 2], ['B', 1], ['a', 1], ['a', 2]].map(([eventId, eventTime]) => ({ ...startOf(), eventId: String(eventId), eventTime: Number(eventTime) }));

    const sorted = [...starts].sort(compareStarts).map(({ eventId, eventTime }) => `${eventTime}${eventId}`);

    expect(sorted).toEqual(['1B', '1a', '2a', '2b']);
  });

  it('holds a start and itself for equal', () => {
    expect(compareStarts(startOf(), startOf())).toBe(0);
  });
});
