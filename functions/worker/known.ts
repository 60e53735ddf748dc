/** What earlier runs knew of an hour, and how far that is to be trusted: facts may have been changed by somebody since. */
import { FACTS_NAME, type Fact, parseFactLine, SET_ASIDE_SUFFIX } from '#core/facts';
import { parseManifest } from '#core/hour-evidence';
import type { Correction } from '#core/hour-reading';
import { linesOf } from '#core/lines';
import type { Manifest } from '#core/manifest';
import { hourFolder, MANIFEST_NAME } from '#core/partition';
import type { ReportStore, WrittenObject } from '#core/ports';
import { compareStarts } from '#core/row';
import { type HourWindow, windowHolds } from '#core/window';

/** What earlier runs knew of the hour. */
export interface Known {
  /** Of the facts as they lie; null when there are none. */
  readonly version: string | null;
  readonly object: WrittenObject | null;
  /** Whether a run was here: an hour without queries leaves no facts, only a manifest. */
  readonly again: boolean;
  /** What the earlier manifest says that nobody vouches for. */
  readonly unvouched: readonly string[];
  /** Why nobody vouches for these facts themselves; null when the manifest does. */
  readonly doubt: string | null;
  /** How many lines are no facts of this hour, of how many; null when all are. Shape: `1 of 2`. */
  readonly strange: string | null;
  /** Whether they are in the order of the report, each event once, as every run leaves them. */
  readonly ordered: boolean;
  /** Corrections that an earlier run has read. */
  readonly corrections: readonly Correction[];
  /** The manifest of the earlier run; null when there is none that can be read. */
  readonly manifest: { readonly says: Manifest; readonly bytes: Uint8Array } | null;
}

/** Reads facts and manifest of an hour, and keeps none of the facts. Errors: those of the store. */
export async function readKnown(store: ReportStore, window: HourWindow): Promise<Known> {
  const folder = hourFolder(window.day, window.hour);
  const opened = await store.open(`${folder}${FACTS_NAME}`);
  if (opened === null) {
    const bytes = await store.read(`${folder}${MANIFEST_NAME}`);
    return { version: null, object: null, again: bytes !== null, unvouched: [], doubt: null, strange: null, ordered: true, corrections: [], manifest: parsed(bytes) };
  }
  const corrections: Correction[] = [];
  let [lines, ours, ordered] = [0, 0, true];
  let last: Fact | null = null;
  for await (const line of linesOf(opened.chunks)) {
    lines += 1;
    const fact = factOf(line, window);
    if (fact === null) continue;
    ours += 1;
    const { eventId, correctedBy } = fact.start;
    if (correctedBy !== null) corrections.push({ eventId, correctedBy });
    ordered &&= last === null || compareStarts(last.start, fact.start) < 0;
    last = fact;
  }
  const object = opened.read();
  const bytes = await store.read(`${folder}${MANIFEST_NAME}`);
  const manifest = parsed(bytes);
  const says = manifest?.says;
  const vouched = says?.facts?.sha256 === object.sha256;
  return {
    version: opened.version,
    object,
    again: true,
    unvouched: says?.unvouched ?? [],
    doubt: vouched ? null : says === undefined ? 'no manifest vouches for the facts' : `the manifest of ${says.asOf} vouches for other facts`,
    strange: ours === lines ? null : `${lines - ours} of ${lines}`,
    ordered,
    corrections,
    manifest,
  };
}

function parsed(bytes: Uint8Array | null): Known['manifest'] {
  const says = bytes === null ? null : parseManifest(bytes);
  return bytes === null || says === null ? null : { says, bytes };
}

/** Thrown to begin again: another run has written the facts since they were read. */
export class FactsChanged extends Error {}

/** The facts of an hour, one after another, as they lie. Errors: FactsChanged when they are not of that version any more; those of the store. */
export async function* readFacts(store: ReportStore, window: HourWindow, version: string | null): AsyncGenerator<Fact> {
  if (version !== null) yield* factsIn(await openFacts(store, window, version), window);
}

async function openFacts(store: ReportStore, window: HourWindow, version: string): Promise<AsyncIterable<Uint8Array>> {
  const opened = await store.open(`${hourFolder(window.day, window.hour)}${FACTS_NAME}`);
  if (opened?.version === version) return opened.chunks;
  // What was opened is read, or left.
  if (opened !== null) for await (const _chunk of opened.chunks) break;
  throw new FactsChanged('the facts have changed since they were read');
}

async function* factsIn(chunks: AsyncIterable<Uint8Array>, window: HourWindow): AsyncGenerator<Fact> {
  for await (const line of linesOf(chunks)) {
    const fact = factOf(line, window);
    if (fact !== null) yield fact;
  }
}

function factOf(line: Uint8Array, window: HourWindow): Fact | null {
  const fact = parseFactLine(line);
  return fact !== null && windowHolds(window, fact.start.eventTime) ? fact : null;
}

/**
 * Keeps facts as they are, under a hidden name, of which lines are none of the hour: they would stop it for good.
 * Shape: what to note of it; null when all are. Errors: FactsChanged; those of the store.
 */
export async function setAside(store: ReportStore, window: HourWindow, { version, object, strange }: Known): Promise<string | null> {
  if (version === null || object === null || strange === null) return null;
  const name = `_facts_${object.sha256.slice(0, 12)}${SET_ASIDE_SUFFIX}`;
  await store.write(`${hourFolder(window.day, window.hour)}${name}`, await openFacts(store, window, version), 'application/x-ndjson');
  return `facts: ${strange} lines were none of this hour; they are kept in ${name}`;
}

/** What is kept of an earlier run, as long as nobody knows whether this one knows as much. */
export interface Keepsake {
  readonly manifest: string;
  readonly bytes: Uint8Array;
  /** Name of the copy of its report; null when that is gone as well, or was changed. */
  readonly report: string | null;
}

/**
 * Keeps a copy of the report of an earlier run whose facts are not there any more as its manifest says: the new one may know less.
 * Shape: null when nothing is missing. Errors: those of the store.
 */
export async function keepReport(store: ReportStore, window: HourWindow, { manifest, object }: Known): Promise<Keepsake | null> {
  if (manifest === null || manifest.says.report === null || manifest.says.facts === null || manifest.says.facts.sha256 === object?.sha256) return null;
  const folder = hourFolder(window.day, window.hour);
  const { name, sha256 } = manifest.says.report;
  const key = sha256.slice(0, 12);
  const keepsake = { manifest: `${folder}_manifest_${key}_set_aside.json`, bytes: manifest.bytes };
  // A name that leads elsewhere is none that a run of ours has written.
  if (!/^report_[\w.]+$/.test(name)) return { ...keepsake, report: null };
  const copy = `${folder}_${name.replace(/\.\w+$/, '')}_${key}_set_aside${name.slice(name.lastIndexOf('.'))}`;
  // A run that was killed after it had kept it has put its own report there since.
  if ((await store.hash(copy))?.sha256 === sha256) return { ...keepsake, report: copy };
  const opened = await store.open(`${folder}${name}`);
  if (opened === null) return { ...keepsake, report: null };
  const written = await store.write(copy, opened.chunks, 'application/octet-stream');
  if (written.sha256 === sha256) return { ...keepsake, report: copy };
  await store.remove(copy);
  return { ...keepsake, report: null };
}

/**
 * Keeps the earlier manifest beside the copy when the new one knows less: fewer rows, or more figures that are absent. Else the copy
 * has served its purpose. Shape: what to note; null when nothing was lost. Errors: those of the store.
 */
export async function settleKeepsake(store: ReportStore, keepsake: Keepsake, before: Manifest, now: Pick<Manifest, 'report' | 'missing'>): Promise<string | null> {
  const gaps = ({ missing }: Pick<Manifest, 'missing'>) => Object.values(missing).reduce((sum, count) => sum + count, 0);
  const rows = now.report?.rows ?? 0;
  if (rows >= (before.report?.rows ?? 0) && rows - gaps(now) >= (before.report?.rows ?? 0) - gaps(before)) {
    if (keepsake.report !== null) await store.remove(keepsake.report);
    return null;
  }
  await store.write(keepsake.manifest, keepsake.bytes, 'application/json');
  const kept = keepsake.report === null ? 'its report was gone or changed as well' : `its report is kept in ${keepsake.report.slice(keepsake.report.lastIndexOf('/') + 1)}`;
  return `facts: those that the manifest of ${before.asOf} vouches for were gone; it had ${before.report?.rows ?? 0} rows with ${gaps(before)} gaps, this one has ${rows} with ${gaps(now)}; ${kept}`;
}
