/** The source of records that are files: a trail's, saved answers of LookupEvents and Athena, EventBridge events. */
import { resolve } from 'node:path';
import type { ListHistory } from '#core/history';
import type { MalformedSample } from '#core/manifest';
import type { EventSource, ReadQueryExecutions, RecordPage } from '#core/ports';
import type { QueryExecutionAnswer } from '#core/query-execution';
import type { QueryStart } from '#core/record';
import type { HourWindow } from '#core/window';
import { type PassedOver, type Scan, scanFiles } from './file-scan.ts';

/** What a scan found. `read` = `starts` + `skipped` + `malformed`. */
export interface ScanReport {
  /** Files that hold records or Athena's answers, broken ones among them. */
  readonly files: number;
  readonly passedOver: readonly PassedOver[];
  /** Units: records, in all files. */
  readonly read: number;
  /** StartQueryExecution of Athena, further copies of one event included. */
  readonly starts: number;
  readonly skipped: number;
  readonly malformed: number;
  /** At most 10, in the order of the files. */
  readonly samples: readonly MalformedSample[];
  /** Whether any file was of Athena's side. */
  readonly athenaSide: boolean;
  /** Ids that Athena's side answers. */
  readonly queryExecutions: number;
  /** Executions without an id, which can be joined to nothing. */
  readonly unreadableExecutions: number;
}

/** Files as the source of an hour's records and of Athena's side. Nothing is read before it is asked for. */
export interface FileSource {
  readonly source: EventSource;
  readonly readQueryExecutions: ReadQueryExecutions;
  /** The executions that Athena's side holds. Always told to the end; null when no file is of Athena's side. Errors: as `createFileSource`. */
  readonly listHistory: (setAside: readonly string[]) => Promise<ListHistory | null>;
  /** Event times of all starts, oldest first, for planning the days. Units: epoch milliseconds. Errors: as `createFileSource`. */
  readonly eventTimes: () => Promise<readonly number[]>;
  /** Errors: as `createFileSource`. */
  readonly scanReport: () => Promise<ScanReport>;
}

const SCANS = Symbol.for('athena-query-tracker.scans');

/** Name in a list for executions that do not say in which workgroup they ran. */
const UNNAMED_WORKGROUP = '(none named)';

/** Scans of this process, by absolute path: the hours of a run share one, and so do the bundles that a local run has side by side. */
const shared = globalThis as { [SCANS]?: Map<string, Promise<Scan>> };
const scans = shared[SCANS] ?? new Map<string, Promise<Scan>>();
shared[SCANS] = scans;

/**
 * Makes the source of a file, or of a folder searched in depth (names beginning with a dot are not looked at).
 *
 * The path is scanned once in a process, whatever happens to it afterwards; only a scan that failed is tried again.
 * Shape: every window's page tells of the whole scan; the starts of other instants are in `outside`. An id that Athena's side
 * does not have is `not_asked`.
 * Errors: InvalidInputError, in one line, when the path is no file or folder, may not be read, or holds a document that is too large.
 */
export function createFileSource(path: string): FileSource {
  const root = resolve(path);
  let done: Scan | undefined;
  const scan = async () => {
    done = await scanOnce(root);
    return done;
  };
  return {
    source: {
      readRecords: (window) => readRecords(scan, window),
      report: () => {
        if (done === undefined) throw new TypeError('files: report asked before the records were read');
        return { kind: 'files', files: done.files, passedOver: done.passedOver.length, athenaSide: done.athenaSide };
      },
    },
    readQueryExecutions: async (ids) => {
      const { answers } = await scan();
      return new Map(ids.map((id): [string, QueryExecutionAnswer] => [id, answers.get(id) ?? { missing: 'not_asked', detail: null }]));
    },
    listHistory: async (setAside) => {
      const { athenaSide, answers } = await scan();
      return athenaSide ? listAnswers(answers, setAside) : null;
    },
    eventTimes: async () => (await scan()).starts.map(({ eventTime }) => eventTime),
    scanReport: async () => toReport(await scan()),
  };
}

function scanOnce(root: string): Promise<Scan> {
  const known = scans.get(root);
  if (known !== undefined) return known;
  const scan = scanFiles(root);
  scans.set(root, scan);
  scan.catch(() => scans.delete(root));
  return scan;
}

async function* readRecords(scan: () => Promise<Scan>, window: HourWindow): AsyncGenerator<RecordPage> {
  const { read, starts, skipped, malformed, samples } = await scan();
  const inside = starts.slice(firstAt(starts, Date.parse(window.start)), firstAt(starts, Date.parse(window.end)));
  yield { read, starts: inside, outside: starts.length - inside.length, skipped, malformed, samples };
}

/** An execution that does not say when it was submitted is of no day. */
function listAnswers(answers: Scan['answers'], setAside: readonly string[]): ListHistory {
  return async (span, sink) => {
    for (const [id, answer] of answers) {
      if (!('execution' in answer)) continue;
      const { submittedAt, workgroup } = answer.execution;
      const name = workgroup ?? UNNAMED_WORKGROUP;
      if (setAside.includes(name)) {
        sink.onUnlisted({ workgroup: name, reason: 'set_aside', said: 'UNCOMPARED_WORKGROUPS' });
        continue;
      }
      if (sink.readKnown(id) !== undefined) sink.onKnown(id);
      else if (submittedAt !== null && submittedAt >= span.from && submittedAt < span.to) sink.onUnknown({ id, submittedAt, workgroup: name });
      else continue;
      sink.onWorkgroup(name);
    }
    return null;
  };
}

/** Index of the first start at an instant or later, by halves: many windows over many starts stay fast. */
function firstAt(starts: readonly QueryStart[], instant: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle]?.eventTime ?? Number.POSITIVE_INFINITY) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

function toReport({ files, passedOver, read, starts, skipped, malformed, samples, athenaSide, answers, unreadableExecutions }: Scan): ScanReport {
  return { files, passedOver, read, starts: starts.length, skipped, malformed, samples, athenaSide, queryExecutions: answers.size, unreadableExecutions };
}
