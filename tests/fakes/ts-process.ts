import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** CommonJS packages inside an ES module still call require. */
const REQUIRE = { js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);" };

/** Makes one module that Node can run, in a folder of its own that the caller removes. Shape: that folder and the module. */
export async function bundled(source: string): Promise<{ readonly folder: string; readonly module: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'ts-process-'));
  const module = join(folder, 'index.mjs');
  await build({ entryPoints: [source], outfile: module, bundle: true, platform: 'node', format: 'esm', banner: REQUIRE, mainFields: ['module', 'main'], target: 'node20', logLevel: 'warning' });
  return { folder, module };
}

/** Starts a module as a process. Shape: once it has sent its first message. */
export async function started(module: string, args: readonly string[]): Promise<ChildProcess> {
  const child = fork(module, args, { execArgv: [] });
  await once(child, 'message');
  return child;
}

/**
 * Starts a module as a process and kills it at its first word, as a time limit or a power cut does: nothing of it runs any more.
 * Errors: Error when it ended by itself.
 */
export async function killedAtItsWord(module: string, args: readonly string[]): Promise<void> {
  const child = fork(module, args, { execArgv: [] });
  const ended = once(child, 'exit');
  const spoke = await Promise.race([once(child, 'message').then(() => true), ended.then(() => false)]);
  if (!spoke) throw new Error(`the process ended before it said a word: ${(await ended).join(' ')}`);
  child.kill('SIGKILL');
  await ended;
}
