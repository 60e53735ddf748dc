/** The functions that the use cases ask for. Single functions in our words, as narrow as the need. */
import type { SourceReport } from './manifest.ts';
import type { QueryExecutionAnswer } from './query-execution.ts';
import type { ParsedRecord, RecordCounts } from './record.ts';
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

/** One event of a look-up. */
export interface LookedUp {
  /** Null when it does not say. */
  readonly id: string | null;
  /** When it happened, as the look-up orders it; null when it does not say. Units: epoch milliseconds. */
  readonly at: number | null;
  /** Where it was, for people. */
  readonly from: string;
  /** Errors: MalformedRecordError. */
  readonly read: () => ParsedRecord;
}

/** One page of a look-up. */
export interface LookUpPage {
  /** Newest first. */
  readonly events: readonly LookedUp[];
  /** Token for the next page; null when there is none. A page may be empty and have one. */
  readonly next: string | null;
}

/**
 * Looks up one page of StartQueryExecution events, in one attempt. `from` and `to` are whole seconds, both in the range; a token is
 * good only with the bounds of the page that gave it. Units: epoch milliseconds.
 * Shape: `token refused` when CloudTrail does not know the token any more.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError (both may be tried again), UpstreamDeniedError, InvalidInputError.
 */
export type LookUp = (range: { readonly from: number; readonly to: number }, token: string | null) => Promise<LookUpPage | 'token refused'>;

/** The turns of a rate: who has one may call once. */
export interface Turns {
  /** Waits for the next. */
  readonly next: () => Promise<void>;
  /** A call was refused for the rate: others use it as well, and this side slows down for a while. */
  readonly refused: () => void;
  /** A call was taken: this side recovers. */
  readonly taken: () => void;
}

/**
 * Reads query executions by id. `workgroupOf` says in which workgroup an id ran, as far as its record tells: when Athena refuses
 * one, the others of it need not be asked for.
 * Shape: an answer for each id. One refused id or workgroup never costs the others.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError.
 */
export type ReadQueryExecutions = (ids: readonly string[], workgroupOf?: (id: string) => string | null) => Promise<ReadonlyMap<string, QueryExecutionAnswer>>;

/** An object, as it was written or lies. Units: bytes; the hash is hexadecimal. */
export interface WrittenObject {
  readonly bytes: number;
  readonly sha256: string;
}

/** An object as it was read: `version` is for `writeIf`, the hash is hexadecimal. */
export interface ReadObject {
  readonly bytes: Uint8Array;
  readonly version: string;
  readonly sha256: string;
}

/** An object that is read as a stream: all its chunks are of one version, which is for `writeIf`. Errors while it is read: those of the store. */
export interface OpenObject {
  readonly version: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Size and hash of what has been read so far: of the object, once its chunks are at their end. */
  readonly read: () => WrittenObject;
}

/** An object as it was written on condition, with its new version. */
export interface ReplacedObject extends WrittenObject {
  readonly version: string;
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
  readonly writeIf: (name: string, content: AsyncIterable<Uint8Array> | Uint8Array, contentType: string, version: string | null) => Promise<ReplacedObject | null>;
  /** The version of an object as it lies. Shape: null when there is none. */
  readonly version: (name: string) => Promise<string | null>;
  /** Reads an object with its version and its hash. Shape: null when there is none. */
  readonly readVersion: (name: string) => Promise<ReadObject | null>;
  /**
   * Opens an object of any size. Shape: null when there is none; whoever has opened it reads it to its end, or leaves its loop.
   * `pieceBytes` has it read piece by piece, each as it is needed, for many that are read side by side.
   */
  readonly open: (name: string, pieceBytes?: number) => Promise<OpenObject | null>;
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
