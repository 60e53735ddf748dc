/** CloudTrail's event history. Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
import { type CloudTrailClient, type Event, LookupEventsCommand, type LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import { InvalidInputError, UpstreamUnavailableError } from '#core/errors';
import type { EventSource, RecordPage } from '#core/ports';
import { countRecords, parseLookupEntry } from '#core/record';
import type { HourWindow } from '#core/window';
import type { Pace } from './pace.ts';
import { errorName, toUpstreamError } from './upstream.ts';

/** Most events of a page. */
const PAGE_SIZE = 50;

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
  let page = 0;
  const pages = readLookupPages(client, pace, {
    attribute: 'EventName',
    value: 'StartQueryExecution',
    from: new Date(window.start),
    to: new Date(Date.parse(window.end) - 1000),
    subject: `hour ${window.start}`,
    range: `window: ${window.start} to ${window.end}`,
  });
  for await (const events of pages) yield toPage(events, ++page);
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
  const bounds = {
    LookupAttributes: [{ AttributeKey: question.attribute, AttributeValue: question.value }],
    StartTime: question.from,
    EndTime: question.to,
    MaxResults: PAGE_SIZE,
  };
  const tokens = new Set<string>();
  let token: string | undefined;
  let page = 0;
  do {
    await pace();
    const answer = await lookUp(client, token === undefined ? bounds : { ...bounds, NextToken: token }, question);
    page += 1;
    yield answer.Events ?? [];
    token = answer.NextToken;
    if (token !== undefined && tokens.has(token)) {
      throw new UpstreamUnavailableError(`cloudtrail:LookupEvents on ${question.subject}: page ${page} leads back to a page already read`);
    }
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined);
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

function toPage(events: readonly Event[], page: number): RecordPage {
  return { ...countRecords(events.map((entry) => () => parseLookupEntry(entry)), (index) => `LookupEvents page ${page}, event ${index + 1}`), outside: 0 };
}
