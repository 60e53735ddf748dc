/** Athena's query history. Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html */
import { type AthenaClient, BatchGetQueryExecutionCommand, type BatchGetQueryExecutionOutput } from '@aws-sdk/client-athena';
import type { ReadQueryExecutions } from '#core/ports';
import { missingOf, type QueryExecutionAnswer, toQueryExecution } from '#core/query-execution';
import { jitteredPause, type Pace } from './pace.ts';
import { errorName, isAccessDenied, toUpstreamError } from './upstream.ts';

/** Most ids of one call. */
const BATCH_SIZE = 50;
/** Rounds for ids that come back unprocessed because Athena was busy or failing. */
const BUSY_ROUNDS = 5;
/** Ids of one workgroup that are refused, each alone, before it is taken to refuse them all. */
const REFUSALS = 3;

/**
 * Reads query executions by BatchGetQueryExecution, fifty ids a call.
 *
 * A call that is refused as a whole (one bad id, one workgroup without permission) is taken apart until the one is found, so
 * that it never costs the other forty-nine: by workgroup, as far as the workgroups are known, then by halves. Permission is given
 * by workgroup: one that refused several ids, and gave none, is not asked for its others. Order of the answers is not promised by
 * AWS: they are joined by id.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError; UpstreamDeniedError only for credentials, never for a workgroup.
 */
export function createQueryExecutions(client: AthenaClient, pace: Pace, pause: Pause = jitteredPause): ReadQueryExecutions {
  return async (ids, workgroupOf = () => null) => {
    const inquiry: Inquiry = { client, pace, pause, workgroupOf, refusals: new Map(), given: new Set(), answers: new Map() };
    const batches: string[][] = [];
    for (let at = 0; at < ids.length; at += BATCH_SIZE) batches.push(ids.slice(at, at + BATCH_SIZE));
    await Promise.all(batches.map((batch) => ask(inquiry, batch)));
    return inquiry.answers;
  };
}

/** Waits before the next round for ids that Athena was too busy for. */
type Pause = (round: number) => Promise<void>;

/** One question about many ids, and what is known of the answer so far. */
interface Inquiry {
  readonly client: AthenaClient;
  readonly pace: Pace;
  readonly pause: Pause;
  readonly workgroupOf: (id: string) => string | null;
  /** By workgroup, the ids that were refused alone, with Athena's words. */
  readonly refusals: Map<string, Map<string, string>>;
  /** Workgroups of which an execution was given: they are not refused as such. */
  readonly given: Set<string>;
  readonly answers: Map<string, QueryExecutionAnswer>;
}

async function ask(inquiry: Inquiry, ids: readonly string[]): Promise<void> {
  let open = ids;
  for (let round = 1; ; round++) {
    if (round > 1) await inquiry.pause(round - 1);
    await inquiry.pace();
    // Another batch may have met the workgroup's refusal while this one waited.
    open = refuse(inquiry, open);
    if (open.length === 0) return;
    const answer = await send(inquiry, open);
    if (answer === 'refused-in-part') return await askApart(inquiry, open);
    open = take(inquiry, open, answer, round < BUSY_ROUNDS);
    if (open.length === 0) return;
  }
}

/** Asks again for the ids of a refused call: workgroup by workgroup, and within one by halves. */
async function askApart(inquiry: Inquiry, ids: readonly string[]): Promise<void> {
  const groups = new Map<string | null, string[]>();
  for (const id of ids) groups.set(inquiry.workgroupOf(id), [...(groups.get(inquiry.workgroupOf(id)) ?? []), id]);
  // One id of a known workgroup goes alone, because a few of them tell whether the workgroup is refused.
  const first = groups.has(null) ? 0 : 1;
  const half = first + Math.ceil((ids.length - first) / 2);
  const parts = groups.size > 1 ? [...groups.values()] : [ids.slice(0, first), ids.slice(first, half), ids.slice(half)];
  for (const part of parts) if (part.length > 0) await ask(inquiry, part);
}

/** Answers for the ids of refused workgroups. Shape: the other ids. */
function refuse({ workgroupOf, refusals, given, answers }: Inquiry, ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const workgroup = workgroupOf(id);
    const refused = workgroup === null || given.has(workgroup) ? [] : [...(refusals.get(workgroup)?.values() ?? [])];
    if (refused.length < REFUSALS) return true;
    answers.set(id, { missing: 'access_denied', detail: refused[0] ?? null });
    return false;
  });
}

/** Takes the answers in. Shape: the ids to ask again, because Athena was too busy for them or left them out. */
function take({ answers, workgroupOf, given }: Inquiry, ids: readonly string[], output: BatchGetQueryExecutionOutput, askAgain: boolean): string[] {
  for (const value of output.QueryExecutions ?? []) {
    const execution = toQueryExecution(value);
    if (execution === null) continue;
    answers.set(execution.queryExecutionId, { execution });
    const workgroup = workgroupOf(execution.queryExecutionId);
    if (workgroup !== null) given.add(workgroup);
  }
  const open = new Map<string, QueryExecutionAnswer>(ids.filter((id) => !answers.has(id)).map((id) => [id, { missing: 'throttled_out', detail: 'Athena answered without it' }]));
  for (const { QueryExecutionId: id, ErrorCode: code, ErrorMessage: message } of output.UnprocessedQueryExecutionIds ?? []) {
    if (id === undefined) continue;
    const answer = missingOf(code, message);
    if (answer.missing === 'throttled_out') open.set(id, answer);
    else {
      open.delete(id);
      answers.set(id, answer);
    }
  }
  if (askAgain) return [...open.keys()];
  for (const [id, answer] of open) answers.set(id, answer);
  return [];
}

async function send({ client, workgroupOf, refusals }: Inquiry, ids: readonly string[]): Promise<BatchGetQueryExecutionOutput | 'refused-in-part'> {
  try {
    return await client.send(new BatchGetQueryExecutionCommand({ QueryExecutionIds: [...ids] }));
  } catch (error) {
    const refused = isAccessDenied(error) || errorName(error) === 'InvalidRequestException';
    if (refused && ids.length > 1) return 'refused-in-part';
    const [id] = ids;
    if (refused && id !== undefined) {
      const [code, message] = [errorName(error), (error as Error).message];
      const workgroup = isAccessDenied(error) ? workgroupOf(id) : null;
      if (workgroup !== null) refusals.set(workgroup, new Map([...(refusals.get(workgroup) ?? []), [id, `${code}: ${message}`]]));
      return { UnprocessedQueryExecutionIds: [{ QueryExecutionId: id, ErrorCode: code, ErrorMessage: message }] };
    }
    throw toUpstreamError(error, 'athena:BatchGetQueryExecution', `${ids.length} query executions`);
  }
}
