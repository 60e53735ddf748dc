/** Facts: what is known of an hour's queries, over all runs, so that a later run never knows less. */
import { MalformedRecordError } from './errors.ts';
import { isObject } from './json.ts';
import { isRunning, type QueryExecution, type QueryExecutionAnswer } from './query-execution.ts';
import { mergeCopies, type QueryStart } from './record.ts';
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

/** Facts as the bytes of their object: JSON lines in the order of the report. The same facts give the same bytes. */
export function toFactsBytes(facts: readonly Fact[]): Uint8Array {
  return new TextEncoder().encode(facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
}

/**
 * Reads facts back. Errors: MalformedRecordError when a line is not ours: facts are never guessed at, and never dropped.
 */
export function parseFacts(bytes: Uint8Array): Fact[] {
  const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const fact = parseLine(line);
    if (fact === null) throw new MalformedRecordError(`${FACTS_NAME}: line ${index + 1} is no fact of this tracker; move the object away to start the hour anew`);
    return fact;
  });
}

function parseLine(line: string): Fact | null {
  try {
    const fact: unknown = JSON.parse(line);
    return isObject(fact) && isObject(fact['start']) && typeof fact['start']['eventId'] === 'string' ? (fact as unknown as Fact) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The starts of two runs together: one for each event id, in the order of the report. */
export function mergeStarts(known: readonly Fact[], read: readonly QueryStart[]): QueryStart[] {
  const copies = new Map<string, QueryStart[]>(known.map(({ start }) => [start.eventId, [start]]));
  for (const start of read) copies.set(start.eventId, [...(copies.get(start.eventId) ?? []), start]);
  return [...copies.values()].map(mergeCopies).sort(compareStarts);
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
