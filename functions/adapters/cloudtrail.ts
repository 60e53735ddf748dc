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
 * Both bounds of LookupEvents are inclusive with one-second resolution, so `[start, end - 1 s]` is asked. A token is bound
 * to all other arguments: they stay the same for the whole chain, and only the token says whether there is more.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError, InvalidInputError.
 */
export function createLookupSource(client: CloudTrailClient, pace: Pace): EventSource {
  return { readRecords: (window) => readRecords(client, pace, window), report: () => ({ kind: 'lookup' }) };
}

async function* readRecords(client: CloudTrailClient, pace: Pace, window: HourWindow): AsyncGenerator<RecordPage> {
  const bounds = {
    LookupAttributes: [{ AttributeKey: 'EventName' as const, AttributeValue: 'StartQueryExecution' }],
    StartTime: new Date(window.start),
    EndTime: new Date(Date.parse(window.end) - 1000),
    MaxResults: PAGE_SIZE,
  };
  const tokens = new Set<string>();
  let token: string | undefined;
  let page = 0;
  do {
    await pace();
    const answer = await lookUp(client, token === undefined ? bounds : { ...bounds, NextToken: token }, window);
    page += 1;
    yield toPage(answer.Events ?? [], page);
    token = answer.NextToken;
    if (token !== undefined && tokens.has(token)) {
      throw new UpstreamUnavailableError(`cloudtrail:LookupEvents on hour ${window.start}: page ${page} leads back to a page already read`);
    }
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined);
}

async function lookUp(client: CloudTrailClient, input: LookupEventsCommandInput, window: HourWindow) {
  try {
    return await client.send(new LookupEventsCommand(input));
  } catch (error) {
    if (errorName(error) === 'InvalidTimeRangeException') {
      throw new InvalidInputError(`window: ${window.start} to ${window.end} is no range that CloudTrail can look up`, { cause: error });
    }
    throw toUpstreamError(error, 'cloudtrail:LookupEvents', `hour ${window.start}`);
  }
}

function toPage(events: readonly Event[], page: number): RecordPage {
  return { ...countRecords(events.map((entry) => () => parseLookupEntry(entry)), (index) => `LookupEvents page ${page}, event ${index + 1}`), outside: 0 };
}
