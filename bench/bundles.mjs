/**
 * Size of each Lambda bundle, and the time a fresh process takes to import it: `node bench/bundles.mjs`.
 * Limits: 1.5 MB and 400 ms on 2 cores. An empty file is imported beside them, for what Node itself costs.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const RUNS = 15;
const root = fileURLToPath(new URL('..', import.meta.url));
execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--quiet'], { stdio: 'inherit' });

const empty = join(mkdtempSync(join(tmpdir(), 'bench-')), 'index.mjs');
writeFileSync(empty, 'export {};\n');
const files = { '(empty file)': empty, dispatcher: join(root, 'dist/dispatcher/index.mjs'), worker: join(root, 'dist/worker/index.mjs'), closer: join(root, 'dist/closer/index.mjs') };
const times = Object.fromEntries(Object.keys(files).map((name) => [name, []]));
for (let run = 0; run < RUNS; run++) {
  for (const [name, file] of Object.entries(files)) {
    const program = `const from = performance.now(); await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(performance.now() - from)`;
    times[name].push(Number(execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], { encoding: 'utf8' })));
  }
}

console.log(`Node ${process.version}, ${RUNS} fresh processes each`);
console.log('bundle         size KB   import ms: min / median / max');
for (const [name, file] of Object.entries(files)) {
  const sorted = times[name].sort((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[Math.floor(RUNS / 2)], sorted.at(-1)].map((ms) => ms.toFixed(0));
  console.log(`${name.padEnd(14)} ${(statSync(file).size / 1000).toFixed(0).padStart(7)}   ${least} / ${median} / ${most}`);
}
