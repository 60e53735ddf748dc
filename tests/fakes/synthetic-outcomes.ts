/** What can become of a StartQueryExecution: the record's half of it, Athena's half, and what a report must say of both. */
import type { StoredExecution } from './athena-api.ts';
import type { Seeded } from './seeded.ts';
import type { QueryTruth } from './synthetic-row.ts';

/** The workgroup that nobody lets the tracker see. */
export const DENIED_WORKGROUP = 'finance-restricted';

/** A start and its end. */
export interface Outcome {
  /** Members of the record. */
  readonly record: { readonly requestParameters: unknown; readonly responseElements: unknown; readonly errorCode?: string; readonly errorMessage?: string };
  /** What Athena would answer; null when it knows nothing. */
  readonly execution: StoredExecution | null;
  /** True while Athena remembers, with `denied` kept from the tracker. */
  readonly truth: QueryTruth;
  /** True once Athena has forgotten. */
  readonly expired: QueryTruth;
}

/** What an outcome is made from. */
export interface Start {
  readonly chance: Seeded;
  readonly id: string;
  /** When the request was answered. Units: epoch milliseconds, whole seconds. */
  readonly at: number;
  readonly query: string;
}

const UNKNOWN: QueryTruth = {
  error_code: null, error_message: null, query_execution_id: null, workgroup: null, catalog_name: null, database_name: null, query: null, query_source: null,
  missing_reason: null, statement_type: null, substatement_type: null, state: null, state_reason: null,
  athena_error_category: null, athena_error_type: null, athena_error_retryable: null, athena_error_message: null,
  submitted_at: null, completed_at: null, queue_ms: null, planning_ms: null, engine_ms: null, service_ms: null, total_ms: null, data_scanned_bytes: null,
  reused_result: null, output_location: null, engine_version: null, dpu_count: null,
};

/** What the caller asked for; null is left out of the request. */
interface Asked {
  readonly workgroup: string | null;
  readonly catalog: string | null;
  readonly database: string | null;
  readonly output: string | null;
}

const WORKGROUPS = ['primary', 'analysts', 'etl', 'dashboards'] as const;
const DATABASES = ['sales', 'web_logs', 'hr', 'umsätze'] as const;

function ask(chance: Seeded, workgroup?: string): Asked {
  return {
    workgroup: workgroup ?? (chance.chance(0.3) ? null : chance.pick(WORKGROUPS)),
    catalog: chance.chance(0.5) ? null : 'AwsDataCatalog',
    database: chance.chance(0.2) ? null : chance.pick(DATABASES),
    output: chance.chance(0.5) ? null : 's3://example-results/asked/',
  };
}

function toRequest(asked: Asked, chance: Seeded, queryString = '***OMITTED***'): Record<string, unknown> {
  const context = { ...(asked.catalog === null ? {} : { catalog: asked.catalog }), ...(asked.database === null ? {} : { database: asked.database }) };
  return {
    queryString,
    clientRequestToken: chance.uuid(),
    ...(Object.keys(context).length === 0 ? {} : { queryExecutionContext: context }),
    ...(asked.output === null ? { resultConfiguration: {} } : { resultConfiguration: { outputLocation: asked.output } }),
    ...(asked.workgroup === null ? {} : { workGroup: asked.workgroup }),
  };
}

/** What the record alone says. */
function fromRecord(id: string | null, asked: Asked, reason: string): QueryTruth {
  return { ...UNKNOWN, query_execution_id: id, workgroup: asked.workgroup, catalog_name: asked.catalog, database_name: asked.database, output_location: asked.output, missing_reason: reason };
}

/** What Athena measured; null is left out of its answer. */
interface Measured {
  readonly state: string;
  readonly reason: string | null;
  readonly error: { readonly category: number; readonly type: number; readonly retryable: boolean; readonly message: string } | null;
  readonly statement: string | null;
  readonly substatement: string | null;
  readonly completed: number | null;
  readonly figures: Readonly<Record<'queue' | 'planning' | 'engine' | 'service' | 'total' | 'scanned' | 'dpu', number | null>>;
  readonly reused: boolean | null;
  readonly engineVersion: string | null;
}

const NO_FIGURES = { queue: null, planning: null, engine: null, service: null, total: null, scanned: null, dpu: null };

function measured(chance: Seeded, at: number, state: string): Measured {
  const statement = chance.pick([['DML', 'SELECT'], ['DML', 'INSERT'], ['DDL', 'CREATE_TABLE'], ['UTILITY', 'DESCRIBE_TABLE'], ['DML', null]] as const);
  const engine = chance.int(1, 600_000);
  return {
    state,
    reason: null,
    error: null,
    statement: statement[0],
    substatement: statement[1],
    completed: at + engine + chance.int(0, 999),
    figures: {
      queue: chance.int(0, 5000),
      planning: chance.chance(0.1) ? null : chance.int(0, 3000),
      engine,
      service: chance.int(0, 900),
      total: engine + 1234,
      scanned: chance.pick([0, 1, chance.int(1, 1e9), chance.int(2 ** 31, 2 ** 50), Number.MAX_SAFE_INTEGER]),
      dpu: chance.chance(0.9) ? null : chance.int(4, 400) + chance.pick([0, 0.5, 0.125]),
    },
    reused: chance.chance(0.1) ? null : chance.chance(0.2),
    engineVersion: chance.chance(0.05) ? null : 'Athena engine version 3',
  };
}

/** Athena knows the execution. */
function known(start: Start, asked: Asked, made: Measured, workgroup: string): Pick<Outcome, 'execution' | 'truth'> {
  const { chance, id, query } = start;
  // Taken a moment before it was answered: the milliseconds may lie in the second before the event's.
  const submitted = start.at + chance.int(-400, 999);
  const context = { catalog: asked.catalog?.toLowerCase() ?? null, database: asked.database };
  const output = `s3://example-results/${workgroup}/${id}.csv`;
  const execution: StoredExecution = {
    QueryExecutionId: id,
    Query: query,
    WorkGroup: workgroup,
    ResultConfiguration: { OutputLocation: output },
    QueryExecutionContext: { ...(context.catalog === null ? {} : { Catalog: context.catalog }), ...(context.database === null ? {} : { Database: context.database }) },
    ...(made.statement === null ? {} : { StatementType: made.statement }),
    ...(made.substatement === null ? {} : { SubstatementType: made.substatement }),
    ...(made.engineVersion === null ? {} : { EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: made.engineVersion } }),
    Statistics: present({
      QueryQueueTimeInMillis: made.figures.queue,
      QueryPlanningTimeInMillis: made.figures.planning,
      EngineExecutionTimeInMillis: made.figures.engine,
      ServiceProcessingTimeInMillis: made.figures.service,
      ServicePreProcessingTimeInMillis: 7,
      TotalExecutionTimeInMillis: made.figures.total,
      DataScannedInBytes: made.figures.scanned,
      DpuCount: made.figures.dpu,
      ResultReuseInformation: made.reused === null ? null : { ReusedPreviousResult: made.reused },
    }),
    Status: {
      State: made.state,
      ...(made.reason === null ? {} : { StateChangeReason: made.reason }),
      SubmissionDateTime: submitted / 1000,
      ...(made.completed === null ? {} : { CompletionDateTime: made.completed / 1000 }),
      ...(made.error === null ? {} : { AthenaError: { ErrorCategory: made.error.category, ErrorType: made.error.type, Retryable: made.error.retryable, ErrorMessage: made.error.message } }),
    },
  };
  const truth: QueryTruth = {
    ...UNKNOWN,
    query_execution_id: id,
    workgroup,
    catalog_name: context.catalog,
    database_name: context.database,
    query,
    query_source: 'athena',
    missing_reason: made.completed === null ? 'running' : null,
    statement_type: made.statement,
    substatement_type: made.substatement,
    state: made.state,
    state_reason: made.reason,
    athena_error_category: made.error?.category ?? null,
    athena_error_type: made.error?.type ?? null,
    athena_error_retryable: made.error?.retryable ?? null,
    athena_error_message: made.error?.message ?? null,
    submitted_at: submitted,
    completed_at: made.completed,
    queue_ms: made.figures.queue,
    planning_ms: made.figures.planning,
    engine_ms: made.figures.engine,
    service_ms: made.figures.service,
    total_ms: made.figures.total,
    data_scanned_bytes: made.figures.scanned,
    reused_result: made.reused,
    output_location: output,
    engine_version: made.engineVersion,
    dpu_count: made.figures.dpu,
  };
  return { execution, truth };
}

function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function accepted(start: Start, asked: Asked, made: Measured, workgroup = asked.workgroup ?? 'primary'): Outcome {
  return {
    record: { requestParameters: toRequest(asked, start.chance), responseElements: { queryExecutionId: start.id } },
    ...known(start, asked, made, workgroup),
    expired: fromRecord(start.id, asked, 'expired'),
  };
}

function refused(start: Start, errorCode: string | undefined, errorMessage: string): Outcome {
  const asked = ask(start.chance);
  const truth: QueryTruth = { ...fromRecord(null, asked, 'rejected'), state: 'REJECTED', error_code: errorCode ?? null, error_message: errorMessage };
  return {
    record: { requestParameters: toRequest(asked, start.chance), responseElements: null, ...(errorCode === undefined ? {} : { errorCode }), errorMessage },
    execution: null,
    truth,
    expired: truth,
  };
}

function failed(start: Start, message: string): Outcome {
  const made = measured(start.chance, start.at, 'FAILED');
  const error = { category: start.chance.int(1, 3), type: start.chance.int(0, 1999), retryable: start.chance.chance(0.3), message };
  return accepted(start, ask(start.chance), { ...made, reason: message, error });
}

/** The outcomes by name. */
export const OUTCOMES = {
  succeeded: (start) => accepted(start, ask(start.chance), measured(start.chance, start.at, 'SUCCEEDED')),
  failed: (start) => failed(start, "SYNTAX_ERROR: line 1:15: Table 'awsdatacatalog.sales.no_such_table' does not exist"),
  'failed with a hard text': (start) => failed(start, start.query),
  cancelled: (start) => accepted(start, ask(start.chance), { ...measured(start.chance, start.at, 'CANCELLED'), reason: 'Query cancelled by user', figures: { ...NO_FIGURES, engine: 12, total: 12 } }),
  running: (start) => accepted(start, ask(start.chance), { ...measured(start.chance, start.at, 'RUNNING'), completed: null, figures: { ...NO_FIGURES, engine: 0, scanned: 0, total: 0 }, reused: null }),
  queued: (start) => accepted(start, ask(start.chance), { ...measured(start.chance, start.at, 'QUEUED'), completed: null, figures: NO_FIGURES, reused: null, engineVersion: null }),
  'invalid request': (start) => refused(start, 'InvalidRequestException', "line 16:25: mismatched input ':'. Expecting: ',', <EOF>"),
  'refused with a hard text': (start) => refused(start, 'InvalidRequestException', start.query),
  'access denied': (start) => refused(start, 'AccessDenied', 'User: arn:aws:iam::111122223333:user/x is not authorized to perform: athena:StartQueryExecution on resource: arn:aws:athena:us-east-1:111122223333:workgroup/w'),
  'too many requests': (start) => refused(start, 'TooManyRequestsException', 'Rate exceeded'),
  // A refusal is the missing answer; services are known to leave the code out.
  'refused without a code': (start) => refused(start, undefined, 'Failed'),
  // Managed Grafana writes this on success.
  'succeeded with errorCode 200': (start) => {
    const base = accepted(start, ask(start.chance), measured(start.chance, start.at, 'SUCCEEDED'));
    const code = { error_code: '200' };
    return { ...base, record: { ...base.record, errorCode: '200' }, truth: { ...base.truth, ...code }, expired: { ...base.expired, ...code } };
  },
  'forbidden workgroup': (start) => {
    const asked = ask(start.chance, DENIED_WORKGROUP);
    return { ...accepted(start, asked, measured(start.chance, start.at, 'SUCCEEDED')), truth: fromRecord(start.id, asked, 'access_denied') };
  },
  'forbidden workgroup that the request does not name': (start) => {
    const asked = { ...ask(start.chance), workgroup: null };
    return { ...accepted(start, asked, measured(start.chance, start.at, 'SUCCEEDED'), DENIED_WORKGROUP), truth: fromRecord(start.id, asked, 'access_denied') };
  },
  // As after a workgroup was deleted with all its contents.
  'not found': (start) => {
    const asked = ask(start.chance);
    return { ...accepted(start, asked, measured(start.chance, start.at, 'SUCCEEDED')), execution: null, truth: fromRecord(start.id, asked, 'not_found') };
  },
  'not found, with the text in the record': (start) => {
    const asked = ask(start.chance);
    const text = { query: start.query, query_source: 'cloudtrail' };
    return {
      record: { requestParameters: toRequest(asked, start.chance, start.query), responseElements: { queryExecutionId: start.id } },
      execution: null,
      truth: { ...fromRecord(start.id, asked, 'not_found'), ...text },
      expired: { ...fromRecord(start.id, asked, 'expired'), ...text },
    };
  },
  'request too large for CloudTrail': (start) => {
    const nothing: Asked = { workgroup: null, catalog: null, database: null, output: null };
    const base = accepted(start, ask(start.chance), measured(start.chance, start.at, 'SUCCEEDED'));
    return { ...base, record: { ...base.record, requestParameters: { reason: 'requestParameters too large', omitted: start.chance.pick([true, 'true']), originalSize: '149893' } }, expired: fromRecord(start.id, nothing, 'expired') };
  },
  'no context in Athena: what was asked stands': (start) => {
    const asked: Asked = { workgroup: 'analysts', catalog: 'AwsDataCatalog', database: 'sales', output: 's3://example-results/asked/' };
    const base = accepted(start, asked, measured(start.chance, start.at, 'SUCCEEDED'));
    if (base.execution === null) return base;
    const { QueryExecutionContext: _context, ResultConfiguration: _result, WorkGroup: _workgroup, ...rest } = base.execution;
    return { ...base, execution: { ...rest, WorkGroup: 'analysts' }, truth: { ...base.truth, catalog_name: asked.catalog, database_name: asked.database, output_location: asked.output } };
  },
  'nothing measured': (start) => {
    const base = accepted(start, ask(start.chance), { ...measured(start.chance, start.at, 'SUCCEEDED'), statement: null, substatement: null, figures: NO_FIGURES, reused: null, engineVersion: null });
    if (base.execution === null) return base;
    const { Statistics: _statistics, ...rest } = base.execution;
    return { ...base, execution: rest };
  },
} as const satisfies Readonly<Record<string, (start: Start) => Outcome>>;

/** Name of an outcome. */
export type OutcomeName = keyof typeof OUTCOMES;
/** Names of the outcomes. */
export const OUTCOME_NAMES = Object.keys(OUTCOMES) as readonly OutcomeName[];
