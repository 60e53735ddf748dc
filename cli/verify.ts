/** `verify`: checks days again from what lies in the bucket or folder, whatever their certificates say. */
import { styleText } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { openListing, openStore } from '#adapters/open-store';
import { readZone } from '#adapters/zones';
import { type Certificate, certificateOf, judgeDay, parseCertificate, toEarlier, type Verdict, WEIGHTS } from '#core/certificate';
import type { AthenaEvidence } from '#core/day-evidence';
import { InvalidInputError } from '#core/errors';
import type { Difference, HourEvidence, ListNames } from '#core/hour-evidence';
import { parseJson } from '#core/json';
import { DEFAULT_ROOT, dayFolder, type Format, hourFolder, MANIFEST_NAME } from '#core/partition';
import type { ReportStore, WrittenObject } from '#core/ports';
import { type DayPlan, daysBetween, planDay } from '#core/window';
import { readHours, readNeighbours } from '../functions/closer/evidence.ts';
import type { Destination } from './options.ts';
import type { ProgressOutput } from './progress.ts';

/** The options of `verify`, parsed. */
export interface VerifyOptions {
  readonly date: string;
  readonly endDate?: string;
  readonly to: Destination;
  readonly format: Format;
  readonly timeZone: string;
  readonly asOf?: string;
}

/** The ends of the command. */
export interface VerifyEnds {
  readonly output: ProgressOutput;
  /** How the command is called, for the next one to try. */
  readonly command: string;
}

/** Where a day lies. */
interface Place {
  readonly store: ReportStore;
  readonly listNames: ListNames;
}

/** A day as it was verified. */
interface Verified {
  readonly certificate: Certificate;
  /** The certificate that lies there; null when there is none that can be read. */
  readonly recorded: Certificate | null;
  /** Whether the records came from files, which the next run must name. */
  readonly fromFiles: boolean;
}

const EXIT_CODES: Readonly<Record<Verdict, number>> = { complete: 0, pending: 3, incomplete: 1 };
const SETTLE_HOURS = 24;
/** Differences of one cause that are shown; the rest is counted. */
const SHOWN = 10;

/**
 * Verifies the days and prints a verdict for each. Shape: the exit code: 0 when all are complete, 1 when one is incomplete, else 3.
 * Errors: InvalidInputError (the range), ConfigError (the zone), and the upstream classes of the store.
 */
export async function verify(options: VerifyOptions, ends: VerifyEnds): Promise<number> {
  const { date, endDate = date, timeZone } = options;
  if (date > endDate) throw new InvalidInputError(`--date: ${date} is after --end-date ${endDate}, expected a day not after it`);
  const asOf = new Date(options.asOf ?? Date.now());
  const place = placeOf(options);
  const codes: number[] = [];
  for (const day of daysBetween(date, endDate)) {
    const plan = planDay(day, readZone(timeZone));
    if (plan.windows.length === 0) {
      ends.output.write(`\n${day} (${timeZone}): no such day, the zone left it out\n`);
      continue;
    }
    const verified = await verifyDay(place, plan, timeZone, asOf);
    codes.push(EXIT_CODES[verified.certificate.verdict]);
    ends.output.write(toText(verified, place.store.root, nextCommand(options, verified, ends.command), ends.output.isTTY === true));
  }
  return codes.includes(1) ? 1 : Math.max(0, ...codes);
}

/** What lies there is read and judged anew. Only what Athena said is taken from the certificate, because nobody asks it here. */
async function verifyDay({ store, listNames }: Place, plan: DayPlan, timeZone: string, asOf: Date): Promise<Verified> {
  const bytes = await store.read(certificateOf(plan.day));
  const recorded = bytes === null ? null : parseCertificate(parseJson(bytes), plan.day);
  const hours = await readHours(store, plan);
  const neighbours = await readNeighbours(store, plan.day);
  const source = hours.some(({ manifest }) => manifest !== null && manifest !== 'unreadable' && manifest.source.kind === 'files') ? 'files' : 'lookup';
  const judged = judgeDay({
    plan,
    timeZone,
    asOf,
    settleHours: recorded?.settleHours ?? SETTLE_HOURS,
    failed: [],
    hours,
    names: await listNames(dayFolder(plan.day)),
    neighbours: new Set(neighbours.flatMap(({ queryExecutionId: id }) => id ?? [])),
    source,
    athena: recorded === null ? null : recordedAthena(recorded),
    earlier: recorded === null ? null : toEarlier(recorded),
    setAside: [],
  });
  const beside = recorded === null ? [noCertificate(plan.day, bytes)] : changedManifests(recorded, hours);
  const certificate: Certificate = beside.length === 0 ? judged : { ...judged, verdict: 'incomplete', differences: [...beside, ...judged.differences] };
  return { certificate, recorded, fromFiles: source === 'files' };
}

function noCertificate(day: string, bytes: Uint8Array | null): Difference {
  const detail = 'the day was not closed to its end; run it';
  return bytes === null ? { cause: 'object_missing', id: certificateOf(day), detail: `no certificate: ${detail}` } : { cause: 'object_changed', id: certificateOf(day), detail: `no certificate of this version: ${detail}` };
}

/** Manifests that are not those that were certified: reports that agree with them prove nothing then. */
function changedManifests(recorded: Certificate, hours: readonly HourEvidence[]): Difference[] {
  const certified = new Map(recorded.hours.map(({ hour, manifest }) => [hour, manifest]));
  return hours.flatMap(({ hour, manifestObject }): Difference[] => {
    const before = certified.get(hour) ?? null;
    if (manifestObject === null || isSame(before, manifestObject)) return [];
    return [{ cause: 'object_changed', id: `${hourFolder(recorded.day, hour)}${MANIFEST_NAME}`, detail: before === null ? 'written after the certificate; run the day again' : 'not the manifest that was certified; run the day again' }];
  });
}

function isSame(a: WrittenObject | null, b: WrittenObject): boolean {
  return a !== null && a.bytes === b.bytes && a.sha256 === b.sha256;
}

/** What Athena said when the day was closed; what had been carried over says itself of when it is. */
function recordedAthena({ compared, unknown, unlisted }: Certificate): AthenaEvidence | null {
  const { athena } = compared;
  return athena === null ? null : { asOf: athena.asOf, workgroups: athena.workgroups, unknown, elsewhere: athena.elsewhere, unlisted, unordered: athena.unordered, listed: null };
}

function placeOf({ to, format }: VerifyOptions): Place {
  const place = 'folder' in to ? { bucket: null, folder: to.folder, prefix: DEFAULT_ROOT[format] } : { bucket: to.bucket, folder: null, prefix: to.prefix === '' ? DEFAULT_ROOT[format] : to.prefix.replace(/\/?$/, '/') };
  const client = new S3Client(CLIENT_OPTIONS);
  return { store: openStore(place, client), listNames: openListing(place, client) };
}

function nextCommand({ to, format, timeZone }: VerifyOptions, { certificate, fromFiles }: Verified, command: string): string {
  const place = 'folder' in to ? to.folder : `s3://${to.bucket}${to.prefix === '' ? '' : `/${to.prefix}`}`;
  return `${command} run --date ${certificate.day}${fromFiles ? ' --from FILES' : ''} --to ${place}${format === 'csv' ? '' : ` --format ${format}`}${timeZone === 'America/New_York' ? '' : ` --time-zone ${timeZone}`}`;
}

const COLOURS = { complete: 'green', pending: 'yellow', incomplete: 'red' } as const;

function toText({ certificate, recorded }: Verified, root: string, next: string, colour: boolean): string {
  const { day, timeZone, verdict, settled, compared, hours, rows, running, missing, notCompared } = certificate;
  const mark = colour ? styleText(COLOURS[verdict], verdict) : verdict;
  const unknowns = Object.entries(missing).map(([reason, count]) => `${count} ${reason}`).join(', ');
  const lines = [
    '',
    `${day} (${timeZone}): ${mark}${settled ? ', settled' : ', not settled yet'}`,
    '',
    field('Hours', `${compared.hours} of ${hours.length} have a manifest of their window`),
    field('Rows', `${rows}${running === 0 ? '' : `, ${running} of them still running when they were read`}${unknowns === '' ? '' : `; figures missing: ${unknowns}`}`),
    field('Objects', `${compared.objects} read and hashed below ${root}`),
    ...athenaLines(recorded),
    ...certificate.differences.length === 0 ? [] : differenceLines(certificate.differences),
    ...notCompared.map((line, index) => field(index === 0 ? 'Not compared' : '', line)),
    ...(recorded !== null && recorded.verdict !== verdict ? [field('Certificate', `says ${recorded.verdict}, as of ${recorded.asOf}`)] : []),
    ...(verdict === 'complete' ? [] : [field('Next', `${verdict === 'pending' ? 'the run that settles the day decides' : 'mend what is wrong'}; then: ${next}`)]),
    '',
  ];
  return lines.join('\n');
}

function athenaLines(recorded: Certificate | null): string[] {
  const athena = recorded?.compared.athena;
  if (athena == null) return [field('Athena', 'was not asked')];
  return [field('Athena', `${athena.rows} of the ${athena.executions} executions that it listed are rows, in ${athena.workgroups.length} ${athena.workgroups.length === 1 ? 'workgroup' : 'workgroups'} (as recorded ${athena.asOf}; not asked again)`)];
}

function differenceLines(differences: readonly Difference[]): string[] {
  const causes = [...new Set(differences.map(({ cause }) => cause))];
  const groups = causes.map((cause) => [cause, differences.filter((difference) => difference.cause === cause)] as const);
  return groups.flatMap(([cause, group]) => [
    field(WEIGHTS[cause] === 'known' ? 'Known' : 'Difference', `${group.length} ${cause}`),
    ...group.slice(0, SHOWN).map(({ id, detail }) => field('', `  ${id}: ${detail}`)),
    ...(group.length > SHOWN ? [field('', `  and ${group.length - SHOWN} more`)] : []),
  ]);
}

/** Names of objects and words of others reach the terminal here: none of their control characters does. */
function field(name: string, text: string): string {
  return `  ${name.padEnd(12)} ${text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·')}`;
}
