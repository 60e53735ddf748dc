/** One hour window, start to finish: records, actors, Athena's side, rows, report, manifest. */

import type { ActorKind } from '#core/actor';
import type { Counts, MalformedSample, Manifest } from '#core/manifest';
import { assertCounts } from '#core/manifest';
import { type Format, hourFolder, MANIFEST_NAME, reportName } from '#core/partition';
import type { EventSource, ReadQueryExecutions, ReportStore } from '#core/ports';
import type { QueryExecutionAnswer } from '#core/query-execution';
import { mergeCopies, type QueryStart } from '#core/record';
import { compareStarts, type Row, toRow } from '#core/row';
import { type HourWindow, windowHolds } from '#core/window';
import type { Encode } from '#encoders/encoder';
import type { WorkerEvent } from './event.ts';
import { checkRoot } from './layout.ts';

/** What the worker asks of the world. */
export interface WorkerPorts {
  readonly source: EventSource;
  readonly readQueryExecutions: ReadQueryExecutions;
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
const MAX_SAMPLES = 10;
const MAX_NOTES = 20;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/**
 * Makes the worker of one configuration.
 * Errors: ConfigError (the root holds another format), and the upstream classes of its ports; a malformed record is none.
 */
export function createWorker(ports: WorkerPorts): (event: WorkerEvent) => Promise<WorkerResult> {
  return async ({ window, asOf }) => {
    const claimRoot = await checkRoot(ports.store, ports.format, ports.timeZone);
    const { starts, counts, samples } = await readHour(ports.source, window);
    const ids = new Set(starts.flatMap(({ queryExecutionId }) => queryExecutionId ?? []));
    const answers = ids.size === 0 ? new Map<string, QueryExecutionAnswer>() : await ports.readQueryExecutions([...ids]);
    await claimRoot();
    const tally = new Tally();
    const folder = hourFolder(window.day, window.hour);
    const name = reportName(window.day, window.hour, ports.format);
    const report = starts.length === 0
      ? await removeReport(ports.store, `${folder}${name}`)
      : { name, format: ports.format, ...(await ports.store.write(`${folder}${name}`, ports.encode(toRows(starts, answers, window, asOf, tally)), ports.contentType)) };
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
      ...tally.result(),
      notes: notesOf(answers),
      malformedSamples: samples,
    };
    await ports.store.write(`${folder}${MANIFEST_NAME}`, new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`), 'application/json');
    return {
      day: window.day,
      hour: window.hour,
      source: manifest.source.kind,
      report: report === null ? null : `${folder}${name}`,
      manifest: `${folder}${MANIFEST_NAME}`,
      counts,
      states: manifest.states,
      missing: manifest.missing,
    };
  };
}

/** A run before may have found rows where there are none now (records of another folder): no report without rows stays. */
async function removeReport(store: ReportStore, name: string): Promise<null> {
  await store.remove(name);
  return null;
}

/** Reads the records of the hour: one start for each event id, in the order of the report. */
async function readHour(source: EventSource, window: HourWindow): Promise<{ starts: QueryStart[]; counts: Counts; samples: MalformedSample[] }> {
  const copies = new Map<string, QueryStart[]>();
  const samples: MalformedSample[] = [];
  const total = { read: 0, duplicates: 0, outside: 0, skipped: 0, malformed: 0 };
  for await (const page of source.readRecords(window)) {
    total.read += page.read;
    total.outside += page.outside;
    total.skipped += page.skipped;
    total.malformed += page.malformed;
    samples.push(...page.samples.slice(0, MAX_SAMPLES - samples.length));
    for (const start of page.starts) {
      const known = copies.get(start.eventId);
      if (!windowHolds(window, start.eventTime)) total.outside += 1;
      else if (known === undefined) copies.set(start.eventId, [start]);
      else {
        known.push(start);
        total.duplicates += 1;
      }
    }
  }
  const starts = [...copies.values()].map(mergeCopies).sort(compareStarts);
  const { read, ...others } = total;
  const counts = { read, rows: starts.length, ...others };
  assertCounts(counts);
  return { starts, counts, samples };
}

async function* toRows(starts: readonly QueryStart[], answers: ReadonlyMap<string, QueryExecutionAnswer>, window: HourWindow, asOf: Date, tally: Tally): AsyncGenerator<Row[]> {
  const first = new Map<string, string>();
  for (let at = 0; at < starts.length; at += ROWS_PER_BATCH) {
    yield starts.slice(at, at + ROWS_PER_BATCH).map((start) => {
      const id = start.queryExecutionId;
      const retryOf = id === null ? undefined : first.get(id);
      if (id !== null && retryOf === undefined) first.set(id, start.eventId);
      const row = toRow(start, id === null ? undefined : answers.get(id), retryOf ?? null, window.offsets, asOf);
      tally.add(row);
      return row;
    });
  }
}

/** What the manifest says of the rows. */
class Tally {
  readonly #states = new Map<string, number>();
  readonly #missing = new Map<string, number>();
  readonly #actors = new Map<string, { actor: string; kind: ActorKind; rows: number }>();

  add(row: Row): void {
    const state = row.state ?? 'UNKNOWN';
    this.#states.set(state, (this.#states.get(state) ?? 0) + 1);
    if (row.missing_reason !== null) this.#missing.set(row.missing_reason, (this.#missing.get(row.missing_reason) ?? 0) + 1);
    if (row.actor === null) return;
    const kind = row.actor_kind as ActorKind;
    const key = `${kind} ${row.actor}`;
    const known = this.#actors.get(key);
    if (known === undefined) this.#actors.set(key, { actor: row.actor, kind, rows: 1 });
    else known.rows += 1;
  }

  /** In an order that does not depend on that of the rows. */
  result(): Pick<Manifest, 'states' | 'missing' | 'actors'> {
    const sorted = (counts: Map<string, number>) => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { states: sorted(this.#states), missing: sorted(this.#missing), actors: [...this.#actors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, actor]) => actor) };
  }
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
