/**
 * A stand-in of S3 over HTTP, by path (`/BUCKET/KEY`): puts, conditional puts, uploads in parts, gets (also of a range), deletes
 * and lists. What it cannot show: permissions, signatures, checksums, least sizes of parts.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createS3Uploads } from './s3-uploads.ts';

/** One request. Shape: `key` is empty for a list. */
export interface S3Call {
  readonly method: string;
  readonly key: string;
}

/**
 * What goes wrong with a call: S3 refuses it, a good answer breaks off half-way (`cut`), or the object is put and the connection
 * breaks before anybody says so (`lost-answer`).
 */
export type S3Fault = { readonly status: number; readonly code: string } | 'cut' | 'lost-answer';

/** A running stand-in. */
export interface S3Api {
  /** Shape: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What it holds, by key. */
  readonly objects: Map<string, Buffer>;
  /** Replaces what decides the faults. */
  readonly setFault: (fault: ((call: S3Call) => S3Fault | undefined) | undefined) => void;
  readonly stop: () => Promise<void>;
}

/** Starts it on a free port of 127.0.0.1, with these objects. */
export async function startS3Api(held: ReadonlyMap<string, Buffer>): Promise<S3Api> {
  const objects = new Map(held);
  const uploads = createS3Uploads();
  let readFault: ((call: S3Call) => S3Fault | undefined) | undefined;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://s3');
    const [, , ...path] = url.pathname.split('/');
    const call: S3Call = { method: request.method ?? '', key: decodeURIComponent(path.join('/')) };
    const body = payloadOf(request, await bytesOf(request));
    const fault = readFault?.(call);
    if (typeof fault === 'object') return refuse(response, fault.status, fault.code);
    if ((call.key === '' && call.method === 'POST') || request.headers['x-amz-copy-source'] !== undefined) return refuse(response, 501, 'NotImplemented');
    if (call.key === '') return list(response, objects, url.searchParams);
    const upload = uploads(call.method, url.searchParams, body);
    if (typeof upload === 'string') return response.writeHead(200, { 'content-type': 'application/xml' }).end(upload);
    if (upload !== null && 'etag' in upload) return response.writeHead(200, { etag: upload.etag }).end();
    if (upload !== null && 'removed' in upload) return response.writeHead(204).end();
    if (upload !== null && 'refused' in upload) return refuse(response, 404, upload.refused);
    if (upload !== null || call.method === 'PUT') return put(request, response, objects, call.key, upload?.whole ?? body, fault);
    if (call.method === 'DELETE') {
      objects.delete(call.key);
      return response.writeHead(204).end();
    }
    const found = objects.get(call.key);
    if (found === undefined) return refuse(response, 404, 'NoSuchKey');
    const range = rangeOf(request, found.byteLength);
    if (range !== null) {
      const part = found.subarray(range.from, range.to + 1);
      if (part.byteLength === 0) return refuse(response, 416, 'InvalidRange');
      return response.writeHead(206, { etag: etagOf(found), 'content-length': part.byteLength, 'content-range': `bytes ${range.from}-${range.from + part.byteLength - 1}/${found.byteLength}` }).end(part);
    }
    response.writeHead(200, { etag: etagOf(found), 'content-length': found.byteLength });
    if (call.method === 'HEAD') return response.end();
    if (fault === 'cut') return response.write(found.subarray(0, Math.floor(found.byteLength / 2)), () => response.destroy());
    return response.end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    setFault: (next) => {
      readFault = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function put(request: IncomingMessage, response: ServerResponse, objects: Map<string, Buffer>, key: string, body: Buffer, fault: S3Fault | undefined): unknown {
  const now = objects.get(key);
  const { 'if-match': wanted, 'if-none-match': none } = request.headers;
  if (wanted !== undefined && now === undefined) return refuse(response, 404, 'NoSuchKey');
  if ((none === '*' && now !== undefined) || (wanted !== undefined && now !== undefined && etagOf(now) !== wanted)) return refuse(response, 412, 'PreconditionFailed');
  objects.set(key, body);
  if (fault === 'lost-answer') return request.socket.destroy();
  const etag = etagOf(body);
  // An upload's end is told in the body, a put's in the head.
  if (request.method === 'POST') return response.writeHead(200, { 'content-type': 'application/xml' }).end(`<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`);
  return response.writeHead(200, { etag }).end();
}

/** At most a thousand keys an answer, as in S3; the token is the last of them. */
function list(response: ServerResponse, objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): unknown {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const most = Math.min(1000, Number(query.get('max-keys') ?? 1000));
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, most);
  const more = keys.length > page.length ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '<IsTruncated>false</IsTruncated>';
  const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>${objects.get(key)?.byteLength}</Size></Contents>`).join('');
  return response.writeHead(200, { 'content-type': 'application/xml' }).end(`<ListBucketResult>${more}${contents}</ListBucketResult>`);
}

/** Shape: both ends included; null when the whole object is asked for. */
function rangeOf(request: IncomingMessage, size: number): { readonly from: number; readonly to: number } | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (from === '' && to === '') return null;
  return from === '' ? { from: Math.max(0, size - Number(to)), to: size } : { from: Number(from), to: to === '' ? size : Number(to) };
}

/** What a streamed body holds: the SDK sends it in chunks with their lengths, and a checksum behind them. */
function payloadOf(request: IncomingMessage, body: Buffer): Buffer {
  if (request.headers['x-amz-decoded-content-length'] === undefined) return body;
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, line), 16);
    if (line < 0 || !(size > 0)) return Buffer.concat(chunks);
    chunks.push(body.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

function refuse(response: ServerResponse, status: number, code: string): unknown {
  return response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code><Message>the words of S3</Message></Error>`);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Of an object as it lies there; a long one is not hashed for each range of it. */
const etags = new WeakMap<Buffer, string>();

function etagOf(bytes: Buffer): string {
  const etag = etags.get(bytes) ?? `"${createHash('md5').update(bytes).digest('hex')}"`;
  etags.set(bytes, etag);
  return etag;
}
