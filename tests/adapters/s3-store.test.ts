import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, S3ServiceException, UploadPartCommand } from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import { mockClient } from 'aws-sdk-client-mock';
import { createS3Store } from '#adapters/s3-store';
import { InvalidInputError } from '#core/errors';
import type { ReportStore } from '#core/ports';
import { createMemoryStore } from '../fakes/memory-store.ts';
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

function serviceError(name: string, httpStatusCode: number): S3ServiceException {
  return new S3ServiceException({ name, message: 'the words of AWS', $fault: 'client', $metadata: { httpStatusCode } });
}

/** A store over a bucket that holds what it is given. */
function createHolding(): ReportStore {
  holdObjects();
  return createStore();
}

/** A bucket behind the client: puts, parts, gets and deletes of whole objects. */
function holdObjects(): Map<string, Buffer> {
  const objects = new Map<string, Buffer>();
  const parts = new Map<number, Buffer>();
  s3.on(PutObjectCommand).callsFake(({ Key, Body }) => {
    objects.set(Key, Buffer.from(Body));
    return {};
  });
  s3.on(CreateMultipartUploadCommand).resolves({ UploadId: 'upload' });
  s3.on(UploadPartCommand).callsFake(({ PartNumber, Body }) => {
    parts.set(PartNumber, Buffer.from(Body));
    return { ETag: `part-${PartNumber}` };
  });
  s3.on(CompleteMultipartUploadCommand).callsFake(({ Key }) => {
    objects.set(Key, Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part)));
    return {};
  });
  s3.on(AbortMultipartUploadCommand).resolves({});
  s3.on(GetObjectCommand).callsFake(({ Key }) => {
    const bytes = objects.get(Key);
    if (bytes === undefined) throw new NoSuchKey({ message: 'The specified key does not exist.', $metadata: { httpStatusCode: 404 } });
    return { Body: sdkStreamMixin(Readable.from([bytes])) };
  });
  s3.on(DeleteObjectCommand).callsFake(({ Key }) => {
    objects.delete(Key);
    return {};
  });
  return objects;
}

beforeEach(() => {
  s3.reset();
});

describe.each<[string, () => ReportStore]>([
  ['in S3', createHolding],
  ['in memory, the fake of the use cases', () => createMemoryStore()],
])('a store %s', (_where, create) => {
  it('gives back what was written, with its size and hash', async () => {
    const store = create();
    const chunks = [bytesOf('event_id,query\n'), bytesOf('1,"ü😀"\n')];

    const written = await store.write(NAME, chunksOf(chunks), 'text/csv');

    const whole = Buffer.concat(chunks);
    expect(await store.read(NAME)).toEqual(Uint8Array.from(whole));
    expect(written).toEqual({ bytes: whole.byteLength, sha256: sha256Of(whole) });
  });

  it('takes bytes as well as chunks, and none of either', async () => {
    const store = create();

    const whole = await store.write('_layout.json', bytesOf('{}\n'), 'application/json');
    const empty = await store.write('empty', chunksOf([]), 'text/csv');

    expect(await store.read('_layout.json')).toEqual(bytesOf('{}\n'));
    expect(whole).toEqual({ bytes: 3, sha256: sha256Of(bytesOf('{}\n')) });
    expect(await store.read('empty')).toEqual(new Uint8Array());
    expect(empty).toEqual({ bytes: 0, sha256: sha256Of() });
  });

  it('replaces an object as a whole', async () => {
    const store = create();
    await store.write(NAME, bytesOf('a longer report than the next'), 'text/csv');

    await store.write(NAME, bytesOf('short'), 'text/csv');

    expect(await store.read(NAME)).toEqual(bytesOf('short'));
  });

  it.each([
    ['of a few bytes', [bytesOf('half')]],
    ['of several parts', [new Uint8Array(6 * MIB), new Uint8Array(6 * MIB)]],
  ])('keeps the object before when an encoder breaks off %s, and the error keeps its class', async (_size, chunks) => {
    const store = create();
    await store.write(NAME, bytesOf('before'), 'text/csv');
    const failure = new InvalidInputError('row 7: no text');

    const writing = store.write(NAME, chunksOf(chunks, failure), 'text/csv');

    await expect(writing).rejects.toBe(failure);
    expect(await store.read(NAME)).toEqual(bytesOf('before'));
  });

  it('has nothing where nothing was written', async () => {
    const store = create();
    await store.write(NAME, bytesOf('there'), 'text/csv');

    expect(await store.read('year=2026/month=11/day=20/hour=11/_manifest.json')).toBeNull();
    expect(await store.read(NAME)).not.toBeNull();
  });

  it('removes an object, also one that is not there', async () => {
    const store = create();
    await store.write(NAME, bytesOf('there'), 'text/csv');

    await store.remove(NAME);
    await store.remove(NAME);

    expect(await store.read(NAME)).toBeNull();
  });
});

describe('a write to S3', () => {
  it('goes to bucket, prefix and name, with its type', async () => {
    holdObjects();

    await createStore().write(NAME, chunksOf([bytesOf('a,b\n')]), 'text/csv');

    expect(s3).toHaveReceivedCommandTimes(PutObjectCommand, 1);
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({ Bucket: 'reports', Key: KEY, ContentType: 'text/csv' });
  });

  it('of a long report goes in parts, none of them kept back, and appears with the last', async () => {
    const objects = holdObjects();
    const chunks = Array.from({ length: 12 }, (_, index) => new Uint8Array(MIB).fill(index));

    const written = await createStore().write(NAME, chunksOf(chunks), 'text/csv');

    expect(s3.commandCalls(CreateMultipartUploadCommand)[0]?.args[0].input).toMatchObject({ Bucket: 'reports', Key: KEY, ContentType: 'text/csv' });
    expect(s3).toHaveReceivedCommandTimes(UploadPartCommand, 3);
    expect(s3).toHaveReceivedCommandTimes(CompleteMultipartUploadCommand, 1);
    expect(objects.get(KEY)?.equals(Buffer.concat(chunks))).toBe(true);
    expect(written).toEqual({ bytes: 12 * MIB, sha256: sha256Of(...chunks) });
  });

  it('that breaks off sends nothing when it is short', async () => {
    holdObjects();

    const writing = createStore().write(NAME, chunksOf([bytesOf('half')], new Error('no more')), 'text/csv');

    await expect(writing).rejects.toThrow('no more');
    expect(s3.calls()).toEqual([]);
  });

  it('that breaks off gives its parts up when it is long', async () => {
    holdObjects();

    const writing = createStore().write(NAME, chunksOf([new Uint8Array(6 * MIB), new Uint8Array(6 * MIB)], new Error('no more')), 'text/csv');

    await expect(writing).rejects.toThrow('no more');
    expect(s3).toHaveReceivedCommandTimes(AbortMultipartUploadCommand, 1);
    expect(s3).toHaveReceivedCommandTimes(CompleteMultipartUploadCommand, 0);
  });

  it('that S3 refuses in the middle gives its parts up, stops its encoder, and is the error of S3', async () => {
    holdObjects();
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
    ['read', 's3:GetObject', (store) => store.read(NAME)],
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

  it('to read, half-way, is no shorter object but an error', async () => {
    const cause = new Error('aborted');
    s3.on(GetObjectCommand).resolves({ Body: sdkStreamMixin(Readable.from(chunksOf([bytesOf('half')], cause))) });

    const reading = createStore().read(NAME);

    await expect(reading).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: `s3:GetObject on ${WHERE}: Error: aborted`, cause });
  });

  it.each(['NoSuchKey', 'NotFound'])('to read with %s found nothing, which is no error', async (code) => {
    s3.on(GetObjectCommand).rejects(serviceError(code, 404));

    const bytes = await createStore().read(NAME);

    expect(bytes).toBeNull();
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
