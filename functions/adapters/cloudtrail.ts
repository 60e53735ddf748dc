/** CloudTrail's event history. Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
import { type CloudTrailClient, type Event, LookupEventsCommand, type LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import { InvalidInputError, UpstreamUnavailableError } from '#core/errors';
import type { EventSource, LookedUp, LookUp, RecordPage } from '#core/ports';
import { countRecords, parseLookupEntry } from '#core/record';
import type { HourWindow } from '#core/window';
import type { Pace } from './pace.ts';
import { errorName, toUpstreamError } from './upstream.ts';

/** Most events of a page. */
const PAGE_SIZE = 50;
/** Empty pages in a row after which a look-up leads nowhere: ten minutes' worth, within a Lambda's time. */
const MAX_EMPTY_PAGES = 1000;

/**
 * The source of records that asks LookupEvents for StartQueryExecution, page by page.
 *
 * Both bounds of LookupEvents are inclusive with one-second resolution, so `[start, end - 1 s]` is asked.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError, InvalidInputError.
 */
export function createLookupSource(client: CloudTrailClient, pace: Pace): EventSource {
  return { readRecords: (window) => readRecords(client, pace, window), report: () => ({ kind: 'lookup' }) };
}

async function* readRecords(client: CloudTrailClient, pace: Pace, window: HourWindow): AsyncGenerator<RecordPage> {
  const pages = readLookupPages(client, pace, {
    attribute: 'EventName',
    value: 'StartQueryExecution',
    from: new Date(window.start),
    to: new Date(Date.parse(window.end) - 1000),
    subject: `hour ${window.start}`,
    range: `window: ${window.start} to ${window.end}`,
  });
  for await (const events of pages) yield toPage(events);
}

/**
 * Looks up pages of StartQueryExecution for a caller that keeps the rate and tries again itself: the client makes one attempt.
 * Errors: as `LookUp`.
 */
export function createLookUp(client: CloudTrailClient): LookUp {
  return async ({ from, to }, token) => {
    const where = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
    const question: LookupQuestion = { attribute: 'EventName', value: 'StartQueryExecution', from: new Date(from), to: new Date(to), subject: where, range: `window: ${where}` };
    try {
      const { Events: events = [], NextToken: next } = await lookUp(client, { ...boundsOf(question), ...(token === null ? {} : { NextToken: token }) }, question);
      return { events: events.map(toLookedUp), next: next ?? null };
    } catch (error) {
      if (token !== null && error instanceof Error && errorName(error.cause) === 'InvalidNextTokenException') return 'token refused';
      throw error;
    }
  };
}

function toLookedUp(event: Event): LookedUp {
  const at = event.EventTime?.getTime();
  const time = at === undefined || Number.isNaN(at) ? null : at;
  return { id: event.EventId ?? null, at: time, from: `LookupEvents, event ${event.EventId ?? (time === null ? 'without id and time' : `of ${new Date(time).toISOString()}`)}`, read: () => parseLookupEntry(event) };
}

/** One look-up. AWS takes one attribute; both bounds are part of the range, with one-second resolution. */
export interface LookupQuestion {
  readonly attribute: 'EventName' | 'ResourceName';
  readonly value: string;
  readonly from: Date;
  readonly to: Date;
  /** What is looked up, and in which range: for the messages of errors. */
  readonly subject: string;
  readonly range: string;
}

/**
 * Reads the pages of one look-up, newest event first; each page waits for its slot.
 *
 * A token is bound to all other arguments: they stay the same for the whole chain, and only the token says whether there is
 * more (a page may be empty).
 * Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError, InvalidInputError.
 */
export async function* readLookupPages(client: CloudTrailClient, pace: Pace, question: LookupQuestion): AsyncGenerator<readonly Event[]> {
  const bounds = boundsOf(question);
  const tokens = new Set<string>();
  let token: string | undefined;
  let page = 0;
  let empty = 0;
  do {
    await pace();
    const answer = await lookUp(client, token === undefined ? bounds : { ...bounds, NextToken: token }, question);
    page += 1;
    const events = answer.Events ?? [];
    yield events;
    token = answer.NextToken;
    empty = events.length === 0 ? empty + 1 : 0;
    if (token !== undefined && empty >= MAX_EMPTY_PAGES) {
      throw new UpstreamUnavailableError(`cloudtrail:LookupEvents on ${question.subject}: ${empty} empty pages on end, and a token for more`);
    }
    if (token !== undefined && tokens.has(token)) {
      throw new UpstreamUnavailableError(`cloudtrail:LookupEvents on ${question.subject}: page ${page} leads back to a page already read`);
    }
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined);
}

function boundsOf({ attribute, value, from, to }: LookupQuestion): LookupEventsCommandInput {
  return { LookupAttributes: [{ AttributeKey: attribute, AttributeValue: value }], StartTime: from, EndTime: to, MaxResults: PAGE_SIZE };
}

async function lookUp(client: CloudTrailClient, input: LookupEventsCommandInput, { subject, range }: LookupQuestion) {
  try {
    return await client.send(new LookupEventsCommand(input));
  } catch (error) {
    if (errorName(error) === 'InvalidTimeRangeException') {
      throw new InvalidInputError(`${range} is no range that CloudTrail can look up`, { cause: error });
    }
    throw toUpstreamError(error, 'cloudtrail:LookupEvents', subject);
  }
}

function toPage(events: readonly Event[]): RecordPage {
  const found = events.map(toLookedUp);
  return { ...countRecords(found.map(({ read }) => read), (index) => found[index]?.from ?? ''), outside: 0 };
}
