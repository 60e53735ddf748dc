/** The functions that the use cases ask for. Single functions in our words, as narrow as the need. */
import type { SourceReport } from './manifest.ts';
import type { QueryExecutionAnswer } from './query-execution.ts';
import type { RecordCounts } from './record.ts';
import type { HourWindow } from './window.ts';

/** Some records of a source, already told apart. `read` counts them all, independently of what they turned out to be. */
export interface RecordPage extends RecordCounts {
  /** Starts that the source itself knows to be of another hour; they are in `read` and not in `starts`. */
  readonly outside: number;
}

/** Where records come from. Pages come in no promised order; every record of the window is in one of them. */
export interface EventSource {
  /** Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError, InvalidInputError. */
  readonly readRecords: (window: HourWindow) => AsyncIterable<RecordPage>;
  /** What the manifest says of the source; asked after all pages were read. */
  readonly report: () => SourceReport;
}

/**
 * Reads query executions by id.
 * Shape: an answer for each id. One refused id or workgroup never costs the others.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError.
 */
export type ReadQueryExecutions = (ids: readonly string[]) => Promise<ReadonlyMap<string, QueryExecutionAnswer>>;

/** Objects below one root: a bucket and prefix, or a folder. Names are relative to the root. Whole objects only. */
export interface ReportStore {
  /** Where the root is, for people. Shape: `s3://bucket/prefix/` or a folder. */
  readonly root: string;
  /** Errors: UpstreamDeniedError, UpstreamUnavailableError. Shape: null when there is no such object. */
  readonly read: (name: string) => Promise<Uint8Array | null>;
  /** Replaces an object as a whole: a reader sees the old one or the new one. Units: bytes written. */
  readonly write: (name: string, content: AsyncIterable<Uint8Array> | Uint8Array, contentType: string) => Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** No error when it is not there. */
  readonly remove: (name: string) => Promise<void>;
}

/** What starting an execution came to: `already` when one of that name was started before. */
export interface StartedExecution {
  readonly executionArn: string;
  readonly already: boolean;
}

/** Starts an execution by name. Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError, InvalidInputError. */
export type StartExecution = (stateMachineArn: string, name: string, input: unknown) => Promise<StartedExecution>;
