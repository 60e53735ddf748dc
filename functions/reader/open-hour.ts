/** One hour that is being read: its look-ups and its questions to Athena on their way, and the parts that it leaves. */
import { type Entry, toEntryLine } from '#core/entry';
import { UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import { CHECKPOINT_NAME, type HourReading } from '#core/hour-reading';
import { compareStarts } from '#core/row';
import type { ReadHoursPorts, ReadOutcome } from './read-hours.ts';

/** Ids of one question. Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html */
const QUESTION_IDS = 50;
/** Attempts for one page. */
const MAX_ATTEMPTS = 10;
/** Tokens of one chain that CloudTrail may refuse: where it stands it begins again. */
const MAX_REFUSALS = 100;
/** Empty pages in a row after which a look-up leads nowhere. */
const MAX_EMPTY_PAGES = 1000;
/** Size from which the entries of an hour become a part, which bounds the memory. Units: bytes, estimated. */
const PART_BYTES = 8_000_000;
const ENTRIES_PER_CHUNK = 200;

/** What has happened to one chain in this process. */
interface Course {
  attempts: number;
  refusals: number;
  empty: number;
  readonly tokens: Set<string>;
}

/** An hour that is being read. Nothing of it throws: what stops it is its outcome. */
export class OpenHour {
  /** What is on its way. */
  readonly running = new Set<Promise<unknown>>();
  readonly #ports: ReadHoursPorts;
  readonly #reading: HourReading;
  readonly #keep: boolean;
  readonly #onPage: () => void;
  readonly #flying = new Set<number>();
  readonly #courses = new Map<number, Course>();
  readonly #asking = new Set<Promise<void>>();
  #waiting: Entry[] = [];
  #saving: Promise<void> = Promise.resolve();
  #finished: boolean;
  #begun: boolean;
  #error: Error | null = null;
  /** A part could not be written: what it held is in no part, and no later checkpoint may say that it is. */
  #lost = false;
  #closed = false;
  #stopWaiting: () => void = () => undefined;
  readonly #closing = new Promise<void>((resolve) => {
    this.#stopWaiting = resolve;
  });

  constructor(ports: ReadHoursPorts, reading: HourReading, keep: boolean, onPage: () => void) {
    this.#onPage = onPage;
    this.#ports = ports;
    this.#reading = reading;
    this.#keep = keep;
    // What an earlier invocation has read to the end needs nothing any more.
    this.#finished = reading.done && (!keep || reading.bytes === 0);
    this.#begun = reading.pages > 0;
  }

  get begun(): boolean {
    return this.#begun;
  }

  get lookUps(): number {
    return this.#flying.size;
  }

  get questions(): number {
    return this.#asking.size;
  }

  /** Whether pages are left to read. */
  get wantsPages(): boolean {
    return this.#error === null && !this.#reading.done;
  }

  get pagesLeft(): number | null {
    return this.#reading.pagesLeft();
  }

  /** A chain whose next page can be looked up; null when all are on their way. */
  get readyChain(): number | null {
    const index = this.#reading.chains.findIndex(({ done }, at) => !done && !this.#flying.has(at));
    return index < 0 ? null : index;
  }

  /** Cuts its longest chain. Shape: false when that is not worth a look-up. */
  cut(): boolean {
    return this.#reading.cut() !== null;
  }

  /** Looks up the next page of the chain that is ready. */
  lookUpNext(): void {
    const index = this.readyChain;
    if (index === null) throw new TypeError('no chain is ready');
    this.#begun = true;
    this.#flying.add(index);
    this.#track(this.#lookUp(index).finally(() => this.#flying.delete(index)).then(() => this.#goOn()));
  }

  /** When nothing of it is on its way any more. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  /** Ends the reading, as far as it came. What is still on its way is not waited for, and is asked for again by whoever goes on. */
  async close(): Promise<ReadOutcome> {
    this.#closed = true;
    this.#stopWaiting();
    if (this.#finished) return 'read';
    // Without a page there is nothing that anybody could go on from; and nobody is to go on where a look-up went round in circles.
    if (this.#begun && (this.#error === null || (isPassing(this.#error) && !(this.#error instanceof Endless)))) await this.#save();
    return this.#error ?? 'open';
  }

  async #lookUp(index: number): Promise<void> {
    const { lookUp, turns } = this.#ports;
    const chain = this.#reading.chains[index];
    if (chain === undefined) throw new TypeError(`no chain ${index}`);
    const course = this.#courses.get(index) ?? { attempts: 0, refusals: 0, empty: 0, tokens: new Set<string>() };
    this.#courses.set(index, course);
    try {
      const page = await lookUp(chain, chain.token);
      turns.taken();
      if (this.#closed) return;
      if (page === 'token refused') throw new TokenRefused(`cloudtrail:LookupEvents on ${this.#reading.window.start}: CloudTrail refuses its own token`);
      course.attempts = 0;
      this.#check(course, page.events.length, page.next);
      this.#ask(this.#reading.take(index, page));
      this.#onPage();
    } catch (error) {
      if (this.#closed) return;
      course.attempts += 1;
      if (error instanceof UpstreamThrottledError) turns.refused();
      if (!isPassing(error) || error instanceof Endless || course.attempts >= MAX_ATTEMPTS || course.refusals >= MAX_REFUSALS) {
        this.#error ??= error instanceof Error ? error : new Error(String(error));
        return;
      }
      if (error instanceof TokenRefused) {
        course.refusals += 1;
        course.tokens.clear();
        this.#reading.reopen(index);
      }
      await this.#ports.pause(course.attempts);
    }
  }

  /** A look-up that leads nowhere must not go on for ever. */
  #check(course: Course, events: number, next: string | null): void {
    const where = `cloudtrail:LookupEvents on hour ${this.#reading.window.start}`;
    course.empty = events === 0 ? course.empty + 1 : 0;
    if (next === null) return;
    if (course.empty >= MAX_EMPTY_PAGES) throw new Endless(`${where}: ${course.empty} empty pages on end, and a token for more`);
    if (course.tokens.has(next)) throw new Endless(`${where}: a page leads back to a page already read`);
    course.tokens.add(next);
  }

  /** Asks Athena about entries, fifty ids a question; `all` asks also for fewer. */
  #ask(entries: readonly Entry[], all = false): void {
    this.#waiting.push(...entries.filter(({ start }) => start.queryExecutionId !== null));
    for (;;) {
      const ids = new Set<string>();
      let count = 0;
      for (const { start } of this.#waiting) {
        const id = start.queryExecutionId ?? '';
        if (ids.size === QUESTION_IDS && !ids.has(id)) break;
        ids.add(id);
        count += 1;
      }
      if (count === 0 || (!all && ids.size < QUESTION_IDS)) return;
      const asked = this.#waiting.slice(0, count);
      this.#waiting = this.#waiting.slice(count);
      const task: Promise<void> = this.#askAthena([...ids], asked).finally(() => this.#asking.delete(task));
      this.#asking.add(task);
      this.#track(task);
    }
  }

  async #askAthena(ids: readonly string[], asked: readonly Entry[]): Promise<void> {
    const workgroups = new Map(asked.map(({ start }) => [start.queryExecutionId, start.workgroup]));
    try {
      const answers = await this.#ports.readQueryExecutions(ids, (id) => workgroups.get(id) ?? null);
      for (const entry of asked) this.#reading.answer(entry, answers.get(entry.start.queryExecutionId ?? ''));
    } catch {
      // Left without an answer: whoever writes the report asks again, and meets the error then.
    }
  }

  /** What is to do once a page has come. */
  async #goOn(): Promise<void> {
    if (this.#closed || this.#error !== null || this.#finished) return;
    if (!this.#reading.done) {
      if (this.#reading.bytes >= PART_BYTES) await this.#save();
      return;
    }
    if (this.#flying.size > 0) return;
    if (this.#keep) await this.#save();
    else {
      this.#ask([], true);
      await Promise.all(this.#asking);
    }
    if (this.#error === null) this.#finished = true;
  }

  /** Leaves what was taken so far as a part, and then where the reading stands. One after another, whoever asks for it. */
  #save(): Promise<void> {
    // Nobody would wait for the answers any more: whoever writes the report asks.
    if (!this.#closed) this.#ask([], true);
    const { entries, checkpoint } = this.#reading.endSegment();
    const asking = [...this.#asking];
    this.#saving = this.#saving.then(async () => {
      if (this.#lost) return;
      await Promise.race([Promise.all(asking), this.#closing]);
      if (entries.length > 0) await this.#writePart(entries);
      const bytes = new TextEncoder().encode(JSON.stringify({ ...checkpoint, parts: this.#reading.parts }));
      await this.#ports.store.write(`${this.#reading.folder}${CHECKPOINT_NAME}`, bytes, 'application/json');
    }).catch((error: Error) => {
      this.#lost = true;
      this.#error ??= error;
    });
    return this.#saving;
  }

  async #writePart(entries: readonly Entry[]): Promise<void> {
    const sorted = [...entries].sort((a, b) => compareStarts(a.start, b.start));
    const name = this.#reading.nextPart();
    const written = await this.#ports.store.write(name, linesOf(sorted), 'application/x-ndjson');
    this.#reading.addPart({ name, entries: sorted.length, first: sorted[0]?.start.eventTime ?? 0, last: sorted.at(-1)?.start.eventTime ?? 0, ...written });
  }

  #track(task: Promise<unknown>): void {
    const tracked: Promise<unknown> = task.finally(() => this.running.delete(tracked));
    this.running.add(tracked);
  }
}

/** Whether a failed attempt is worth another. */
function isPassing(error: unknown): boolean {
  return error instanceof UpstreamThrottledError || error instanceof UpstreamUnavailableError;
}

/** No attempt of the same page comes to an end. */
class Endless extends UpstreamUnavailableError {}

/** The chain begins again where it stands. */
class TokenRefused extends UpstreamUnavailableError {}

async function* linesOf(entries: readonly Entry[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < entries.length; at += ENTRIES_PER_CHUNK) yield new TextEncoder().encode(entries.slice(at, at + ENTRIES_PER_CHUNK).map(toEntryLine).join(''));
}
