/** Runs release-check.ts: `node scripts/release-check.mjs [--freeze]`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'release-'));
try {
  const outfile = join(folder, 'release.mjs');
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({ entryPoints: ['scripts/release-check.ts'], absWorkingDir: root, bundle: true, format: 'esm', platform: 'node', banner, outfile, logLevel: 'warning' });
  const { checkRelease } = await import(pathToFileURL(outfile));
  const { text, code } = checkRelease(root, process.argv.includes('--freeze'));
  process.stdout.write(text);
  process.exitCode = code;
} finally {
  await rm(folder, { recursive: true });
}
