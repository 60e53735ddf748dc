/** One hour window, start to finish: records, actors, Athena's side, facts, rows, report, manifest. */
import { UpstreamUnavailableError } from '#core/errors';
import { FACTS_NAME, type Fact, toFactLine } from '#core/facts';
import type { ReadCounts } from '#core/hour-reading';
import { assertCounts, type Counts, type Manifest } from '#core/manifest';
import { type Format, hourFolder, MANIFEST_NAME, reportName } from '#core/partition';
import type { EventSource, ReadQueryExecutions, ReplacedObject, ReportStore } from '#core/ports';
import type { ReadAssumption } from '#core/role-chain';
import { type Row, toRow } from '#core/row';
import type { Encode } from '#encoders/encoder';
import { createFindEarlierStart } from './earlier-start.ts';
import type { WorkerEvent } from './event.ts';
import { type LookUps, readByLookUps, readWhole, sweepParts } from './hour-entries.ts';
import { FactsChanged, type Known, keepReport, readFacts, readKnown, setAside, settleKeepsake } from './known.ts';
import { checkRoot } from './layout.ts';
import { type Learning, learn } from './learn.ts';
import { Ledger } from './ledger.ts';
import { Tally } from './tally.ts';

/** What the worker asks of the world. */
export interface WorkerPorts {
  readonly source: EventSource;
  /** Look-ups page by page, for hours of any size; null for a source that gives an hour as a whole. */
  readonly lookUps: LookUps | null;
  readonly readQueryExecutions: ReadQueryExecutions;
  /** Who assumed the role behind a start; null when role chains are not resolved. */
  readonly readAssumption: ReadAssumption | null;
  readonly store: ReportStore;
  readonly encode: Encode;
  readonly contentType: string;
  readonly format: Format;
  readonly timeZone: string;
}

/** What the worker answers: counts and names, never rows. */
export interface WorkerResult {
  /** The hour is done. */
  readonly more: false;
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

/** Times that two runs on one hour may get in each other's way before one gives up, to be tried again later. */
const MAX_ATTEMPTS = 10;

/**
 * Makes the worker of one configuration.
 *
 * Published are facts, report and manifest, in this order. Facts are merged with those of earlier runs and written only over
 * what was read; whoever finds them changed by another run merges again, so that two runs on one hour lose nothing. All of it
 * passes in the order of the report and is not held: an hour may be of any size.
 * Shape: `more` when time was up before the hour was read; the next invocation of the same run goes on.
 * Errors: ConfigError (the root holds another format), and the upstream classes of its ports; a malformed record is none.
 */
export function createWorker(ports: WorkerPorts): (event: WorkerEvent) => Promise<WorkerResult | 'more'> {
  return async ({ window, asOf, run }) => {
    const { store, lookUps, source, readQueryExecutions } = ports;
    const begun = lookUps?.timeLeft() ?? 0;
    const claimRoot = await checkRoot(store, ports.format, ports.timeZone);
    const read = lookUps === null ? await readWhole(source, window) : await readByLookUps({ ...lookUps, readQueryExecutions, store }, window, run);
    if (read === null) return 'more';
    countsOf(read.counts, read.counts.inside);
    const hour: Hour = { ports, window, asOf, claimRoot, read, answers: new Map(), notes: new Set(), doubt: undefined, folder: hourFolder(window.day, window.hour), findEarlierStart: createFindEarlierStart({ source, store, window, asOf, run }), mayLookUp: () => lookUps === null || lookUps.timeLeft() >= begun / 2 };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const manifest = await publish(hour).catch(orChanged);
      if (manifest !== null) {
        if (lookUps !== null) await sweepParts(store, lookUps.listNames, window);
        return toResult(manifest, hour.folder);
      }
      // Runs that met once would meet again in step.
      await pause(attempt);
    }
    throw new UpstreamUnavailableError(`${store.root}${hour.folder}: other runs keep writing this hour; run it again when they have ended`);
  };
}

/** The counts of an hour of so many rows. Errors: Error when they do not add up, which is a fault of ours. */
function countsOf({ read, inside, outside, skipped, malformed }: ReadCounts, rows: number): Counts {
  const counts = { read, rows, duplicates: inside - rows, outside, skipped, malformed };
  assertCounts(counts);
  return counts;
}

/** Facts that another run has written meanwhile are merged again. */
function orChanged(error: unknown): null {
  if (error instanceof FactsChanged) return null;
  throw error;
}

/** Full jitter below a limit that doubles, a second at most. */
function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(1000, 20 * 2 ** attempt)));
}

/** One run on one hour. */
interface Hour extends Learning {
  readonly ports: WorkerPorts;
  readonly asOf: Date;
  readonly folder: string;
  /** Claims the root for this format and zone, before the first write. */
  readonly claimRoot: () => Promise<void>;
}

/** Facts, report, manifest. Shape: null when another run has written the facts meanwhile. Errors: FactsChanged, for the same. */
async function publish(hour: Hour): Promise<Manifest | null> {
  const { ports, window, asOf, read, folder } = hour;
  const { store } = ports;
  const known = await readKnown(store, window);
  // Later attempts find what this run, or one beside it, has written.
  if (hour.doubt === undefined) hour.doubt = known.doubt;
  const ledger = new Ledger(known, hour.doubt);
  const written = await writeFacts(hour, known, ledger);
  if (written === 'conflict') return null;
  const counts = countsOf(read.counts, ledger.read);
  const keepsake = await keepReport(store, window, known);
  const tally = new Tally();
  const name = reportName(window.day, window.hour, ports.format);
  const report = ledger.rows === 0 || written === null
    ? await removeReport(store, `${folder}${name}`)
    : { name, format: ports.format, rows: ledger.rows, ...(await store.write(`${folder}${name}`, ports.encode(toRows(hour, written, ledger, tally)), ports.contentType)) };
  const unvouched = ledger.unvouched();
  const lost = keepsake === null || known.manifest === null ? null : await settleKeepsake(store, keepsake, known.manifest.says, { report, ...tally.result() });
  if (lost !== null) hour.notes.add(lost);
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
    counts,
    report,
    facts: written === null ? null : { name: FACTS_NAME, bytes: written.bytes, sha256: written.sha256 },
    kept: ledger.kept(),
    changes: ledger.changes(),
    ...tally.result(),
    ...(unvouched.length === 0 ? {} : { unvouched }),
    notes: [...ledger.notes(), ...[...hour.notes].sort()],
    malformedSamples: read.samples,
  };
  await store.write(`${folder}${MANIFEST_NAME}`, new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`), 'application/json');
  // Another run may have merged its facts after ours and published before us: then what lies there now is poorer than the facts.
  return (await store.version(`${folder}${FACTS_NAME}`)) === (written?.version ?? null) ? manifest : null;
}

/** Merges and writes the facts over those that were read, if they are still those. Shape: null for an hour that has none and had none. */
async function writeFacts(hour: Hour, known: Known, ledger: Ledger): Promise<ReplacedObject | null | 'conflict'> {
  const { store } = hour.ports;
  const facts = learn(hour, known, ledger);
  try {
    // Nothing is claimed, kept or written before the first event could be made out.
    const first = await facts.next();
    await hour.claimRoot();
    const aside = await setAside(store, hour.window, known);
    if (aside !== null) hour.notes.add(aside);
    if (first.done === true && known.version === null) return null;
    return (await store.writeIf(`${hour.folder}${FACTS_NAME}`, linesOf(first, facts), 'application/x-ndjson', known.version)) ?? 'conflict';
  } finally {
    // What was opened for it is closed, however it ends.
    await facts.return(undefined);
  }
}

async function* linesOf(first: IteratorResult<Fact, void>, rest: AsyncGenerator<Fact>): AsyncGenerator<Uint8Array> {
  let lines: string[] = [];
  let length = 0;
  for (let next = first; next.done !== true; next = await rest.next()) {
    const line = toFactLine(next.value);
    lines.push(line);
    length += line.length;
    if (length < CHUNK_LENGTH) continue;
    yield new TextEncoder().encode(lines.join(''));
    lines = [];
    length = 0;
  }
  if (lines.length > 0) yield new TextEncoder().encode(lines.join(''));
}

/** Characters of a chunk of facts, about. */
const CHUNK_LENGTH = 262_144;

/** No report without rows stays beside a manifest that says there is none. */
async function removeReport(store: ReportStore, name: string): Promise<null> {
  await store.remove(name);
  return null;
}

/** The rows of the facts as they were written, so that a report is what its facts say. Errors: FactsChanged. */
async function* toRows({ ports, window, asOf }: Hour, written: ReplacedObject, ledger: Ledger, tally: Tally): AsyncGenerator<Row[]> {
  let rows: Row[] = [];
  for await (const fact of readFacts(ports.store, window, written.version)) {
    const id = fact.start.queryExecutionId;
    const row = toRow(fact, id === null ? undefined : ledger.missing.get(id), window.offsets, asOf);
    tally.add(row);
    rows.push(row);
    if (rows.length < ROWS_PER_BATCH) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

/** Rows of one batch on their way to the encoder. */
const ROWS_PER_BATCH = 200;

function toResult(manifest: Manifest, folder: string): WorkerResult {
  return {
    more: false,
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
