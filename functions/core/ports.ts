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

/** An object, as it was written or lies. Units: bytes; the hash is hexadecimal. */
export interface WrittenObject {
  readonly bytes: number;
  readonly sha256: string;
}

/** Objects below one root: a bucket and prefix, or a folder. Names are relative to the root. Whole objects only. */
export interface ReportStore {
  /** Where the root is, for people. Shape: `s3://bucket/prefix/` or a folder. */
  readonly root: string;
  /** Errors: UpstreamDeniedError, UpstreamUnavailableError. Shape: null when there is no such object. */
  readonly read: (name: string) => Promise<Uint8Array | null>;
  /** Replaces an object as a whole: a reader sees the old one or the new one. Units: bytes written. */
  readonly write: (name: string, content: AsyncIterable<Uint8Array> | Uint8Array, contentType: string) => Promise<WrittenObject>;
  /**
   * Replaces an object only while it is still the one that was read: `version` as read, null when there was none.
   * Shape: null when somebody else has written it since; nothing is written then.
   */
  readonly writeIf: (name: string, content: Uint8Array, contentType: string, version: string | null) => Promise<WrittenObject | null>;
  /** Reads an object with its version. Shape: null when there is none. */
  readonly readVersion: (name: string) => Promise<{ readonly bytes: Uint8Array; readonly version: string } | null>;
  /** Size and hash of an object as it lies, without holding it. Shape: null when there is none. */
  readonly hash: (name: string) => Promise<WrittenObject | null>;
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
