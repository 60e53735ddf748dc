/** A day's closing: what lies there, what Athena says, the certificate. */
import { type AthenaEvidence, type Certificate, certificateOf, judgeDay, toCertificateBytes, WEIGHTS } from '#core/certificate';
import type { HistoryCursor, ListHistory } from '#core/history';
import type { Cause, HourEvidence, ListNames, RowTrace } from '#core/hour-evidence';
import { isObject } from '#core/json';
import type { SourceReport } from '#core/manifest';
import { dayFolder } from '#core/partition';
import type { EventSource, ReportStore } from '#core/ports';
import { ATHENA_HISTORY_DAYS } from '#core/row';
import { toInstant } from '#core/window';
import { type DayEvent, parseDayEvent } from './event.ts';
import { readHours, readNeighbours } from './evidence.ts';
import { createFindings, type Findings, readFindings, removeFindings, toSink, writeFindings } from './findings.ts';
import { type BackfillVerdict, close, type DayVerdict, MAX_CAUSE } from './results.ts';

export { type BackfillVerdict, close, type DayVerdict, type Failure } from './results.ts';

/** What the closer asks of the world. */
export interface CloserPorts {
  readonly store: ReportStore;
  readonly listNames: ListNames;
  /** Athena's side and CloudTrail's; null when they are not asked: records from files are compared with neither. */
  readonly history: { readonly list: ListHistory; readonly readRecords: EventSource['readRecords'] } | null;
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
 * stay behind what lies there. A backfill is judged by its days, each of which has been certified by its own closer.
 * Errors: InvalidInputError (event), and the upstream classes of its ports. An incomplete day is an answer, not an error.
 */
export function createCloser(ports: CloserPorts): (event: unknown) => Promise<DayVerdict | BackfillVerdict | OpenDay> {
  return async (event) => {
    const results = close(event);
    if (!('day' in results) || !isObject(event)) return results;
    const day = parseDayEvent(event);
    if (day.partial && (await ports.store.hash(certificateOf(day.plan.day))) === null) return results;
    const hours = await readHours(ports.store, day.plan);
    const neighbours = await readNeighbours(ports.store, day.plan.day);
    const listing = await listDay(ports, day, hours, neighbours);
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
    });
    await ports.store.write(certificateOf(day.plan.day), toCertificateBytes(certificate), 'application/json');
    await removeFindings(ports.store, day.plan.day);
    return toVerdict(results, certificate);
  };
}

const HISTORY_MS = ATHENA_HISTORY_DAYS * 86_400_000;
/** How long after Athena has taken a query its event may be timed, and how far the two clocks may be apart. Units: milliseconds. */
const ANSWER_MS = 60_000;
const SKEW_MS = 2_000;

type Listing = { readonly next: HistoryCursor } | { readonly next: null; readonly athena: AthenaEvidence | null };

/** What Athena says of the day; null when it cannot be asked: records from files, or a day that it has forgotten as a whole. */
async function listDay({ store, history, isLate }: CloserPorts, { plan, asOf, next }: DayEvent, hours: readonly HourEvidence[], neighbours: readonly RowTrace[]): Promise<Listing> {
  const span = { from: Date.parse(plan.windows[0]?.start ?? ''), to: Date.parse(plan.windows.at(-1)?.end ?? '') };
  if (history === null || span.to < asOf.getTime() - HISTORY_MS) return { next: null, athena: null };
  const rows = [...hours.flatMap(({ rows: found }) => (typeof found === 'string' ? [] : found)), ...neighbours];
  const known = new Map(rows.flatMap(({ queryExecutionId: id, submittedAt, eventTime }) => (id === null ? [] : [[id, submittedAt ?? eventTime] as const])));
  const before = next === null ? null : await readFindings(store, plan.day, asOf);
  const findings = before ?? createFindings();
  const left = await history.list(span, toSink(findings, known), before === null ? null : next, isLate);
  if (left !== null) {
    await writeFindings(store, plan.day, asOf, findings);
    return { next: left };
  }
  const { listed, workgroups, unlisted, unordered, unknown } = findings;
  const elsewhere = await findElsewhere(history.readRecords, { plan, asOf }, span, findings, known);
  return { next: null, athena: { asOf: asOf.toISOString(), workgroups: [...workgroups], unknown: [...unknown.values()], elsewhere, unlisted: [...unlisted.values()], unordered: [...unordered], listed } };
}

/**
 * Ids that CloudTrail times just outside the day, where no report of the neighbouring hour lies yet to tell so. Looks only around
 * the day's two edges, and only when Athena has an id there that is no row.
 */
async function findElsewhere(readRecords: EventSource['readRecords'], { plan, asOf }: Pick<DayEvent, 'plan' | 'asOf'>, { from, to }: { from: number; to: number }, { unknown }: Findings, known: ReadonlyMap<string, number>): Promise<string[]> {
  const open = [...unknown.values()].filter(({ id }) => !known.has(id));
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
