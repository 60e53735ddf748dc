import { CloudTrailClient, CloudTrailServiceException, type Event, InvalidTimeRangeException, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { mockClient } from 'aws-sdk-client-mock';
import { createLookupSource } from '#adapters/cloudtrail';
import type { RecordPage } from '#core/ports';
import type { HourWindow } from '#core/window';
import { idOf, otherRecord, startNumber } from '../fakes/records.ts';
import 'aws-sdk-client-mock-jest';

const WINDOW: HourWindow = { day: '2026-11-20', hour: '10', start: '2026-11-20T15:00:00Z', end: '2026-11-20T16:00:00Z', offsets: [{ from: '2026-11-01T06:00:00Z', minutes: -300 }] };
const BOUNDS = {
  LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'StartQueryExecution' }],
  StartTime: new Date('2026-11-20T15:00:00Z'),
  EndTime: new Date('2026-11-20T15:59:59Z'),
  MaxResults: 50,
} as const;

const client = new CloudTrailClient({ region: 'us-east-1' });
const cloudTrail = mockClient(client);
const onePace = async () => {};

/** An entry of LookupEvents about a record. */
function entryOf(record: object, edit: Event = {}): Event {
  return { EventName: 'StartQueryExecution', EventSource: 'athena.amazonaws.com', Username: 'ada', CloudTrailEvent: JSON.stringify(record), ...edit };
}

async function readAll(pace = onePace, window = WINDOW): Promise<RecordPage[]> {
  const pages: RecordPage[] = [];
  for await (const page of createLookupSource(client, pace).readRecords(window)) pages.push(page);
  return pages;
}

function serviceError(name: string, httpStatusCode: number): CloudTrailServiceException {
  return new CloudTrailServiceException({ name, message: 'the words of AWS', $fault: httpStatusCode < 500 ? 'client' : 'server', $metadata: { httpStatusCode } });
}

beforeEach(() => {
  cloudTrail.reset();
});

describe('a look-up of an hour', () => {
  it('asks for StartQueryExecution from the start to the last second, because both bounds are inclusive', async () => {
    cloudTrail.on(LookupEventsCommand).resolves({});

    await readAll();

    expect(cloudTrail).toHaveReceivedCommandTimes(LookupEventsCommand, 1);
    expect(cloudTrail.commandCalls(LookupEventsCommand)[0]?.args[0].input).toEqual(BOUNDS);
  });

  it('asks a window of two hours as one', async () => {
    cloudTrail.on(LookupEventsCommand).resolves({});

    await readAll(onePace, { ...WINDOW, start: '2026-11-01T05:00:00Z', end: '2026-11-01T07:00:00Z' });

    expect(cloudTrail.commandCalls(LookupEventsCommand)[0]?.args[0].input).toMatchObject({ StartTime: new Date('2026-11-01T05:00:00Z'), EndTime: new Date('2026-11-01T06:59:59Z') });
  });

  it('goes on while there is a token, with the same arguments, also past an empty page', async () => {
    cloudTrail
      .on(LookupEventsCommand)
      .resolvesOnce({ Events: [entryOf(startNumber(1))], NextToken: 'a' })
      .resolvesOnce({ Events: [], NextToken: 'b' })
      .resolvesOnce({ NextToken: 'c' })
      .resolvesOnce({ Events: [entryOf(startNumber(2)), entryOf(startNumber(3))] });

    const pages = await readAll();

    expect(pages.map(({ read, starts }) => [read, starts.map(({ eventId }) => eventId)])).toEqual([[1, [idOf(1001)]], [0, []], [0, []], [2, [idOf(1002), idOf(1003)]]]);
    expect(cloudTrail.commandCalls(LookupEventsCommand).map(({ args }) => args[0].input)).toEqual([BOUNDS, { ...BOUNDS, NextToken: 'a' }, { ...BOUNDS, NextToken: 'b' }, { ...BOUNDS, NextToken: 'c' }]);
  });

  it('waits for its slot before every page', async () => {
    const order: string[] = [];
    let pages = 0;
    cloudTrail.on(LookupEventsCommand).callsFake(() => {
      order.push('call');
      pages += 1;
      return pages < 3 ? { NextToken: String(pages) } : {};
    });

    await readAll(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('slot');
    });

    expect(order).toEqual(['slot', 'call', 'slot', 'call', 'slot', 'call']);
  });

  it.each([
    ['the same token again', ['a', 'a'], 2],
    ['a token of an earlier page', ['a', 'b', 'a'], 3],
  ])('stops at %s instead of going round', async (_case, tokens, page) => {
    let call = 0;
    cloudTrail.on(LookupEventsCommand).callsFake(() => ({ NextToken: tokens[call++] ?? 'beyond' }));

    const reading = readAll();

    await expect(reading).rejects.toThrow(`cloudtrail:LookupEvents on hour 2026-11-20T15:00:00Z: page ${page} leads back to a page already read`);
    await expect(reading).rejects.toMatchObject({ name: 'UpstreamUnavailableError' });
    expect(cloudTrail).toHaveReceivedCommandTimes(LookupEventsCommand, page);
  });

  it('goes on past a thousand empty pages that are not on end', async () => {
    let call = 0;
    cloudTrail.on(LookupEventsCommand).callsFake(() => {
      call += 1;
      const token = call < 1500 ? { NextToken: String(call) } : {};
      return { ...token, Events: call === 999 ? [entryOf(startNumber(1))] : [] };
    });

    expect(await readAll()).toHaveLength(1500);
  });

  it('gives up at a thousand empty pages on end that promise more', async () => {
    let call = 0;
    cloudTrail.on(LookupEventsCommand).callsFake(() => ({ NextToken: String(++call) }));

    await expect(readAll()).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: 'cloudtrail:LookupEvents on hour 2026-11-20T15:00:00Z: 1000 empty pages on end, and a token for more' });
    expect(cloudTrail).toHaveReceivedCommandTimes(LookupEventsCommand, 1000);
  });

  it('tells starts, other events and malformed entries apart, and says where those are', async () => {
    cloudTrail
      .on(LookupEventsCommand)
      .resolvesOnce({ Events: [entryOf(startNumber(1))], NextToken: 'a' })
      .resolvesOnce({ Events: [entryOf(startNumber(2)), entryOf(otherRecord()), entryOf({}, { CloudTrailEvent: '{"eventName":' }), { EventId: 'no record' }] });

    const [, second] = await readAll();

    expect(second).toMatchObject({
      read: 4,
      starts: [{ eventId: idOf(1002), userName: 'ada' }],
      skipped: 1,
      malformed: 2,
      outside: 0,
      samples: [
        { from: 'LookupEvents, event without id and time', problem: expect.stringMatching(/^CloudTrailEvent: not JSON/) },
        { from: 'LookupEvents, event no record', problem: 'CloudTrailEvent: missing, expected a record as JSON text' },
      ],
    });
  });

  it('is named in the manifest', () => {
    const report = createLookupSource(client, onePace).report();

    expect(report).toEqual({ kind: 'lookup' });
  });
});

describe('a look-up that fails', () => {
  const where = 'cloudtrail:LookupEvents on hour 2026-11-20T15:00:00Z';

  it.each([
    ['throttled', serviceError('ThrottlingException', 400), 'UpstreamThrottledError', `${where}: throttled (ThrottlingException: the words of AWS)`],
    ['denied', serviceError('AccessDeniedException', 400), 'UpstreamDeniedError', `${where}: access denied; grant cloudtrail:LookupEvents (AccessDeniedException: the words of AWS)`],
    ['without credentials', Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }), 'UpstreamDeniedError', `${where}: no AWS credentials were found; sign in (aws sso login), or set AWS_PROFILE to a profile that exists (CredentialsProviderError)`],
    ['answered by a fault of the service', serviceError('InternalFailure', 500), 'UpstreamUnavailableError', `${where}: InternalFailure: the words of AWS`],
    ['cut off by the network', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'UpstreamUnavailableError', `${where}: Error: read ECONNRESET`],
    ['told that its token is none', serviceError('InvalidNextTokenException', 400), 'UpstreamUnavailableError', `${where}: InvalidNextTokenException: the words of AWS`],
    ['told that its range is none', new InvalidTimeRangeException({ message: 'no', $metadata: {} }), 'InvalidInputError', 'window: 2026-11-20T15:00:00Z to 2026-11-20T16:00:00Z is no range that CloudTrail can look up'],
  ])('because it was %s is that error, with the cause', async (_why, cause, name, message) => {
    cloudTrail.on(LookupEventsCommand).resolvesOnce({ Events: [entryOf(startNumber(1))], NextToken: 'a' }).rejects(cause);

    const reading = readAll();

    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ name, message, cause });
    expect(cloudTrail).toHaveReceivedCommandTimes(LookupEventsCommand, 2);
  });
});

describe('a look-up without a Region', () => {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = process.env;
  beforeEach(() => {
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) delete process.env[name];
    Object.assign(process.env, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
  });
  afterEach(() => {
    for (const [name, value] of Object.entries({ AWS_REGION, AWS_DEFAULT_REGION, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it("is told to set one, by the SDK's own error", async () => {
    const homeless = new CloudTrailClient({ credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' } });
    const first = createLookupSource(homeless, onePace).readRecords(WINDOW)[Symbol.asyncIterator]().next();

    await expect(first).rejects.toThrow('AWS_REGION: missing, expected the Region to ask, such as us-east-1 (or a profile that has one)');
    await expect(first).rejects.toMatchObject({ name: 'ConfigError', cause: { message: 'Region is missing' } });
  });
});
