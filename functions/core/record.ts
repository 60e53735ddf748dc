/**
 * CloudTrail records: unknown JSON to a start of a query, or to the reason why it is none.
 * Source: https://docs.aws.amazon.com/athena/latest/ug/monitor-with-cloudtrail.html
 */
import { type Actor, type Principal, readIdentity } from './actor.ts';
import { MalformedRecordError } from './errors.ts';
import { boolOr, instant, isObject, type Json, member, text } from './json.ts';
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
 * Shape: `skipped` for every event that is not Athena's StartQueryExecution (another service may use the name).
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
  if (eventSource !== 'athena.amazonaws.com') return { kind: 'skipped' };
  return { kind: 'start', start: toQueryStart(record, envelope) };
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

/** Most malformed records that a page samples. */
const MAX_SAMPLES = 10;

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
  const eventId = text(record['eventID']);
  if (eventId === null) throw new MalformedRecordError(`eventID: ${describe(record['eventID'])}, expected an id`);
  const request = fromText(record['requestParameters']);
  const context = member(request, 'queryExecutionContext');
  const queryExecutionId = text(fromText(record['responseElements'])['queryExecutionId']);
  return {
    eventId,
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
    ...readIdentity(record['userIdentity']),
  };
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
  if (typeof value !== 'string') return member({ value }, 'value');
  try {
    return member({ value: JSON.parse(value) as unknown }, 'value');
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
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
 * text beside a new one without): the copy that knows most, with what only the others know.
 * Shape: `copies` is not empty and all have one event id. The result does not depend on their order.
 */
export function mergeCopies(copies: readonly QueryStart[]): QueryStart {
  const known = (columns: object) => Object.values(columns).filter((value) => value !== null).length;
  const ranked = copies
    .map((start) => {
      // No column: it must not decide whose word stands in the report.
      const { sessionCreatedAt, ...columns } = start;
      return { start, known: known(columns), tie: JSON.stringify([columns, sessionCreatedAt]) };
    })
    .sort((a, b) => b.known - a.known || (a.tie < b.tie ? -1 : 1));
  const [best, ...others] = ranked.map(({ start }) => start);
  if (best === undefined) throw new TypeError('mergeCopies: no copies');
  const merged: Record<string, unknown> = { ...best };
  for (const other of others) {
    for (const [key, value] of Object.entries(other)) merged[key] ??= value;
  }
  // These stand together: who, of what kind, and by which evidence; an id, and that there is none.
  const { actor, actorKind, actorEvidence } = [best, ...others].find((start) => start.actor !== null) ?? best;
  const rejected = merged['queryExecutionId'] === null && copies.some((start) => start.rejected);
  return { ...(merged as unknown as QueryStart), actor, actorKind, actorEvidence, rejected };
}
