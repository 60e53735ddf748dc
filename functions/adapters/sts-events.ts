/** Look-ups of the STS events behind a session, in the Region that is asked for. */
import { CloudTrailClient, type CloudTrailClientConfig, type Event } from '@aws-sdk/client-cloudtrail';
import { InvalidInputError } from '#core/errors';
import type { LookUpEvents } from '#core/role-chain';
import { toInstant } from '#core/window';
import { readLookupPages } from './cloudtrail.ts';
import type { Pace } from './pace.ts';

/**
 * Creates the look-up of records by resource or event name.
 *
 * `pace` is that of the hour's look-ups: LookupEvents has one rate for the account and Region, whoever asks.
 * Shape: pages of parsed records; none for a range that the history does not reach (any more).
 * Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError.
 */
export function createLookUpEvents(clientOf: (region: string) => CloudTrailClient, pace: Pace): LookUpEvents {
  return async function* ({ attribute, value, region, from, to }) {
    const subject = `${attribute} ${value} in ${region}`;
    const range = `${subject}: ${toInstant(from.getTime())} to ${toInstant(to.getTime())}`;
    try {
      for await (const events of readLookupPages(clientOf(region), pace, { attribute, value, from, to, subject, range })) yield events.flatMap(toRecord);
    } catch (error) {
      // The 90 days end while a run goes on: what the history has let go is not found, which must not cost the hour.
      if (!(error instanceof InvalidInputError)) throw error;
    }
  };
}

/** Creates the clients of several Regions, each once. `options` are those of every client. */
export function createRegionalClients(options: CloudTrailClientConfig): (region: string) => CloudTrailClient {
  const clients = new Map<string, CloudTrailClient>();
  return (region) => {
    const client = clients.get(region) ?? new CloudTrailClient({ ...options, region });
    clients.set(region, client);
    return client;
  };
}

/** An entry that cannot be read proves nothing, so it is as good as none. */
function toRecord({ CloudTrailEvent: json }: Event): unknown[] {
  try {
    return json === undefined ? [] : [JSON.parse(json)];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
