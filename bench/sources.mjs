/** The TypeScript that the measurements share with the tests, as one module: stand-ins of AWS, made-up days, the template. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));

const CONTENTS = `
export { DEFAULT_RATES, startAwsApis } from './tests/fakes/aws-apis.ts';
export { startS3Api } from './tests/fakes/s3-api.ts';
export { createSeeded } from './tests/fakes/seeded.ts';
export { createSyntheticDay } from './tests/fakes/synthetic-day.ts';
export { at, defaults, deploy, resourcesOf, template } from './tests/contract/cloudformation.ts';
export { readZone } from './functions/adapters/zones.ts';
export { planDay } from './functions/core/window.ts';
export { SETTING_NAMES } from './functions/runtime/config.ts';
`;
/** CommonJS packages inside an ES module still call require. */
const REQUIRE = { js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);" };
const COMMON = { absWorkingDir: root, bundle: true, format: 'esm', platform: 'node', mainFields: ['module', 'main'], banner: REQUIRE, target: 'node20', logLevel: 'warning' };

/** Makes it, and the predecessor's function as small as the product's own. Shape: paths, and `remove` for the end. */
export async function bundleSources() {
  const folder = await mkdtemp(join(tmpdir(), 'bench-sources-'));
  const module = join(folder, 'sources.mjs');
  const predecessor = join(folder, 'predecessor.mjs');
  await build({ ...COMMON, stdin: { contents: CONTENTS, resolveDir: root }, outfile: module, define: { __dirname: JSON.stringify(join(root, 'tests/contract')) } });
  await build({ ...COMMON, entryPoints: ['bench/predecessor.mjs'], outfile: predecessor, minify: true });
  return { module, predecessor, remove: () => rm(folder, { recursive: true, force: true }) };
}
