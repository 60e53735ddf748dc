/**
 * A day of CloudTrail and Athena whose truth is known: every row that a report of the day must have, with every column.
 * The same options give the same day. Nothing in here is the product's code but the names of the columns.
 */
import type { StoredExecution } from './athena-api.ts';
import type { LookupEntry } from './cloudtrail-api.ts';
import { createLocalClock, type LocalHour, localHours, QUARTER } from './local-hours.ts';
import { createSeeded, type Seeded } from './seeded.ts';
import { IDENTITIES, IDENTITY_NAMES, type Identity, type IdentityName, type Person } from './synthetic-identities.ts';
import { DENIED_WORKGROUP, OUTCOME_NAMES, OUTCOMES, type Outcome, type OutcomeName } from './synthetic-outcomes.ts';
import { type RecordFacts, toEntry, toRecord } from './synthetic-records.ts';
import type { EventTruth, TrueRow } from './synthetic-row.ts';
import { HARD_TEXTS, longText } from './synthetic-texts.ts';

/** What a day is made from; all of it may be left out. */
export interface SyntheticDayOptions {
  readonly seed?: number;
  /** Local day. Default 2026-11-20. */
  readonly date?: string;
  /** Default America/New_York. */
  readonly timeZone?: string;
  /** Rows of the day's reports. Default 3,016; at least `LEAST_ROWS`. */
  readonly rows?: number;
  /** What the run takes as now. Default: an hour after the day's end. */
  readonly asOf?: Date;
  /** Adds a client's retry whose two events lie on both sides of an hour's end. Default false. */
  readonly retryAcrossHours?: boolean;
  /** An hour that has this share of the day's rows, as far as the specials leave room. Units: 0 to 1. */
  readonly hotHour?: { readonly label: string; readonly share: number };
}

/** A day and its truth. */
export interface SyntheticDay {
  readonly date: string;
  readonly timeZone: string;
  readonly asOf: Date;
  readonly region: string;
  readonly hours: readonly LocalHour[];
  /** Label of the one hour without rows. */
  readonly quietHour: string;
  /** In no order: those of the day, of the hours around it, copies, events of others, and broken ones. */
  readonly events: readonly LookupEntry[];
  readonly executions: readonly StoredExecution[];
  readonly deniedWorkgroups: readonly string[];
  /** The day's rows by event id, in the order of time and id. */
  readonly truth: ReadonlyMap<string, TrueRow>;
  /** The hour label of each row by event id. */
  readonly hourOf: ReadonlyMap<string, string>;
  /** Event ids that are Athena's starts, just before or after the day. */
  readonly outside: readonly string[];
  /** What the day's manifests must add up to. */
  readonly counts: { readonly rows: number; readonly duplicates: number; readonly skipped: number; readonly malformed: number };
}

/** A smaller day could not hold every kind of identity, outcome and text. */
export const LEAST_ROWS = 500;
/** Athena's longest query. Units: bytes of UTF-8. */
export const LONGEST_QUERY = 262_144;
const ATHENA_HISTORY_MS = 45 * 86_400_000;
const ACCOUNT = '111122223333';
const REGION = 'us-east-1';
const SECOND = 1000;

const FIRST_NAMES = ['maria', 'bjorn', 'chidi', 'yuki', 'lena', 'omar', 'ana', 'piotr', 'grace', 'tomas'] as const;
const LAST_NAMES = ['weber', 'larsen', 'okafor', 'tanaka', 'rossi', 'haddad', 'silva', 'nowak', 'murphy', 'novak'] as const;
const SOURCE_IPS = ['203.0.113.17', '2001:db8::8a2e:370:7334', 'athena.amazonaws.com', 'AWS Internal'] as const;
const USER_AGENTS = ['aws-cli/2.15.0 Python/3.11.6 Linux/6.1 exe/x86_64', 'Mozilla/5.0 (X11; Linux x86_64), "quoted"', 'aws-internal/3', 'Boto3/1.34 md/Botocore#1.34 \\ ua/2.0'] as const;
const ORDINARY: readonly OutcomeName[] = [...Array<OutcomeName>(40).fill('succeeded'), 'failed', 'failed', 'cancelled', 'running', 'queued', 'invalid request', 'access denied', 'forbidden workgroup', 'not found'];

/** One event of the day, before its truth is final. */
interface Story {
  readonly facts: RecordFacts;
  readonly identity: Identity;
  readonly outcome: Outcome;
}

/** Makes a day. Errors: RangeError when `rows` are too few, or when `asOf` forgets history within seconds of an event. */
export function createSyntheticDay(options: SyntheticDayOptions = {}): SyntheticDay {
  const { seed = 1, date = '2026-11-20', timeZone = 'America/New_York', rows = 3016 } = options;
  if (rows < LEAST_ROWS) throw new RangeError(`rows: ${rows}, expected at least ${LEAST_ROWS}`);
  const chance = createSeeded(seed);
  const clock = createLocalClock(timeZone);
  const hours = localHours(date, timeZone);
  const quietHour = hours[4]?.label ?? '04';
  const quarters = hours.filter(({ label }) => label !== quietHour).flatMap((hour) => hour.quarters);
  const dayStart = Math.min(...hours.flatMap((hour) => hour.quarters));
  const dayEnd = Math.max(...hours.flatMap((hour) => hour.quarters)) + QUARTER;
  const asOf = options.asOf ?? new Date(dayEnd + 4 * QUARTER);
  const forgotten = asOf.getTime() - ATHENA_HISTORY_MS;

  const stories: Story[] = [];
  const tell = (at: number, outcomeName: OutcomeName, identityName: IdentityName, query: string, userAgent: string = chance.pick(USER_AGENTS)): Story => {
    const facts: RecordFacts = { eventId: chance.uuid(), at, accountId: ACCOUNT, region: REGION, sourceIp: chance.pick(SOURCE_IPS), userAgent };
    return { facts, identity: IDENTITIES[identityName](createPerson(chance)), outcome: OUTCOMES[outcomeName]({ chance, id: chance.uuid(), at, query }) };
  };
  const anyTime = (): number => {
    // More of a working day's hours than of its nights.
    const quarter = chance.chance(0.6) ? chance.pick(quarters.slice(Math.floor(quarters.length / 3), Math.floor(quarters.length * 0.8))) : chance.pick(quarters);
    const at = quarter + chance.int(0, QUARTER / SECOND - 1) * SECOND;
    return Math.abs(at - forgotten) < 5 * SECOND ? anyTime() : at;
  };
  const timeBefore = (seconds: number): number => {
    const at = anyTime();
    return clock(at).slice(0, 13) === clock(at + seconds * SECOND).slice(0, 13) ? at : timeBefore(seconds);
  };
  const anyText = () => (chance.chance(0.1) ? chance.pick(HARD_TEXTS) : `SELECT ${chance.int(1, 1e6)}\nFROM sales.orders\nWHERE day = DATE '${date}'`);
  const add = (...told: readonly Story[]) => stories.push(...told);

  for (const name of IDENTITY_NAMES) add(tell(anyTime(), 'succeeded', name, anyText()));
  for (const name of OUTCOME_NAMES) for (let times = 0; times < 3; times++) add(tell(anyTime(), name, chance.pick(IDENTITY_NAMES), chance.pick(HARD_TEXTS)));
  // The first and the last second of every hour on the wall, which a label that occurs twice has twice.
  for (const quarter of quarters) {
    const minutes = clock(quarter).slice(14, 16);
    if (minutes === '00') add(tell(quarter, 'succeeded', 'IAM user', anyText()), tell(quarter, 'invalid request', 'IAM user', anyText()));
    if (minutes === '45') add(tell(quarter + QUARTER - SECOND, 'succeeded', 'role session of a person', anyText()));
  }
  for (const text of HARD_TEXTS) {
    add(tell(anyTime(), 'succeeded', 'IAM user', text, text));
    add(tell(anyTime(), 'failed with a hard text', 'IAM user', text), tell(anyTime(), 'refused with a hard text', 'IAM user', text));
  }
  add(tell(anyTime(), 'succeeded', 'IAM user', longText(LONGEST_QUERY)), tell(anyTime(), 'succeeded', 'IAM user', ''));
  for (const apart of [[2], [17], [0], [3, 9], [1]]) add(...retries(tell(timeBefore(18), 'succeeded', chance.pick(IDENTITY_NAMES), anyText()), apart, chance));
  if (options.retryAcrossHours === true) {
    const lastOfAnHour = quarters.find((at) => clock(at).slice(14, 16) === '45' && quarters.includes(at + QUARTER)) ?? dayStart;
    add(...retries(tell(lastOfAnHour + QUARTER - 2 * SECOND, 'succeeded', 'IAM user', anyText()), [4], chance));
  }
  if (stories.length > rows) throw new RangeError(`rows: ${rows}, but the specials alone are ${stories.length}`);
  const hot = hours.find(({ label }) => label === options.hotHour?.label)?.quarters ?? [];
  const isHot = (at: number) => hot.some((from) => at >= from && at < from + QUARTER);
  const isDue = () => hot.length > 0 && stories.filter(({ facts }) => isHot(facts.at)).length < rows * (options.hotHour?.share ?? 0);
  const hotTime = () => chance.pick(hot) + chance.int(0, QUARTER / SECOND - 1) * SECOND;
  while (stories.length < rows) add(tell(isDue() ? hotTime() : anyTime(), chance.pick(ORDINARY), chance.pick(IDENTITY_NAMES), anyText()));

  const outside = [-SECOND, -2 * QUARTER].map((before) => tell(dayStart + before, 'succeeded', 'IAM user', anyText()));
  outside.push(...[0, QUARTER].map((after) => tell(dayEnd + after, 'succeeded', 'IAM user', anyText())));

  const close = stories.find(({ facts }) => Math.abs(facts.at - forgotten) < 5 * SECOND);
  if (close !== undefined) throw new RangeError(`asOf: Athena's history would end within seconds of ${clock(close.facts.at)}; take another instant`);

  const told = [...stories, ...outside].map((story) => ({ ...story, entry: entryOf(story, chance) }));
  const copies = [...chance.shuffle(told.slice(0, stories.length)).slice(0, Math.ceil(rows / 100))];
  const duplicates = copies.map(({ entry }) => entry);
  const poor = copies.slice(0, 2).map(({ entry }) => withoutMember(entry, 'userAgent'));
  const skipped = [createForeign(anyTime(), 'logs.amazonaws.com', chance), createForeign(anyTime(), 'cloudtrail.amazonaws.com', chance), createForeign(anyTime(), 'timestream.amazonaws.com', chance)];
  const malformed = createMalformed(anyTime, chance);
  const others = createOtherNames(anyTime, chance);

  const truth = toTruth(stories, clock, forgotten);
  return {
    date,
    timeZone,
    asOf,
    region: REGION,
    hours,
    quietHour,
    events: chance.shuffle([...told.map(({ entry }) => entry), ...duplicates, ...poor, ...skipped, ...malformed, ...others]),
    executions: [...new Map([...stories, ...outside].flatMap(({ outcome }) => (outcome.execution === null ? [] : [[outcome.execution.QueryExecutionId, outcome.execution] as const]))).values()],
    deniedWorkgroups: [DENIED_WORKGROUP],
    truth,
    hourOf: new Map(stories.map(({ facts }) => [facts.eventId, clock(facts.at).slice(11, 13)])),
    outside: outside.map(({ facts }) => facts.eventId),
    counts: { rows, duplicates: duplicates.length + poor.length, skipped: skipped.length, malformed: malformed.length },
  };
}

function createPerson(chance: Seeded): Person {
  const login = `${chance.pick(FIRST_NAMES)}.${chance.pick(LAST_NAMES)}`;
  const key = Array.from({ length: 16 }, () => chance.pick([...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'])).join('');
  const instance = chance.uuid().replaceAll('-', '').slice(0, 17);
  return { login, email: `${login}@example.com`, key, uuid: chance.uuid(), instance };
}

/** A client that asks again with the same token gets the same execution: events of their own, seconds apart. */
function retries(first: Story, seconds: readonly number[], chance: Seeded): Story[] {
  return [first, ...seconds.map((apart) => ({ ...first, facts: { ...first.facts, eventId: chance.uuid(), at: first.facts.at + apart * SECOND } }))];
}

function entryOf({ facts, identity, outcome }: Story, chance: Seeded): LookupEntry {
  return toEntry(toRecord(facts, identity, outcome, chance), identity.truth.user_name as string | null, chance);
}

/** A copy that knows less. */
function withoutMember(entry: LookupEntry, name: string): LookupEntry {
  const { [name]: _left, ...record } = JSON.parse(entry.CloudTrailEvent ?? '{}') as Record<string, unknown>;
  return { ...entry, CloudTrailEvent: JSON.stringify(record) };
}

/** Another service's event of the same name. */
function createForeign(at: number, source: string, chance: Seeded): LookupEntry {
  return toEntry({ eventVersion: '1.11', eventTime: new Date(at).toISOString().replace('.000Z', 'Z'), eventSource: source, eventName: 'StartQueryExecution', eventID: chance.uuid(), userIdentity: { type: 'IAMUser', userName: 'x' }, responseElements: { queryExecutionId: chance.uuid() } }, 'x', chance);
}

/** Athena's events of other names, which the look-up by name does not give. */
function createOtherNames(anyTime: () => number, chance: Seeded): LookupEntry[] {
  return ['GetQueryExecution', 'BatchGetQueryExecution', 'StopQueryExecution'].map((eventName) =>
    toEntry({ eventVersion: '1.11', eventTime: new Date(anyTime()).toISOString().replace('.000Z', 'Z'), eventSource: 'athena.amazonaws.com', eventName, eventID: chance.uuid(), responseElements: null }, 'x', chance),
  );
}

function createMalformed(anyTime: () => number, chance: Seeded): LookupEntry[] {
  const entry = () => ({ EventId: chance.uuid(), EventName: 'StartQueryExecution', EventSource: 'athena.amazonaws.com', EventTime: anyTime() / SECOND, Resources: [] });
  return [{ ...entry(), CloudTrailEvent: '{"eventVersion":"1.11","eventID":"cut o' }, { ...entry(), CloudTrailEvent: 'null' }, { ...entry(), CloudTrailEvent: '[]' }, entry()];
}

/** The rows in the order of time and id; of the events of one execution the later ones are retries of the first. */
function toTruth(stories: readonly Story[], clock: (at: number) => string, forgotten: number): ReadonlyMap<string, TrueRow> {
  const inOrder = [...stories].sort((a, b) => a.facts.at - b.facts.at || (a.facts.eventId < b.facts.eventId ? -1 : 1));
  const starters = new Map<string, string>();
  return new Map(
    inOrder.map(({ facts, identity, outcome }) => {
      const query = facts.at < forgotten ? outcome.expired : outcome.truth;
      const id = query.query_execution_id as string | null;
      const starter = id === null ? undefined : starters.get(id);
      if (id !== null && starter === undefined) starters.set(id, facts.eventId);
      const event: EventTruth = {
        event_id: facts.eventId,
        event_time: facts.at,
        event_time_local: clock(facts.at),
        account_id: facts.accountId,
        region: facts.region,
        source_ip: facts.sourceIp,
        user_agent: facts.userAgent,
        retry_of_event_id: starter ?? null,
      };
      return [facts.eventId, wellFormed({ ...event, ...identity.truth, ...query })];
    }),
  );
}

/** No file format can carry half of a surrogate pair: U+FFFD stands for it. */
function wellFormed(row: TrueRow): TrueRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value.toWellFormed() : value])) as TrueRow;
}
