/** Reports in S3. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, type GetObjectCommandOutput, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ReportStore, WrittenObject } from '#core/ports';
import { errorName, toUpstreamError } from './upstream.ts';

/**
 * S3's answers when an object is no longer the one that was read: another one, one that is being written, or none.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
const CHANGED = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey', 'NotFound']);

/**
 * Objects below a prefix of a bucket. A report is uploaded in parts as it is encoded and appears as a whole or not at all.
 *
 * A version is S3's ETag. `writeIf` is null also when the SDK had to ask again because the answer to its first, successful call was
 * lost: whoever gets null reads again and merges again, and finds its own there.
 * Errors: UpstreamThrottledError, UpstreamUnavailableError, UpstreamDeniedError with the bucket and the missing permission.
 */
export function createS3Store(client: S3Client, bucket: string, prefix: string): ReportStore {
  const where = (name: string) => `s3://${bucket}/${prefix}${name}`;
  return {
    root: where(''),
    read: (name) => readObject(client, bucket, `${prefix}${name}`),
    write: async (name, content, contentType) => {
      const sha256 = createHash('sha256');
      let bytes = 0;
      let own: unknown;
      const made = async function* () {
        try {
          for await (const chunk of content instanceof Uint8Array ? [content] : content) yield chunk;
        } catch (error) {
          own = error;
          throw error;
        }
      };
      // An upload that fails throws an AbortError into the generator of its stream: into this one, so that it is not taken for our own.
      const counted = async function* () {
        for await (const chunk of made()) {
          sha256.update(chunk);
          bytes += chunk.byteLength;
          yield chunk;
        }
      };
      try {
        const body = Readable.from(counted(), { objectMode: false });
        await new Upload({ client, params: { Bucket: bucket, Key: `${prefix}${name}`, Body: body, ContentType: contentType } }).done();
      } catch (error) {
        // A report that cannot be made is our fault, not the service's: it keeps its own class.
        throw own === undefined ? toUpstreamError(error, 's3:PutObject', where(name)) : own;
      }
      return { bytes, sha256: sha256.digest('hex') };
    },
    writeIf: async (name, content, contentType, version) => {
      const condition = version === null ? { IfNoneMatch: '*' } : { IfMatch: version };
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${name}`, Body: content, ContentType: contentType, ...condition }));
      } catch (error) {
        if (CHANGED.has(errorName(error))) return null;
        throw toUpstreamError(error, 's3:PutObject', where(name));
      }
      return { bytes: content.byteLength, sha256: createHash('sha256').update(content).digest('hex') };
    },
    readVersion: (name) =>
      withObject(client, bucket, `${prefix}${name}`, async (answer) => {
        if (answer.ETag === undefined) throw new Error('the answer has no ETag');
        return { bytes: await bytesOf(answer), version: answer.ETag };
      }),
    hash: (name) => withObject(client, bucket, `${prefix}${name}`, hashOf),
    remove: async (name) => {
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}${name}` }));
      } catch (error) {
        throw toUpstreamError(error, 's3:DeleteObject', where(name));
      }
    },
  };
}

/** Reads an object as a whole. Shape: null when there is no such key. Errors: as `createS3Store`. */
export async function readObject(client: S3Client, bucket: string, key: string): Promise<Uint8Array | null> {
  return withObject(client, bucket, key, bytesOf);
}

/** Asks for an object and reads it; what breaks off half-way is an error of the call. */
async function withObject<T>(client: S3Client, bucket: string, key: string, read: (answer: GetObjectCommandOutput) => Promise<T>): Promise<T | null> {
  try {
    return await read(await client.send(new GetObjectCommand({ Bucket: bucket, Key: key })));
  } catch (error) {
    if (errorName(error) === 'NoSuchKey' || errorName(error) === 'NotFound') return null;
    throw toUpstreamError(error, 's3:GetObject', `s3://${bucket}/${key}`);
  }
}

async function bytesOf({ Body }: GetObjectCommandOutput): Promise<Uint8Array> {
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

async function hashOf({ Body }: GetObjectCommandOutput): Promise<WrittenObject> {
  // Under Node a body is always one of its streams; of anything else no hash is better than one of nothing.
  if (!(Body instanceof Readable)) throw new Error('the answer has no body to stream');
  const chunks: AsyncIterable<Uint8Array> = Body;
  const sha256 = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    sha256.update(chunk);
    bytes += chunk.byteLength;
  }
  return { bytes, sha256: sha256.digest('hex') };
}
