/** The day certificate: the verdict over a day, every difference by id, what was compared and what could not be. */
import { carryOver, type Earlier, isWhole } from './carried.ts';
import { type DayEvidence, dayDifferences, windowsOf } from './day-evidence.ts';
import type { ListedExecution, Unlisted } from './history.ts';
import type { Cause, Difference, HourEvidence } from './hour-evidence.ts';
import { instant, isObject, member } from './json.ts';
import { type Counts, type Manifest, sumCounts } from './manifest.ts';
import { CERTIFICATE_NAME, dayFolder } from './partition.ts';
import type { WrittenObject } from './ports.ts';
import type { MissingReason } from './query-execution.ts';
import { ATHENA_HISTORY_DAYS, ATHENA_HISTORY_MS } from './row.ts';
import { windowHolds } from './window.ts';

/** The three verdicts. */
export type Verdict = 'complete' | 'pending' | 'incomplete';

/** An hour in the certificate: the objects it vouches for. */
export interface CertifiedHour {
  readonly hour: string;
  readonly rows: number;
  readonly manifest: WrittenObject | null;
  readonly report: Manifest['report'];
  readonly facts: Manifest['facts'];
}

/** A day's certificate. The same evidence gives the same bytes. */
export interface Certificate {
  readonly version: 1;
  readonly day: string;
  readonly timeZone: string;
  readonly start: string;
  readonly end: string;
  readonly asOf: string;
  readonly settleHours: number;
  readonly settled: boolean;
  readonly verdict: Verdict;
  readonly rows: number;
  readonly counts: Counts;
  /** Rows that an earlier run knew and the last one did not read. */
  readonly kept: number;
  /** Rows whose query had not ended. */
  readonly running: number;
  readonly missing: Readonly<Partial<Record<MissingReason, number>>>;
  readonly differences: readonly Difference[];
  readonly compared: {
    readonly hours: number;
    readonly objects: number;
    /** Null when Athena was not asked. `executions` are those of the day that it listed, `rows` those of them that are rows. */
    readonly athena: { readonly asOf: string; readonly workgroups: readonly string[]; readonly executions: number; readonly rows: number; readonly elsewhere: readonly string[]; readonly unordered: readonly string[] } | null;
  };
  /** Listed executions that were no rows of the day, as Athena gave them, now or (with `asOf`) then: the evidence behind `athena_only`. */
  readonly unknown: readonly ListedExecution[];
  readonly unlisted: readonly Unlisted[];
  /** What was not compared, and why. */
  readonly notCompared: readonly string[];
  readonly hours: readonly CertifiedHour[];
}

/**
 * What a cause does to the verdict: `wrong` is wrong at once; `open` may still come right and is wrong when the day is settled;
 * `known` is to be known of rows that are there.
 */
export const WEIGHTS: Readonly<Record<Cause, 'wrong' | 'open' | 'known'>> = {
  hour_failed: 'wrong',
  hour_missing: 'wrong',
  counts: 'wrong',
  object_missing: 'wrong',
  object_changed: 'wrong',
  object_added: 'wrong',
  athena_only: 'open',
  // Nobody knows what such a workgroup holds: a day with one is never called complete.
  list_denied: 'open',
  // No proof of anything: the next run asks again.
  unanswered: 'open',
  // Nobody knows what it said: it may have been a query, and of a refused start there is no second witness.
  malformed: 'open',
  // The rows are there; what of them only such facts say is named.
  unvouched: 'known',
  expired: 'known',
};

const CAUSES = Object.keys(WEIGHTS);
const HOUR_MS = 3_600_000;

/** Judges a day by what lies of it and by what Athena says. Pure: the same evidence gives the same certificate. */
export function judgeDay(evidence: DayEvidence): Certificate {
  const { plan, timeZone, asOf, hours, athena } = evidence;
  const windows = windowsOf(plan);
  const start = windows[0]?.start ?? asOf.toISOString();
  const end = windows.at(-1)?.end ?? start;
  const manifests = hours.flatMap(({ manifest }) => (manifest === null || manifest === 'unreadable' ? [] : [manifest]));
  const rows = hours.flatMap((hour) => (typeof hour.rows === 'string' ? [] : hour.rows));
  const ids = new Set(rows.flatMap(({ queryExecutionId: id }) => id ?? []));
  const whole = isWhole(athena, evidence.source, start);
  const carried = carryOver(evidence.earlier, { athena, whole, setAside: evidence.setAside });
  const unknown = [...(athena?.unknown ?? []), ...carried.unknown].filter(({ id, submittedAt }) => !ids.has(id) && windows.some((window) => windowHolds(window, submittedAt))).sort(byId);
  const unlisted = [...(athena?.unlisted ?? []), ...carried.unlisted].sort(byWorkgroup);
  const differences = dayDifferences(evidence, manifests, rows, { unknown, unlisted, whole }).sort((a, b) => CAUSES.indexOf(a.cause) - CAUSES.indexOf(b.cause) || byId(a, b));
  // A day is as settled as its oldest part: an hour that was last read in the night after it may lack a late event.
  const read = Math.min(asOf.getTime(), ...manifests.map((manifest) => Date.parse(manifest.asOf)), ...(athena === null ? [] : [Date.parse(athena.asOf)]));
  const settled = read >= Date.parse(end) + evidence.settleHours * HOUR_MS;
  const running = rows.filter((row) => row.running).length;
  const listedRows = athena?.listed == null ? 0 : [...ids].filter((id) => athena.listed?.has(id)).length;
  const before = new Set(carried.unknown.map(({ id }) => id));
  const only = differences.filter(({ cause, id }) => cause === 'athena_only' && !before.has(id)).length;
  return {
    version: 1,
    day: plan.day,
    timeZone,
    start,
    end,
    asOf: asOf.toISOString(),
    settleHours: evidence.settleHours,
    settled,
    verdict: verdictOf(differences, running, settled),
    rows: manifests.reduce((sum, { report }) => sum + (report?.rows ?? 0), 0),
    counts: sumCounts(manifests.map(({ counts }) => counts), evidence.source),
    kept: manifests.reduce((sum, { kept }) => sum + kept.rows, 0),
    running,
    missing: addUp(manifests.map(({ missing }) => missing as Readonly<Record<string, number>>)),
    differences,
    compared: {
      hours: manifests.length,
      objects: hours.reduce((sum, { manifestObject, report, facts }) => sum + [manifestObject, report, facts].filter((object) => object !== null).length, 0),
      athena: athena === null ? null : { asOf: athena.asOf, workgroups: [...athena.workgroups].sort(), executions: listedRows + only, rows: listedRows, elsewhere: [...athena.elsewhere].sort(), unordered: [...athena.unordered].sort() },
    },
    unknown,
    unlisted,
    notCompared: notCompared(evidence, start, unlisted),
    hours: windows.map(({ hour }) => certifiedHour(hour, hours.find((one) => one.hour === hour))),
  };
}

/** A certificate as the bytes of its object. */
export function toCertificateBytes(certificate: Certificate): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(certificate, null, 1)}\n`);
}

/**
 * Reads a certificate of a day back, for what it records of Athena's side, which nobody can look up again. It may have been altered.
 * Shape: null when it is no certificate of this version and day, or its differences have not their evidence in it.
 */
export function parseCertificate(value: unknown, day: string): Certificate | null {
  if (!isObject(value) || value['version'] !== 1 || value['day'] !== day || typeof value['verdict'] !== 'string' || typeof value['settleHours'] !== 'number' || !isInstant(value['asOf'])) return null;
  const compared = member(value, 'compared');
  const athena = member(compared, 'athena');
  const texts = ['workgroups', 'elsewhere', 'unordered'].every((name) => Array.isArray(athena[name]) && athena[name].every((text) => typeof text === 'string'));
  const asked = isInstant(athena['asOf']) && Number.isInteger(athena['executions']) && Number.isInteger(athena['rows']) && texts;
  const lists = hasObjects(value['unknown'], ['id', 'workgroup']) && hasObjects(value['unlisted'], ['workgroup', 'reason', 'said']) && hasObjects(value['hours'], ['hour']) && hasObjects(value['differences'], ['cause', 'id', 'detail']);
  if (!(compared['athena'] === null || asked) || !lists) return null;
  const certificate = value as unknown as Certificate;
  const sound = certificate.unknown.every(({ submittedAt }) => instant(submittedAt) !== null) && certificate.unlisted.every(({ reason }) => Object.hasOwn(UNLISTED, reason)) && [...certificate.unknown, ...certificate.unlisted].every(({ asOf }) => asOf === undefined || isInstant(asOf));
  return sound && isEvidenced(certificate) ? certificate : null;
}

/** What an earlier certificate says of Athena's side. */
export function toEarlier({ asOf, compared: { athena }, unknown, unlisted }: Certificate): Earlier {
  return { asOf, unknown, unlisted, elsewhere: athena?.elsewhere ?? [] };
}

/** Whether every execution and workgroup that a certificate names as a difference is in its lists. */
function isEvidenced({ differences, unknown, unlisted }: Certificate): boolean {
  const [ids, workgroups] = [new Set(unknown.map(({ id }) => id)), new Set(unlisted.map(({ workgroup }) => workgroup))];
  return differences.every(({ cause, id }) => (cause !== 'athena_only' || ids.has(id)) && (cause !== 'list_denied' || workgroups.has(id)));
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function hasObjects(list: unknown, texts: readonly string[]): boolean {
  return Array.isArray(list) && list.every((item) => isObject(item) && texts.every((name) => typeof item[name] === 'string'));
}

function verdictOf(differences: readonly Difference[], running: number, settled: boolean): Verdict {
  const weights = differences.map(({ cause }) => WEIGHTS[cause]);
  if (weights.includes('wrong')) return 'incomplete';
  if (weights.includes('open')) return settled ? 'incomplete' : 'pending';
  return running > 0 && !settled ? 'pending' : 'complete';
}

function notCompared({ asOf, athena, source }: DayEvidence, start: string, unlisted: readonly Unlisted[]): string[] {
  const oldest = asOf.getTime() - ATHENA_HISTORY_MS;
  return [
    'Other accounts and Regions than those of the records',
    'Spark calculations: they are no queries',
    ...(source === 'files' ? [`Athena's own list: the records came from files${athena === null ? '' : ", and so did Athena's answers; what nobody saved is not known"}`] : []),
    ...(source === 'lookup' && Date.parse(start) < oldest ? [`Executions before ${new Date(oldest).toISOString()}: Athena keeps its history for ${ATHENA_HISTORY_DAYS} days`] : []),
    ...(source === 'lookup' && athena === null && Date.parse(start) >= oldest ? ["Athena's history: it was not asked"] : []),
    ...unlisted.map(({ workgroup, reason, said, asOf: since }) => `Workgroup ${workgroup}: ${UNLISTED[reason]}${since === undefined ? '' : ` as of ${since}`} (${said})`).sort(),
  ];
}

const UNLISTED: Readonly<Record<Unlisted['reason'], string>> = {
  denied: 'Athena refused to list it',
  gone: 'it is gone, and its history with it',
  spark: 'it is of Spark',
  set_aside: 'its owner set it aside',
};

function certifiedHour(hour: string, evidence: HourEvidence | undefined): CertifiedHour {
  const manifest = evidence?.manifest;
  if (manifest == null || manifest === 'unreadable') return { hour, rows: 0, manifest: evidence?.manifestObject ?? null, report: null, facts: null };
  return { hour, rows: manifest.report?.rows ?? 0, manifest: evidence?.manifestObject ?? null, report: manifest.report, facts: manifest.facts };
}

function addUp(tallies: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const total = new Map<string, number>();
  for (const tally of tallies) for (const [name, count] of Object.entries(tally)) total.set(name, (total.get(name) ?? 0) + count);
  return Object.fromEntries([...total].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function byWorkgroup(a: Unlisted, b: Unlisted): number {
  return byId({ id: a.workgroup }, { id: b.workgroup }) || byId({ id: a.reason }, { id: b.reason });
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The name of a day's certificate below the root. Errors: InvalidInputError. */
export function certificateOf(day: string): string {
  return `${dayFolder(day)}${CERTIFICATE_NAME}`;
}
