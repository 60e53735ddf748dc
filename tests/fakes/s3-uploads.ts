/** Uploads in parts, of a stand-in of S3. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
import { createHash, randomUUID } from 'node:crypto';

/**
 * What a request means for an upload: a body to answer with, the tag of a part, the whole object at the end of an upload, an
 * upload given up, or a refusal; null when the request is about no upload.
 */
export type UploadAnswer = string | { readonly etag: string } | { readonly whole: Buffer } | { readonly removed: true } | { readonly refused: 'NoSuchUpload' } | null;

/** Uploads that are going on. Parts are joined in the order of their numbers, whichever the last request names. */
export function createS3Uploads(): (method: string, query: URLSearchParams, body: Buffer) => UploadAnswer {
  const uploads = new Map<string, Map<number, Buffer>>();
  return (method, query, body) => {
    if (method === 'POST' && query.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, new Map());
      return `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`;
    }
    const id = query.get('uploadId');
    if (id === null) return null;
    const parts = uploads.get(id);
    if (parts === undefined) return { refused: 'NoSuchUpload' };
    if (method === 'PUT') {
      parts.set(Number(query.get('partNumber')), body);
      return { etag: `"${createHash('md5').update(body).digest('hex')}"` };
    }
    uploads.delete(id);
    return method === 'DELETE' ? { removed: true } : { whole: Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part)) };
  };
}
