/** The day certificate: the verdict over a day, every difference by id, what was compared and what could not be. */
import type { ListedExecution, Unlisted } from './history.ts';
import { type Cause, type Difference, type HourEvidence, judgeHour, type RowTrace } from './hour-evidence.ts';
import { isObject, member } from './json.ts';
import { type Counts, type Manifest, type SourceReport, sumCounts } from './manifest.ts';
import { CERTIFICATE_NAME, dayFolder } from './partition.ts';
import type { WrittenObject } from './ports.ts';
import type { MissingReason } from './query-execution.ts';
import { ATHENA_HISTORY_DAYS } from './row.ts';
import { type DayPlan, windowHolds } from './window.ts';

/** The three verdicts. */
export type Verdict = 'complete' | 'pending' | 'incomplete';

/** What Athena's own history said of the day. */
export interface AthenaEvidence {
  /** The instant as of which it was asked. */
  readonly asOf: string;
  /** Workgroups that were listed to the day's beginning. */
  readonly workgroups: readonly string[];
  /** Listed executions that were no rows. */
  readonly unknown: readonly ListedExecution[];
  /** Listed executions that CloudTrail times on the other side of the day's edge. */
  readonly elsewhere: readonly string[];
  readonly unlisted: readonly Unlisted[];
  /** Workgroups whose list was not newest first. */
  readonly unordered: readonly string[];
  /** Ids of rows that Athena listed; null when a certificate is read back, which keeps their number only. */
  readonly listed: ReadonlySet<string> | null;
}

/** An hour that failed in this run. */
export interface FailedHour {
  readonly of: string;
  readonly error: string;
  readonly message: string;
}

/** All that is known of a day. */
export interface DayEvidence {
  readonly plan: DayPlan;
  readonly timeZone: string;
  readonly asOf: Date;
  /** A day is settled so long after its end. */
  readonly settleHours: number;
  readonly failed: readonly FailedHour[];
  readonly hours: readonly HourEvidence[];
  /** Names of all objects in the day's folder. */
  readonly names: readonly string[];
  /** Execution ids that are rows of the hours before and after the day. */
  readonly neighbours: ReadonlySet<string>;
  readonly source: SourceReport['kind'];
  /** Null when Athena was not asked. */
  readonly athena: AthenaEvidence | null;
}

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
  /** Listed executions that were no rows of the day, as Athena gave them: the evidence behind `athena_only`. */
  readonly unknown: readonly ListedExecution[];
  readonly unlisted: readonly Unlisted[];
  /** What was not compared, and why. */
  readonly notCompared: readonly string[];
  readonly hours: readonly CertifiedHour[];
}

/**
 * What a cause does to the verdict: `wrong` is wrong at once; `open` may still come right and is wrong when the day is settled;
 * `known` is a proven loss of Athena's side, which takes no row away.
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
  expired: 'known',
};

const CAUSES = Object.keys(WEIGHTS);
const HOUR_MS = 3_600_000;
const HISTORY_MS = ATHENA_HISTORY_DAYS * 24 * HOUR_MS;

/** Judges a day by what lies of it and by what Athena says. Pure: the same evidence gives the same certificate. */
export function judgeDay(evidence: DayEvidence): Certificate {
  const { plan, timeZone, asOf, hours, athena } = evidence;
  const windows = plan.windows.map((window) => ({ ...window, day: plan.day, offsets: plan.offsets }));
  const start = windows[0]?.start ?? asOf.toISOString();
  const end = windows.at(-1)?.end ?? start;
  const manifests = hours.flatMap(({ manifest }) => (manifest === null || manifest === 'unreadable' ? [] : [manifest]));
  const rows = hours.flatMap((hour) => (typeof hour.rows === 'string' ? [] : hour.rows));
  const ids = new Set(rows.flatMap(({ queryExecutionId: id }) => id ?? []));
  const unknown = (athena?.unknown ?? []).filter(({ id, submittedAt }) => !ids.has(id) && windows.some((window) => windowHolds(window, submittedAt))).sort(byId);
  const failed = new Map(evidence.failed.map((failure) => [failure.of, failure]));
  const differences = [
    ...evidence.failed.map(({ of, error, message }): Difference => ({ cause: 'hour_failed', id: of, detail: `${error}: ${message}` })),
    ...windows.flatMap((window) => {
      const found = judgeHour(window, timeZone, hours.find(({ hour }) => hour === window.hour) ?? NOTHING);
      return failed.has(window.hour) ? found.filter(({ cause }) => cause !== 'hour_missing') : found;
    }),
    ...added(evidence, manifests),
    ...unknown.filter(({ id }) => !evidence.neighbours.has(id) && !(athena?.elsewhere ?? []).includes(id)).map(athenaOnly),
    ...denied(athena),
    ...gone(rows, evidence),
  ].sort((a, b) => CAUSES.indexOf(a.cause) - CAUSES.indexOf(b.cause) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  // A day is as settled as its oldest part: an hour that was last read in the night after it may lack a late event.
  const read = Math.min(asOf.getTime(), ...manifests.map((manifest) => Date.parse(manifest.asOf)), ...(athena === null ? [] : [Date.parse(athena.asOf)]));
  const settled = read >= Date.parse(end) + evidence.settleHours * HOUR_MS;
  const running = rows.filter((row) => row.running).length;
  const listedRows = athena?.listed == null ? 0 : [...ids].filter((id) => athena.listed?.has(id)).length;
  const only = differences.filter(({ cause }) => cause === 'athena_only').length;
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
    unlisted: [...(athena?.unlisted ?? [])].sort((a, b) => (a.workgroup < b.workgroup ? -1 : 1)),
    notCompared: notCompared(evidence, start),
    hours: windows.map(({ hour }) => certifiedHour(hour, hours.find((one) => one.hour === hour))),
  };
}

/** A certificate as the bytes of its object. */
export function toCertificateBytes(certificate: Certificate): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(certificate, null, 1)}\n`);
}

/**
 * Reads a certificate back, for what it records of Athena's side, which nobody can look up again.
 * Shape: null when it is no certificate of this version.
 */
export function parseCertificate(value: unknown): Certificate | null {
  if (!isObject(value) || value['version'] !== 1 || typeof value['verdict'] !== 'string' || typeof value['settleHours'] !== 'number') return null;
  const compared = member(value, 'compared');
  const athena = member(compared, 'athena');
  const texts = ['workgroups', 'elsewhere', 'unordered'].every((name) => Array.isArray(athena[name]) && athena[name].every((text) => typeof text === 'string'));
  const asked = typeof athena['asOf'] === 'string' && Number.isInteger(athena['executions']) && Number.isInteger(athena['rows']) && texts;
  const lists = hasObjects(value['unknown'], ['id', 'workgroup']) && hasObjects(value['unlisted'], ['workgroup', 'reason', 'said']) && hasObjects(value['hours'], ['hour']) && hasObjects(value['differences'], ['cause', 'id', 'detail']);
  return (compared['athena'] === null || asked) && lists ? (value as unknown as Certificate) : null;
}

function hasObjects(list: unknown, texts: readonly string[]): boolean {
  return Array.isArray(list) && list.every((item) => isObject(item) && texts.every((name) => typeof item[name] === 'string'));
}

const NOTHING: HourEvidence = { hour: '', manifest: null, manifestObject: null, report: null, facts: null, rows: [] };

function verdictOf(differences: readonly Difference[], running: number, settled: boolean): Verdict {
  const weights = differences.map(({ cause }) => WEIGHTS[cause]);
  if (weights.includes('wrong')) return 'incomplete';
  if (weights.includes('open')) return settled ? 'incomplete' : 'pending';
  return running > 0 && !settled ? 'pending' : 'complete';
}

/** Objects that Athena would read as rows, though no manifest names them. Names with `_` or `.` in front are hidden from it. */
function added({ plan, names }: DayEvidence, manifests: readonly Manifest[]): Difference[] {
  const folder = dayFolder(plan.day);
  const vouched = new Set(manifests.map(({ hour, report }) => `${folder}hour=${hour}/${report?.name ?? ''}`));
  const visible = names.filter((name) => name.startsWith(folder) && !name.slice(folder.length).split('/').some((part) => /^[_.]/.test(part)));
  return visible.filter((name) => !vouched.has(name)).map((id) => ({ cause: 'object_added', id, detail: 'no manifest vouches for it, and Athena would read it as rows' }));
}

function athenaOnly({ id, submittedAt, workgroup }: ListedExecution): Difference {
  return { cause: 'athena_only', id, detail: `submitted ${new Date(submittedAt).toISOString()} in ${workgroup}; Athena knows it, CloudTrail has not told of it` };
}

function denied(athena: AthenaEvidence | null): Difference[] {
  return (athena?.unlisted ?? []).filter(({ reason }) => reason === 'denied').map(({ workgroup, said }) => ({
    cause: 'list_denied',
    id: workgroup,
    detail: workgroup === '*' ? `grant athena:ListWorkGroups (${said})` : `grant athena:ListQueryExecutions and athena:BatchGetQueryExecution on workgroup/${workgroup} (${said})`,
  }));
}

/** Rows without Athena's side that Athena does not have any more. A workgroup that was not listed says nothing of its rows. */
function gone(rows: readonly RowTrace[], { asOf, athena, source }: DayEvidence): Difference[] {
  if (source === 'files') return [];
  const closed = new Set((athena?.unlisted ?? []).filter(({ reason }) => reason === 'denied').map(({ workgroup }) => workgroup));
  const found = rows.flatMap(({ queryExecutionId: id, known, eventTime, workgroup }): Difference[] => {
    if (id === null || known) return [];
    if (asOf.getTime() - eventTime > HISTORY_MS) return [{ cause: 'expired', id, detail: `older than the ${ATHENA_HISTORY_DAYS} days that Athena keeps` }];
    const silent = closed.size > 0 && (workgroup === null || closed.has(workgroup) || closed.has('*'));
    if (athena?.listed == null || athena.listed.has(id) || silent) return [];
    return [{ cause: 'expired', id, detail: 'Athena lists it no more: its history was deleted, as with a workgroup' }];
  });
  return [...new Map(found.map((difference) => [difference.id, difference])).values()];
}

function notCompared({ asOf, athena, source }: DayEvidence, start: string): string[] {
  const oldest = asOf.getTime() - HISTORY_MS;
  return [
    'Other accounts and Regions than those of the records',
    'Spark calculations: they are no queries',
    ...(source === 'files' ? ["Athena's history: the records came from files"] : []),
    ...(source === 'lookup' && Date.parse(start) < oldest ? [`Executions before ${new Date(oldest).toISOString()}: Athena keeps its history for ${ATHENA_HISTORY_DAYS} days`] : []),
    ...(source === 'lookup' && athena === null && Date.parse(start) >= oldest ? ["Athena's history: it was not asked"] : []),
    ...(athena?.unlisted ?? []).map(({ workgroup, reason, said }) => `Workgroup ${workgroup}: ${UNLISTED[reason]} (${said})`).sort(),
  ];
}

const UNLISTED: Readonly<Record<Unlisted['reason'], string>> = {
  denied: 'Athena refused to list it',
  gone: 'it is gone, and its history with it',
  spark: 'it is of Spark',
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

function byId(a: ListedExecution, b: ListedExecution): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The name of a day's certificate below the root. Errors: InvalidInputError. */
export function certificateOf(day: string): string {
  return `${dayFolder(day)}${CERTIFICATE_NAME}`;
}
