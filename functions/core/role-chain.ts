/**
 * Who assumed the role behind a session: from the query's access key to the STS event that issued it, and so on up the chain.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
 */
import { type Actor, type Principal, readIdentity } from './actor.ts';
import { UpstreamDeniedError } from './errors.ts';
import type { Assumption } from './facts.ts';
import { isObject, member, text } from './json.ts';
import { type QueryStart, readSessionCreatedAt, readTime } from './record.ts';

/** A question to the event history of one Region. Both bounds are part of the range, in whole seconds. */
export interface EventQuestion {
  readonly attribute: 'ResourceName' | 'EventName';
  readonly value: string;
  readonly region: string;
  readonly from: Date;
  readonly to: Date;
}

/**
 * Looks events up. Shape: pages of records, in no promised order.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError.
 */
export type LookUpEvents = (question: EventQuestion) => AsyncIterable<readonly unknown[]>;

/**
 * Says who assumed the role behind a query's session. Shape: null when no STS event is found; `note` is told, in words for the
 * manifest, of a Region that could not be asked. Errors: UpstreamThrottledError, UpstreamUnavailableError.
 */
export type ReadAssumption = (start: QueryStart, note?: (words: string) => void) => Promise<Assumption | null>;

/** Temporary credentials, as the STS event shows that issued them. */
export interface IssuedSession {
  readonly accessKeyId: string;
  readonly caller: Actor & Principal;
  /** When the caller's own credentials were issued, if they were temporary. Units: epoch milliseconds. */
  readonly callerCreatedAt: number | null;
  readonly eventId: string;
  /** Of a call from another account: the id under which that account has the same call. */
  readonly sharedEventId: string | null;
  /** Epoch milliseconds. */
  readonly eventTime: number;
  readonly region: string | null;
}

const ROLE_EVENTS = ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'];
const STS_EVENTS = [...ROLE_EVENTS, 'GetSessionToken', 'GetFederationToken'];

/** Reads the STS event that issued credentials. Shape: null for every other record, and for a call that issued none: it failed. */
export function readIssuedSession(record: unknown): IssuedSession | null {
  if (!isObject(record) || record['eventSource'] !== 'sts.amazonaws.com') return null;
  const accessKeyId = text(member(member(record, 'responseElements'), 'credentials')['accessKeyId']);
  const eventId = text(record['eventID']);
  const eventTime = readTime(record['eventTime']);
  if (!STS_EVENTS.includes(text(record['eventName']) ?? '') || accessKeyId === null || eventId === null || eventTime === null) return null;
  return {
    accessKeyId,
    caller: readIdentity(record['userIdentity']),
    callerCreatedAt: readSessionCreatedAt(record['userIdentity']),
    eventId,
    sharedEventId: text(record['sharedEventID']),
    eventTime,
    region: text(record['awsRegion']),
  };
}

const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** A session lasts at most 36 h (GetSessionToken, GetFederationToken; a role's 12 h), and clocks differ. */
const LONGEST_SESSION = 37 * HOUR;
const CLOCK_SKEW = 300 * SECOND;
/** Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html */
const HISTORY = 90 * 24 * HOUR;
/** No honest chain is as long; each link costs look-ups. */
const MAX_LINKS = 10;

/** Temporary credentials in use, and where their issue may be recorded. */
interface Session {
  readonly accessKeyId: string;
  readonly principalType: string | null;
  readonly createdAt: number | null;
  readonly usedAt: number;
  readonly regions: readonly string[];
}

/**
 * Creates the rule that says who assumed a role: the first caller whom the event history proves, and the ids of the STS events
 * from the query's session upwards.
 *
 * A question is asked once for a session and Region, found or not; one that failed is asked again. Where a link above the
 * first is not found (the sign-in to the console leaves no STS event) the chain ends at the last caller that was.
 * A Region that denies the look-up (a service control policy may bind the account to others) counts as one where nothing was found:
 * it is not asked again, and every query that would have needed it is noted.
 * `asOf` ends the 90 days of the history; null asks for whatever there is.
 */
export function createRoleChain(lookUp: LookUpEvents, asOf: Date | null): ReadAssumption {
  const earliest = asOf === null ? 0 : asOf.getTime() - HISTORY;
  const asked = new Map<string, Promise<IssuedSession | null>>();
  /** By Region, the note about it. */
  const denied = new Map<string, string>();

  async function search(questions: readonly EventQuestion[], accessKeyId: string): Promise<IssuedSession | null> {
    for (const question of questions) {
      const from = new Date(Math.max(question.from.getTime(), earliest));
      if (from > question.to) continue;
      for await (const records of lookUp({ ...question, from })) {
        const issued = records.map(readIssuedSession).find((each) => each?.accessKeyId === accessKeyId);
        if (issued != null) return issued;
      }
    }
    return null;
  }

  /** Hours ask side by side, so it is the search that is kept, not its end. */
  function searchOnce(how: string, questions: readonly EventQuestion[], accessKeyId: string): Promise<IssuedSession | null> {
    const key = `${how} ${accessKeyId}`;
    const known = asked.get(key);
    if (known !== undefined) return known;
    const searching = search(questions, accessKeyId);
    asked.set(key, searching);
    searching.catch(() => asked.delete(key));
    return searching;
  }

  /** As `searchOnce`, for a Region that may deny it. */
  async function searchIn(region: string, how: string, questions: readonly EventQuestion[], accessKeyId: string, note: (words: string) => void): Promise<IssuedSession | null> {
    try {
      if (!denied.has(region)) return await searchOnce(how, questions, accessKeyId);
    } catch (error) {
      if (!(error instanceof UpstreamDeniedError)) throw error;
      // Whose session was asked for first is of no interest.
      const words = error.message.replace(/^.*? in [a-z0-9-]+: /, '');
      denied.set(region, `role chain: cloudtrail:LookupEvents in ${region}: denied; assumed_by may be NULL where it need not be (${words})`);
    }
    note(denied.get(region) ?? '');
    return null;
  }

  async function findIssue(session: Session, note: (words: string) => void): Promise<IssuedSession | null> {
    for (const region of session.regions) {
      const issued = await searchIn(region, `resource ${region}`, byKey(session, region), session.accessKeyId, note);
      if (issued !== null) return issued;
    }
    for (const region of session.regions) {
      // Not every record of a session says when it was created: one that does not must not answer for one that does.
      const issued = await searchIn(region, `second ${session.createdAt} ${region}`, bySecond(session, region), session.accessKeyId, note);
      if (issued !== null) return issued;
    }
    return null;
  }

  return async (start, note = () => {}) => {
    const evidence: string[] = [];
    const passed = new Set<string>();
    let assumption: Assumption | null = null;
    let session = toSession(start, start.sessionCreatedAt, start.eventTime, start.region, []);
    while (session !== null && !passed.has(session.accessKeyId) && passed.size < MAX_LINKS) {
      passed.add(session.accessKeyId);
      const issued = await findIssue(session, note);
      if (issued === null) break;
      evidence.push(issued.eventId);
      const assumedBy = callerName(issued.caller);
      if (assumedBy !== null) assumption = { assumedBy, evidence: [...evidence] };
      session = toSession(issued.caller, issued.callerCreatedAt, issued.eventTime, issued.region, session.regions);
    }
    return assumption;
  };
}

/** Temporary credentials of this account. Shape: null for long-lived keys, for a caller without one, and one of another account. */
function toSession({ accessKeyId, principalType }: Principal, createdAt: number | null, usedAt: number, region: string | null, passed: readonly string[]): Session | null {
  // Another account's sessions are in that account's event history.
  if (accessKeyId === null || !accessKeyId.startsWith('ASIA') || principalType === 'AWSAccount') return null;
  return { accessKeyId, principalType, createdAt, usedAt, regions: regionsOf(region, passed) };
}

/** Partitions of AWS apart from the commercial one: its credentials mean nothing in them, nor theirs in us-east-1. */
const OTHER_PARTITION = /^(cn|us-gov|us-iso[a-z]?|eu-iso[a-z]?|eusc)-/;

/** Where an issue may be recorded: where the session was used, where later links of the chain were, and at the global endpoint. */
function regionsOf(region: string | null, passed: readonly string[]): string[] {
  const regions = [...(region === null ? [] : [region]), ...passed];
  return [...new Set(regions.some((each) => OTHER_PARTITION.test(each)) ? regions : [...regions, 'us-east-1'])];
}

/** STS events list the issued key among their resources. */
function byKey({ accessKeyId, usedAt }: Session, region: string): EventQuestion[] {
  return [{ attribute: 'ResourceName', value: accessKeyId, region, from: wholeSecond(usedAt - LONGEST_SESSION), to: wholeSecond(usedAt + CLOCK_SKEW) }];
}

/** An event's time is when its call had ended: the second of the issue, or the next. */
function bySecond({ createdAt, principalType }: Session, region: string): EventQuestion[] {
  if (createdAt === null) return [];
  return eventNames(principalType).map((value) => ({ attribute: 'EventName', value, region, from: wholeSecond(createdAt), to: wholeSecond(createdAt + SECOND) }));
}

/** The events that issue sessions of a type: each name costs a look-up. */
function eventNames(principalType: string | null): readonly string[] {
  if (principalType === 'AssumedRole') return ROLE_EVENTS;
  if (principalType === 'FederatedUser') return ['GetFederationToken'];
  if (principalType === 'IAMUser' || principalType === 'Root') return ['GetSessionToken'];
  return STS_EVENTS;
}

function wholeSecond(at: number): Date {
  return new Date(Math.floor(at / SECOND) * SECOND);
}

/**
 * The caller's name. Of a caller from another account the record has an account id and the principal's unique id (with the
 * session name, for a role): together they are what that account needs to find who it was.
 */
function callerName({ actor, actorKind, principalId, principalArn }: Actor & Principal): string | null {
  if (actor === null) return principalArn ?? principalId;
  return actorKind === 'account' && principalId !== null ? `${actor}/${principalId}` : actor;
}
