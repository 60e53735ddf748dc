/** Reports in S3. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, type GetObjectCommandInput, type GetObjectCommandOutput, HeadObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { OpenObject, ReplacedObject, ReportStore, } from '#core/ports';
import { countThrough, createCounter } from './counter.ts';
import { errorName, toUpstreamError } from './upstream.ts';

/**
 * S3's answers when an object is no longer the one that was read: another one, one that is being written, or none.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
const CHANGED = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey', 'NotFound']);

/** Parts of 5 MiB of one upload that are on their way at a time: they are memory. */
const PARTS_IN_FLIGHT = 2;

/**
 * Objects below a prefix of a bucket. A report is uploaded in parts as it is encoded and appears as a whole or not at all.
 *
 * `runId`, where there is one, stands in the metadata `run` of each object.
 * A version is S3's ETag. `writeIf` is null also when the SDK had to ask again because the answer to its first, successful call was
 * lost: whoever gets null reads again and merges again, and finds its own there.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError with the bucket and the missing permission.
 */
export function createS3Store(client: S3Client, bucket: string, prefix: string, runId: string | null = null): ReportStore {
  const said = runId === null ? {} : { Metadata: { run: runId } };
  const where = (name: string) => `s3://${bucket}/${prefix}${name}`;
  return {
    root: where(''),
    read: (name) => readObject(client, bucket, `${prefix}${name}`),
    write: async (name, content, contentType) => {
      const { written, error } = await upload(client, { Bucket: bucket, Key: `${prefix}${name}`, ContentType: contentType, ...said }, content);
      if (written === null) throw toUpstreamError(error, 's3:PutObject', where(name));
      return { bytes: written.bytes, sha256: written.sha256 };
    },
    writeIf: async (name, content, contentType, version) => {
      const condition = version === null ? { IfNoneMatch: '*' } : { IfMatch: version };
      const { written, error } = await upload(client, { Bucket: bucket, Key: `${prefix}${name}`, ContentType: contentType, ...said, ...condition }, content);
      if (written === null && !CHANGED.has(errorName(error))) throw toUpstreamError(error, 's3:PutObject', where(name));
      if (written?.version === '') throw toUpstreamError(new Error('the answer has no ETag'), 's3:PutObject', where(name));
      return written;
    },
    readVersion: (name) =>
      withObject(client, bucket, `${prefix}${name}`, async (answer) => {
        if (answer.ETag === undefined) throw new Error('the answer has no ETag');
        const bytes = await bytesOf(answer);
        return { bytes, version: answer.ETag, sha256: createHash('sha256').update(bytes).digest('hex') };
      }),
    open: async (name, pieceBytes) => {
      const key = `${prefix}${name}`;
      if (pieceBytes !== undefined) return openInPieces(client, bucket, key, pieceBytes);
      return withObject(client, bucket, key, async ({ ETag, Body }) => {
        if (ETag === undefined) throw new Error('the answer has no ETag');
        const counter = createCounter();
        return { version: ETag, chunks: translated(counter.count(streamOf(Body)), where(name)), read: counter.result };
      });
    },
    version: async (name) => {
      try {
        const { ETag } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}${name}` }));
        if (ETag === undefined) throw new Error('the answer has no ETag');
        return ETag;
      } catch (error) {
        if (isNotFound(error)) return null;
        throw toUpstreamError(error, 's3:GetObject', where(name));
      }
    },
    hash: (name) => withObject(client, bucket, `${prefix}${name}`, async ({ Body }) => countThrough(streamOf(Body))),
    remove: async (name) => {
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}${name}` }));
      } catch (error) {
        throw toUpstreamError(error, 's3:DeleteObject', where(name));
      }
    },
  };
}

/**
 * Uploads in parts as the content is made: a condition holds for the whole, at its end.
 * Shape: null with S3's error when it refused. Errors: those of the content, in their own class: what cannot be made is not the service's fault.
 */
async function upload(client: S3Client, params: Omit<PutObjectCommandInput, 'Body'>, content: AsyncIterable<Uint8Array> | Uint8Array): Promise<{ readonly written: ReplacedObject | null; readonly error?: unknown }> {
  const counter = createCounter();
  let own: unknown;
  const made = async function* () {
    try {
      for await (const chunk of content instanceof Uint8Array ? [content] : content) yield chunk;
    } catch (error) {
      own = error;
      throw error;
    }
  };
  try {
    // An upload that fails throws an AbortError into the generator of its stream: into the counter, so that it is not taken for our own.
    const body = Readable.from(counter.count(made()), { objectMode: false });
    const { ETag = '' } = await new Upload({ client, params: { ...params, Body: body }, queueSize: PARTS_IN_FLIGHT }).done();
    return { written: { ...counter.result(), version: ETag } };
  } catch (error) {
    if (own !== undefined) throw own;
    return { written: null, error };
  }
}

/** Reads an object as a whole. Shape: null when there is no such key. Errors: as `createS3Store`. */
export async function readObject(client: S3Client, bucket: string, key: string): Promise<Uint8Array | null> {
  return withObject(client, bucket, key, bytesOf);
}

/** Asks for an object and reads it; what breaks off half-way is an error of the call. */
async function withObject<T>(client: S3Client, bucket: string, key: string, read: (answer: GetObjectCommandOutput) => Promise<T>, options: Pick<GetObjectCommandInput, 'Range' | 'IfMatch'> = {}): Promise<T | null> {
  try {
    return await read(await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...options })));
  } catch (error) {
    if (isNotFound(error)) return null;
    throw toUpstreamError(error, 's3:GetObject', `s3://${bucket}/${key}`);
  }
}

async function bytesOf({ Body }: GetObjectCommandOutput): Promise<Uint8Array> {
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

/** Reads an object by ranges, all of one version; the first is read at once. Shape and errors: as `open`. */
async function openInPieces(client: S3Client, bucket: string, key: string, pieceBytes: number): Promise<OpenObject | null> {
  const readPiece = (from: number, version: string | undefined) =>
    withObject(client, bucket, key, async (answer) => ({ bytes: await bytesOf(answer), version: answer.ETag, total: Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? Number.NaN) }), {
      Range: `bytes=${from}-${from + pieceBytes - 1}`,
      ...(version === undefined ? {} : { IfMatch: version }),
    });
  const first = await readPiece(0, undefined);
  if (first === null) return null;
  const { version } = first;
  if (version === undefined) throw toUpstreamError(new Error('the answer has no ETag'), 's3:GetObject', `s3://${bucket}/${key}`);
  // Who does not know ranges gives the whole.
  const total = Number.isNaN(first.total) ? first.bytes.byteLength : first.total;
  const counter = createCounter();
  const pieces = async function* () {
    yield first.bytes;
    for (let at = first.bytes.byteLength; at < total; ) {
      const piece = await readPiece(at, version);
      if (piece === null || piece.bytes.byteLength === 0) throw toUpstreamError(new Error('it is gone since it was opened'), 's3:GetObject', `s3://${bucket}/${key}`);
      yield piece.bytes;
      at += piece.bytes.byteLength;
    }
  };
  return { version, chunks: counter.count(pieces()), read: counter.result };
}

/** Under Node a body is always one of its streams; of anything else no hash is better than one of nothing. */
function streamOf(body: GetObjectCommandOutput['Body']): AsyncIterable<Uint8Array> {
  if (!(body instanceof Readable)) throw new Error('the answer has no body to stream');
  return body;
}

/** What breaks off half-way is an error of the call. */
async function* translated(chunks: AsyncIterable<Uint8Array>, where: string): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw toUpstreamError(error, 's3:GetObject', where);
  }
}

function isNotFound(error: unknown): boolean {
  return errorName(error) === 'NoSuchKey' || errorName(error) === 'NotFound';
}
