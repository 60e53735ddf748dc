/**
 * CloudTrail records: unknown JSON to a start of a query, or to the reason why it is none.
 * Source: https://docs.aws.amazon.com/athena/latest/ug/monitor-with-cloudtrail.html
 */
import { type Actor, type Principal, readIdentity, rungOf } from './actor.ts';
import { MalformedRecordError } from './errors.ts';
import { boolOr, instant, isObject, type Json, member, parseJson, text } from './json.ts';
import type { MalformedSample } from './manifest.ts';
import { isDay } from './window.ts';

/** One StartQueryExecution event, in our words. An unknown is null. */
export interface QueryStart extends Actor, Principal {
  readonly eventId: string;
  /** Epoch milliseconds; CloudTrail gives whole seconds. */
  readonly eventTime: number;
  /** When the temporary credentials were issued, epoch milliseconds. No column: it leads to the STS event behind the session. */
  readonly sessionCreatedAt: number | null;
  readonly accountId: string | null;
  readonly region: string | null;
  readonly sourceIp: string | null;
  readonly userAgent: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** LookupEvents' own `Username`; null when the record came from a file without that envelope. */
  readonly userName: string | null;
  readonly queryExecutionId: string | null;
  /** Athena refused the start: there is no execution. */
  readonly rejected: boolean;
  readonly workgroup: string | null;
  readonly catalogName: string | null;
  readonly databaseName: string | null;
  /** Clear text, as trails held it before AWS began to omit it; null when omitted. */
  readonly query: string | null;
  readonly outputLocation: string | null;
  /** Id of the event by which CloudTrail has corrected this one; null when it has not. No column. Facts of before it was known lack it. */
  readonly correctedBy: string | null;
}

/** What LookupEvents says about a record beside the record itself. */
export interface Envelope {
  readonly userName: string | null;
  readonly eventSource: string | null;
}

/** What one record turned out to be. */
export type ParsedRecord =
  | { readonly kind: 'start'; readonly start: QueryStart }
  | { readonly kind: 'skipped' };

/** Some records, told apart. `read` is the sum of the starts, the skipped and the malformed. */
export interface RecordCounts {
  readonly read: number;
  readonly starts: readonly QueryStart[];
  readonly skipped: number;
  readonly malformed: number;
  /** Some of the malformed records. */
  readonly samples: readonly MalformedSample[];
}

const NO_ENVELOPE: Envelope = { userName: null, eventSource: null };

/** AWS's markers for a text that it took out. */
const REDACTED = new Set([
  '***OMITTED***',
  'HIDDEN_FOR_SECURITY_REASONS',
  'HIDDEN_DUE_TO_SECURITY_REASONS',
  'Value hidden due to security reasons.',
  '<sensitiveDataRemoved>',
]);

/**
 * Reads one record.
 *
 * Shape: `skipped` for every event that is not Athena's StartQueryExecution (another service may use the name), and for a second record
 * of one.
 * Errors: MalformedRecordError when it is no JSON object, or a start without event id or time.
 */
export function parseRecord(record: unknown, envelope: Envelope = NO_ENVELOPE): ParsedRecord {
  if (!isObject(record)) throw new MalformedRecordError(`record: ${describe(record)}, expected a JSON object`);
  const name = record['eventName'];
  if (name !== undefined && name !== null && typeof name !== 'string') {
    throw new MalformedRecordError(`eventName: ${describe(name)}, expected text`);
  }
  if (name !== 'StartQueryExecution') return { kind: 'skipped' };
  const eventSource = record['eventSource'] ?? envelope.eventSource;
  if (typeof eventSource !== 'string') {
    throw new MalformedRecordError(`eventSource: ${describe(eventSource)}, expected the name of a service`);
  }
  if (eventSource !== 'athena.amazonaws.com' || isBesideTheCall(record)) return { kind: 'skipped' };
  return { kind: 'start', start: toQueryStart(record, envelope) };
}

/**
 * Records that have a call's name and source but are not Athena's record of it: what a VPC endpoint saw (the same call again under an
 * id of its own, or one that the endpoint denied and Athena never got), and the notice that calls are unusually many.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
const BESIDE_THE_CALL: ReadonlySet<unknown> = new Set(['NetworkActivity', 'Insight', 'AwsVpceEvent', 'AwsCloudTrailInsight']);

/** By the category; by the type where there is none. A category that is not known yet hides no query. */
function isBesideTheCall(record: Json): boolean {
  return BESIDE_THE_CALL.has(record['eventCategory'] ?? record['eventType']);
}

/**
 * Reads one entry of LookupEvents: the record is JSON text in `CloudTrailEvent`.
 * Errors: MalformedRecordError when that text is missing or no JSON, and as `parseRecord`.
 */
export function parseLookupEntry(entry: unknown): ParsedRecord {
  if (!isObject(entry)) throw new MalformedRecordError(`event: ${describe(entry)}, expected a JSON object`);
  const json = entry['CloudTrailEvent'];
  if (typeof json !== 'string') throw new MalformedRecordError(`CloudTrailEvent: ${describe(json)}, expected a record as JSON text`);
  let record: unknown;
  try {
    record = JSON.parse(json);
  } catch (error) {
    // The parser's own words quote the text, which the manifest must not, and differ between versions of Node.
    throw new MalformedRecordError('CloudTrailEvent: not JSON, expected a record as JSON text', { cause: error });
  }
  return parseRecord(record, { userName: text(entry['Username']), eventSource: text(entry['EventSource']) });
}

/** Most malformed records that a page or a file samples: all of a page, so that no sample depends on where pages end. */
const MAX_SAMPLES = 50;

/**
 * Reads records one by one and tells them apart; a malformed one is counted and sampled, and stops nothing.
 * Shape: `from` names the place of a record, for the sample.
 */
export function countRecords(reads: readonly (() => ParsedRecord)[], from: (index: number) => string): RecordCounts {
  const starts: QueryStart[] = [];
  const samples: MalformedSample[] = [];
  let skipped = 0;
  let malformed = 0;
  for (const [index, read] of reads.entries()) {
    try {
      const parsed = read();
      if (parsed.kind === 'start') starts.push(parsed.start);
      else skipped += 1;
    } catch (error) {
      if (!(error instanceof MalformedRecordError)) throw error;
      malformed += 1;
      if (samples.length < MAX_SAMPLES) samples.push({ from: from(index), problem: error.message });
    }
  }
  return { read: reads.length, starts, skipped, malformed, samples };
}

function toQueryStart(record: Json, envelope: Envelope): QueryStart {
  const ownId = text(record['eventID']);
  if (ownId === null) throw new MalformedRecordError(`eventID: ${describe(record['eventID'])}, expected an id`);
  const request = fromText(record['requestParameters']);
  const context = member(request, 'queryExecutionContext');
  const queryExecutionId = text(fromText(record['responseElements'])['queryExecutionId']);
  const corrected = correctedEventId(record);
  return {
    eventId: corrected ?? ownId,
    eventTime: toTime(record['eventTime']),
    sessionCreatedAt: readSessionCreatedAt(record['userIdentity']),
    accountId: text(record['recipientAccountId']),
    region: text(record['awsRegion']),
    sourceIp: text(record['sourceIPAddress']),
    userAgent: text(record['userAgent']),
    errorCode: text(record['errorCode']),
    errorMessage: text(record['errorMessage']),
    userName: envelope.userName,
    queryExecutionId,
    rejected: queryExecutionId === null && isRefused(record),
    workgroup: text(request['workGroup']),
    catalogName: text(context['catalog']),
    databaseName: text(context['database']),
    query: clearText(request['queryString']) ?? clearText(request['query']),
    outputLocation: text(member(request, 'resultConfiguration')['outputLocation']),
    ...readIdentity(record['userIdentity'], text(record['userAgent'])),
    correctedBy: corrected === null ? null : ownId,
  };
}

/**
 * The event that a record corrects. CloudTrail delivers a correction as a second record with an id of its own; the other reasons
 * of an addendum (DELIVERY_DELAY, SERVICE_OUTAGE) only say why a record came late. Shape: null when it corrects none.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
function correctedEventId(record: Json): string | null {
  const addendum = member(record, 'addendum');
  return addendum['reason'] === 'UPDATED_DATA' ? text(addendum['originalEventID']) : null;
}

/** A text that AWS left in: records of 2018 have it as `query`, of 2019 to about 2023 as `queryString`. */
function clearText(value: unknown): string | null {
  return typeof value === 'string' && !REDACTED.has(value) ? value : null;
}

/**
 * Whether a start without an execution id was refused. Told by the null answer or by there being an error, never by a value of
 * errorCode: services write "200" there on success. An answer that CloudTrail left out for its size ({"omitted": true}), or that
 * somebody has cut from the record, is no refusal.
 */
function isRefused(record: Json): boolean {
  const answer = record['responseElements'] === null ? null : fromText(record['responseElements']);
  if (answer !== null && boolOr(answer['omitted'], false)) return false;
  return answer === null || text(record['errorCode']) !== null || text(record['errorMessage']) !== null;
}

/** A member that should be an object; tables over trails (CloudTrail's own in Athena) carry it as JSON text. */
function fromText(value: unknown): Json {
  return member({ value: typeof value === 'string' ? parseJson(value) : value }, 'value');
}

function toTime(value: unknown): number {
  const at = readTime(value);
  if (at === null) throw new MalformedRecordError(`eventTime: ${describe(value)}, expected a time such as 2026-11-20T09:15:00Z`);
  return at;
}

/** Reads a time of a record, ISO 8601 with a zone. Units: epoch milliseconds; null when it is none, or not of 1970 to 2999. */
export function readTime(value: unknown): number | null {
  const at = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  return isDay(String(value).slice(0, 10)) ? instant(at) : null;
}

/**
 * Reads when the temporary credentials of a userIdentity were issued. Units: epoch milliseconds; null when it does not say.
 * AWS writes ISO 8601, and in its own example the basic form `20131102T010628Z`.
 */
export function readSessionCreatedAt(userIdentity: unknown): number | null {
  const created = text(member(member(userIdentity, 'sessionContext'), 'attributes')['creationDate']);
  return readTime(created?.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function describe(value: unknown): string {
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value)).slice(0, 60);
}

/**
 * Makes one start of several copies of one event (redelivery, a trail file beside LookupEvents, an old record with its
 * text beside a new one without, CloudTrail's own correction): a correction before what it corrects, then the copy that knows
 * most, with what only the others know.
 * Shape: `copies` is not empty and all have one event id. The result does not depend on their order.
 */
export function mergeCopies(copies: readonly QueryStart[]): QueryStart {
  const known = (columns: object) => Object.values(columns).filter((value) => value !== null).length;
  const ranked = copies
    .map((start) => {
      // No columns: they must not decide whose word stands in the report.
      const { sessionCreatedAt, correctedBy, ...columns } = start;
      return { start, corrects: correctedBy === null ? 0 : 1, known: known(columns), tie: JSON.stringify([columns, sessionCreatedAt, correctedBy]) };
    })
    .sort((a, b) => b.corrects - a.corrects || b.known - a.known || (a.tie < b.tie ? -1 : 1));
  const [best, ...others] = ranked.map(({ start }) => start);
  if (best === undefined) throw new TypeError('mergeCopies: no copies');
  const merged = fillFrom(best, others);
  return { ...merged, rejected: merged.queryExecutionId === null && copies.some((start) => start.rejected) };
}

/**
 * A start with what only the others know, the first of them first. Who it was, of what kind and by which evidence stands together:
 * as the copy says that proves it best, so that a copy from which the identity was cut hides nobody.
 */
export function fillFrom(start: QueryStart, others: readonly QueryStart[]): QueryStart {
  const filled: Record<string, unknown> = { ...start };
  for (const other of others) {
    for (const [key, value] of Object.entries(other)) filled[key] ??= value;
  }
  const { actor, actorKind, actorEvidence } = others.reduce((best, each) => (rungOf(each) > rungOf(best) ? each : best), start);
  return { ...(filled as unknown as QueryStart), actor, actorKind, actorEvidence };
}
