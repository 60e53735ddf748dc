import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Makes one module that Node can run, in a folder of its own that the caller removes. Shape: that folder and the module. */
export async function bundled(source: string): Promise<{ readonly folder: string; readonly module: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'ts-process-'));
  const module = join(folder, 'index.mjs');
  await build({ entryPoints: [source], outfile: module, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' });
  return { folder, module };
}

/** Starts a module as a process. Shape: once it has sent its first message. */
export async function started(module: string, args: readonly string[]): Promise<ChildProcess> {
  const child = fork(module, args, { execArgv: [] });
  await once(child, 'message');
  return child;
}
