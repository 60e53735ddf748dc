/** Reports in a folder, laid out as they would be in a bucket. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InvalidInputError, UpstreamDeniedError, UpstreamUnavailableError } from '#core/errors';
import type { OpenObject, ReportStore, WrittenObject } from '#core/ports';
import { countThrough, createCounter } from './counter.ts';
import { withLock } from './file-lock.ts';
import { errorCode } from './file-walk.ts';

/** What a person has to mend, by the system's error code: trying again would not help. */
const DENIED: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; make room, or write to another folder',
  EDQUOT: 'the disk quota is used up; make room, or write to another folder',
  EFBIG: 'the file system or a limit of this process allows no file so large; raise it, or write to another folder',
  EACCES: 'no permission; grant it, or choose another folder',
  EPERM: 'not permitted; check the owner of the folder, or choose another',
  EROFS: 'the file system is read-only; choose another folder',
  ENOTDIR: 'a file stands where a folder is needed; move it away, or choose another folder',
  EISDIR: 'a folder stands where a file is needed; move it away, or choose another folder',
  ENOTEMPTY: 'a folder stands where a file is needed; move it away, or choose another folder',
  ENAMETOOLONG: 'the name is too long for this file system; choose a folder with a shorter path',
};

/**
 * Objects in a folder; `prefix` is put before every name. A file appears as a whole, on the disk, or not at all: it is written
 * beside its place under a hidden name, and what fails leaves nothing behind. Whoever changes a file holds its lock meanwhile, so
 * that of several processes on one machine none replaces what it has not seen.
 *
 * Shape: names are relative, `/` separated, without `.` and `..`; a version is the hash of the bytes.
 * Errors: InvalidInputError for any other name; UpstreamDeniedError (disk full, no permission, read-only, a file in the way) and
 * UpstreamUnavailableError (all else) with the file, the cause and the way out. An error of the content itself keeps its class.
 */
export function createFolderStore(folder: string, prefix: string): ReportStore {
  const pathOf = (name: string) => join(folder, ...checked(`${prefix}${name}`));
  return {
    root: join(folder, prefix, sep),
    read: async (name) => readWhole(pathOf(name)),
    write: async (name, content) => {
      const path = pathOf(name);
      return staged(path, content, (hidden, written) => withLock(path, () => moved(hidden, path, written)));
    },
    writeIf: async (name, content, _contentType, version) => {
      const path = pathOf(name);
      const isAsRead = async () => ((await hashFile(path))?.sha256 ?? null) === version;
      // Asked before as well, so that a vain attempt makes no folder and no file.
      if (!(await isAsRead())) return null;
      return staged(path, content, async (hidden, written) => withLock(path, async () => ((await isAsRead()) ? { ...(await moved(hidden, path, written)), version: written.sha256 } : null)));
    },
    readVersion: async (name) => {
      const bytes = await readWhole(pathOf(name));
      if (bytes === null) return null;
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { bytes, version: sha256, sha256 };
    },
    open: async (name) => openFile(pathOf(name)),
    version: async (name) => (await hashFile(pathOf(name)))?.sha256 ?? null,
    hash: async (name) => hashFile(pathOf(name)),
    remove: async (name) => {
      const path = pathOf(name);
      try {
        // Where there is nothing there may be no folder for a lock either.
        await lstat(path);
        await withLock(path, () => unlink(path));
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return;
        throw toUpstreamError(error, 'remove', path);
      }
    },
  };
}

async function readWhole(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw toUpstreamError(error, 'read', path);
  }
}

/** Hashed and read through one handle: whoever replaces the file meanwhile does not change what is read. */
async function openFile(path: string): Promise<OpenObject | null> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw toUpstreamError(error, 'read', path);
  }
  try {
    const { sha256: version } = await countThrough(file.createReadStream({ start: 0, autoClose: false }));
    const counter = createCounter();
    return { version, chunks: counter.count(readFrom(file, path)), read: counter.result };
  } catch (error) {
    await file.close();
    throw toUpstreamError(error, 'read', path);
  }
}

async function* readFrom(file: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw toUpstreamError(error, 'read', path);
  } finally {
    await file.close();
  }
}

async function hashFile(path: string): Promise<WrittenObject | null> {
  try {
    return await countThrough(createReadStream(path));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw toUpstreamError(error, 'read', path);
  }
}

async function moved(hidden: string, path: string, written: WrittenObject): Promise<WrittenObject> {
  await rename(hidden, path);
  return written;
}

/** Writes content beside its place and hands it to `commit`; what that does not move away is swept. */
async function staged<T>(path: string, content: AsyncIterable<Uint8Array> | Uint8Array, commit: (hidden: string, written: WrittenObject) => Promise<T>): Promise<T> {
  const folder = dirname(path);
  const hidden = join(folder, `.${path.slice(folder.length + 1)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  const counter = createCounter();
  try {
    await makeFolder(folder);
    // Opened before it is written to, so that no late opening can bring it back after a failure has swept it.
    const file = await open(hidden, 'wx');
    // Flushed to the disk before the rename: a name that survives a power cut must not stand over an empty file.
    await pipeline(counter.count(content), file.createWriteStream({ flush: true }));
    return await commit(hidden, counter.result());
  } catch (error) {
    throw toUpstreamError(error, 'write', path);
  } finally {
    // The first error is the one to tell; that the rest cannot be swept either adds nothing.
    await rm(hidden, { force: true }).catch(() => undefined);
  }
}

/** Makes a folder and those above it. Node's own recursive mkdir says ENOENT where the disk is read-only or a quota used up. */
async function makeFolder(path: string): Promise<void> {
  const cause = await tryMakeFolder(path);
  if (cause === null) return;
  if (errorCode(cause) !== 'ENOENT' || dirname(path) === path) throw cause;
  await makeFolder(dirname(path));
  const again = await tryMakeFolder(path);
  if (again !== null) throw again;
}

/** Shape: null when it is there now, else why not. */
async function tryMakeFolder(path: string): Promise<unknown> {
  try {
    await mkdir(path);
    return null;
  } catch (error) {
    return errorCode(error) === 'EEXIST' ? null : error;
  }
}

function checked(name: string): string[] {
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || /[\\\0]/.test(part))) {
    throw new InvalidInputError(`name: ${JSON.stringify(name)}, expected a relative name such as year=2026/report.csv, without . and ..`);
  }
  return parts;
}

/** What has no code is not the system's: an error of the content, or a fault of ours. */
function toUpstreamError(error: unknown, verb: string, path: string): unknown {
  const code = errorCode(error);
  if (!/^E[A-Z0-9]+$/.test(code)) return error;
  const mend = DENIED[code];
  if (mend !== undefined) return new UpstreamDeniedError(`${path}: cannot ${verb} it: ${mend} (${code})`, { cause: error });
  return new UpstreamUnavailableError(`${path}: cannot ${verb} it: ${code}; look after the disk, then run again`, { cause: error });
}
