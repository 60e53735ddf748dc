/** One pass over all files of a path. */
import { isRunning, type QueryExecution, type QueryExecutionAnswer } from '#core/query-execution';
import { compareStarts } from '#core/row';
import { MAX_TEXT_BYTES, readContent } from './file-content.ts';
import { takeStream, takeText } from './file-documents.ts';
import { addContents, addMalformed, type Contents, emptyContents, type Verdict } from './file-shapes.ts';
import { type FoundFile, findFiles } from './file-walk.ts';

/** Files that are read and unpacked side by side: as many as libuv has threads. */
const FILES_IN_FLIGHT = 4;

/** A file that holds nothing of ours. `foreign` is all but CloudTrail's digest files: other JSON, texts, images, sockets. */
export interface PassedOver {
  readonly name: string;
  readonly reason: 'digest' | 'foreign';
}

/** What all files hold together. `read` is the sum of the starts, the skipped and the malformed. */
export interface Scan extends Readonly<Pick<Contents, 'read' | 'skipped' | 'malformed' | 'starts' | 'samples' | 'athenaSide' | 'unreadableExecutions'>> {
  /** Files that hold records or Athena's answers, broken ones among them. */
  readonly files: number;
  /** The others, in the order of their names. */
  readonly passedOver: readonly PassedOver[];
  /** Athena's side, by query execution id. */
  readonly answers: ReadonlyMap<string, QueryExecutionAnswer>;
}

/**
 * Scans a file, or a folder in depth.
 *
 * Shape: the same files give the same scan; starts are ordered by time, then event id, then name of the file.
 * Units: `maxTextBytes` is the largest file that is read as one text, unpacked.
 * Errors: InvalidInputError when the path is no file or folder, may not be read, or holds one document that is too large.
 */
export async function scanFiles(path: string, maxTextBytes = MAX_TEXT_BYTES): Promise<Scan> {
  const { files, others } = await findFiles(path);
  const scanned = await mapInFlight(files, (file) => scanFile(file, maxTextBytes));
  const total = emptyContents();
  const passedOver: PassedOver[] = others.map((name) => ({ name, reason: 'foreign' }));
  for (const { name, verdict, contents } of scanned) {
    if (verdict === 'taken') addContents(total, contents);
    else passedOver.push({ name, reason: verdict });
  }
  passedOver.sort((a, b) => (a.name < b.name ? -1 : 1));
  total.starts.sort(compareStarts);
  return { ...total, files: scanned.length + others.length - passedOver.length, passedOver, answers: answersOf(total) };
}

interface ScannedFile {
  readonly name: string;
  readonly verdict: Verdict;
  readonly contents: Contents;
}

async function scanFile({ path, name }: FoundFile, maxTextBytes: number): Promise<ScannedFile> {
  const contents = emptyContents();
  const content = await readContent(path, maxTextBytes);
  switch (content.kind) {
    case 'foreign':
      return { name, verdict: 'foreign', contents };
    case 'broken':
      addMalformed(contents, name, content.problem);
      return { name, verdict: 'taken', contents };
    case 'text':
      return { name, verdict: takeText(content.bytes, name, contents), contents };
    case 'stream':
      return { name, verdict: await takeStream(content.chunks, name, maxTextBytes, contents), contents };
  }
}

/** Maps with a few calls in flight; the results are in the order of the items. After a failure no further item is begun. */
async function mapInFlight<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()].reverse();
  const work = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [index, item] = next;
      try {
        results[index] = await map(item);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: FILES_IN_FLIGHT }, work));
  return results;
}

/** Of several answers for one id a final execution is kept, else the first, in the order of the files; a refusal only for want of one. */
function answersOf({ executions, refused }: Contents): Map<string, QueryExecutionAnswer> {
  const kept = new Map<string, QueryExecution>();
  for (const execution of executions) {
    const known = kept.get(execution.queryExecutionId);
    if (known === undefined || (isFinal(execution) && !isFinal(known))) kept.set(execution.queryExecutionId, execution);
  }
  const answers = new Map<string, QueryExecutionAnswer>([...kept].map(([id, execution]) => [id, { execution }]));
  for (const { id, answer } of refused) if (!answers.has(id)) answers.set(id, answer);
  return answers;
}

function isFinal(execution: QueryExecution): boolean {
  return execution.state !== null && !isRunning(execution);
}
