import { isRunning, missingOf, toQueryExecution } from '#core/query-execution';
import { executionOf, idOf } from '../fakes/records.ts';

const ID = idOf(1);

describe('toQueryExecution', () => {
  it('reads an execution in our words, with our units', () => {
    const execution = toQueryExecution({
      QueryExecutionId: ID,
      Query: 'SELECT 1',
      StatementType: 'DML',
      SubstatementType: 'SELECT',
      WorkGroup: 'primary',
      QueryExecutionContext: { Database: 'sales', Catalog: 'awsdatacatalog' },
      ResultConfiguration: { OutputLocation: 's3://results/1.csv' },
      Status: {
        State: 'FAILED',
        StateChangeReason: 'why',
        SubmissionDateTime: new Date('2026-11-20T15:30:00.125Z'),
        CompletionDateTime: new Date('2026-11-20T15:30:02Z'),
        AthenaError: { ErrorCategory: 2, ErrorType: 1006, Retryable: false, ErrorMessage: 'what' },
      },
      Statistics: {
        QueryQueueTimeInMillis: 1,
        QueryPlanningTimeInMillis: 2,
        EngineExecutionTimeInMillis: 3,
        ServiceProcessingTimeInMillis: 4,
        TotalExecutionTimeInMillis: 10,
        DataScannedInBytes: 9_007_199_254_740_991,
        ResultReuseInformation: { ReusedPreviousResult: true },
        DpuCount: 4.5,
      },
      EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
    });

    expect(execution).toEqual({
      queryExecutionId: ID,
      query: 'SELECT 1',
      statementType: 'DML',
      substatementType: 'SELECT',
      workgroup: 'primary',
      catalogName: 'awsdatacatalog',
      databaseName: 'sales',
      state: 'FAILED',
      stateReason: 'why',
      errorCategory: 2,
      errorType: 1006,
      errorRetryable: false,
      errorMessage: 'what',
      submittedAt: Date.parse('2026-11-20T15:30:00.125Z'),
      completedAt: Date.parse('2026-11-20T15:30:02Z'),
      queueMs: 1,
      planningMs: 2,
      engineMs: 3,
      serviceMs: 4,
      totalMs: 10,
      dataScannedBytes: 9_007_199_254_740_991,
      reusedResult: true,
      outputLocation: 's3://results/1.csv',
      engineVersion: 'Athena engine version 3',
      dpuCount: 4.5,
    });
  });

  it('knows nothing but the id of an execution that gives nothing else', () => {
    const { queryExecutionId, ...others } = toQueryExecution({ QueryExecutionId: ID }) ?? {};

    expect(queryExecutionId).toBe(ID);
    expect(Object.values(others)).toEqual(Array(24).fill(null));
  });

  it.each([
    { name: 'an execution without id', value: { Query: 'SELECT 1' } },
    { name: 'an execution with an empty id', value: { QueryExecutionId: '' } },
    { name: 'null', value: null },
    { name: 'a list', value: [] },
    { name: 'text', value: ID },
  ])('gives null for $name', ({ value }) => {
    expect(toQueryExecution(value)).toBeNull();
  });

  it('keeps an empty text apart from none', () => {
    expect(toQueryExecution(executionOf(ID, { Query: '' }))?.query).toBe('');
    expect(toQueryExecution(executionOf(ID, { Query: undefined }))?.query).toBeNull();
  });

  it('keeps a zero apart from nothing', () => {
    expect(toQueryExecution(executionOf(ID, { Statistics: { DataScannedInBytes: 0 } }))).toMatchObject({ dataScannedBytes: 0, engineMs: null });
  });

  const instant = Date.parse('2026-11-20T15:30:00.125Z');

  it.each([
    { name: 'a Date of the SDK', value: new Date(instant), at: instant },
    { name: 'epoch seconds of the wire', value: instant / 1000, at: instant },
    { name: 'ISO 8601 in UTC', value: '2026-11-20T15:30:00.125Z', at: instant },
    { name: 'ISO 8601 with the offset that the CLI prints', value: '2026-11-20T10:30:00.125000-05:00', at: instant },
    { name: 'a time without offset, which is another instant on every machine', value: '2026-11-20T15:30:00.125', at: null },
    { name: 'a Date that is none', value: new Date('x'), at: null },
    { name: 'a number that is none', value: Number.NaN, at: null },
    { name: 'other words', value: 'yesterday Z', at: null },
    { name: 'another type', value: true, at: null },
  ])('reads $name as a time', ({ value, at }) => {
    expect(toQueryExecution(executionOf(ID, { Status: { SubmissionDateTime: value } }))?.submittedAt).toBe(at);
  });

  it.each([
    { name: 'figures in text', members: { Statistics: { DataScannedInBytes: '12' } } },
    { name: 'figures that are no numbers', members: { Statistics: { DataScannedInBytes: Number.POSITIVE_INFINITY } } },
    { name: 'figures that are a list', members: { Statistics: [] } },
    { name: 'no figures', members: { Statistics: null } },
  ])('holds $name for unknown', ({ members }) => {
    expect(toQueryExecution(executionOf(ID, members))?.dataScannedBytes).toBeNull();
  });
});

describe('isRunning', () => {
  it.each([
    { state: 'QUEUED', running: true },
    { state: 'RUNNING', running: true },
    { state: 'A_STATE_OF_TOMORROW', running: true },
    { state: 'SUCCEEDED', running: false },
    { state: 'FAILED', running: false },
    { state: 'CANCELLED', running: false },
    { state: undefined, running: false },
  ])('says $running of $state', ({ state, running }) => {
    const execution = toQueryExecution(executionOf(ID, { Status: { State: state } }));

    expect(execution !== null && isRunning(execution)).toBe(running);
  });
});

describe('a figure that no column can hold', () => {
  it.each([
    ['a fraction of a byte', { Statistics: { DataScannedInBytes: 1.5 } }, 'dataScannedBytes'],
    ['more bytes than a double keeps exactly', { Statistics: { DataScannedInBytes: 2 ** 60 } }, 'dataScannedBytes'],
    ['an error type beyond 32 bits', { Status: { AthenaError: { ErrorType: 3_000_000_000 } } }, 'errorType'],
    ['a time in milliseconds where seconds are due', { Status: { SubmissionDateTime: 1_795_186_800_000 } }, 'submittedAt'],
  ] as const)('is unknown: %s', (_name, members, field) => {
    expect(toQueryExecution({ QueryExecutionId: 'q', ...members })).toMatchObject({ [field]: null });
  });

  it('is taken at its limits', () => {
    expect(toQueryExecution({ QueryExecutionId: 'q', Statistics: { DataScannedInBytes: Number.MAX_SAFE_INTEGER }, Status: { AthenaError: { ErrorType: 2 ** 31 - 1, ErrorCategory: 0 } } })).toMatchObject({ dataScannedBytes: Number.MAX_SAFE_INTEGER, errorType: 2 ** 31 - 1, errorCategory: 0 });
  });
});

describe('missingOf', () => {
  it.each([
    { name: 'a code of refusal', code: 'AccessDeniedException', message: undefined, answer: { missing: 'access_denied', detail: 'AccessDeniedException' } },
    { name: 'words of refusal', code: 'InvalidRequestException', message: 'User: x is not authorized to perform: athena:GetQueryExecution', answer: { missing: 'access_denied', detail: 'InvalidRequestException: User: x is not authorized to perform: athena:GetQueryExecution' } },
    { name: 'a code of throttling', code: 'ThrottlingException', message: 'Rate exceeded', answer: { missing: 'throttled_out', detail: 'ThrottlingException: Rate exceeded' } },
    { name: 'words of throttling', code: null, message: 'Rate exceeded', answer: { missing: 'throttled_out', detail: 'Rate exceeded' } },
    { name: 'an execution that is not there', code: 'INVALID_INPUT', message: 'QueryExecution x was not found', answer: { missing: 'not_found', detail: 'INVALID_INPUT: QueryExecution x was not found' } },
    { name: 'a code of an execution that is not there', code: 'QUERY_EXECUTION_NOT_FOUND', message: undefined, answer: { missing: 'not_found', detail: 'QUERY_EXECUTION_NOT_FOUND' } },
    { name: 'an id that is none', code: 'InvalidRequestException', message: 'QueryExecutionId x is not valid', answer: { missing: 'not_found', detail: 'InvalidRequestException: QueryExecutionId x is not valid' } },
    { name: 'a request that is wrong in itself, which says nothing about the execution', code: 'InvalidRequestException', message: 'Workgroup analytics is disabled', answer: { missing: 'throttled_out', detail: 'InvalidRequestException: Workgroup analytics is disabled' } },
    { name: 'a failure of Athena', code: 'InternalFailure', message: 'An unknown error occurred', answer: { missing: 'throttled_out', detail: 'InternalFailure: An unknown error occurred' } },
    { name: 'a failure behind Athena, in words that look like a loss', code: 'ServiceUnavailable', message: 'host not found', answer: { missing: 'throttled_out', detail: 'ServiceUnavailable: host not found' } },
    { name: 'silence', code: undefined, message: undefined, answer: { missing: 'not_found', detail: null } },
  ])('reads $name', ({ code, message, answer }) => {
    expect(missingOf(code, message)).toEqual(answer);
  });

  it.each([
    ['UNKNOWN', 'Insufficient permissions to access workgroup'],
    ['UNKNOWN', 'Insufficient Lake Formation permission(s) on workgroup people'],
    ['INSUFFICIENT_PERMISSIONS', undefined],
    ['InsufficientPrivilegesException', undefined],
    ['PERMISSION_DENIED', undefined],
    [null, 'Permission denied on workgroup people'],
    [null, 'Access to workgroup people is denied'],
    [null, 'Access to the workgroup was denied by a policy'],
    [null, 'You do not have the required permissions for workgroup people'],
    [null, "The caller doesn't have sufficient access to it"],
    [null, 'The role lacks permission athena:GetQueryExecution'],
    [null, 'Missing permissions for the workgroup'],
    [null, 'You are not permitted to access this workgroup'],
    [null, 'The principal is not allowed to perform athena:GetQueryExecution'],
    [null, 'The user is not authorised'],
    ['UNAUTHORISED', undefined],
  ])('takes for a refusal what says so in other words: %s, %s', (code, message) => {
    expect(missingOf(code, message)).toMatchObject({ missing: 'access_denied' });
  });

  it.each([
    ['UNKNOWN', undefined],
    ['UNKNOWN', 'Something went wrong'],
    ['INSUFFICIENT_CAPACITY', 'Insufficient resources at the moment'],
    ['ThrottlingException', 'Request was denied due to request throttling'],
    [null, 'Permissions could not be checked, try again'],
    [null, 'More than 50 ids are not allowed'],
    [null, 'Access was slow; the request timed out'],
  ])('takes for no refusal what only sounds like one: %s, %s', (code, message) => {
    expect(missingOf(code, message)).toMatchObject({ missing: 'throttled_out' });
  });
});
