/** The bytes of a file as UTF-8 JSON text: unpacked, without byte order mark; or why there is none. */
import { constants } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';
import { errorCode, refuse } from './file-walk.ts';

const unpack = promisify(gunzip);

/** Largest file that is read as one text. Units: bytes, unpacked. Source: V8's longest string, about 512 MiB. */
export const MAX_TEXT_BYTES = constants.MAX_STRING_LENGTH;

const HEAD_BYTES = 65_536;
const CHUNK_BYTES = 1024 * 1024;

/** What a file holds. */
export type Content =
  | { readonly kind: 'text'; readonly bytes: Buffer }
  /** Too large for one text: its bytes piece by piece. Errors: `brokenGzip` tells those of a broken archive apart. */
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<Buffer> }
  | { readonly kind: 'broken'; readonly problem: string }
  | { readonly kind: 'foreign' };

/**
 * Reads a file. Gzip is told by its first bytes, never by the name: `aws s3 cp` and browsers unpack what they like.
 * Shape: UTF-16 (Windows PowerShell's `>`) comes as UTF-8. Errors: InvalidInputError when it may not be read.
 */
export async function readContent(path: string, maxTextBytes = MAX_TEXT_BYTES): Promise<Content> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const head = await readBytes(file, Buffer.allocUnsafe(Math.min(size, HEAD_BYTES)), 0);
    const packed = isGzip(head);
    // A film or an archive in the folder is not read to its end.
    if (!packed && !beginsLikeJson(head)) return { kind: 'foreign' };
    if (size > maxTextBytes) return { kind: 'stream', chunks: readChunks(path, packed) };
    const bytes = size <= head.length ? head : await readBytes(file, grow(head, size), head.length);
    return packed ? await unpackText(bytes, path, maxTextBytes) : { kind: 'text', bytes: toUtf8(bytes) };
  } catch (error) {
    return refuse(path, error);
  } finally {
    await file?.close();
  }
}

/** What is wrong with an archive, for people; null for an error that is not zlib's. */
export function brokenGzip(error: unknown): string | null {
  const code = errorCode(error);
  if (code === 'Z_BUF_ERROR') return 'gzip data that breaks off';
  return code.startsWith('Z_') ? 'broken gzip data' : null;
}

async function unpackText(bytes: Buffer, path: string, maxTextBytes: number): Promise<Content> {
  try {
    const text = await unpack(bytes, { chunkSize: unpackedSize(bytes), maxOutputLength: maxTextBytes });
    return beginsLikeJson(text.subarray(0, HEAD_BYTES)) ? { kind: 'text', bytes: toUtf8(text) } : { kind: 'foreign' };
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') return { kind: 'stream', chunks: readChunks(path, true) };
    const problem = brokenGzip(error);
    if (problem === null) throw error;
    return { kind: 'broken', problem };
  }
}

/** The size that an archive claims in its last four bytes, so that zlib fills one buffer. Only a hint, hence the bounds. */
function unpackedSize(bytes: Buffer): number {
  const claimed = bytes.length < 4 ? 0 : bytes.readUInt32LE(bytes.length - 4);
  return Math.min(Math.max(claimed + 64, 16_384), 64 * 1024 * 1024);
}

/** Fills a buffer from a place in a file on. Shape: shorter when the file ends before. */
async function readBytes(file: FileHandle, into: Buffer, from: number): Promise<Buffer> {
  let at = from;
  while (at < into.length) {
    const { bytesRead } = await file.read(into, at, into.length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return into.subarray(0, at);
}

function grow(head: Buffer, size: number): Buffer {
  const whole = Buffer.allocUnsafe(size);
  head.copy(whole);
  return whole;
}

/** Errors: zlib's own for a broken archive, InvalidInputError when the file may not be read. */
async function* readChunks(path: string, packed: boolean): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const unpacked = packed ? createGunzip({ chunkSize: CHUNK_BYTES }) : null;
  if (unpacked !== null) file.once('error', (error) => unpacked.destroy(error)).pipe(unpacked);
  try {
    yield* unpacked ?? file;
  } catch (error) {
    if (brokenGzip(error) !== null) throw error;
    refuse(path, error);
  } finally {
    file.destroy();
  }
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function isUtf16(head: Buffer): boolean {
  return head[0] === 0xff && head[1] === 0xfe;
}

/**
 * Whether a text begins as JSON with records would: an object, a list of objects or texts, or a text that holds an object.
 * A `[` alone says nothing: logs and .ini files begin with it.
 */
export function beginsLikeJson(head: Buffer): boolean {
  const text = isUtf16(head) ? head.toString('utf16le') : head.toString('latin1').replace(/^\xef\xbb\xbf/, '');
  return /^\ufeff?\s*(\{|"\{|\[\s*([[\]{"]|$))/.test(text);
}

/** Takes the byte order mark off and turns UTF-16 into UTF-8. */
function toUtf8(bytes: Buffer): Buffer {
  if (isUtf16(bytes)) return Buffer.from(bytes.toString('utf16le', 2));
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
