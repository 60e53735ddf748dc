/** A day's closing: what lies there, what Athena says, the certificate. */
import type { Earlier } from '#core/carried';
import { type Certificate, certificateOf, judgeDay, parseCertificate, toCertificateBytes, toEarlier, WEIGHTS } from '#core/certificate';
import type { AthenaEvidence } from '#core/day-evidence';
import type { HistoryCursor, HistorySpan, ListedExecution, ListHistory } from '#core/history';
import type { Cause, HourEvidence, ListNames, RowTrace } from '#core/hour-evidence';
import { isObject, parseJson } from '#core/json';
import type { SourceReport } from '#core/manifest';
import { CLOSING_NAME, dayFolder, HISTORY_NAME, setAsideCertificateOf } from '#core/partition';
import type { EventSource, ReportStore } from '#core/ports';
import { ATHENA_HISTORY_MS } from '#core/row';
import { toInstant } from '#core/window';
import { type DayEvent, parseDayEvent, type Run } from './event.ts';
import { readHours, readNeighbours } from './evidence.ts';
import { createFindings, type FindingsPlace, readFindings, removeFindings, toSink, writeFindings } from './findings.ts';
import { type BackfillVerdict, close, type DayVerdict, MAX_CAUSE } from './results.ts';

export { type BackfillVerdict, close, type DayVerdict, type Failure, parseCause } from './results.ts';

/** What the closer asks of the world. */
export interface CloserPorts {
  readonly store: ReportStore;
  readonly listNames: ListNames;
  /** Athena's side and CloudTrail's; null when there is nothing to ask: records from files without Athena's side, or the owner's wish. */
  readonly history: { readonly list: ListHistory; readonly readRecords: EventSource['readRecords'] } | null;
  /** Workgroups that their owner set aside, by name. */
  readonly setAside: readonly string[];
  /** Where the hours' records came from. */
  readonly source: SourceReport['kind'];
  readonly timeZone: string;
  readonly settleHours: number;
  /** Whether the time of this invocation is nearly up. */
  readonly isLate: () => boolean;
}

/** A day whose listing goes on: the event again, with where to go on. The state machine gives it back. */
export interface OpenDay {
  readonly more: true;
  readonly next: HistoryCursor;
}

/**
 * Makes the closer. A day gets its certificate; a run of some hours does not, unless the day has one already, which must not
 * stay behind what lies there; nor does one that its configuration let not run at all. A backfill is judged by its days, each of which has been certified by its own closer.
 * Errors: InvalidInputError (event), and the upstream classes of its ports. An incomplete day is an answer, not an error.
 */
export function createCloser(ports: CloserPorts): (event: unknown) => Promise<DayVerdict | BackfillVerdict | OpenDay> {
  return async (event) => {
    const results = close(event);
    if (!('day' in results) || !isObject(event)) return results;
    const day = parseDayEvent(event);
    // Of a root that is for another zone or format nothing was read: what lies there is none of this run's to judge.
    if (results.written === 0 && results.failed.every(({ error }) => error === 'ConfigError')) return results;
    if (day.partial && (await ports.store.hash(certificateOf(day.plan.day))) === null) return results;
    const hours = await readHours(ports.store, day.plan);
    const neighbours = await readNeighbours(ports.store, day.plan.day);
    const earlier = await readEarlier(ports.store, day.plan.day);
    const listing = await listDay(ports, day, hours, neighbours, earlier);
    if (listing.next !== null) return { ...event, more: true, next: listing.next };
    const certificate = judgeDay({
      plan: day.plan,
      timeZone: ports.timeZone,
      asOf: day.asOf,
      settleHours: ports.settleHours,
      failed: results.failed,
      hours,
      names: await ports.listNames(dayFolder(day.plan.day)),
      neighbours: new Set(neighbours.flatMap(({ queryExecutionId: id }) => id ?? [])),
      source: ports.source,
      athena: listing.athena,
      earlier,
      setAside: ports.setAside,
    });
    await ports.store.write(certificateOf(day.plan.day), toCertificateBytes(certificate), 'application/json');
    await sweep(ports, day);
    return toVerdict(results, certificate);
  };
}

/**
 * What the certificate that lies there says of Athena's side, which Athena may have forgotten since. One that cannot be read is kept as
 * it was, under a hidden name: its place is taken by the new one, and each certificate names it until somebody has looked at it.
 */
async function readEarlier(store: ReportStore, day: string): Promise<Earlier | null> {
  const bytes = await store.read(certificateOf(day));
  if (bytes === null) return null;
  const certificate = parseCertificate(parseJson(bytes), day);
  if (certificate !== null) return toEarlier(certificate);
  const object = await store.hash(certificateOf(day));
  if (object !== null) await store.write(setAsideCertificateOf(day, object.sha256), bytes, 'application/json');
  return null;
}

/** How long after Athena has taken a query its event may be timed, and how far the two clocks may be apart. Units: milliseconds. */
const ANSWER_MS = 60_000;
const SKEW_MS = 2_000;

type Listing = { readonly next: HistoryCursor } | { readonly next: null; readonly athena: AthenaEvidence | null };

/**
 * What Athena says of the day; null when it cannot be asked, as of a day that it has forgotten as a whole.
 * The days of one run share one listing: the first that needs it makes it, and leaves it for the others.
 */
async function listDay({ store, history, source, isLate }: CloserPorts, day: DayEvent, hours: readonly HourEvidence[], neighbours: readonly RowTrace[], earlier: Earlier | null): Promise<Listing> {
  const { plan, asOf, next } = day;
  const span = spanOf(plan);
  const forgotten = source === 'lookup' && span.to < asOf.getTime() - ATHENA_HISTORY_MS;
  if (history === null || forgotten) return { next: null, athena: null };
  const rows = [...hours.flatMap(({ rows: found }) => (typeof found === 'string' ? [] : found)), ...neighbours];
  const known = new Map(rows.flatMap(({ queryExecutionId: id, submittedAt, eventTime }) => (id === null ? [] : [[id, submittedAt ?? eventTime] as const])));
  const run = runOf(day);
  const place = placeOf(day);
  const before = run === null && next === null ? null : await readFindings(store, place);
  // A listing that broke off is gone on with only where its own invocation says so: its findings without its place are none.
  const kept = before !== null && (before.done || next !== null) ? before : null;
  const findings = kept?.findings ?? createFindings();
  if (kept?.done !== true) {
    const whole = run === null ? span : { from: run.from - ANSWER_MS, to: run.to + ANSWER_MS };
    const left = await history.list(whole, toSink(findings, known), kept === null ? null : next, isLate);
    if (left !== null || run !== null) await writeFindings(store, place, findings, left === null);
    if (left !== null) return { next: left };
  }
  const { listed, workgroups, unlisted, unordered, unknown } = findings;
  const open = new Map([...(earlier?.unknown ?? []).filter(({ id }) => !earlier?.elsewhere.includes(id)).map((execution) => [execution.id, execution] as const), ...unknown]);
  const elsewhere = await findElsewhere(history.readRecords, { plan, asOf }, span, [...open.values()], known);
  return {
    next: null,
    athena: { asOf: asOf.toISOString(), workgroups: [...workgroups], unknown: [...unknown.values()], elsewhere, unlisted: [...unlisted.values()], unordered: [...unordered], listed: new Set([...listed, ...unknown.keys()]) },
  };
}

function spanOf({ windows }: DayEvent['plan']): HistorySpan {
  return { from: Date.parse(windows[0]?.start ?? ''), to: Date.parse(windows.at(-1)?.end ?? '') };
}

/** The run whose listing holds this day; null when it runs alone, or the run was planned for other hours of it. */
function runOf({ plan, run }: DayEvent): Run | null {
  const { from, to } = spanOf(plan);
  return run !== null && run.from <= from && run.to >= to ? run : null;
}

function placeOf(day: DayEvent): FindingsPlace {
  const run = runOf(day);
  const asOf = day.asOf.toISOString();
  return run === null ? { name: `${dayFolder(day.plan.day)}${CLOSING_NAME}`, of: asOf } : { name: HISTORY_NAME, of: `${run.id} ${asOf}` };
}

/** Removes what was found, once nobody needs it any more: the oldest day of a run is its last. */
async function sweep({ store, history }: CloserPorts, day: DayEvent): Promise<void> {
  const run = runOf(day);
  if (history !== null && (run === null || run.from === spanOf(day.plan).from)) await removeFindings(store, placeOf(day));
}

/**
 * Ids that CloudTrail times just outside the day, where no report of the neighbouring hour lies yet to tell so. Looks only around
 * the day's two edges, and only when Athena has an id there that is no row.
 */
async function findElsewhere(readRecords: EventSource['readRecords'], { plan, asOf }: Pick<DayEvent, 'plan' | 'asOf'>, { from, to }: { from: number; to: number }, unknown: readonly ListedExecution[], known: ReadonlyMap<string, number>): Promise<string[]> {
  const open = unknown.filter(({ id, submittedAt }) => !known.has(id) && submittedAt >= from && submittedAt < to);
  const edges = [
    { near: open.filter(({ submittedAt }) => submittedAt < from + SKEW_MS), start: from - SKEW_MS, end: from },
    { near: open.filter(({ submittedAt }) => submittedAt >= to - ANSWER_MS), start: to, end: Math.min(to + ANSWER_MS, asOf.getTime()) },
  ];
  const found = new Set<string>();
  for (const { near, start, end } of edges) {
    if (near.length === 0 || start >= end) continue;
    const ids = new Set(near.map(({ id }) => id));
    for await (const page of readRecords({ day: plan.day, hour: '00', start: toInstant(start), end: toInstant(end), offsets: plan.offsets })) {
      for (const { queryExecutionId: id, eventTime } of page.starts) if (id !== null && ids.has(id) && eventTime >= start && eventTime < end) found.add(id);
    }
  }
  return [...found];
}

const SHOWN = 5;

function toVerdict({ error: _error, cause, ...results }: DayVerdict, certificate: Certificate): DayVerdict {
  const { verdict, settled, running, differences } = certificate;
  const byCause = new Map<Cause, string[]>();
  for (const { cause: of, id } of differences) byCause.set(of, [...(byCause.get(of) ?? []), id]);
  const judged = {
    ...results,
    verdict,
    certificate: certificateOf(certificate.day),
    settled,
    running,
    differences: Object.fromEntries([...byCause].map(([of, ids]) => [of, ids.length])),
  };
  if (verdict !== 'incomplete') return judged;
  const others = [...byCause].filter(([of]) => of !== 'hour_failed' && WEIGHTS[of] !== 'known');
  const named = others.map(([of, ids]) => `${ids.length} ${of}: ${ids.slice(0, SHOWN).join(', ')}${ids.length > SHOWN ? ', …' : ''}`);
  return { ...judged, error: 'DayIncomplete', cause: [...(cause === undefined ? [] : [cause]), ...named].join('; ').slice(0, MAX_CAUSE) };
}
