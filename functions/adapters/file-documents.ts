/** The JSON documents of one file: one, one a line, or one behind the other. */
import { InvalidInputError } from '#core/errors';
import { countRecords, parseRecord } from '#core/record';
import { beginsLikeJson, brokenGzip } from './file-content.ts';
import { addContents, addCounts, addMalformed, type Contents, emptyContents, takeDocument, takeStray, type Verdict } from './file-shapes.ts';
import { endOfValue, isEnclosed, linesOf, skipSpace } from './json-bounds.ts';
import { sliceTrail } from './trail-slices.ts';

const NOT_JSON = 'not valid JSON';
const BREAKS_OFF = 'JSON that breaks off';

/** Smaller files are parsed as a whole, which checks all of them and costs nothing to speak of. Units: bytes. */
const SLICED_BYTES = 65_536;

/** Lines of a large file in which a first record must have shown. */
const PROBE_LINES = 1000;

/**
 * Takes in the text of one file.
 *
 * Several documents are read by lines (`jq -c`, a log) or as they follow one another (the pages of a command line). What is
 * broken among lines is a malformed record each; a file that is broken as a whole, or from some place on, is one.
 */
export function takeText(bytes: Buffer, name: string, into: Contents): Verdict {
  if (bytes.length >= SLICED_BYTES && takeSlices(bytes, name, into)) return 'taken';
  const whole = parse(bytes.toString());
  if (whole !== undefined) return takeDocument(whole.value, name, into);
  const lines = new Documents();
  for (const { start, end, number } of linesOf(bytes)) lines.takeLine(bytes, start, end, `${name}, line ${number}`);
  if (lines.broken === 0) return lines.settle(into);
  const { row, problem } = takeRow(bytes, name);
  if (problem === null) return row.settle(into);
  if (lines.verdict === 'taken') return lines.settle(into);
  row.settle(into);
  addMalformed(into, row.verdict === 'taken' ? `${name}, document ${row.count + 1}` : name, problem);
  return 'taken';
}

/** Takes in a trail file without parsing all of it. Shape: false, and nothing taken, when it has to be parsed after all. */
function takeSlices(bytes: Buffer, name: string, into: Contents): boolean {
  const trail = sliceTrail(bytes);
  if (trail === null) return false;
  const records: unknown[] = [];
  for (const { json } of trail.slices) {
    const parsed = parse(json);
    if (parsed === undefined) return false;
    records.push(parsed.value);
  }
  const counts = countRecords(records.map((record) => () => parseRecord(record)), (at) => `${name}, record ${(trail.slices[at]?.index ?? 0) + 1}`);
  const others = trail.read - records.length;
  addCounts(into, { ...counts, read: counts.read + others, skipped: counts.skipped + others });
  return true;
}

/** Parses JSON. Shape: undefined when it is no JSON. The parser's own words are not kept: they quote the text. */
function parse(json: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(json) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Several documents of one file. Only one of our shapes proves that the file is ours; until then the others are kept apart,
 * so that a foreign file never counts as malformed.
 */
class Documents {
  verdict: Verdict = 'foreign';
  count = 0;
  broken = 0;
  private readonly ours = emptyContents();
  private readonly others = emptyContents();

  /** Shape: false when it is no JSON. */
  take(bytes: Buffer, start: number, end: number, from: string): boolean {
    const parsed = parse(bytes.toString('utf8', start, end));
    if (parsed === undefined) return false;
    this.count += 1;
    if (takeDocument(parsed.value, from, this.ours) === 'taken') this.verdict = 'taken';
    else takeStray(parsed.value, from, this.others);
    return true;
  }

  /** A line that is no JSON is a malformed record, once the file is known to be ours. */
  takeLine(bytes: Buffer, start: number, end: number, from: string): void {
    // Most lines of a document on many lines end in a comma or a bracket: told without the cost of an error each.
    if (isEnclosed(bytes, start, end) && this.take(bytes, start, end, from)) return;
    this.broken += 1;
    addMalformed(this.others, from, NOT_JSON);
  }

  settle(into: Contents): Verdict {
    if (this.verdict === 'taken') {
      addContents(into, this.ours);
      addContents(into, this.others);
    }
    return this.verdict;
  }
}

/** Documents one behind the other, up to the first that is broken. Shape: `problem` says how, null when none is. */
function takeRow(bytes: Buffer, name: string): { readonly row: Documents; readonly problem: string | null } {
  const row = new Documents();
  for (let at = skipSpace(bytes, 0); at < bytes.length; ) {
    const end = endOfValue(bytes, at);
    if (end < 0) return { row, problem: BREAKS_OFF };
    if (!row.take(bytes, at, end, `${name}, document ${row.count + 1}`)) return { row, problem: NOT_JSON };
    at = skipSpace(bytes, end);
  }
  return { row, problem: null };
}

/**
 * Takes in a file that is too large for one text, line by line.
 * Errors: InvalidInputError when it is one large document instead.
 */
export async function takeStream(chunks: AsyncIterable<Buffer>, name: string, maxLineBytes: number, into: Contents): Promise<Verdict> {
  const lines = new Documents();
  let number = 0;
  let problem: string | null = null;
  try {
    for await (const line of splitLines(chunks, name, maxLineBytes)) {
      number += 1;
      const start = skipSpace(line, number === 1 && line[0] === 0xef ? 3 : 0);
      if (start < line.length) lines.takeLine(line, start, line.length, `${name}, line ${number}`);
      if (lines.broken > 0 && lines.verdict !== 'taken' && number > PROBE_LINES) throw tooLarge(name, maxLineBytes);
    }
  } catch (error) {
    problem = brokenGzip(error);
    if (problem === null) throw error;
  }
  const verdict = lines.settle(into);
  if (problem !== null) {
    addMalformed(into, `${name}, line ${number + 1}`, problem);
    return 'taken';
  }
  if (lines.broken > 0 && verdict !== 'taken') throw tooLarge(name, maxLineBytes);
  return verdict;
}

async function* splitLines(chunks: AsyncIterable<Buffer>, name: string, maxLineBytes: number): AsyncGenerator<Buffer> {
  let open: Buffer[] = [];
  let openBytes = 0;
  let first = true;
  for await (const chunk of chunks) {
    // Only unpacked does an archive show what it holds.
    if (first && !beginsLikeJson(chunk)) return;
    first = false;
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      const line = chunk.subarray(from, end);
      yield open.length === 0 ? line : Buffer.concat([...open, line]);
      open = [];
      openBytes = 0;
      from = end + 1;
    }
    if (from < chunk.length) open.push(chunk.subarray(from));
    openBytes += chunk.length - from;
    if (openBytes > maxLineBytes) throw tooLarge(name, maxLineBytes);
  }
  if (open.length > 0) yield Buffer.concat(open);
}

function tooLarge(name: string, maxBytes: number): InvalidInputError {
  const size = maxBytes >= 1024 * 1024 ? `${Math.floor(maxBytes / 1024 / 1024)} MiB` : `${maxBytes} bytes`;
  return new InvalidInputError(`${name}: one JSON document of more than ${size}, expected JSON lines or smaller files; split it (jq -c '.Records[]' makes lines)`);
}
