/** The shapes in which people keep CloudTrail records and Athena's answers, told apart by what is in them. */
import { isObject, type Json, text } from '#core/json';
import type { MalformedSample } from '#core/manifest';
import { missingOf, type QueryExecution, type QueryExecutionAnswer, toQueryExecution } from '#core/query-execution';
import { countRecords, type ParsedRecord, parseLookupEntry, parseRecord, type QueryStart, type RecordCounts } from '#core/record';

/** Most malformed records that are sampled. */
const MAX_SAMPLES = 10;

/** What files hold: records told apart, and Athena's side. Filled bit by bit. Units: `read` to `malformed` in records. */
export interface Contents {
  read: number;
  skipped: number;
  malformed: number;
  readonly starts: QueryStart[];
  readonly samples: MalformedSample[];
  /** Whether there was anything of Athena's, be it an empty answer. */
  athenaSide: boolean;
  readonly executions: QueryExecution[];
  /** Ids that Athena did not process. */
  readonly refused: { readonly id: string; readonly answer: QueryExecutionAnswer }[];
  /** Executions without an id. */
  unreadableExecutions: number;
}

/** Contents with nothing in them. */
export function emptyContents(): Contents {
  return { read: 0, skipped: 0, malformed: 0, starts: [], samples: [], athenaSide: false, executions: [], refused: [], unreadableExecutions: 0 };
}

/** Adds the contents of one file, or of a part of it, to others. */
export function addContents(into: Contents, other: Contents): void {
  addCounts(into, other);
  into.athenaSide ||= other.athenaSide;
  into.unreadableExecutions += other.unreadableExecutions;
  for (const execution of other.executions) into.executions.push(execution);
  for (const refused of other.refused) into.refused.push(refused);
}

/** Adds a record that cannot be read. */
export function addMalformed(into: Contents, from: string, problem: string): void {
  addCounts(into, { read: 1, starts: [], skipped: 0, malformed: 1, samples: [{ from, problem }] });
}

/** Adds records that were told apart. */
export function addCounts(into: Contents, counts: RecordCounts): void {
  into.read += counts.read;
  into.skipped += counts.skipped;
  into.malformed += counts.malformed;
  for (const start of counts.starts) into.starts.push(start);
  into.samples.push(...counts.samples.slice(0, MAX_SAMPLES - into.samples.length));
}

/** What a JSON document turned out to be. `foreign`: nothing of ours. */
export type Verdict = 'taken' | 'digest' | 'foreign';

/**
 * Takes in what one JSON document holds.
 *
 * A document is a trail file, an answer of LookupEvents, a record, an entry of LookupEvents, an EventBridge event, an answer of
 * Athena, or a list of such. In a list that holds one of them everything else counts as a record, so that nothing disappears.
 * Shape: `from` says where the document is, for the samples.
 */
export function takeDocument(document: unknown, from: string, into: Contents): Verdict {
  if (!Array.isArray(document)) return takeObject(document, from, into);
  if (document.length > 0 && document.every((element) => shapeOf(element) === null)) return 'foreign';
  for (const [index, element] of document.entries()) {
    const place = `${from}, record ${index + 1}`;
    if (takeObject(element, place, into) !== 'taken') takeStray(element, place, into);
  }
  return 'taken';
}

/** Takes in, as a record, what stands among records and has no shape of ours. */
export function takeStray(value: unknown, from: string, into: Contents): void {
  addCounts(into, countRecords([() => parseRecord(value)], () => from));
}

function takeObject(value: unknown, from: string, into: Contents): Verdict {
  const shape = shapeOf(value);
  if (shape === null) return isObject(value) && 'digestStartTime' in value && 'logFiles' in value ? 'digest' : 'foreign';
  shape(from, into);
  return 'taken';
}

/** Takes in a value of one shape. */
type Take = (from: string, into: Contents) => void;

const RECORD_MEMBERS = ['eventVersion', 'eventTime', 'eventName', 'eventSource', 'eventID', 'eventType', 'awsRegion', 'userIdentity'];
const ENTRY_MEMBERS = ['CloudTrailEvent', 'EventId', 'EventName', 'EventTime', 'EventSource', 'Username'];

/** Which shape a value has. Shape: null when it is none of ours. */
function shapeOf(value: unknown): Take | null {
  // `--query 'Events[].CloudTrailEvent'` gives records as texts.
  if (typeof value === 'string') return /^\s*\{/.test(value) && value.includes('"eventVersion"') ? takeRecords([() => parseLookupEntry({ CloudTrailEvent: value })]) : null;
  if (!isObject(value)) return null;
  const { Records: records, Events: entries } = value;
  if (Array.isArray(records)) return takeRecords(records.map((record) => () => parseRecord(record)), 'record');
  if (Array.isArray(entries)) return areEntries(entries) ? takeRecords(entries.map((entry) => () => parseLookupEntry(entry)), 'event') : null;
  const athena = athenaShapeOf(value);
  if (athena !== null) return athena;
  if (isEnvelope(value)) return takeRecords([() => parseRecord(value['detail'])]);
  if ('CloudTrailEvent' in value || hasTwo(value, ENTRY_MEMBERS)) return takeRecords([() => parseLookupEntry(value)]);
  return hasTwo(value, RECORD_MEMBERS) ? takeRecords([() => parseRecord(value)]) : null;
}

function takeRecords(reads: readonly (() => ParsedRecord)[], noun?: string): Take {
  return (from, into) => addCounts(into, countRecords(reads, (index) => (noun === undefined ? from : `${from}, ${noun} ${index + 1}`)));
}

function hasTwo(value: Json, members: readonly string[]): boolean {
  return members.filter((name) => name in value).length >= 2;
}

/** Whether `Events` are LookupEvents' own; RDS, Elastic Beanstalk and others answer with a member of that name too. */
function areEntries(entries: readonly unknown[]): boolean {
  const isOther = (entry: unknown) => isObject(entry) && Object.keys(entry).length > 0 && !ENTRY_MEMBERS.some((name) => name in entry);
  return entries.length === 0 || !entries.every(isOther);
}

/** Whether EventBridge delivered a record: `AWS API Call via CloudTrail`, and what people cut down from it. */
function isEnvelope(value: Json): boolean {
  const { detail, 'detail-type': type } = value;
  if (!isObject(detail)) return false;
  return (typeof type === 'string' && type.endsWith('via CloudTrail')) || ('eventVersion' in detail && 'eventName' in detail);
}

/** The shapes of Athena's side: what BatchGetQueryExecution and GetQueryExecution answer, whole or in pieces. */
function athenaShapeOf(value: Json): Take | null {
  const { QueryExecutions: executions, UnprocessedQueryExecutionIds: refused, QueryExecution: execution } = value;
  if (Array.isArray(executions) || Array.isArray(refused)) return takeAthena(Array.isArray(executions) ? executions : [], Array.isArray(refused) ? refused : []);
  if (isObject(execution)) return takeAthena([execution], []);
  if (text(value['QueryExecutionId']) === null) return null;
  if ('Status' in value || 'Statistics' in value || 'Query' in value) return takeAthena([value], []);
  return 'ErrorCode' in value || 'ErrorMessage' in value ? takeAthena([], [value]) : null;
}

function takeAthena(executions: readonly unknown[], refused: readonly unknown[]): Take {
  return (_from, into) => {
    into.athenaSide = true;
    for (const value of executions) {
      const execution = toQueryExecution(value);
      if (execution === null) into.unreadableExecutions += 1;
      else into.executions.push(execution);
    }
    for (const value of refused) {
      const id = isObject(value) ? text(value['QueryExecutionId']) : null;
      if (!isObject(value) || id === null) into.unreadableExecutions += 1;
      else into.refused.push({ id, answer: missingOf(text(value['ErrorCode']), text(value['ErrorMessage'])) });
    }
  };
}
