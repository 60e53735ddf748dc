/** Runs package.ts: `node scripts/package.mjs [--bucket NAME] [--out FILE]`. */
import { parseArgs } from 'node:util';
import { importScript } from './import-script.mjs';

const { root, module } = await importScript('package.ts');
try {
  const { values } = parseArgs({ options: { bucket: { type: 'string' }, out: { type: 'string', default: 'tracking-athena-queries.yaml' } } });
  process.stdout.write(module.packageAll(root, { bucket: values.bucket ?? null, out: values.out }));
} catch (error) {
  const told = error instanceof module.PackageError || error.code?.startsWith('ERR_PARSE_ARGS');
  if (!told) throw error;
  console.error(error.message);
  process.exitCode = error instanceof module.PackageError ? 1 : 2;
}
