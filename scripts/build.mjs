/**
 * Makes the bundles: `node scripts/build.mjs [function …] [folder]`.
 * Without arguments all of them, into dist/. `sam build` asks for one function into the folder that it names.
 * The same bundles serve the Lambdas, the local run and the end-to-end tests.
 */
import { chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const FUNCTIONS = ['dispatcher', 'reader', 'worker', 'closer'];
const args = process.argv.slice(2).filter((arg) => arg !== '--quiet');
const quiet = process.argv.includes('--quiet');

/** CommonJS packages inside an ES module still call require; the name is one that no bundle uses. */
const banner = { js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);" };

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  // ES modules first: the SDK's CommonJS build is a third larger and twice as slow to import.
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: true,
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
};

async function buildFunction(name, folder) {
  await build({ ...common, banner, entryPoints: [`functions/${name}/handler.ts`], outfile: join(folder, 'index.mjs'), target: 'node20' });
}

async function buildCli(folder) {
  const outfile = join(folder, 'index.mjs');
  await build({
    ...common,
    entryPoints: ['cli/main.ts'],
    outfile,
    target: 'node20',
    packages: 'external',
    banner: { js: '#!/usr/bin/env node' },
  });
  await chmod(outfile, 0o755);
}

const [name, target] = args;
if (name === undefined) {
  await Promise.all([...FUNCTIONS.map((fn) => buildFunction(fn, join(root, 'dist', fn))), buildCli(join(root, 'dist', 'cli'))]);
  if (!quiet) console.log(`built ${[...FUNCTIONS, 'cli'].join(', ')} into dist/`);
} else if (!FUNCTIONS.includes(name) || target === undefined) {
  console.error(`usage: node scripts/build.mjs [${FUNCTIONS.join('|')} FOLDER]`);
  process.exit(2);
} else {
  await buildFunction(name, resolve(target));
}
