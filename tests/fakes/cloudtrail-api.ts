/**
 * A stand-in of CloudTrail's event history.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
import { type Answer, AwsRefusal, numberParam, type PageSize, type Params } from './aws-call.ts';
import { createPageTokens } from './page-tokens.ts';

/** An entry of LookupEvents as it is on the wire. Any member may be missing but the time. */
export interface LookupEntry {
  readonly EventId?: string;
  readonly EventName?: string;
  /** `"true"` or `"false"`: a text. */
  readonly ReadOnly?: string;
  readonly AccessKeyId?: string;
  /** Epoch seconds, whole. */
  readonly EventTime: number;
  readonly EventSource?: string;
  readonly Username?: string;
  readonly Resources: readonly { readonly ResourceType?: string; readonly ResourceName?: string }[];
  /** The record, as JSON text. */
  readonly CloudTrailEvent?: string;
}

/** The event history of one account and Region. */
export interface CloudTrailApi {
  readonly lookupEvents: (params: Params, size: PageSize) => Answer;
  /** Adds events, as CloudTrail does: late and in no order. */
  readonly deliver: (events: readonly LookupEntry[]) => void;
}

/** How far back the event history goes. Units: seconds. */
const HISTORY_SECONDS = 90 * 86_400;
const MAX_PAGE = 50;

const VALUES: Readonly<Record<string, (entry: LookupEntry) => readonly (string | undefined)[]>> = {
  AccessKeyId: (entry) => [entry.AccessKeyId],
  EventId: (entry) => [entry.EventId],
  EventName: (entry) => [entry.EventName],
  EventSource: (entry) => [entry.EventSource],
  ReadOnly: (entry) => [entry.ReadOnly],
  ResourceName: (entry) => entry.Resources.map((resource) => resource.ResourceName),
  ResourceType: (entry) => entry.Resources.map((resource) => resource.ResourceType),
  Username: (entry) => [entry.Username],
};

interface Kept {
  readonly entry: LookupEntry;
  /** Order within a second, which AWS does not specify: neither that of arrival nor of ids. */
  readonly tie: number;
}

/** Creates an event history. `now` in epoch milliseconds ends it and sets its 90 days; undefined for no bound. */
export function createCloudTrailApi(events: readonly LookupEntry[], now: (() => number) | undefined): CloudTrailApi {
  const kept: Kept[] = [];
  let delivered = 0;
  const tokens = createPageTokens<readonly [number, number]>(() => new AwsRefusal('InvalidNextTokenException', 'Invalid next token'));

  /** What was looked up before, newest first: a hundred thousand events are not gone through for each page. */
  const found = new Map<string, readonly Kept[]>();

  const deliver = (entries: readonly LookupEntry[]): void => {
    for (const entry of entries) kept.push({ entry, tie: Math.imul(++delivered, 0x9e3779b1) >>> 0 });
    kept.sort(newestFirst);
    found.clear();
  };
  deliver(events);

  const find = (attribute: Attribute | null): readonly Kept[] => {
    if (attribute === null) return kept;
    const { key, wanted, valuesOf } = attribute;
    const matching = found.get(`${key} ${wanted}`) ?? kept.filter(({ entry }) => valuesOf(entry).includes(wanted));
    found.set(`${key} ${wanted}`, matching);
    return matching;
  };

  const lookupEvents = (params: Params, size: PageSize): Answer => {
    const limit = maxResults(params);
    const [from, to] = bounds(params, now?.());
    const events = find(readAttribute(params['LookupAttributes']));
    const after = tokens.read(params);
    // A late delivery goes to its own place, which pages already read have passed: so the position is a place, not a count.
    const first = firstIndex(events, (event) => event.entry.EventTime <= to && (after === undefined || isAfter(event, after)));
    // One more than a page holds tells whether there is more.
    const rest = events.slice(first, first + limit + 1).filter((event) => event.entry.EventTime >= from);
    const page = rest.slice(0, size === 'empty' ? 0 : size === 'half' ? Math.ceil(limit / 2) : limit);
    const last = page.at(-1);
    const position = last === undefined ? (after ?? START) : ([last.entry.EventTime, last.tie] as const);
    const body = { Events: page.map(({ entry }) => entry), ...(rest.length > page.length ? { NextToken: tokens.give(params, position) } : {}) };
    return { body, items: page.length };
  };
  return { lookupEvents, deliver };
}

/** Before the newest event. */
const START = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const;

function newestFirst(a: Kept, b: Kept): number {
  return b.entry.EventTime - a.entry.EventTime || b.tie - a.tie;
}

function isAfter({ entry, tie }: Kept, [time, lastTie]: readonly [number, number]): boolean {
  return entry.EventTime < time || (entry.EventTime === time && tie < lastTie);
}

function maxResults(params: Params): number {
  const wanted = numberParam(params, 'MaxResults') ?? MAX_PAGE;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_PAGE) throw new AwsRefusal('InvalidMaxResultsException', 'MaxResults must be between 1 and 50');
  return wanted;
}

/** Both bounds are part of the range; fractions of a second are none of CloudTrail's. Units: epoch seconds. */
function bounds(params: Params, nowMs: number | undefined): readonly [number, number] {
  const start = numberParam(params, 'StartTime');
  const end = numberParam(params, 'EndTime');
  const newest = nowMs === undefined ? Number.POSITIVE_INFINITY : Math.floor(nowMs / 1000);
  const earliest = newest === Number.POSITIVE_INFINITY ? 0 : newest - HISTORY_SECONDS;
  const from = start === undefined ? earliest : Math.floor(start);
  const to = end === undefined ? newest : Math.floor(end);
  if (from > to) throw new AwsRefusal('InvalidTimeRangeException', 'StartTime must be before EndTime');
  if (to < earliest) throw new AwsRefusal('InvalidTimeRangeException', 'The time range is outside the last 90 days');
  return [Math.max(from, earliest), Math.min(to, newest)];
}

/** The first index from which on a condition holds; the length when it never does. */
function firstIndex<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = list[middle];
    if (item === undefined || holds(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface Attribute {
  readonly key: string;
  readonly wanted: string;
  readonly valuesOf: (entry: LookupEntry) => readonly (string | undefined)[];
}

/** Names and values are case sensitive and exact. A second attribute is refused here, so that nobody counts on it. */
function readAttribute(attributes: unknown): Attribute | null {
  if (attributes === undefined || attributes === null) return null;
  const [first, ...others] = Array.isArray(attributes) ? (attributes as readonly unknown[]) : [undefined];
  if (first === undefined) return null;
  if (others.length > 0) throw new AwsRefusal('InvalidLookupAttributesException', 'You can use only one attribute at a time');
  const { AttributeKey: key, AttributeValue: wanted } = first as { readonly AttributeKey?: unknown; readonly AttributeValue?: unknown };
  const valuesOf = typeof key === 'string' && Object.hasOwn(VALUES, key) ? VALUES[key] : undefined;
  if (typeof key !== 'string' || valuesOf === undefined || typeof wanted !== 'string') throw new AwsRefusal('InvalidLookupAttributesException', 'Invalid lookup attribute');
  return { key, wanted, valuesOf };
}
