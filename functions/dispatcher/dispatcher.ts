/** Which days, as which executions. The only place that may ask the clock what day it is. */
import { ConfigError, InvalidInputError } from '#core/errors';
import type { StartExecution } from '#core/ports';
import { addDays, type DayPlan, daysBetween, localDay, planDay, type ReadOffsets } from '#core/window';
import { type DispatcherEvent, parseDispatcherEvent } from './event.ts';

/** How far LookupEvents looks back. Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
export const CLOUDTRAIL_HISTORY_DAYS = 90;
const DAY_MS = 86_400_000;
/** More days than anybody means: ten years. */
const MAX_DAYS = 3660;

/** What the dispatcher needs of the configuration; `config` travels in the execution input as it is. */
export interface DispatcherSettings {
  readonly config: { readonly source: string; readonly timeZone: string; readonly settleHours: number };
  /** Days before yesterday that the schedule takes again: for what came late, and for the end of what ran. */
  readonly recheckDays: number;
  readonly testStartDate: string | null;
  readonly testEndDate: string | null;
  readonly stateMachineArn: string | null;
  readonly backfillStateMachineArn: string | null;
  /** Years that the table looks for, both included; null where there is no table. */
  readonly years: Years | null;
}

type Years = { readonly first: number; readonly last: number };

/** What the dispatcher asks of the world. */
export interface DispatcherPorts {
  readonly readSettings: () => Promise<DispatcherSettings>;
  readonly readZone: (name: string) => ReadOffsets;
  readonly startExecution: StartExecution;
  readonly now: () => Date;
}

/** What the dispatcher answers. */
export interface DispatcherResult {
  readonly executionArn: string;
  readonly name: string;
  /** Newest first. */
  readonly days: readonly string[];
  readonly asOf: string;
  /** An execution of this name was started before: nothing was started twice. */
  readonly already: boolean;
  readonly warnings: readonly string[];
}

/** Days, oldest first. */
export interface Range {
  readonly days: readonly string[];
  /** The setting or field that asks for it, for messages. */
  readonly field: string;
}

/**
 * Makes the dispatcher.
 *
 * One day starts the day machine, several start its parent once, newest day first. `requestId` names a run that neither the
 * schedule nor a runId names. Errors: InvalidInputError (event, range), ConfigError, and the upstream classes of its ports.
 */
export function createDispatcher(ports: DispatcherPorts): (event: unknown, requestId: string) => Promise<DispatcherResult> {
  return async (unknownEvent, requestId) => {
    const event = parseDispatcherEvent(unknownEvent);
    const settings = await ports.readSettings();
    const asOf = new Date(event.asOf ?? event.scheduledTime ?? ports.now());
    const readOffsets = ports.readZone(settings.config.timeZone);
    const calendar: Calendar = { asOf, readOffsets, limited: settings.config.source === 'lookup', years: settings.years };
    const warnings: string[] = [];
    const plans = ofHour(selectDays(event, settings, calendar, warnings).map((day) => planDay(day, readOffsets)), event.hour, warnings);
    if (asOf > ports.now()) warnings.push(`asOf: ${asOf.toISOString()} is ahead of the clock`);
    const runKey = event.runId ?? (event.scheduledTime === undefined ? requestId : toKey(event.scheduledTime));
    const started = await start(ports, settings, plans, event.hour === undefined ? runKey : `h${event.hour}_${runKey}`, asOf);
    return { ...started, days: plans.map(({ day }) => day), asOf: asOf.toISOString(), warnings };
  };
}

interface Calendar {
  readonly asOf: Date;
  readonly readOffsets: ReadOffsets;
  /** Whether the source reaches back only CloudTrail's 90 days. */
  readonly limited: boolean;
  readonly years: Years | null;
}

/** The days to run, newest first. */
function selectDays(event: DispatcherEvent, settings: DispatcherSettings, calendar: Calendar, warnings: string[]): string[] {
  const asked = askedRange(event);
  if (asked !== null) return newestFirst(checked(asked, calendar));
  const yesterday = addDays(today(calendar), -1);
  if (event.scheduledTime === undefined) {
    const test = testRange(settings);
    return newestFirst(checked(test ?? { days: [yesterday], field: 'event' }, calendar));
  }
  const again = daysBetween(addDays(yesterday, -rechecked(settings)), yesterday).filter((day) => day === yesterday || isSeen(day, calendar.years));
  const nightly = newestFirst(checked({ days: again, field: 'scheduledTime' }, calendar));
  try {
    const test = testRange(settings);
    if (test === null) return nightly;
    const days = newestFirst([...new Set([...nightly, ...checked(test, calendar)])]);
    warnings.push(`TEST_START_DATE and TEST_END_DATE are still set: this scheduled run takes ${test.days[0]} to ${test.days.at(-1)} as well as ${nightly.at(-1)} to ${yesterday}`);
    return days;
  } catch (error) {
    // The schedule never stops for a range that was left in the configuration.
    if (!(error instanceof InvalidInputError || error instanceof ConfigError)) throw error;
    warnings.push(`${error.message}; this scheduled run takes only ${nightly.at(-1)} to ${yesterday}`);
    return nightly;
  }
}

/** As many days as RECHECK_DAYS says, and never so few that no night would settle a day: a pending one would stay so. */
function rechecked({ recheckDays, config }: DispatcherSettings): number {
  return Math.max(recheckDays, Math.ceil(config.settleHours / 24));
}

function newestFirst(days: readonly string[]): string[] {
  return [...days].sort().reverse();
}

function askedRange(event: DispatcherEvent): Range | null {
  if (event.days !== undefined) return { days: atMost([...new Set(event.days)], 'days'), field: 'days' };
  if (event.startDate === undefined) return null;
  return range(event.startDate, event.endDate ?? event.startDate, 'startDate', 'endDate');
}

/** The range that TEST_START_DATE and TEST_END_DATE ask for; null when neither is set. Errors: ConfigError, InvalidInputError. */
export function testRange(settings: Pick<DispatcherSettings, 'testStartDate' | 'testEndDate'>): Range | null {
  const { testStartDate: first, testEndDate: last } = settings;
  if (first === null && last === null) return null;
  if (first === null) throw new ConfigError([`TEST_START_DATE: missing, expected beside TEST_END_DATE ${last}`]);
  return range(first, last ?? first, 'TEST_START_DATE', 'TEST_END_DATE');
}

function range(first: string, last: string, startField: string, endField: string): Range {
  if (first > last) throw new InvalidInputError(`${startField}: ${first} is after ${endField} ${last}, expected a day not after it`);
  return { days: atMost(daysBetween(first, last), startField), field: startField };
}

function atMost(days: string[], field: string): string[] {
  if (days.length > MAX_DAYS) throw new InvalidInputError(`${field}: ${days[0]} to ${days.at(-1)} are ${days.length} days, expected at most ${MAX_DAYS}`);
  return days;
}

/** Whether the table looks for the day: a report of another would be written, and found by nobody. */
function isSeen(day: string, years: Years | null): boolean {
  const year = Number(day.slice(0, 4));
  return years === null || (year >= years.first && year <= years.last);
}

/** Refuses days that the table does not look for, days that are not over, and days that the source cannot reach any more; names what is left. */
function checked({ days, field }: Range, calendar: Calendar): string[] {
  const plans = days.map((day) => planDay(day, calendar.readOffsets)).filter(({ windows }) => windows.length > 0);
  if (plans.length === 0) throw new InvalidInputError(`${field}: ${days[0]} does not exist in this time zone, which left it out`);
  const unseen = days.find((day) => !isSeen(day, calendar.years));
  if (unseen !== undefined) {
    throw new InvalidInputError(`${field}: ${unseen} is outside the years that the table looks for, expected a day from ${calendar.years?.first} to ${calendar.years?.last}; deploy with another FirstYear or LastYear`);
  }
  const now = calendar.asOf.getTime();
  const open = plans.find(({ windows }) => Date.parse(windows.at(-1)?.end ?? '') > now);
  if (open !== undefined) throw new InvalidInputError(`${field}: ${open.day} is not over yet, expected a day up to ${addDays(today(calendar), -1)} (it is ${calendar.asOf.toISOString()})`);
  const oldest = now - CLOUDTRAIL_HISTORY_DAYS * DAY_MS;
  const left = calendar.limited ? plans.filter(({ windows }) => Date.parse(windows[0]?.start ?? '') >= oldest) : plans;
  if (left.length < plans.length) {
    const lost = plans.filter((plan) => !left.includes(plan)).map(({ day }) => day).sort();
    const kept = left.map(({ day }) => day).sort();
    const rest = kept.length === 0 ? 'nothing of the range is left' : `left of the range is ${kept[0]} to ${kept.at(-1)}`;
    throw new InvalidInputError(`${field}: ${lost[0]} is older than the ${CLOUDTRAIL_HISTORY_DAYS} days that CloudTrail keeps for look-ups; ${rest}`);
  }
  return plans.map(({ day }) => day);
}

function today({ asOf, readOffsets }: Calendar): string {
  return localDay(readOffsets(asOf, asOf), asOf);
}

/** Keeps one hour of each day; a day that skips it is left out with a warning. */
function ofHour(plans: readonly DayPlan[], hour: string | undefined, warnings: string[]): DayPlan[] {
  if (hour === undefined) return [...plans];
  const kept = plans.map((plan) => ({ ...plan, windows: plan.windows.filter((window) => window.hour === hour) })).filter(({ windows }) => windows.length > 0);
  const skipped = plans.filter(({ day }) => !kept.some((plan) => plan.day === day)).map(({ day }) => day);
  if (kept.length === 0) throw new InvalidInputError(`hour: ${skipped[0]} has no hour ${hour} in this time zone, which skips it`);
  if (skipped.length > 0) warnings.push(`${skipped.join(', ')} has no hour ${hour} in this time zone, which skips it`);
  return kept;
}

/** Shape: `20261122T060000Z`: an execution's name allows neither colons nor dots. */
function toKey(instant: string): string {
  return new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');
}

async function start(ports: DispatcherPorts, settings: DispatcherSettings, plans: readonly DayPlan[], runKey: string, asOf: Date) {
  const [plan] = plans;
  if (plan === undefined) throw new InvalidInputError('days: none, expected at least one');
  const shared = (runId: string) => ({ asOf: asOf.toISOString(), config: { ...settings.config, runId } });
  if (plans.length === 1) {
    if (settings.stateMachineArn === null) throw new ConfigError(['STATE_MACHINE_ARN: missing, expected the ARN of the day machine']);
    const name = `${plan.day}_${runKey}`;
    return { name, ...(await ports.startExecution(settings.stateMachineArn, name, { ...plan, ...shared(name) })) };
  }
  if (settings.backfillStateMachineArn === null) throw new ConfigError(['BACKFILL_STATE_MACHINE_ARN: missing, expected the ARN of the machine that runs several days']);
  const first = plans.at(-1)?.day ?? plan.day;
  // Another set of days between the same two is another run.
  const gaps = plans.length === daysBetween(first, plan.day).length ? '' : `${plans.length}d_`;
  const name = `${first}_${plan.day}_${gaps}${runKey}`;
  return { name, ...(await ports.startExecution(settings.backfillStateMachineArn, name, { days: plans, span: spanOf(plans), ...shared(name) })) };
}

/** The instants that the days lie within, so that Athena's history is listed once for all of them. */
function spanOf(plans: readonly DayPlan[]): { from: string; to: string } {
  const windows = plans.flatMap(({ windows: hours }) => hours);
  return { from: windows.map(({ start: from }) => from).sort()[0] ?? '', to: windows.map(({ end }) => end).sort().at(-1) ?? '' };
}
