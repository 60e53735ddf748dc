/**
 * What others made and this takes: `node scripts/check-supply.mjs [--write]`.
 * Exit code: 0 all is well, 1 something is not, 77 all that can be said is well but the registry answers no audit.
 */
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importScript } from './import-script.mjs';

const { root, module } = await importScript('supply.ts');
const { checkPins, componentsOf, isAllowed, licencesPage, readAudit, readLock } = module;
const { manifest, lock } = readLock(root);
const components = componentsOf(root, lock);
const page = join(root, 'docs/licences.md');
if (process.argv.includes('--write')) await writeFile(page, licencesPage(components));
const problems = [
  ...checkPins(manifest, lock),
  ...components.filter(({ licence }) => !isAllowed(licence)).map(({ name, version, licence }) => `licence of ${name} ${version}: ${licence}, which nobody has allowed`),
  ...((await readFile(page, 'utf8')) === licencesPage(components) ? [] : ['docs/licences.md is not what is installed: npm run check:supply -- --write']),
];
console.log(`${Object.keys(lock.packages).length - 1} packages pinned, ${components.length} of them in bundles and command, licences known`);
for (const problem of problems) console.error(problem);
const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8', timeout: 120_000 });
if (error !== undefined) throw error;
const audit = readAudit(stdout);
if (audit === null) console.error(`audit: NOT DONE, the registry does not answer (${JSON.parse(stdout).message ?? 'no reason given'})`);
else console.log(`audit: ${audit.packages} packages, ${audit.findings.length} with a known vulnerability`);
for (const finding of audit?.findings ?? []) console.error(finding);
process.exitCode = problems.length > 0 || (audit?.findings.length ?? 0) > 0 ? 1 : audit === null ? 77 : 0;
