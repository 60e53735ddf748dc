import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, GetObjectCommand, PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import { mockClient } from 'aws-sdk-client-mock';
import { createS3Store } from '#adapters/s3-store';
import type { OpenObject, ReportStore } from '#core/ports';
import { holdObjects, serviceError } from '../fakes/s3-objects.ts';
import 'aws-sdk-client-mock-jest';

const MIB = 1024 * 1024;
const NAME = 'year=2026/month=11/day=20/hour=10/report_2026_11_20_h10.csv';
const KEY = `tracker/${NAME}`;
const WHERE = `s3://reports/${KEY}`;

const client = new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' } });
const s3 = mockClient(client);
const createStore = () => createS3Store(client, 'reports', 'tracker/');

const bytesOf = (text: string) => new TextEncoder().encode(text);
const sha256Of = (...chunks: readonly Uint8Array[]) => chunks.reduce((hash, chunk) => hash.update(chunk), createHash('sha256')).digest('hex');

async function* chunksOf(chunks: readonly Uint8Array[], failure?: Error): AsyncGenerator<Uint8Array> {
  yield* chunks;
  if (failure !== undefined) throw failure;
}

/** Reads an open object to its end. Shape: null when there is none. */
async function drained(opened: OpenObject | null): Promise<Uint8Array | null> {
  if (opened === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

beforeEach(() => {
  s3.reset();
});

describe('a write to S3', () => {
  it('goes to bucket, prefix and name, with its type', async () => {
    holdObjects(s3);

    await createStore().write(NAME, chunksOf([bytesOf('a,b\n')]), 'text/csv');

    expect(s3).toHaveReceivedCommandTimes(PutObjectCommand, 1);
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({ Bucket: 'reports', Key: KEY, ContentType: 'text/csv' });
  });

  it('says in its metadata which run it is of, also in parts and under a condition', async () => {
    holdObjects(s3);
    const store = createS3Store(client, 'reports', 'tracker/', '2026-11-18_2026-11-20_20261121T060000Z');

    await store.write(NAME, bytesOf('a,b\n'), 'text/csv');
    await store.write(NAME, chunksOf(Array.from({ length: 12 }, () => new Uint8Array(MIB))), 'text/csv');
    await store.writeIf('facts', bytesOf('{}\n'), 'application/x-ndjson', null);

    const inputs = [...s3.commandCalls(PutObjectCommand), ...s3.commandCalls(CreateMultipartUploadCommand)].map((call) => call.args[0].input);
    expect(inputs.map(({ Metadata }) => Metadata)).toEqual(Array.from({ length: 3 }, () => ({ run: '2026-11-18_2026-11-20_20261121T060000Z' })));
  });

  it('of a long report goes in parts, none of them kept back, and appears with the last', async () => {
    const objects = holdObjects(s3);
    const chunks = Array.from({ length: 12 }, (_, index) => new Uint8Array(MIB).fill(index));

    const written = await createStore().write(NAME, chunksOf(chunks), 'text/csv');

    expect(s3.commandCalls(CreateMultipartUploadCommand)[0]?.args[0].input).toMatchObject({ Bucket: 'reports', Key: KEY, ContentType: 'text/csv' });
    expect(s3).toHaveReceivedCommandTimes(UploadPartCommand, 3);
    expect(s3).toHaveReceivedCommandTimes(CompleteMultipartUploadCommand, 1);
    expect(objects.get(KEY)?.equals(Buffer.concat(chunks))).toBe(true);
    expect(written).toEqual({ bytes: 12 * MIB, sha256: sha256Of(...chunks) });
  });

  it('that breaks off sends nothing when it is short', async () => {
    holdObjects(s3);

    const writing = createStore().write(NAME, chunksOf([bytesOf('half')], new Error('no more')), 'text/csv');

    await expect(writing).rejects.toThrow('no more');
    expect(s3.calls()).toEqual([]);
  });

  it('that breaks off gives its parts up when it is long', async () => {
    holdObjects(s3);

    const writing = createStore().write(NAME, chunksOf([new Uint8Array(6 * MIB), new Uint8Array(6 * MIB)], new Error('no more')), 'text/csv');

    await expect(writing).rejects.toThrow('no more');
    expect(s3).toHaveReceivedCommandTimes(AbortMultipartUploadCommand, 1);
    expect(s3).toHaveReceivedCommandTimes(CompleteMultipartUploadCommand, 0);
  });

  it('that S3 refuses in the middle gives its parts up, stops its encoder, and is the error of S3', async () => {
    holdObjects(s3);
    const cause = serviceError('AccessDenied', 403);
    s3.on(UploadPartCommand).rejects(cause);
    let stopped = false;
    const endless = async function* () {
      try {
        while (true) yield new Uint8Array(MIB);
      } finally {
        stopped = true;
      }
    };

    const writing = createStore().write(NAME, endless(), 'text/csv');

    await expect(writing).rejects.toMatchObject({ name: 'UpstreamDeniedError', message: `s3:PutObject on ${WHERE}: access denied; grant s3:PutObject (AccessDenied: the words of AWS)`, cause });
    expect(s3).toHaveReceivedCommandTimes(AbortMultipartUploadCommand, 1);
    expect(stopped).toBe(true);
  });
});

describe('a call that S3 refuses', () => {
  const calls: readonly (readonly [string, string, (store: ReportStore) => Promise<unknown>])[] = [
    ['write', 's3:PutObject', (store) => store.write(NAME, bytesOf('x'), 'text/csv')],
    ['write if unchanged', 's3:PutObject', (store) => store.writeIf(NAME, bytesOf('x'), 'text/csv', '"etag"')],
    ['read', 's3:GetObject', (store) => store.read(NAME)],
    ['read with its version', 's3:GetObject', (store) => store.readVersion(NAME)],
    ['open', 's3:GetObject', (store) => store.open(NAME)],
    ['tell the version', 's3:GetObject', (store) => store.version(NAME)],
    ['hash', 's3:GetObject', (store) => store.hash(NAME)],
    ['remove', 's3:DeleteObject', (store) => store.remove(NAME)],
  ];
  const refusals: readonly (readonly [Error, string, (action: string) => string])[] = [
    [serviceError('AccessDenied', 403), 'UpstreamDeniedError', (action) => `${action} on ${WHERE}: access denied; grant ${action} (AccessDenied: the words of AWS)`],
    [serviceError('NoSuchBucket', 404), 'UpstreamDeniedError', (action) => `${action} on ${WHERE}: there is no such bucket; create it, or name another (NoSuchBucket)`],
    [serviceError('PermanentRedirect', 301), 'UpstreamDeniedError', (action) => `${action} on ${WHERE}: the bucket is in another Region; set AWS_REGION to the Region of the bucket (PermanentRedirect)`],
    [serviceError('SlowDown', 503), 'UpstreamThrottledError', (action) => `${action} on ${WHERE}: throttled (SlowDown: the words of AWS)`],
    [serviceError('InternalError', 500), 'UpstreamUnavailableError', (action) => `${action} on ${WHERE}: InternalError: the words of AWS`],
    [new Error('socket hang up'), 'UpstreamUnavailableError', (action) => `${action} on ${WHERE}: Error: socket hang up`],
  ];

  it.each(calls.flatMap(([call, action, act]) => refusals.map(([cause, name, message]) => ({ call, code: cause.name, cause, name, message: message(action), act }))))('to $call with $code ($name) says action, object and cause', async ({ cause, name, message, act }) => {
    s3.onAnyCommand().rejects(cause);

    const acting = act(createStore());

    await expect(acting).rejects.toThrow(message);
    await expect(acting).rejects.toMatchObject({ name, message, cause });
  });

  const reads: readonly (readonly [string, (store: ReportStore) => Promise<unknown>])[] = [
    ['read', (store) => store.read(NAME)],
    ['read with its version', (store) => store.readVersion(NAME)],
    ['open', async (store) => drained(await store.open(NAME))],
    ['hash', (store) => store.hash(NAME)],
  ];

  it.each(reads)('to %s, half-way, is no shorter object but an error', async (_call, act) => {
    const cause = new Error('aborted');
    s3.on(GetObjectCommand).resolves({ Body: sdkStreamMixin(Readable.from(chunksOf([bytesOf('half')], cause))), ETag: '"etag"' });

    const reading = act(createStore());

    await expect(reading).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: `s3:GetObject on ${WHERE}: Error: aborted`, cause });
  });

  it.each(reads.flatMap(([call, act]) => ['NoSuchKey', 'NotFound'].map((code) => ({ call, code, act }))))('to $call with $code found nothing, which is no error', async ({ code, act }) => {
    s3.on(GetObjectCommand).rejects(serviceError(code, 404));

    const found = await act(createStore());

    expect(found).toBeNull();
  });
});

describe('a conditional write to S3', () => {
  it.each([
    ['null only where there is no object', null, { IfNoneMatch: '*' }],
    ['an ETag only over the object of that ETag', '"5d41402abc4b2a76b9719d911017c592"', { IfMatch: '"5d41402abc4b2a76b9719d911017c592"' }],
  ])('of version %s', async (_case, version, condition) => {
    s3.on(PutObjectCommand).resolves({ ETag: '"etag-2"' });

    const written = await createStore().writeIf(NAME, bytesOf('a,b\n'), 'text/csv', version);

    expect(s3.calls().map((call) => call.args[0].input)).toEqual([{ Bucket: 'reports', Key: KEY, Body: bytesOf('a,b\n'), ContentType: 'text/csv', ...condition }]);
    expect(written).toEqual({ bytes: 4, sha256: sha256Of(bytesOf('a,b\n')), version: '"etag-2"' });
  });

  it('is an error where a store gives no ETag: nobody could tell later whether the object is still the same', async () => {
    s3.on(PutObjectCommand).resolves({});

    await expect(createStore().writeIf(NAME, bytesOf('x'), 'text/csv', null)).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: `s3:PutObject on ${WHERE}: Error: the answer has no ETag` });
  });

  it.each([
    ['PreconditionFailed', 412],
    ['ConditionalRequestConflict', 409],
    ['NoSuchKey', 404],
  ])('that S3 refuses with %s came too late, which is no error', async (code, status) => {
    s3.on(PutObjectCommand).rejects(serviceError(code, status));

    const written = await createStore().writeIf(NAME, bytesOf('x'), 'text/csv', '"etag"');

    expect(written).toBeNull();
  });
});

describe('a version in S3', () => {
  it('is the ETag', async () => {
    s3.on(GetObjectCommand).resolves({ Body: sdkStreamMixin(Readable.from([bytesOf('x')])), ETag: '"etag-2"' });

    expect(await createStore().readVersion(NAME)).toEqual({ bytes: bytesOf('x'), version: '"etag-2"', sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881' });
  });

  it('is never made up where a store gives no ETag', async () => {
    s3.on(GetObjectCommand).resolves({ Body: sdkStreamMixin(Readable.from([bytesOf('x')])) });

    await expect(createStore().readVersion(NAME)).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: `s3:GetObject on ${WHERE}: Error: the answer has no ETag` });
  });
});

describe('the hash of an object in S3', () => {
  it('is made of the body as it comes, and never holds it', async () => {
    const chunks = Array.from({ length: 12 }, (_, index) => new Uint8Array(MIB).fill(index));
    const body = sdkStreamMixin(Readable.from(chunksOf(chunks), { objectMode: false }));
    const whole = jest.spyOn(body, 'transformToByteArray');
    s3.on(GetObjectCommand).resolves({ Body: body });

    const hash = await createStore().hash(NAME);

    expect(hash).toEqual({ bytes: 12 * MIB, sha256: sha256Of(...chunks) });
    expect(whole).not.toHaveBeenCalled();
  });

  it('is never made up where there is no body to stream', async () => {
    s3.on(GetObjectCommand).resolves({});

    await expect(createStore().hash(NAME)).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: `s3:GetObject on ${WHERE}: Error: the answer has no body to stream` });
  });
});

describe('the root of a store in S3', () => {
  it.each([
    ['', 's3://reports/'],
    ['json/', 's3://reports/json/'],
  ])('with prefix %j is %s', (prefix, root) => {
    const store = createS3Store(client, 'reports', prefix);

    expect(store.root).toBe(root);
  });
});
