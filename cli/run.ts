/** `run`: a day or more, from LookupEvents or from files, through the bundles and the ASL that get deployed. */
import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { openStore } from '#adapters/open-store';
import { readZone } from '#adapters/zones';
import { ConfigError, InvalidInputError } from '#core/errors';
import { isObject } from '#core/json';
import type { Manifest } from '#core/manifest';
import type { Format } from '#core/partition';
import type { ReportStore } from '#core/ports';
import { addDays, localDay } from '#core/window';
import type { Environment, RunConfig } from '#runtime/config';
import { type BackfillVerdict, type DayVerdict, parseCause } from '../functions/closer/closer.ts';
import type { DispatcherResult } from '../functions/dispatcher/dispatcher.ts';
import type { Standing } from '../functions/reader/read-hours.ts';
import type { WorkerResult } from '../functions/worker/worker.ts';
import { createLocalMachines } from './local-machines.ts';
import type { Destination } from './options.ts';
import { createProgress, type Progress, type ProgressOutput } from './progress.ts';
import { groupFailures, type RunFailure, type RunReport, toSummary } from './summary.ts';

/** The options of `run`, parsed. */
export interface RunOptions {
  readonly date?: string;
  readonly endDate?: string;
  readonly hour?: string;
  readonly from: string;
  readonly to: Destination;
  readonly format: Format;
  readonly timeZone: string;
  readonly asOf?: string;
  readonly resolveRoleChain?: true;
  readonly uncomparedWorkgroups?: string;
}

/** The ends of the command. */
export interface RunEnds {
  /** Where `functions`' bundles are. */
  readonly bundles: URL;
  readonly machines: URL;
  readonly progress: ProgressOutput;
  readonly summary: ProgressOutput;
  /** How the command is called, for the next one to try. */
  readonly command: string;
}

/** Hours in flight of a local run: all share one pace of look-ups, so that answers of up to two seconds do not idle it. */
const MAP_CONCURRENCY = 4;
const RETRIED = new Set(['UpstreamThrottledError', 'UpstreamUnavailableError']);

/**
 * Runs the days and prints the summary. Shape: the exit code, 0 only when every hour of every day was written.
 * Errors: InvalidInputError, UpstreamDeniedError, when the run cannot start; ConfigError also when the root is for another format or zone.
 */
export async function run(options: RunOptions, ends: RunEnds): Promise<number> {
  const { dispatcher, reader, worker, closer, createFileSource, watchPages } = await importFunctions(ends.bundles);
  const asOf = new Date(options.asOf ?? Date.now());
  const { ask, open } = await selectDays(options, asOf, createFileSource);
  const results: WorkerResult[] = [];
  const verdicts: (DayVerdict | BackfillVerdict)[] = [];
  const progress = createProgress(ends.progress);
  watchPages(progress.read);
  const machines = await createLocalMachines(ends.machines, {
    reader,
    worker: (event) => watched(worker, event, progress, results),
    closer: async (event) => {
      const verdict = await closer(event);
      verdicts.push(verdict);
      return verdict;
    },
  });
  let hours = 0;
  let config: RunConfig | undefined;
  const dispatch = dispatcher({
    env: environmentOf(options, machines.dayMachineArn, machines.backfillMachineArn),
    startExecution: (arn, name, input) => {
      hours = hoursOf(input);
      config = isObject(input) ? (input['config'] as RunConfig) : undefined;
      progress.plan(hours);
      return machines.startExecution(arn, name, input);
    },
  });
  const event = { ...ask, asOf: asOf.toISOString(), runId: 'local', ...(options.hour === undefined ? {} : { hour: options.hour }) };
  const dispatched = await dispatch(event, { awsRequestId: 'local' });
  const outcome = await machines.outcome();
  progress.end();

  if (config === undefined) throw new Error('the dispatcher started no execution');
  // Where the functions were told to write.
  const store = openStore(config, new S3Client(CLIENT_OPTIONS));
  const failures = failuresOf(verdicts);
  if (results.length === 0) refuseOptions(failures);
  failures.push(...open.map((day) => ({ day, of: '', error: 'InvalidInputError', message: 'the day is not over yet; run it tomorrow' })));
  if (outcome.status === 'FAILED' && failures.length === 0) failures.push({ day: [...dispatched.days].sort().join(', '), of: '', ...parseCause(outcome.error, outcome.cause) });
  const [cause, ...others] = groupFailures(failures);
  if (results.length === 0 && cause !== undefined && others.length === 0) {
    // Nothing was written, for one reason: that line is all there is to say.
    ends.progress.write(`athena-query-tracker: nothing was written: ${cause}\n`);
    return 1;
  }
  const report: RunReport = {
    days: [...dispatched.days].sort(),
    timeZone: options.timeZone,
    hours,
    manifests: await readManifests(store, results),
    failures,
    certificates: verdicts.flatMap((verdict) => ('day' in verdict && verdict.certificate !== null ? [{ day: verdict.day, verdict: verdict.verdict, running: verdict.running, differences: verdict.differences }] : [])),
    warnings: dispatched.warnings,
    root: store.root,
    next: nextCommand(options, ends.command, failures),
    colour: ends.summary.isTTY === true,
  };
  ends.summary.write(toSummary(report));
  return failures.length === 0 ? 0 : 1;
}

interface Functions {
  readonly dispatcher: (ends: { env: Environment; startExecution: Awaited<ReturnType<typeof createLocalMachines>>['startExecution'] }) => (event: unknown, context: { awsRequestId: string }) => Promise<DispatcherResult>;
  readonly reader: (event: unknown) => Promise<unknown>;
  readonly watchPages: (watch: (standing: Standing) => void) => void;
  readonly worker: (event: unknown) => Promise<WorkerResult>;
  readonly closer: (event: unknown) => Promise<DayVerdict | BackfillVerdict>;
  readonly createFileSource: (path: string) => { readonly eventTimes: () => Promise<readonly number[]>; readonly scanReport: () => Promise<{ readonly files: number }> };
}

/** The bundles that get deployed. The worker's also gives its source of files, so that planning and hours share one scan. */
async function importFunctions(bundles: URL): Promise<Functions> {
  const [dispatcher, reader, worker, closer] = await Promise.all(['dispatcher', 'reader', 'worker', 'closer'].map((name) => import(new URL(`${name}/index.mjs`, bundles).href)));
  return { dispatcher: dispatcher.createHandler, reader: reader.handler, watchPages: reader.watchPages, worker: worker.handler, closer: closer.handler, createFileSource: worker.createFileSource };
}

async function watched(worker: Functions['worker'], event: unknown, progress: Progress, results: WorkerResult[]): Promise<WorkerResult> {
  try {
    const result = await worker(event);
    results.push(result);
    progress.written(result);
    return result;
  } catch (error) {
    if (error instanceof Error && RETRIED.has(error.name) && isObject(event)) progress.failed(String(event['day']), String(event['hour']), error);
    throw error;
  }
}

/** The days asked for, or those found in files, or yesterday; the days of files that are not over are told apart. */
async function selectDays(options: RunOptions, asOf: Date, createFileSource: Functions['createFileSource']): Promise<{ ask: { startDate: string; endDate: string } | { days: string[] }; open: string[] }> {
  const readOffsets = readZone(options.timeZone);
  const dayOf = (at: Date) => localDay(readOffsets(at, at), at);
  const today = dayOf(asOf);
  const files = options.from === 'lookup' ? null : createFileSource(options.from);
  if (files !== null && (await files.scanReport()).files === 0) throw new InvalidInputError(`--from: ${JSON.stringify(options.from)} holds no CloudTrail records, expected trail files or the output of aws cloudtrail lookup-events`);
  if (options.date !== undefined) return { ask: { startDate: options.date, endDate: options.endDate ?? options.date }, open: [] };
  if (options.endDate !== undefined) throw new InvalidInputError('--date: missing, expected the first day beside --end-date');
  if (files === null) return { ask: { days: [addDays(today, -1)] }, open: [] };
  const times = await files.eventTimes();
  const found = [...new Set(times.map((at) => dayOf(new Date(at))))].sort();
  if (found.length === 0) throw new InvalidInputError(`--from: ${JSON.stringify(options.from)} holds no StartQueryExecution of Athena; give --date to have empty hours written`);
  const days = found.filter((day) => day < today);
  const open = found.filter((day) => day >= today);
  if (days.length === 0) throw new InvalidInputError(`--from: ${JSON.stringify(options.from)} holds only ${open.join(', ')}, which is not over yet`);
  return { ask: { days }, open };
}

function environmentOf(options: RunOptions, dayMachineArn: string, backfillMachineArn: string): Environment {
  const to = options.to;
  return {
    EVENT_SOURCE: options.from,
    OUTPUT_TYPE: options.format,
    TIME_ZONE: options.timeZone,
    MAP_CONCURRENCY: String(MAP_CONCURRENCY),
    RESOLVE_ROLE_CHAIN: String(options.resolveRoleChain === true),
    ...(options.uncomparedWorkgroups === undefined ? {} : { UNCOMPARED_WORKGROUPS: options.uncomparedWorkgroups }),
    STATE_MACHINE_ARN: dayMachineArn,
    BACKFILL_STATE_MACHINE_ARN: backfillMachineArn,
    ...('folder' in to ? { REPORT_FOLDER: to.folder } : { S3_BUCKET: to.bucket, REPORT_PREFIX: to.prefix }),
  };
}

/**
 * A root that holds another format or zone, found as the hours began: an option does not fit, and nothing was written.
 * Errors: ConfigError, when that is all there is.
 */
function refuseOptions(failures: readonly RunFailure[]): void {
  if (failures.length === 0 || failures.some(({ error }) => error !== 'ConfigError')) return;
  // What names no setting is about what lies at the root.
  const words = failures.map(({ message }) => (/^[A-Z_]+: /.test(message) ? message : `REPORT_FOLDER: ${message}`).replace('(REPORT_PREFIX, --to)', '(--to)'));
  throw new ConfigError([...new Set(words)]);
}

/** The hours that failed, by the verdicts of their days; and the days that came to no verdict of their own. */
function failuresOf(verdicts: readonly (DayVerdict | BackfillVerdict)[]): RunFailure[] {
  const hours = verdicts.flatMap((verdict) => ('day' in verdict ? verdict.failed.map((failure) => ({ day: verdict.day, ...failure })) : []));
  const days = verdicts.flatMap((verdict) => ('days' in verdict ? verdict.failed.map((failure) => ({ day: failure.of, error: failure.error, message: failure.message, of: '' })) : []));
  // A day whose hours were all written, and which its certificate calls incomplete all the same.
  const judged = verdicts.flatMap((verdict) => ('day' in verdict && verdict.verdict === 'incomplete' && verdict.failed.length === 0 ? [{ day: verdict.day, of: '', error: verdict.error ?? 'DayIncomplete', message: verdict.cause ?? '' }] : []));
  const named = new Set([...hours, ...judged].map(({ day }) => day));
  return [...hours, ...judged, ...days.filter(({ day }) => !named.has(day))];
}

/** Hours in an execution's input: of one day, or of several. */
function hoursOf(input: unknown): number {
  if (!isObject(input)) return 0;
  if (Array.isArray(input['windows'])) return input['windows'].length;
  return Array.isArray(input['days']) ? input['days'].reduce((sum: number, day: unknown) => sum + hoursOf(day), 0) : 0;
}

/** The manifests of the hours that were written, read back from where they lie. */
async function readManifests(store: ReportStore, results: readonly WorkerResult[]): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const { manifest } of [...results].sort((a, b) => (a.manifest < b.manifest ? -1 : 1))) {
    const bytes = await store.read(manifest);
    if (bytes === null) throw new Error(`${store.root}${manifest}: written and gone`);
    manifests.push(JSON.parse(new TextDecoder().decode(bytes)) as Manifest);
  }
  return manifests;
}

/** The command to try next: what failed again, or another source. Everything that was not the default is repeated. */
function nextCommand(options: RunOptions, command: string, failures: readonly RunFailure[]): string {
  const to = 'folder' in options.to ? options.to.folder : `s3://${options.to.bucket}/${options.to.prefix}`;
  const zone = options.timeZone === 'America/New_York' ? [] : ['--time-zone', options.timeZone];
  const ends = [...(to === 'reports' ? [] : ['--to', to]), ...(options.format === 'csv' ? [] : ['--format', options.format]), ...zone];
  const line = (...args: string[]) => [command, 'run', ...args.map(quoted)].join(' ');
  const mendable = failures.filter(({ of }) => of !== '');
  const days = [...new Set(mendable.map(({ day }) => day))].sort();
  const [first] = days;
  if (first !== undefined) {
    const range = days.length === 1 ? [] : ['--end-date', days.at(-1) ?? first];
    const hour = mendable.length === 1 ? ['--hour', mendable[0]?.of ?? ''] : [];
    const asOf = options.asOf === undefined ? [] : ['--as-of', options.asOf];
    return `mend the cause, then: ${line('--date', first, ...range, ...hour, '--from', options.from, ...ends, ...asOf)}`;
  }
  if (options.from !== 'lookup') return `your own account's yesterday: ${line('--from', 'lookup', ...zone)}`;
  return `another day: ${line('--date', options.date === undefined ? 'YYYY-MM-DD' : addDays(options.date, -1), ...ends)}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
