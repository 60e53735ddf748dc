/** Writes into template.yaml what follows from glue/: `node scripts/write-template.mjs`. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'template-'));
try {
  const outfile = join(folder, 'glue.mjs');
  const contents = "export { writeParts } from './glue/template.ts'; export { parseNamedQuery } from './glue/named-queries.ts';";
  await build({ stdin: { contents, resolveDir: root }, absWorkingDir: root, bundle: true, format: 'esm', platform: 'node', outfile, logLevel: 'warning' });
  const { parseNamedQuery, writeParts } = await import(pathToFileURL(outfile));
  const files = (await readdir(join(root, 'glue/queries'))).filter((name) => name.endsWith('.sql')).sort();
  const queries = await Promise.all(files.map(async (file) => {
    const text = await readFile(join(root, 'glue/queries', file), 'utf8');
    return { ...parseNamedQuery(file.replace(/\.sql$/, ''), text), text };
  }));
  const template = join(root, 'template.yaml');
  const before = await readFile(template, 'utf8');
  const after = writeParts(before, queries);
  await writeFile(template, after);
  console.log(before === after ? 'template.yaml is as it should be' : 'template.yaml: written');
} finally {
  await rm(folder, { recursive: true });
}
