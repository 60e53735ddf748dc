/** A lock on a file, between the processes of one machine. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpstreamUnavailableError } from '#core/errors';
import { errorCode } from './file-walk.ts';

/** How long somebody waits for a lock that is held for the time of a comparison and a rename: long, for a busy machine and many that wait. */
const WAIT_MS = 60_000;
/** Age from which a lock is given up whose owner cannot be asked after: it is of another machine or container. */
const GIVEN_UP_MS = 120_000;
/** Age from which a lock is given up whose maker was killed before it wrote its name, which is the next thing it does. */
const UNNAMED_MS = 30_000;

/** A lock as it lies. Shape: `token` is never used twice; empty when whoever made the file did not come to write its name. */
interface Lock {
  readonly token: string;
  readonly pid: number;
  /** When the owner began, in the system's own count; `-` where the system does not tell. */
  readonly since: string;
  readonly host: string;
}

/**
 * Does something while no other holder of the file's lock does anything: the lock is a hidden file beside it, `.NAME.lock`.
 *
 * The lock of a process that has died is taken over. Two that find it dead cannot both have it: to take it over, one must hold the
 * lock on that very lock, known by its token, and then moves its own over it, which is one step.
 * Errors: UpstreamUnavailableError when a living process does not let go; an error of the system or of `act` as it is.
 */
export async function withLock<T>(path: string, act: () => Promise<T>, waitMs: number = WAIT_MS): Promise<T> {
  const lock = join(dirname(path), `.${basename(path)}.lock`);
  await take(lock, performance.now() + waitMs);
  try {
    return await act();
  } finally {
    // What was done is done: a lock that cannot be removed is told to the next who needs it.
    await unlink(lock).catch(() => undefined);
  }
}

async function take(lock: string, deadline: number): Promise<void> {
  const text = `${randomBytes(6).toString('hex')} ${process.pid} ${(await sinceOf(process.pid)) ?? '-'} ${hostname()}\n`;
  while (!make(lock, text)) {
    const found = await readLock(lock);
    if (found === null) continue;
    if (await isLeft(lock, found)) {
      if (await takeOver(lock, found.token, deadline)) return;
      continue;
    }
    if (performance.now() >= deadline) throw heldError(lock, found);
    // Never in step with the others that wait.
    await sleep(1 + Math.random() * 10);
  }
}

/**
 * Makes a lock with its owner's name in it. Without giving way to anything: a process that is killed between the two leaves a lock
 * that names nobody.
 * Shape: false when there is one already.
 */
function make(lock: string, text: string): boolean {
  let file: number;
  try {
    file = openSync(lock, 'wx');
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, text);
  } catch (error) {
    // A lock without a name, on a full disk, is nobody's: nobody else touches it as long as it is this young.
    unlinkSync(lock);
    throw error;
  } finally {
    closeSync(file);
  }
  return true;
}

/** Shape: false when the lock is no longer the one that was left. */
async function takeOver(lock: string, token: string, deadline: number): Promise<boolean> {
  const claim = `${lock}.${token}`;
  await take(claim, deadline);
  try {
    // Between the finding and the claim another may have taken it over, and even let go of it again.
    const now = await readLock(lock);
    const same = now !== null && now.token === token && (await isLeft(lock, now));
    if (same) await rename(claim, lock);
    else await unlink(claim);
    return same;
  } catch (error) {
    await rm(claim, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Shape: null when there is none. */
async function readLock(lock: string): Promise<Lock | null> {
  try {
    const [, token = '', pid = '0', since = '-', host = ''] = /^([0-9a-f]{12}) (\d+) (\S+) (\S*)\n$/.exec(await readFile(lock, 'utf8')) ?? [];
    return { token, pid: Number(pid), since, host };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Whether nobody will ever remove a lock. */
async function isLeft(lock: string, { token, pid, since, host }: Lock): Promise<boolean> {
  if (token !== '' && host === hostname()) {
    const now = await sinceOf(pid);
    // The same number with another beginning is another process: in a container every run has the same few numbers.
    return now === null || (now !== '-' && since !== '-' && now !== since);
  }
  try {
    return Date.now() - (await stat(lock)).mtimeMs > (token === '' ? UNNAMED_MS : GIVEN_UP_MS);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** When a process began, in the system's own count; `-` where the system does not tell. Shape: null when it does not live. */
async function sinceOf(pid: number): Promise<string | null> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Any other refusal, such as EPERM, is of a process that lives.
    if (errorCode(error) === 'ESRCH') return null;
  }
  // Fields 3 and 22 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the second, a name, may hold blanks.
  const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  // A zombie has a number still, but does nothing any more.
  return fields[0] === 'Z' ? null : (fields[19] ?? '-');
}

function heldError(lock: string, { token, pid, host }: Lock): UpstreamUnavailableError {
  const owner = token === '' ? 'a process that it does not name' : `process ${pid} of ${host}`;
  return new UpstreamUnavailableError(`${lock}: held by ${owner}; wait until that has ended, or remove the file if it is of no tracker, then run again`);
}
