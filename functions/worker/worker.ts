/** One hour window, start to finish: records, actors, Athena's side, facts, rows, report, manifest. */
import { UpstreamUnavailableError } from '#core/errors';
import { type Assumption, FACTS_NAME, type Fact, mergeExecution, mergeStarts, parseFacts, toFactsBytes } from '#core/facts';
import type { Changes, Counts, Kept, Manifest } from '#core/manifest';
import { type Format, hourFolder, MANIFEST_NAME, reportName } from '#core/partition';
import type { EventSource, ReadQueryExecutions, ReportStore, WrittenObject } from '#core/ports';
import type { QueryExecutionAnswer } from '#core/query-execution';
import type { QueryStart } from '#core/record';
import { type Row, toRow } from '#core/row';
import type { HourWindow } from '#core/window';
import type { Encode } from '#encoders/encoder';
import type { WorkerEvent } from './event.ts';
import { checkRoot } from './layout.ts';
import { findEarlierStart, type HourRecords, readHour } from './read-hour.ts';
import { Tally } from './tally.ts';

/** What the worker asks of the world. */
export interface WorkerPorts {
  readonly source: EventSource;
  readonly readQueryExecutions: ReadQueryExecutions;
  /** Who assumed the role behind a start; null when role chains are not resolved. */
  readonly readAssumption: ((start: QueryStart) => Promise<Assumption | null>) | null;
  readonly store: ReportStore;
  readonly encode: Encode;
  readonly contentType: string;
  readonly format: Format;
  readonly timeZone: string;
}

/** What the worker answers: counts and names, never rows. */
export interface WorkerResult {
  readonly day: string;
  readonly hour: string;
  readonly source: Manifest['source']['kind'];
  /** Name of the report below the root; null when the hour had no query. */
  readonly report: string | null;
  readonly manifest: string;
  readonly counts: Counts;
  readonly states: Manifest['states'];
  readonly missing: Manifest['missing'];
}

/** Rows of one batch on their way to the encoder. */
const ROWS_PER_BATCH = 1000;
const MAX_NOTES = 20;
const MAX_IDS = 100;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
/** Times that two runs on one hour may get in each other's way before one gives up, to be tried again later. */
const MAX_ATTEMPTS = 10;

/**
 * Makes the worker of one configuration.
 *
 * Published are facts, report and manifest, in this order. Facts are merged with those of earlier runs and written only over
 * what was read; whoever finds them changed by another run merges again, so that two runs on one hour lose nothing.
 * Errors: ConfigError (the root holds another format), and the upstream classes of its ports; a malformed record is none.
 */
export function createWorker(ports: WorkerPorts): (event: WorkerEvent) => Promise<WorkerResult> {
  return async ({ window, asOf }) => {
    const claimRoot = await checkRoot(ports.store, ports.format, ports.timeZone);
    const hour: Hour = { ports, window, asOf, claimRoot, records: await readHour(ports.source, window), answers: new Map(), folder: hourFolder(window.day, window.hour) };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const manifest = await publish(hour);
      if (manifest !== null) return toResult(manifest, hour.folder);
      // Runs that met once would meet again in step.
      await pause(attempt);
    }
    throw new UpstreamUnavailableError(`${ports.store.root}${hour.folder}: other runs keep writing this hour; run it again when they have ended`);
  };
}

/** Full jitter below a limit that doubles, a second at most. */
function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(1000, 20 * 2 ** attempt)));
}

/** One run on one hour. */
interface Hour {
  readonly ports: WorkerPorts;
  readonly window: HourWindow;
  readonly asOf: Date;
  readonly records: HourRecords;
  /** What Athena has said, over all attempts. */
  readonly answers: Map<string, QueryExecutionAnswer>;
  readonly folder: string;
  /** Claims the root for this format and zone, before the first write. */
  readonly claimRoot: () => Promise<void>;
}

/** Facts, report, manifest. Shape: null when another run has written the facts meanwhile. */
async function publish(hour: Hour): Promise<Manifest | null> {
  const { ports, window, asOf, records, answers, folder } = hour;
  const before = await ports.store.readVersion(`${folder}${FACTS_NAME}`);
  const known = before === null ? [] : parseFacts(before.bytes);
  const starts = mergeStarts(known, records.starts);
  await askAthena(hour, starts);
  const { facts, kept } = await learn(hour, known, starts);
  await hour.claimRoot();
  const written = await writeFacts(hour, facts, before);
  if (written === 'conflict') return null;
  const tally = new Tally();
  const name = reportName(window.day, window.hour, ports.format);
  const report = facts.length === 0
    ? await removeReport(ports.store, `${folder}${name}`)
    : { name, format: ports.format, rows: facts.length, ...(await ports.store.write(`${folder}${name}`, ports.encode(toRows(hour, facts, tally)), ports.contentType)) };
  const manifest: Manifest = {
    version: 1,
    day: window.day,
    hour: window.hour,
    timeZone: ports.timeZone,
    start: window.start,
    end: window.end,
    offsets: window.offsets,
    asOf: asOf.toISOString(),
    source: ports.source.report(),
    counts: records.counts,
    report,
    facts: written,
    kept,
    changes: before === null ? null : changesOf(known, facts),
    ...tally.result(),
    notes: notesOf(answers),
    malformedSamples: records.samples,
  };
  await ports.store.write(`${folder}${MANIFEST_NAME}`, new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`), 'application/json');
  // Another run may have merged its facts after ours and published before us: then what lies there now is poorer than the facts.
  const after = await ports.store.hash(`${folder}${FACTS_NAME}`);
  return after?.sha256 === written?.sha256 ? manifest : null;
}

/** Asks for what has not been asked in this run. Facts of earlier runs are asked for again: Athena may know the end by now. */
async function askAthena({ ports, answers }: Hour, starts: readonly QueryStart[]): Promise<void> {
  const ids = new Set(starts.flatMap(({ queryExecutionId: id }) => (id === null || answers.has(id) ? [] : [id])));
  if (ids.size === 0) return;
  for (const [id, answer] of await ports.readQueryExecutions([...ids])) answers.set(id, answer);
}

/** What is known now: of earlier runs, and of this one. */
async function learn({ ports, window, records, answers }: Hour, known: readonly Fact[], starts: readonly QueryStart[]): Promise<{ facts: Fact[]; kept: Kept }> {
  const earlier = new Map(known.map((fact) => [fact.start.eventId, fact]));
  const read = new Set(records.starts.map((start) => start.eventId));
  const first = new Map<string, string>();
  const keptRows = starts.filter(({ eventId }) => !read.has(eventId)).map(({ eventId }) => eventId);
  const keptExecutions: string[] = [];
  const facts: Fact[] = [];
  for (const start of starts) {
    const fact = earlier.get(start.eventId);
    const id = start.queryExecutionId;
    const { execution, kept } = mergeExecution(fact?.execution ?? null, id === null ? undefined : answers.get(id));
    if (kept && id !== null) keptExecutions.push(id);
    const retryOf = id === null ? null : (first.get(id) ?? fact?.retryOf ?? (execution?.submittedAt == null ? null : await findEarlierStart(ports.source, window, id, execution.submittedAt)));
    if (id !== null && !first.has(id)) first.set(id, retryOf ?? start.eventId);
    const assumption = fact?.assumption ?? (ports.readAssumption === null ? null : await ports.readAssumption(start));
    facts.push({ start, execution, retryOf, assumption });
  }
  return { facts, kept: { rows: keptRows.length, executions: keptExecutions.length, ids: [...keptRows, ...keptExecutions].slice(0, MAX_IDS) } };
}

/** Writes the facts over those that were read, if they are still those. Shape: null for an hour without facts. */
async function writeFacts({ ports, folder }: Hour, facts: readonly Fact[], before: { readonly bytes: Uint8Array; readonly version: string } | null): Promise<({ name: string } & WrittenObject) | null | 'conflict'> {
  if (facts.length === 0) return null;
  const written = await ports.store.writeIf(`${folder}${FACTS_NAME}`, toFactsBytes(facts), 'application/x-ndjson', before?.version ?? null);
  return written === null ? 'conflict' : { name: FACTS_NAME, ...written };
}

/** No report without rows stays beside a manifest that says there is none. */
async function removeReport(store: ReportStore, name: string): Promise<null> {
  await store.remove(name);
  return null;
}

async function* toRows({ window, asOf, answers }: Hour, facts: readonly Fact[], tally: Tally): AsyncGenerator<Row[]> {
  for (let at = 0; at < facts.length; at += ROWS_PER_BATCH) {
    yield facts.slice(at, at + ROWS_PER_BATCH).map((fact) => {
      const id = fact.start.queryExecutionId;
      const row = toRow(fact, id === null ? undefined : answers.get(id), window.offsets, asOf);
      tally.add(row);
      return row;
    });
  }
}

/** What this run has changed: rows that are new, and rows of which more is known. Shape: null when nothing. */
function changesOf(known: readonly Fact[], facts: readonly Fact[]): Changes | null {
  const earlier = new Map(known.map((fact) => [fact.start.eventId, JSON.stringify(fact)]));
  const added = facts.filter(({ start }) => !earlier.has(start.eventId)).map(({ start }) => start.eventId);
  const learned = facts.filter((fact) => earlier.has(fact.start.eventId) && earlier.get(fact.start.eventId) !== JSON.stringify(fact)).map(({ start }) => start.eventId);
  if (added.length === 0 && learned.length === 0) return null;
  return { added: added.length, learned: learned.length, addedIds: added.slice(0, MAX_IDS), learnedIds: learned.slice(0, MAX_IDS) };
}

/** What Athena said of the ids that it did not give. */
function notesOf(answers: ReadonlyMap<string, QueryExecutionAnswer>): string[] {
  const notes = new Set<string>();
  for (const answer of answers.values()) {
    // The same words about many ids are one note.
    if ('missing' in answer && answer.detail !== null) notes.add(`${answer.missing}: ${answer.detail.replaceAll(UUID, '…')}`);
  }
  return [...notes].sort().slice(0, MAX_NOTES);
}

function toResult(manifest: Manifest, folder: string): WorkerResult {
  return {
    day: manifest.day,
    hour: manifest.hour,
    source: manifest.source.kind,
    report: manifest.report === null ? null : `${folder}${manifest.report.name}`,
    manifest: `${folder}${MANIFEST_NAME}`,
    counts: manifest.counts,
    states: manifest.states,
    missing: manifest.missing,
  };
}
