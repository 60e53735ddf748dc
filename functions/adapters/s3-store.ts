/** Reports in S3. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ReportStore } from '#core/ports';
import { errorName, toUpstreamError } from './upstream.ts';

/**
 * Objects below a prefix of a bucket. A report is uploaded in parts as it is encoded and appears as a whole or not at all.
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
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    if (errorName(error) === 'NoSuchKey' || errorName(error) === 'NotFound') return null;
    throw toUpstreamError(error, 's3:GetObject', `s3://${bucket}/${key}`);
  }
}
