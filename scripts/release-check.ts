/** `npm run release:check`: the working tree against the last release. `--freeze` keeps the present version in releases/. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COLUMNS } from '#glue/columns';
import { SETTING_NAMES } from '#runtime/config';
import { toCompactYaml } from './compact-yaml.ts';
import { compareReleases, compareVersion, showComparison } from './release-compare.ts';
import { type Snapshot, type Sources, takeSnapshot } from './release-snapshot.ts';
import { parseTemplate, toPlain } from './template-yaml.ts';

/** What the working tree is a snapshot of. */
export function readSources(root: string): Sources {
  const read = (name: string) => readFileSync(join(root, name), 'utf8');
  const machines = readdirSync(join(root, 'statemachine')).filter((name) => name.endsWith('.asl.json')).sort();
  return {
    template: toPlain(parseTemplate(read('template.yaml')).contents) as Sources['template'],
    packageJson: JSON.parse(read('package.json')) as Sources['packageJson'],
    columns: COLUMNS,
    settings: SETTING_NAMES,
    machines: Object.fromEntries(machines.map((name) => [name, JSON.parse(read(`statemachine/${name}`)) as Sources['machines'][string]])),
  };
}

/** The newest release that was frozen; null before the first. */
export function readLastRelease(root: string): Snapshot | null {
  const versions = existsSync(join(root, 'releases')) ? readdirSync(join(root, 'releases')).filter((name) => name.endsWith('.json')).map((name) => name.replace('.json', '')).sort(compareVersion) : [];
  const last = versions.at(-1);
  return last === undefined ? null : (JSON.parse(readFileSync(join(root, `releases/${last}.json`), 'utf8')) as Snapshot);
}

/** Runs the check, or freezes. Shape: what to print, and the exit code. */
export function checkRelease(root: string, freeze: boolean): { readonly text: string; readonly code: 0 | 1 } {
  const next = takeSnapshot(readSources(root));
  const last = readLastRelease(root);
  if (freeze) {
    const file = `releases/${next.version}.json`;
    const text = `${JSON.stringify(next, null, 1)}\n`;
    if (existsSync(join(root, file)) && readFileSync(join(root, file), 'utf8') !== text) return { text: `${file} is there and differs: raise the version, or remove the file if ${next.version} was never released\n`, code: 1 };
    writeFileSync(join(root, file), text);
    // What the next release is deployed over, in tests/rigs/deploy-smoke.
    writeFileSync(join(root, `releases/${next.version}.template.yaml`), toCompactYaml(readSources(root).template));
    return { text: `${file}: written, and its template\n`, code: 0 };
  }
  if (last === null) return { text: 'releases/ holds no release to compare with; npm run release:check -- --freeze keeps the present version\n', code: 1 };
  const comparison = compareReleases(last, next, readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
  return { text: showComparison(comparison, last.version, next.version), code: comparison.refusals.length === 0 ? 0 : 1 };
}
