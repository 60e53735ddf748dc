/** Entries: starts as they were read, and what Athena said of their executions; they lie in hidden parts while a long hour is read. */
import { isObject, parseJson } from './json.ts';
import { hourFolder } from './partition.ts';
import type { WrittenObject } from './ports.ts';
import type { QueryExecutionAnswer } from './query-execution.ts';
import type { QueryStart } from './record.ts';

/** One start that was read. */
export interface Entry {
  readonly start: QueryStart;
  /** Undefined when Athena has not been asked. */
  answer: QueryExecutionAnswer | undefined;
}

/** Entries in the order of the report, as an object of lines. Units: `first` and `last` are event times, epoch milliseconds. */
export interface Part extends WrittenObject {
  readonly name: string;
  readonly entries: number;
  readonly first: number;
  readonly last: number;
}

/** The folder of an hour's parts, of all runs; hidden from Athena by its name. Errors: InvalidInputError. */
export function partsFolder(day: string, hour: string): string {
  return `${hourFolder(day, hour)}_parts/`;
}

/** The folder of one run's parts. `run` may be an execution's ARN: its last part is its name. Errors: InvalidInputError. */
export function runFolder(day: string, hour: string, run: string): string {
  return `${partsFolder(day, hour)}${run.slice(run.lastIndexOf(':') + 1).replace(/[^\w-]/g, (character) => `_${character.charCodeAt(0).toString(16)}`).slice(-80)}/`;
}

/** An entry as a line. */
export function toEntryLine({ start, answer }: Entry): string {
  return `${JSON.stringify({ start, answer })}\n`;
}

/** Reads an entry back. Shape: null when it is none. The hash of its part vouches for the rest. */
export function parseEntryLine(line: Uint8Array): Entry | null {
  const entry = parseJson(line);
  if (!isObject(entry) || !isObject(entry['start'])) return null;
  return { start: entry['start'] as unknown as QueryStart, answer: entry['answer'] as QueryExecutionAnswer | undefined };
}
