/** Facts: what is known of an hour's queries, over all runs, so that a later run never knows less. */
import { instant, int, integer, isObject, type Json, number, parseJson } from './json.ts';
import { isRunning, type QueryExecution, type QueryExecutionAnswer } from './query-execution.ts';
import { fillFrom, mergeCopies, type QueryStart } from './record.ts';
import { compareStarts } from './row.ts';

/** Who assumed the role behind a session, up to the first caller, and the STS events that prove it. */
export interface Assumption {
  readonly assumedBy: string;
  readonly evidence: readonly string[];
}

/** What is known of one start: a line of the facts. */
export interface Fact {
  readonly start: QueryStart;
  readonly execution: QueryExecution | null;
  /** Event id of an earlier start of the same execution. */
  readonly retryOf: string | null;
  readonly assumption: Assumption | null;
}

/** Name of the facts beside a report; hidden from Athena by its first character. */
export const FACTS_NAME = '_facts.jsonl';

/** How the name of facts ends that could not be read, and were kept as they were. */
export const SET_ASIDE_SUFFIX = '_set_aside.jsonl';

/** The name of a manifest that is kept, with its report where that is still there, because what it vouched for is gone. */
export const LOST_MANIFEST = /\/_manifest_[0-9a-f]{12}_set_aside\.json$/;

/** A fact as a line of its object. The same facts in the order of the report give the same bytes. */
export function toFactLine(fact: Fact): string {
  return `${JSON.stringify(fact)}\n`;
}

/** What a member may be, beside null. */
const KINDS = {
  text: (value: unknown) => typeof value === 'string',
  flag: (value: unknown) => typeof value === 'boolean',
  instant: (value: unknown) => typeof value === 'number' && instant(value) !== null,
  int: (value: unknown) => int(value) !== null,
  integer: (value: unknown) => integer(value) !== null,
  number: (value: unknown) => number(value) !== null,
};

type Members<T> = Readonly<Record<keyof T & string, keyof typeof KINDS>>;

const START_MEMBERS: Members<QueryStart> = {
  eventId: 'text', eventTime: 'instant', sessionCreatedAt: 'instant', accountId: 'text', region: 'text', sourceIp: 'text', userAgent: 'text',
  errorCode: 'text', errorMessage: 'text', userName: 'text', queryExecutionId: 'text', rejected: 'flag', workgroup: 'text', catalogName: 'text',
  databaseName: 'text', query: 'text', outputLocation: 'text', correctedBy: 'text', actor: 'text', actorKind: 'text', actorEvidence: 'text',
  principalType: 'text', principalId: 'text', principalArn: 'text', principalAccountId: 'text', roleName: 'text', sessionName: 'text',
  sourceIdentity: 'text', onBehalfOfUserId: 'text', invokedBy: 'text', accessKeyId: 'text',
};

const EXECUTION_MEMBERS: Members<QueryExecution> = {
  queryExecutionId: 'text', query: 'text', statementType: 'text', substatementType: 'text', workgroup: 'text', catalogName: 'text', databaseName: 'text',
  state: 'text', stateReason: 'text', errorCategory: 'int', errorType: 'int', errorRetryable: 'flag', errorMessage: 'text', submittedAt: 'instant',
  completedAt: 'instant', queueMs: 'integer', planningMs: 'integer', engineMs: 'integer', serviceMs: 'integer', totalMs: 'integer',
  dataScannedBytes: 'integer', reusedResult: 'flag', outputLocation: 'text', engineVersion: 'text', dpuCount: 'number',
};

/** Whether an object has nothing but these members, each of its kind or null, and of some of them a value. */
function has<T>(value: Json, members: Members<T>, required: readonly (keyof T & string)[]): boolean {
  return (
    Object.entries(value).every(([name, found]) => Object.hasOwn(members, name) && (found === null || KINDS[members[name as keyof T & string]](found))) &&
    required.every((name) => value[name] != null)
  );
}

/**
 * Reads a line of facts. Shape: null when it is none of this tracker, as somebody may have changed the object: it is counted, never
 * guessed at. Nothing that a fact holds can stop a report from being written.
 */
export function parseFactLine(line: Uint8Array): Fact | null {
  const fact = parseJson(new TextDecoder('utf-8', { ignoreBOM: true }).decode(line));
  if (!isObject(fact)) return null;
  // The last member of an old line, so that one that has learned nothing is not another one.
  const start = isObject(fact['start']) ? { ...fact['start'], correctedBy: fact['start']['correctedBy'] ?? null } : {};
  const { execution = null, retryOf = null, assumption = null } = fact;
  const sound =
    has<QueryStart>(start, START_MEMBERS, ['eventId', 'eventTime', 'actorKind', 'rejected']) &&
    (execution === null || (isObject(execution) && has<QueryExecution>(execution, EXECUTION_MEMBERS, ['queryExecutionId']))) &&
    (retryOf === null || typeof retryOf === 'string') &&
    (assumption === null || (isObject(assumption) && typeof assumption['assumedBy'] === 'string' && Array.isArray(assumption['evidence']) && assumption['evidence'].every((id) => typeof id === 'string')));
  return sound ? ({ start, execution, retryOf, assumption } as unknown as Fact) : null;
}

/**
 * The starts of two runs together: one for each event id, in the order of the report.
 *
 * Of an event that was read now, what CloudTrail says now stands, and facts fill what is not known now, as one more copy of it. A
 * correction that an earlier run has read stands before the event that it corrects. Facts that no manifest vouches for may have
 * been changed, which CloudTrail's history cannot be: they name nobody else and no execution where it names one, or a refusal.
 */
export function mergeStarts(known: readonly Fact[], read: readonly QueryStart[], vouched = true): QueryStart[] {
  const copies = new Map<string, QueryStart[]>();
  for (const start of read) copies.set(start.eventId, [...(copies.get(start.eventId) ?? []), start]);
  const starts = new Map([...copies].map(([eventId, now]) => [eventId, mergeCopies(now)]));
  // Before corrections were known, one was a row of its own.
  const corrections = new Set([...read, ...known.map(({ start }) => start)].map(({ correctedBy }) => correctedBy));
  for (const { start: fact } of known) {
    const now = starts.get(fact.eventId);
    if (now !== undefined) starts.set(fact.eventId, mergeNow(now, fact, vouched));
    else if (!corrections.has(fact.eventId)) starts.set(fact.eventId, fact);
  }
  return [...starts.values()].sort(compareStarts);
}

/** What CloudTrail says now of an event, with what only the facts know of it. */
function mergeNow(now: QueryStart, fact: QueryStart, vouched: boolean): QueryStart {
  if (fact.correctedBy !== null && now.correctedBy === null) return mergeCopies([fact, now]);
  const { actor, actorKind, actorEvidence } = now;
  const merged = { ...fillFrom(now, [fact]), ...(vouched || actor === null ? {} : { actor, actorKind, actorEvidence }) };
  // That there is no execution is known of a refused start: it is no gap that such facts could fill.
  if (now.rejected && !vouched) return { ...merged, queryExecutionId: null };
  return { ...merged, rejected: merged.queryExecutionId === null && fact.rejected };
}

/** The execution to keep of an earlier one and what Athena says now: an ended one stays against a running one, a known one against none. */
export function mergeExecution(known: QueryExecution | null, answer: QueryExecutionAnswer | undefined): { readonly execution: QueryExecution | null; readonly kept: boolean } {
  const now = answer !== undefined && 'execution' in answer ? answer.execution : null;
  if (known === null) return { execution: now, kept: false };
  if (now === null || (isRunning(now) && !isRunning(known))) return { execution: known, kept: true };
  // Athena forgets in parts as well: what it no longer says of an execution stays.
  const merged: Record<string, unknown> = { ...now };
  for (const [key, value] of Object.entries(known)) merged[key] ??= value;
  return { execution: merged as unknown as QueryExecution, kept: false };
}
