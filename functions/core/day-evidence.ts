/** What is known of a day, and why it is not plainly complete: the hours by themselves, then the day against Athena's list. */
import type { Earlier } from './carried.ts';
import { FACTS_NAME, LOST_MANIFEST, SET_ASIDE_SUFFIX } from './facts.ts';
import type { ListedExecution, Unlisted } from './history.ts';
import { type Difference, type HourEvidence, judgeHour, type RowTrace } from './hour-evidence.ts';
import type { Manifest, SourceReport } from './manifest.ts';
import { dayFolder, hourFolder, SET_ASIDE_CERTIFICATE } from './partition.ts';
import { ATHENA_HISTORY_DAYS, ATHENA_HISTORY_MS } from './row.ts';
import type { DayPlan, HourWindow } from './window.ts';

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
  /** What the certificate that lies there says of Athena's side; null when there is none that can be read. */
  readonly earlier: Earlier | null;
  /** Workgroups that their owner set aside by name. */
  readonly setAside: readonly string[];
}

/** What Athena's list says of the day, and what an earlier certificate said of it that nothing has settled. */
export interface OpenHistory {
  /** Executions of the day that are no rows of it. */
  readonly unknown: readonly ListedExecution[];
  readonly unlisted: readonly Unlisted[];
  /** Whether Athena was asked while it still held the whole day. */
  readonly whole: boolean;
}

const NOTHING: HourEvidence = { hour: '', manifest: null, manifestObject: null, report: null, facts: null, rows: [] };

/** The day's hours, as windows of their own. */
export function windowsOf(plan: DayPlan): HourWindow[] {
  return plan.windows.map((window) => ({ ...window, day: plan.day, offsets: plan.offsets }));
}

/** Every difference of a day, in no order. `manifests` and `rows` are those of its hours. */
export function dayDifferences(evidence: DayEvidence, manifests: readonly Manifest[], rows: readonly RowTrace[], { unknown, unlisted, whole }: OpenHistory): Difference[] {
  const { plan, timeZone, hours, athena } = evidence;
  const failed = new Map(evidence.failed.map((failure) => [failure.of, failure]));
  return [
    ...evidence.failed.map(({ of, error, message }): Difference => ({ cause: 'hour_failed', id: of, detail: `${error}: ${message}` })),
    ...windowsOf(plan).flatMap((window) => {
      const found = judgeHour(window, timeZone, hours.find(({ hour }) => hour === window.hour) ?? NOTHING);
      return failed.has(window.hour) ? found.filter(({ cause }) => cause !== 'hour_missing') : found;
    }),
    ...added(evidence, manifests),
    ...unknown.filter(({ id }) => !evidence.neighbours.has(id) && !(athena?.elsewhere ?? []).includes(id)).map(athenaOnly),
    ...unlisted.filter(({ reason }) => reason === 'denied').map(denied),
    ...manifests.flatMap(unanswered),
    ...malformed(manifests),
    ...manifests.flatMap(unvouched),
    ...setAside(evidence),
    ...lost(evidence),
    ...certificatesAside(evidence, whole),
    ...gone(rows, evidence),
  ];
}

/** Objects that Athena would read as rows, though no manifest names them. Names with `_` or `.` in front are hidden from it. */
function added({ plan, names }: DayEvidence, manifests: readonly Manifest[]): Difference[] {
  const folder = dayFolder(plan.day);
  const vouched = new Set(manifests.map(({ hour, report }) => `${folder}hour=${hour}/${report?.name ?? ''}`));
  const visible = names.filter((name) => name.startsWith(folder) && !name.split('/').some((part) => /^[_.]/.test(part)));
  return visible.filter((name) => !vouched.has(name)).map((id) => ({ cause: 'object_added', id, detail: 'no manifest vouches for it, and Athena would read it as rows' }));
}

/** Facts that a run could not read and kept as they were. */
function setAside({ names }: DayEvidence): Difference[] {
  return names.filter((name) => name.endsWith(SET_ASIDE_SUFFIX)).map((id) => ({ cause: 'unvouched', id, detail: 'facts as somebody left them: some lines were none of the hour; look at them, then remove the object' }));
}

/** Manifests whose facts were gone when a run came back to the hour, which then knew less than the run before. */
function lost({ names }: DayEvidence): Difference[] {
  const detail = 'the facts that it vouches for were gone, and the hour knows less since; it and its report, if that was still there, are kept beside it: look at them, then remove them';
  return names.filter((name) => LOST_MANIFEST.test(name)).map((id) => ({ cause: 'object_missing', id, detail }));
}

/** Certificates that could not be read, and were kept as they were: what they recorded of Athena is not carried over. */
function certificatesAside({ names }: DayEvidence, whole: boolean): Difference[] {
  const detail = 'an earlier certificate that could not be read: what it recorded of Athena is not carried over; look at it, then remove it';
  // Where the whole day was compared anew, little is lost with it.
  return names.filter((name) => SET_ASIDE_CERTIFICATE.test(name)).map((id) => ({ cause: whole ? 'unvouched' : 'object_changed', id, detail }));
}

function athenaOnly({ id, submittedAt, workgroup, asOf }: ListedExecution): Difference {
  const told = asOf === undefined ? 'Athena knows it, CloudTrail has not told of it' : `Athena knew it as of ${asOf}, CloudTrail has not told of it; carried over from an earlier certificate`;
  return { cause: 'athena_only', id, detail: `submitted ${new Date(submittedAt).toISOString()} in ${workgroup}; ${told}` };
}

function denied({ workgroup, said, asOf }: Unlisted): Difference {
  const grant = workgroup === '*' ? 'grant athena:ListWorkGroups' : `grant athena:ListQueryExecutions and athena:BatchGetQueryExecution on workgroup/${workgroup}`;
  if (asOf === undefined) return { cause: 'list_denied', id: workgroup, detail: `${grant} (${said})` };
  return { cause: 'list_denied', id: workgroup, detail: `as of ${asOf} it refused its list, and it has not been listed since; carried over from an earlier certificate; ${grant} and run the day again while Athena keeps it, or set it aside by name (${said})` };
}

/** Rows about which Athena was too busy to answer: that is no proven reason, as a refusal or an expiry is. */
function unanswered({ hour, missing, unanswered: ids = [] }: Manifest): Difference[] {
  const count = missing.throttled_out ?? 0;
  const told = ids.map((id): Difference => ({ cause: 'unanswered', id, detail: `Athena gave no answer about it; run hour ${hour} again` }));
  const rest = count - told.length;
  return rest <= 0 ? told : [...told, { cause: 'unanswered', id: hour, detail: `Athena gave no answer about ${rest}${told.length === 0 ? '' : ' more'} of its rows; run the hour again` }];
}

/** Records that could not be read. Hours of files share one scan, which is told of once. */
function malformed(manifests: readonly Manifest[]): Difference[] {
  const found = manifests.flatMap(({ hour, source, counts, malformedSamples: samples }): Difference[] => {
    const files = source.kind === 'files';
    const rest = counts.malformed - samples.length;
    const mend = files ? 'mend it or take it away, then run the day again' : "run the hour again; if CloudTrail gives it so again, only a trail's own file may tell (--from)";
    return [
      ...samples.map(({ from, problem }): Difference => ({ cause: 'malformed', id: files ? from : `hour ${hour}, ${from}`, detail: `${problem}; nobody knows what it said: ${mend}` })),
      ...(rest <= 0 ? [] : [{ cause: 'malformed', id: files ? 'files' : `hour ${hour}`, detail: `${rest} more ${rest === 1 ? 'record' : 'records'} could not be read; the manifest does not sample ${rest === 1 ? 'it' : 'them'}` } as const]),
    ];
  });
  return [...new Map(found.map((difference) => [`${difference.id}: ${difference.detail}`, difference])).values()];
}

/** What of an hour's rows only facts say that no manifest vouched for. */
function unvouched({ day, hour, unvouched: words = [] }: Manifest): Difference[] {
  return words.map((detail) => ({ cause: 'unvouched', id: `${hourFolder(day, hour)}${FACTS_NAME}`, detail }));
}

/** Rows without Athena's side that Athena does not have any more. A workgroup that was not listed says nothing of its rows. */
function gone(rows: readonly RowTrace[], { asOf, athena, source }: DayEvidence): Difference[] {
  if (source === 'files') return [];
  const closed = new Set((athena?.unlisted ?? []).filter(({ reason }) => reason === 'denied' || reason === 'set_aside').map(({ workgroup }) => workgroup));
  const found = rows.flatMap(({ queryExecutionId: id, known, eventTime, workgroup }): Difference[] => {
    if (id === null || known) return [];
    if (asOf.getTime() - eventTime > ATHENA_HISTORY_MS) return [{ cause: 'expired', id, detail: `older than the ${ATHENA_HISTORY_DAYS} days that Athena keeps` }];
    const silent = closed.size > 0 && (workgroup === null || closed.has(workgroup) || closed.has('*'));
    if (athena?.listed == null || athena.listed.has(id) || silent) return [];
    return [{ cause: 'expired', id, detail: 'Athena lists it no more: its history was deleted, as with a workgroup' }];
  });
  return [...new Map(found.map((difference) => [difference.id, difference])).values()];
}
