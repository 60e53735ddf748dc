/**
 * A stand-in of Athena's history of query executions.
 * Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html
 */
import { type Answer, AwsRefusal, numberParam, type PageSize, type Params, textParam } from './aws-call.ts';
import { createPageTokens } from './page-tokens.ts';

/** A query execution as it is on the wire; times are epoch seconds with a fraction. */
export interface StoredExecution {
  readonly QueryExecutionId: string;
  readonly Query?: string;
  readonly StatementType?: string;
  readonly SubstatementType?: string;
  readonly WorkGroup?: string;
  readonly QueryExecutionContext?: { readonly Database?: string; readonly Catalog?: string };
  readonly ResultConfiguration?: { readonly OutputLocation?: string };
  readonly EngineVersion?: { readonly SelectedEngineVersion?: string; readonly EffectiveEngineVersion?: string };
  readonly Statistics?: Readonly<Record<string, unknown>>;
  readonly Status: {
    readonly State: string;
    readonly StateChangeReason?: string;
    readonly SubmissionDateTime: number;
    readonly CompletionDateTime?: number;
    readonly AthenaError?: Readonly<Record<string, unknown>>;
  };
}

/** How Athena answers a batch with an execution of a forbidden workgroup. AWS does not document which of the two it is. */
export type DeniedManner = 'whole-call' | 'per-id';

/** What the history knows and whom it refuses. */
export interface AthenaOptions {
  readonly executions: readonly StoredExecution[];
  readonly deniedWorkgroups: readonly string[];
  readonly deniedManner: DeniedManner;
  /** Workgroups beside those of the executions. */
  readonly workgroups: readonly string[];
  /** Epoch milliseconds: what was submitted more than 45 days before is forgotten. Undefined for no bound. */
  readonly now: (() => number) | undefined;
}

/** The history of one account and Region. */
export interface AthenaApi {
  readonly batchGetQueryExecution: (params: Params, size: PageSize) => Answer;
  readonly getQueryExecution: (params: Params) => Answer;
  readonly listWorkGroups: (params: Params, size: PageSize) => Answer;
  readonly listQueryExecutions: (params: Params, size: PageSize) => Answer;
  /** Adds executions, or replaces those of the same id: a running one that has ended. */
  readonly store: (executions: readonly StoredExecution[]) => void;
}

/** How long Athena keeps its history. Units: seconds. */
const HISTORY_SECONDS = 45 * 86_400;
const MAX_IDS = 50;
const MAX_PAGE = 50;

/** Creates a history. */
export function createAthenaApi(options: AthenaOptions): AthenaApi {
  const stored = new Map<string, StoredExecution>();
  /** By workgroup, newest first, once it was listed: a hundred thousand executions are not sorted for each page. */
  const lists = new Map<string, readonly StoredExecution[]>();
  const store = (executions: readonly StoredExecution[]): void => {
    for (const execution of executions) stored.set(execution.QueryExecutionId, execution);
    lists.clear();
  };
  store(options.executions);
  const denied = new Set(options.deniedWorkgroups);
  const isForgotten = ({ Status }: StoredExecution): boolean => {
    const now = options.now?.();
    return now !== undefined && Status.SubmissionDateTime < now / 1000 - HISTORY_SECONDS;
  };
  const find = (id: string): StoredExecution | undefined => {
    const execution = stored.get(id);
    return execution !== undefined && isForgotten(execution) ? undefined : execution;
  };
  const isDenied = (execution: StoredExecution) => denied.has(workgroupOf(execution));
  const tokens = createPageTokens<string>(() => invalid('NextToken is not valid'));

  const batchGetQueryExecution = (params: Params, size: PageSize): Answer => {
    const ids = readIds(params);
    const found: StoredExecution[] = [];
    const unprocessed: unknown[] = [];
    for (const [index, id] of ids.entries()) {
      const execution = find(id);
      if (size === 'empty' || (size === 'half' && index % 2 === 1)) unprocessed.push(failed(id, 'INTERNAL_FAILURE', 'An internal error occurred'));
      else if (execution === undefined) unprocessed.push(failed(id, 'INVALID_INPUT', `QueryExecution ${id} was not found`));
      else if (!isDenied(execution)) found.push(execution);
      else if (options.deniedManner === 'whole-call') throw accessDenied('BatchGetQueryExecution');
      else unprocessed.push(failed(id, 'ACCESS_DENIED', notAuthorized('BatchGetQueryExecution')));
    }
    // No order is promised: the ids' own digits give one that has nothing to do with the question.
    found.sort((a, b) => (reversed(a.QueryExecutionId) < reversed(b.QueryExecutionId) ? -1 : 1));
    return { body: { QueryExecutions: found, UnprocessedQueryExecutionIds: unprocessed }, items: found.length };
  };

  const getQueryExecution = (params: Params): Answer => {
    const id = textParam(params, 'QueryExecutionId') ?? '';
    const execution = find(id);
    if (execution === undefined) throw invalid(`QueryExecution ${id} was not found`);
    if (isDenied(execution)) throw accessDenied('GetQueryExecution');
    return { body: { QueryExecution: execution }, items: 1 };
  };

  const listWorkGroups = (params: Params, size: PageSize): Answer => {
    const names = new Set(['primary', ...options.workgroups, ...options.deniedWorkgroups]);
    for (const execution of stored.values()) names.add(workgroupOf(execution));
    const { page, more } = cut([...names].sort(), params, size);
    return { body: { WorkGroups: page.map((Name) => ({ Name, State: 'ENABLED', Description: '', EngineVersion: { EffectiveEngineVersion: 'Athena engine version 3' } })), ...more }, items: page.length };
  };

  const listQueryExecutions = (params: Params, size: PageSize): Answer => {
    const workgroup = textParam(params, 'WorkGroup') ?? 'primary';
    if (denied.has(workgroup)) throw accessDenied('ListQueryExecutions');
    const list = lists.get(workgroup) ?? [...stored.values()].filter((execution) => workgroupOf(execution) === workgroup).sort(newestFirst);
    lists.set(workgroup, list);
    const ids = list.filter((execution) => !isForgotten(execution)).map((execution) => execution.QueryExecutionId);
    if (ids.length === 0 && workgroup !== 'primary' && !options.workgroups.includes(workgroup) && ![...stored.values()].some((execution) => workgroupOf(execution) === workgroup)) {
      throw invalid(`WorkGroup ${workgroup} is not found.`);
    }
    const { page, more } = cut(ids, params, size);
    return { body: { QueryExecutionIds: page, ...more }, items: page.length };
  };

  /** The page after the token's last entry, with the token of the next. */
  function cut(all: readonly string[], params: Params, size: PageSize): { readonly page: readonly string[]; readonly more: { readonly NextToken?: string } } {
    const wanted = numberParam(params, 'MaxResults') ?? MAX_PAGE;
    if (!Number.isInteger(wanted) || wanted < 0 || wanted > MAX_PAGE) throw invalid('MaxResults must be at most 50');
    const limit = wanted === 0 ? MAX_PAGE : wanted;
    const after = tokens.read(params);
    const from = after === undefined || after === '' ? 0 : all.indexOf(after) + 1;
    const page = all.slice(from, from + (size === 'empty' ? 0 : size === 'half' ? Math.ceil(limit / 2) : limit));
    const more = from + page.length < all.length ? { NextToken: tokens.give(params, page.at(-1) ?? after ?? '') } : {};
    return { page, more };
  }

  return { batchGetQueryExecution, getQueryExecution, listWorkGroups, listQueryExecutions, store };
}

function newestFirst(a: StoredExecution, b: StoredExecution): number {
  return b.Status.SubmissionDateTime - a.Status.SubmissionDateTime || (a.QueryExecutionId < b.QueryExecutionId ? -1 : 1);
}

function readIds(params: Params): readonly string[] {
  const ids = params['QueryExecutionIds'];
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) throw new AwsRefusal('SerializationException', 'QueryExecutionIds is no list of texts');
  if (ids.length < 1 || ids.length > MAX_IDS) throw invalid(`queryExecutionIds: ${ids.length} ids, expected 1 to ${MAX_IDS}`);
  return ids;
}

function failed(id: string, code: string, message: string): unknown {
  return { QueryExecutionId: id, ErrorCode: code, ErrorMessage: message };
}

function workgroupOf(execution: StoredExecution): string {
  return execution.WorkGroup ?? 'primary';
}

function invalid(message: string): AwsRefusal {
  return new AwsRefusal('InvalidRequestException', message);
}

function accessDenied(action: string): AwsRefusal {
  return new AwsRefusal('AccessDeniedException', notAuthorized(action));
}

/** Athena's words; they name neither the id nor the workgroup. */
function notAuthorized(action: string): string {
  return `You are not authorized to perform: athena:${action} on the resource. After your AWS administrator or you have updated your permissions, please try again.`;
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
