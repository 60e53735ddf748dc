/** What has been read of one hour's look-ups: its chains, its counts, and the entries that no part holds yet. */
import { beginChain, type Chain, cutChain, densityOf, followChain, freshOf, pagesLeft, reopenChain } from './chain.ts';
import { type Entry, type Part, runFolder } from './entry.ts';
import { isObject, parseJson } from './json.ts';
import type { MalformedSample } from './manifest.ts';
import type { LookUpPage } from './ports.ts';
import { countRecords } from './record.ts';
import { compareStarts } from './row.ts';
import { type HourWindow, windowHolds } from './window.ts';

/** What became of the records that were read: `read` is the sum of the others. Units: records. */
export interface ReadCounts {
  readonly read: number;
  /** Starts of this hour, copies of one event included. */
  readonly inside: number;
  readonly outside: number;
  readonly skipped: number;
  readonly malformed: number;
}

/** Where a reading stands, in a form that another process goes on from. */
export interface Checkpoint {
  readonly version: 1;
  readonly start: string;
  readonly end: string;
  readonly chains: readonly Chain[];
  readonly counts: ReadCounts;
  readonly samples: readonly MalformedSample[];
  readonly corrections: readonly Correction[];
  readonly parts: readonly Part[];
}

/** A record that corrects another: the two need not be of the same instant. */
export interface Correction {
  readonly eventId: string;
  readonly correctedBy: string;
}

/** Name of the checkpoint in the folder of a run's parts; written after the parts that it names. */
export const CHECKPOINT_NAME = 'reading.json';

const MAX_SAMPLES = 10;
/** What an entry takes beside its text. Units: bytes, estimated. */
const ENTRY_BYTES = 2_000;

/** The reading of one hour by one run. */
export class HourReading {
  readonly window: HourWindow;
  /** Folder of the run's parts. */
  readonly folder: string;
  #chains: Chain[];
  #counts: ReadCounts = { read: 0, inside: 0, outside: 0, skipped: 0, malformed: 0 };
  #samples: MalformedSample[] = [];
  readonly #corrections: Correction[] = [];
  #parts: readonly Part[] = [];
  #entries: Entry[] = [];
  #bytes = 0;

  /** Begins a reading, or goes on from a checkpoint of the same run. */
  constructor(window: HourWindow, run: string, checkpoint: Checkpoint | null) {
    this.window = window;
    this.folder = runFolder(window.day, window.hour, run);
    this.#chains = [beginChain(Date.parse(window.start), Date.parse(window.end))];
    if (checkpoint === null) return;
    this.#chains = [...checkpoint.chains];
    this.#counts = checkpoint.counts;
    this.#samples = [...checkpoint.samples];
    this.#corrections = [...checkpoint.corrections];
    this.#parts = checkpoint.parts;
  }

  get chains(): readonly Chain[] {
    return this.#chains;
  }

  get counts(): ReadCounts {
    return this.#counts;
  }

  /** At most 10, in an order that does not depend on that of the pages. */
  get samples(): readonly MalformedSample[] {
    return [...this.#samples].sort((a, b) => (a.from < b.from ? -1 : 1)).slice(0, MAX_SAMPLES);
  }

  get corrections(): readonly Correction[] {
    return this.#corrections;
  }

  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** Pages that were read. */
  get pages(): number {
    return this.#chains.reduce((sum, { pages }) => sum + pages, 0);
  }

  /** Whether all pages were read. */
  get done(): boolean {
    return this.#chains.every((chain) => chain.done);
  }

  /** What the entries that no part holds take, about. Units: bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a page of a chain in. Shape: the new entries, for Athena to be asked about. */
  take(index: number, { events, next }: LookUpPage): readonly Entry[] {
    const chain = this.#chain(index);
    // What lies before the floor is read by the chain that was cut off; what a chain met at its edge before it began again is at hand.
    const own = freshOf(chain, events).fresh.filter(({ at }) => at === null || at >= chain.floor);
    const page = countRecords(own.map(({ read }) => read), (at) => own[at]?.from ?? '');
    const inside = page.starts.filter((start) => windowHolds(this.window, start.eventTime));
    const entries = inside.map((start): Entry => ({ start, answer: undefined }));
    this.#entries.push(...entries);
    this.#bytes += entries.length * ENTRY_BYTES;
    for (const { eventId, correctedBy } of inside) if (correctedBy !== null) this.#corrections.push({ eventId, correctedBy });
    const { read, skipped, malformed } = page;
    const counts = this.#counts;
    this.#counts = { read: counts.read + read, inside: counts.inside + inside.length, outside: counts.outside + page.starts.length - inside.length, skipped: counts.skipped + skipped, malformed: counts.malformed + malformed };
    this.#samples.push(...page.samples);
    if (this.#samples.length > MAX_SAMPLES) this.#samples = [...this.samples];
    this.#chains[index] = followChain(chain, events, next);
    return entries;
  }

  /** Takes in what Athena said of an entry. */
  answer(entry: Entry, answer: Entry['answer']): void {
    entry.answer = answer;
    if (answer !== undefined && 'execution' in answer) this.#bytes += answer.execution.query?.length ?? 0;
  }

  /** A chain whose token was refused begins again where it stands. */
  reopen(index: number): void {
    this.#chains[index] = reopenChain(this.#chain(index));
  }

  /** Pages that are left, about; null before the first page. */
  pagesLeft(): number | null {
    const density = this.#density();
    return density === null ? null : this.#chains.reduce((sum, chain) => sum + pagesLeft(chain, density), 0);
  }

  /** Cuts the chain with most left in two, so that two pages can be on their way. Shape: index of the new chain; null when none is worth it. */
  cut(): number | null {
    const density = this.#density();
    if (density === null) return null;
    const longest = this.#chains.map((chain, index) => ({ index, left: pagesLeft(chain, density) })).sort((a, b) => b.left - a.left)[0];
    const halves = longest === undefined ? null : cutChain(this.#chain(longest.index), density);
    if (longest === undefined || halves === null) return null;
    this.#chains[longest.index] = halves[0];
    this.#chains.push(halves[1]);
    return this.#chains.length - 1;
  }

  /** Ends a segment: what was taken so far. What is taken from now on is of the next. */
  endSegment(): { readonly entries: readonly Entry[]; readonly checkpoint: Checkpoint } {
    const entries = this.#entries;
    this.#entries = [];
    this.#bytes = 0;
    return { entries, checkpoint: this.#checkpoint() };
  }

  /** Entries that no part holds, in the order of the report. */
  rest(): readonly Entry[] {
    return [...this.#entries].sort((a, b) => compareStarts(a.start, b.start));
  }

  /** Name for the next part. */
  nextPart(): string {
    return `${this.folder}${String(this.#parts.length + 1).padStart(5, '0')}.jsonl`;
  }

  addPart(part: Part): void {
    this.#parts = [...this.#parts, part];
  }

  #checkpoint(): Checkpoint {
    const { start, end } = this.window;
    return { version: 1, start, end, chains: [...this.#chains], counts: this.#counts, samples: this.samples, corrections: [...this.#corrections], parts: this.#parts };
  }

  #density(): number | null {
    return densityOf(this.#chains, this.#counts.read, Date.parse(this.window.end) - Date.parse(this.window.start));
  }

  #chain(index: number): Chain {
    const chain = this.#chains[index];
    if (chain === undefined) throw new TypeError(`no chain ${index}`);
    return chain;
  }
}

/** Reads a checkpoint back. Shape: null when it is none. */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint | null {
  const value = parseJson(bytes);
  if (!isObject(value) || value['version'] !== 1 || !isObject(value['counts'])) return null;
  return ['chains', 'samples', 'corrections', 'parts'].every((name) => Array.isArray(value[name])) ? (value as unknown as Checkpoint) : null;
}

/** Reads the checkpoint of a window back. Shape: null when it is none of it: the reading then begins anew. */
export function ownCheckpoint(bytes: Uint8Array, { start, end }: HourWindow): Checkpoint | null {
  const checkpoint = parseCheckpoint(bytes);
  return checkpoint?.start === start && checkpoint.end === end ? checkpoint : null;
}
