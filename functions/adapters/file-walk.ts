/** Finds the files below a path, always in the same order. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidInputError } from '#core/errors';
import { isObject, text } from '#core/json';

const EXPECTED = 'expected a file of CloudTrail records or a folder of such files';

/** A file to scan. Shape: `name` is relative to the scanned path, `/` separated; of a single file its own name. */
export interface FoundFile {
  readonly path: string;
  readonly name: string;
}

/** What a path holds: regular files in the order of their names, and what is there but can hold no records. */
export interface Found {
  readonly files: readonly FoundFile[];
  /** Sockets, pipes and links that lead nowhere, by name. */
  readonly others: readonly string[];
}

/**
 * Finds the files of a folder, in depth; or the one file that the path is.
 *
 * Names beginning with a dot are not looked at (`.git`, half-written downloads); a path that is itself so named is. Links are
 * followed; a folder that is reached twice is read once, so that a link to a parent does no harm.
 * Errors: InvalidInputError when the path is neither, or when it, or anything below it, may not be read.
 */
export async function findFiles(root: string): Promise<Found> {
  const found = { files: [] as FoundFile[], others: [] as string[] };
  const status = await stat(root).catch((error: unknown) => refuse(root, error));
  if (status.isDirectory()) await walk(root, '', new Set(), found);
  else if (status.isFile()) found.files.push({ path: root, name: basename(root) });
  else throw new InvalidInputError(`${root}: neither a file nor a folder, ${EXPECTED}`);
  return found;
}

async function walk(folder: string, prefix: string, seen: Set<string>, found: { files: FoundFile[]; others: string[] }): Promise<void> {
  const real = await realpath(folder).catch((error: unknown) => refuse(folder, error));
  if (seen.has(real)) return;
  seen.add(real);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => refuse(folder, error));
  // By code unit, never by locale: the same folder has the same order on every machine.
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    const name = `${prefix}${entry.name}`;
    const kind = await kindOf(entry, path);
    if (kind === 'folder') await walk(path, `${name}/`, seen, found);
    else if (kind === 'file') found.files.push({ path, name });
    else found.others.push(name);
  }
}

async function kindOf(entry: Dirent, path: string): Promise<'file' | 'folder' | 'other'> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return 'other';
  try {
    const status = await stat(path);
    return status.isFile() ? 'file' : status.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    // A link that leads nowhere, or in a circle, holds nothing; anything else must not be passed over.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ELOOP') return 'other';
    return refuse(path, error);
  }
}

/** Code of an error of the file system, such as ENOENT; `Error` when it has none. */
export function errorCode(error: unknown): string {
  return isObject(error) ? (text(error['code']) ?? 'Error') : 'Error';
}

/** Throws what keeps a path from being read, in one line: the path, the cause, what was expected. Errors: InvalidInputError. */
export function refuse(path: string, error: unknown): never {
  const code = errorCode(error);
  const cause = code === 'ENOENT' ? 'no such file or folder' : code === 'EACCES' || code === 'EPERM' ? 'no permission to read it' : `cannot be read (${code})`;
  throw new InvalidInputError(`${path}: ${cause}, ${EXPECTED}`, { cause: error });
}
