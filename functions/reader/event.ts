import * as v from 'valibot';
import { InvalidInputError } from '#core/errors';
import { toProblems } from '#core/problems';
import type { HourWindow } from '#core/window';
import { parseWorkerEvent, runId } from '../worker/event.ts';

/** What the reader receives: the hours of a day, and the run that they are read for. */
export interface ReaderEvent {
  readonly windows: readonly HourWindow[];
  /** By it the workers find what was read. */
  readonly run: string;
  readonly config: unknown;
}

const SCHEMA = v.object({
  run: runId,
  windows: v.pipe(v.array(v.looseObject({}, 'an hour window'), 'the hour windows of a day'), v.minLength(1, 'at least one hour window')),
  config: v.unknown(),
}, 'the hours of a day, such as events/reader.day.json');

/** Reads the reader's event. Errors: InvalidInputError with every problem: field, value, and what was expected. */
export function parseReaderEvent(event: unknown): ReaderEvent {
  const result = v.safeParse(SCHEMA, event);
  if (!result.success) throw new InvalidInputError(toProblems(result.issues).join('; '));
  const { run, windows, config } = result.output;
  return { windows: windows.map((window) => parseWorkerEvent({ ...(event as object), ...window, config }).window), run, config };
}
