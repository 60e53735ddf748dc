/** What a person reads at the end of a run. */
import { styleText } from 'node:util';
import type { ActorKind } from '#core/actor';
import { WEIGHTS } from '#core/certificate';
import type { Cause } from '#core/hour-evidence';
import { type Counts, type Manifest, sumCounts } from '#core/manifest';
import type { DayVerdict, Failure } from '../functions/closer/closer.ts';

/** An hour or a day that was not written. */
export interface RunFailure extends Failure {
  readonly day: string;
}

/** A run, as far as it came. */
export interface RunReport {
  /** Oldest first. */
  readonly days: readonly string[];
  readonly timeZone: string;
  /** Hours that were planned. */
  readonly hours: number;
  readonly manifests: readonly Manifest[];
  readonly failures: readonly RunFailure[];
  /** What the certificates say, by day, and why not complete. */
  readonly certificates: readonly { readonly day: string; readonly verdict: string; readonly running: number; readonly differences: DayVerdict['differences'] }[];
  readonly warnings: readonly string[];
  /** Where the reports are, for people. */
  readonly root: string;
  /** The command to try next. */
  readonly next: string;
  readonly colour: boolean;
}

const REASONS: Readonly<Record<string, string>> = {
  rejected: 'Athena refused the start; nobody keeps the text of it',
  expired: 'older than the 45 days that Athena keeps',
  not_found: 'Athena does not know the execution',
  access_denied: 'Athena refused to tell of the workgroup',
  running: 'had not ended; a later run brings the end',
  throttled_out: 'Athena gave no answer after all tries; run the hour again',
  not_asked: 'no answer of Athena about it was beside the records; put the output of aws athena batch-get-query-execution there',
};

const KINDS: readonly (readonly [ActorKind, string, string])[] = [
  ['person', 'person', 'people'],
  ['role_session', 'role session', 'role sessions'],
  ['service', 'service', 'services'],
  ['account', 'account', 'accounts'],
  ['root', 'root', 'root'],
  ['unknown', 'unknown', 'unknown'],
];
const TOP = 5;

/** The summary of a run. Shape: lines of text, the last one ends with a line break. */
export function toSummary(report: RunReport): string {
  const bold = (text: string) => (report.colour ? styleText('bold', text) : text);
  const mark = (good: boolean, text: string) => (report.colour ? styleText(good ? 'green' : 'red', text) : text);
  const complete = report.failures.length === 0;
  const written = report.manifests.length;
  const counts = sumCounts(report.manifests.map((manifest) => manifest.counts), report.manifests[0]?.source.kind ?? 'lookup');
  const rows = report.manifests.reduce((sum, manifest) => sum + (manifest.report?.rows ?? 0), 0);
  const kept = report.manifests.reduce((sum, manifest) => sum + manifest.kept.rows, 0);
  const actors = addActors(report.manifests);
  const nobody = rows - actors.reduce((sum, { rows }) => sum + rows, 0);
  const verdict = complete ? mark(true, 'all hours written') : mark(false, written < report.hours ? `NOT complete: ${report.hours - written} of ${report.hours} hours are missing` : 'NOT complete');
  const lines = [
    '',
    bold(`Athena queries of ${spanOf(report.days)} (${report.timeZone}): ${verdict}`),
    '',
    field('Rows', `${plural(rows, 'query', 'queries')}${kept === 0 ? '' : ` (${kept} of them only known from earlier runs)`} in ${written} of ${report.hours} hours${actors.length === 0 ? '' : `, by ${plural(actors.length, 'actor')}: ${kindsOf(actors)}`}${nobody === 0 ? '' : `; ${nobody} name nobody`}`),
    ...actors.slice(0, TOP).map(({ actor, kind, rows: count }, index) => field(index === 0 ? 'Most active' : '', `${String(count).padStart(String(rows).length)}  ${actor} (${kind})`)),
    field('Outcome', listOf(add(report.manifests.map((manifest) => manifest.states))) || 'no queries'),
    ...unknowns(report.manifests),
    field('Records', sumLine(counts)),
    ...sourceLines(report.manifests),
    ...malformed(report.manifests, counts),
    ...unvouchedLines(report),
    ...certificateLines(report.certificates),
    ...report.warnings.map((warning) => field('Warning', warning)),
    ...failureLines(report.failures),
    field('Files', `${report.root} (${plural(report.manifests.filter((manifest) => manifest.report !== null).length, 'report')}, a manifest for each hour)`),
    // One line, however long: it is there to be copied.
    `  ${'Next'.padEnd(12)} ${report.next}`,
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** Failures, those of one cause together. Shape: `2026-11-20 hours 00-23: UpstreamDeniedError: …`, a line each. */
export function groupFailures(failures: readonly RunFailure[]): string[] {
  const groups = new Map<string, RunFailure[]>();
  for (const failure of failures) {
    // What differs is only the object: one full disk is one cause.
    const message = failure.message.replace(/year=\d{4}\/[^\s:]*|hour \d{4}-\d\d-\d\dT[\d:]+Z/, '…');
    const key = `${failure.day} ${failure.error}: ${message}`;
    const group = groups.get(key) ?? [];
    groups.set(key, [...group, group.length === 0 ? failure : { ...failure, message }]);
  }
  return [...groups.values()].map((group) => {
    const first = group.at(-1);
    if (first === undefined) return '';
    const of = group.map((failure) => failure.of);
    const hours = of.length === 1 ? `hour ${of[0]}` : `hours ${of.join(', ')}`;
    return `${first.day} ${of[0] === '' ? '' : `${of.length > 5 ? `${of.length} hours, ${of[0]} to ${of.at(-1)}` : hours}: `}${first.error}: ${first.message}`;
  });
}

function certificateLines(certificates: RunReport['certificates']): string[] {
  const [first] = certificates;
  if (first === undefined) return [];
  const text = certificates.length === 1 ? first.verdict : listOf(add(certificates.map(({ verdict }) => ({ [verdict]: 1 }))));
  const why = listOf(add(certificates.map(({ verdict, running, differences }) => ({ ...open(differences), ...(verdict === 'pending' && running > 0 ? { 'still running': running } : {}) }))));
  return [field('Certificate', `${text}${why === '' ? '' : `: ${why}`} (verify --help says what it proves)`)];
}

/** That there is something which nobody vouches for; what it is stands in the certificate. */
function unvouchedLines({ days, manifests, certificates }: RunReport): string[] {
  const hours = manifests.filter(({ unvouched = [] }) => unvouched.length > 0).map(({ day, hour }) => (days.length > 1 ? `${day} ${hour}` : hour));
  if (hours.length > 0) return [field('Unvouched', `rows of ${plural(hours.length, 'hour')} (${hours.join(', ')}) hold what only facts say that no manifest vouched for; verify names them`)];
  if (!certificates.some(({ differences }) => (differences.unvouched ?? 0) > 0)) return [];
  return [field('Unvouched', 'facts or a certificate that could not be read were set aside; verify names them')];
}

/** The differences that keep a day from being complete. */
function open(differences: DayVerdict['differences']): Record<string, number> {
  return Object.fromEntries(Object.entries(differences).filter(([cause]) => WEIGHTS[cause as Cause] !== 'known'));
}

function failureLines(failures: readonly RunFailure[]): string[] {
  return groupFailures(failures).map((line, index) => field(index === 0 ? 'Failed' : '', line));
}

function field(name: string, text: string): string {
  return wrapped(`  ${name.padEnd(12)} ${printable(text)}`);
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Names come from records that anybody may have written: no control character of theirs reaches the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·');
}

const WIDTH = 118;
const INDENT = ' '.repeat(15);

/** Breaks a long line at blanks, below its text. */
function wrapped(line: string): string {
  if (line.length <= WIDTH) return line;
  const at = line.lastIndexOf(' ', WIDTH);
  const end = at <= INDENT.length ? line.indexOf(' ', WIDTH) : at;
  return end < 0 ? line : `${line.slice(0, end)}\n${wrapped(`${INDENT}${line.slice(end + 1)}`)}`;
}

function spanOf(days: readonly string[]): string {
  const [first] = days;
  return days.length <= 1 ? (first ?? 'no day') : `${first} to ${days.at(-1)}`;
}

function add(records: readonly Readonly<Record<string, number>>[]): [string, number][] {
  const total = new Map<string, number>();
  for (const record of records) for (const [name, count] of Object.entries(record)) total.set(name, (total.get(name) ?? 0) + count);
  return [...total].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

function listOf(counts: readonly [string, number][]): string {
  return counts.map(([name, count]) => `${count} ${name}`).join(', ');
}

function unknowns(manifests: readonly Manifest[]): string[] {
  const missing = add(manifests.map((manifest) => manifest.missing as Readonly<Record<string, number>>));
  const lines = missing.map(([reason, count], index) => field(index === 0 ? 'Not known' : '', `${count} ${reason}: ${REASONS[reason] ?? reason}`));
  const notes = [...new Set(manifests.flatMap((manifest) => manifest.notes))].slice(0, TOP);
  return [...lines, ...notes.map((note) => field('', note))];
}

function sumLine({ read, rows, duplicates, outside, skipped, malformed: broken }: Counts): string {
  return `${read} read = ${rows} rows + ${duplicates} duplicates + ${outside} outside + ${skipped} skipped (other events) + ${broken} malformed`;
}

function sourceLines(manifests: readonly Manifest[]): string[] {
  const source = manifests[0]?.source;
  if (source?.kind !== 'files') return [];
  return [field('', `from ${plural(source.files, 'file')}; ${source.passedOver} more hold no records and were passed over`)];
}

function malformed(manifests: readonly Manifest[], counts: Counts): string[] {
  if (counts.malformed === 0) return [];
  const samples = new Map(manifests.flatMap((manifest) => manifest.malformedSamples).map((sample) => [`${sample.from}: ${sample.problem}`, sample]));
  const lines = [...samples.keys()].slice(0, TOP).map((line, index) => field(index === 0 ? 'Malformed' : '', line));
  const more = counts.malformed > lines.length ? [field('', `and ${counts.malformed - lines.length} more; the manifests name some of them`)] : [];
  const mend = manifests[0]?.source.kind === 'files' ? 'mend it or take it away, then run the day again' : 'run the hour again';
  return [...lines, ...more, field('', `nobody knows what it said, so the day is not complete: ${mend}`)];
}

function addActors(manifests: readonly Manifest[]): { actor: string; kind: ActorKind; rows: number }[] {
  const total = new Map<string, { actor: string; kind: ActorKind; rows: number }>();
  for (const { actor, kind, rows } of manifests.flatMap((manifest) => manifest.actors)) {
    const key = `${kind} ${actor}`;
    total.set(key, { actor, kind, rows: rows + (total.get(key)?.rows ?? 0) });
  }
  return [...total.values()].sort((a, b) => b.rows - a.rows || (a.actor < b.actor ? -1 : 1));
}

function kindsOf(actors: readonly { readonly kind: ActorKind }[]): string {
  const parts = KINDS.flatMap(([kind, one, many]) => {
    const count = actors.filter((actor) => actor.kind === kind).length;
    return count === 0 ? [] : [plural(count, one, many)];
  });
  return parts.join(', ');
}
