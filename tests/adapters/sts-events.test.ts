import { CloudTrailClient, CloudTrailServiceException, type Event, InvalidTimeRangeException, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { mockClient } from 'aws-sdk-client-mock';
import { createPace } from '#adapters/pace';
import { createLookUpEvents, createRegionalClients } from '#adapters/sts-events';
import type { EventQuestion } from '#core/role-chain';
import 'aws-sdk-client-mock-jest';

const QUESTION: EventQuestion = { attribute: 'ResourceName', value: 'ASIA1', region: 'eu-west-1', from: new Date('2026-11-19T02:30:00Z'), to: new Date('2026-11-20T15:35:00Z') };
const BOUNDS = { LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: 'ASIA1' }], StartTime: QUESTION.from, EndTime: QUESTION.to, MaxResults: 50 };

const client = new CloudTrailClient({ region: 'eu-west-1' });
const cloudTrail = mockClient(client);
const onePace = async () => {};

const entryOf = (eventID: string): Event => ({ CloudTrailEvent: JSON.stringify({ eventID }) });

async function readAll(question = QUESTION, pace = onePace, clientOf = () => client): Promise<unknown[][]> {
  const pages: unknown[][] = [];
  for await (const page of createLookUpEvents(clientOf, pace)(question)) pages.push([...page]);
  return pages;
}

function serviceError(name: string, httpStatusCode: number): CloudTrailServiceException {
  return new CloudTrailServiceException({ name, message: 'the words of AWS', $fault: 'client', $metadata: { httpStatusCode } });
}

beforeEach(() => {
  cloudTrail.reset();
});

describe('a look-up of STS events', () => {
  it('asks for one attribute between both bounds, in the Region of the question', async () => {
    const regions: string[] = [];
    cloudTrail.on(LookupEventsCommand).resolves({});
    const clientOf = (region: string) => {
      regions.push(region);
      return client;
    };

    for await (const _ of createLookUpEvents(clientOf, onePace)(QUESTION));

    expect(regions).toEqual(['eu-west-1']);
    expect(cloudTrail.commandCalls(LookupEventsCommand).map(({ args }) => args[0].input)).toEqual([BOUNDS]);
  });

  it('gives every page, past an empty one, as records', async () => {
    cloudTrail
      .on(LookupEventsCommand)
      .resolvesOnce({ Events: [entryOf('a')], NextToken: 'x' })
      .resolvesOnce({ NextToken: 'y' })
      .resolvesOnce({ Events: [entryOf('b'), entryOf('c')] });

    expect(await readAll()).toEqual([[{ eventID: 'a' }], [], [{ eventID: 'b' }, { eventID: 'c' }]]);
    expect(cloudTrail.commandCalls(LookupEventsCommand).map(({ args }) => args[0].input)).toEqual([BOUNDS, { ...BOUNDS, NextToken: 'x' }, { ...BOUNDS, NextToken: 'y' }]);
  });

  it('asks for no further page once the reader has what it wants', async () => {
    cloudTrail.on(LookupEventsCommand).resolves({ Events: [entryOf('a')], NextToken: 'x' });

    for await (const _ of createLookUpEvents(() => client, onePace)(QUESTION)) break;

    expect(cloudTrail).toHaveReceivedCommandTimes(LookupEventsCommand, 1);
  });

  it('passes over entries that cannot be read', async () => {
    cloudTrail.on(LookupEventsCommand).resolves({ Events: [{ EventId: 'no record' }, { CloudTrailEvent: '{"eventID":' }, entryOf('a')] });

    expect(await readAll()).toEqual([[{ eventID: 'a' }]]);
  });

  it('waits for the slots that the hour’s look-ups wait for', async () => {
    cloudTrail.on(LookupEventsCommand).resolves({});
    const pace = createPace(20);
    const begun = performance.now();

    await pace();
    await readAll(QUESTION, pace);
    await readAll(QUESTION, pace);

    expect(performance.now() - begun).toBeGreaterThan(95);
  });

  it('finds nothing where the history does not reach', async () => {
    cloudTrail.on(LookupEventsCommand).rejects(new InvalidTimeRangeException({ message: 'no', $metadata: {} }));

    expect(await readAll()).toEqual([]);
    expect(cloudTrail).toHaveReceivedCommandTimes(LookupEventsCommand, 1);
  });

  it.each([
    ['throttled', serviceError('ThrottlingException', 400), 'UpstreamThrottledError', 'throttled (ThrottlingException: the words of AWS)'],
    ['denied', serviceError('AccessDeniedException', 400), 'UpstreamDeniedError', 'access denied; grant cloudtrail:LookupEvents (AccessDeniedException: the words of AWS)'],
    ['cut off', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'UpstreamUnavailableError', 'Error: read ECONNRESET'],
  ])('that was %s is that error, with the session, the Region and the cause', async (_why, cause, name, message) => {
    cloudTrail.on(LookupEventsCommand).resolvesOnce({ Events: [entryOf('a')], NextToken: 'x' }).rejects(cause);

    await expect(readAll()).rejects.toMatchObject({ name, message: `cloudtrail:LookupEvents on ResourceName ASIA1 in eu-west-1: ${message}`, cause });
  });

  it('stops at a token that leads back', async () => {
    cloudTrail.on(LookupEventsCommand).resolves({ NextToken: 'x' });

    await expect(readAll()).rejects.toThrow('cloudtrail:LookupEvents on ResourceName ASIA1 in eu-west-1: page 2 leads back to a page already read');
  });
});

describe('regional clients', () => {
  it('are made once for each Region, with the options of all', async () => {
    const clientOf = createRegionalClients({ maxAttempts: 6, region: 'eu-west-1' });

    const [home, abroad, again] = [clientOf('eu-west-1'), clientOf('us-east-1'), clientOf('us-east-1')];

    expect(again).toBe(abroad);
    expect([await home.config.region(), await abroad.config.region(), await abroad.config.maxAttempts()]).toEqual(['eu-west-1', 'us-east-1', 6]);
  });
});
