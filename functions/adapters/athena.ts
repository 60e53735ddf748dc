/** Athena's query history. Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html */
import { type AthenaClient, BatchGetQueryExecutionCommand, type BatchGetQueryExecutionOutput } from '@aws-sdk/client-athena';
import type { ReadQueryExecutions } from '#core/ports';
import { missingOf, type QueryExecutionAnswer, toQueryExecution } from '#core/query-execution';
import type { Pace } from './pace.ts';
import { errorName, isAccessDenied, toUpstreamError } from './upstream.ts';

/** Most ids of one call. */
const BATCH_SIZE = 50;
/** Rounds for ids that come back unprocessed because Athena was busy or failing. */
const BUSY_ROUNDS = 5;

type Answers = Map<string, QueryExecutionAnswer>;

/**
 * Reads query executions by BatchGetQueryExecution, fifty ids a call.
 *
 * A call that is refused as a whole (one bad id, one workgroup without permission) is halved until the one is found, so
 * that it never costs the other forty-nine. Order of the answers is not promised by AWS: they are joined by id.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError; UpstreamDeniedError only for credentials, never for a workgroup.
 */
export function createQueryExecutions(client: AthenaClient, pace: Pace, pause: Pause = jitteredPause): ReadQueryExecutions {
  return async (ids) => {
    const answers: Answers = new Map();
    const batches: string[][] = [];
    for (let at = 0; at < ids.length; at += BATCH_SIZE) batches.push(ids.slice(at, at + BATCH_SIZE));
    await Promise.all(batches.map((batch) => ask({ client, pace, pause }, batch, answers)));
    return answers;
  };
}

/** Waits before the next round for ids that Athena was too busy for. */
type Pause = (round: number) => Promise<void>;

/** Full jitter below a limit that doubles: 0.5 s, 1 s, 2 s, 4 s. */
const jitteredPause: Pause = (round) => new Promise((resolve) => setTimeout(resolve, Math.random() * 250 * 2 ** round));

interface Athena {
  readonly client: AthenaClient;
  readonly pace: Pace;
  readonly pause: Pause;
}

async function ask(athena: Athena, ids: readonly string[], answers: Answers): Promise<void> {
  let open = ids;
  for (let round = 1; open.length > 0; round++) {
    if (round > 1) await athena.pause(round - 1);
    const answer = await send(athena, open);
    if (answer === 'refused-in-part') {
      const half = Math.ceil(open.length / 2);
      await ask(athena, open.slice(0, half), answers);
      await ask(athena, open.slice(half), answers);
      return;
    }
    open = take(open, answer, answers, round < BUSY_ROUNDS);
  }
}

/** Takes the answers in. Shape: the ids to ask again, because Athena was too busy for them or left them out. */
function take(ids: readonly string[], output: BatchGetQueryExecutionOutput, answers: Answers, askAgain: boolean): string[] {
  for (const value of output.QueryExecutions ?? []) {
    const execution = toQueryExecution(value);
    if (execution !== null) answers.set(execution.queryExecutionId, { execution });
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

async function send({ client, pace }: Athena, ids: readonly string[]): Promise<BatchGetQueryExecutionOutput | 'refused-in-part'> {
  await pace();
  try {
    return await client.send(new BatchGetQueryExecutionCommand({ QueryExecutionIds: [...ids] }));
  } catch (error) {
    const refused = isAccessDenied(error) || errorName(error) === 'InvalidRequestException';
    if (refused && ids.length > 1) return 'refused-in-part';
    if (refused) return { UnprocessedQueryExecutionIds: [{ QueryExecutionId: ids[0], ErrorCode: errorName(error), ErrorMessage: (error as Error).message }] };
    throw toUpstreamError(error, 'athena:BatchGetQueryExecution', `${ids.length} query executions`);
  }
}
