/** Scripts are TypeScript, as what they look at is; Node 20 runs none, so they are bundled first. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Imports a script of this folder. Shape: its module, and the repository's root, which ends with a slash. */
export async function importScript(name) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  // Beside node_modules: esbuild is one of those, and does not bundle itself.
  const folder = await mkdtemp(join(root, 'node_modules', '.script-'));
  try {
    const outfile = join(folder, 'script.mjs');
    await build({ entryPoints: [`scripts/${name}`], absWorkingDir: root, bundle: true, format: 'esm', platform: 'node', packages: 'external', outfile, logLevel: 'warning' });
    return { root, module: await import(pathToFileURL(outfile)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}
