/** What of others goes into the bundles and the command: pinned, hashed, licensed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** A package of package-lock.json. */
interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** package-lock.json; packages by their place, the root's is empty. */
export interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}

/** package.json, as far as it is looked at. */
export interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** A package of somebody else. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; `unknown` where the package says none. */
  readonly licence: string;
  /** Whether its code is in a Lambda's bundle. */
  readonly bundled: boolean;
}

/** Licences that ask for no more than to be named. Source: https://spdx.org/licenses/ */
export const ALLOWED_LICENCES: readonly string[] = ['MIT', 'MIT-0', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'CC0-1.0', 'Unlicense'];

/** Reads package.json and package-lock.json. */
export function readLock(root: string): { readonly manifest: Manifest; readonly lock: Lock } {
  const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as unknown;
  return { manifest: read('package.json') as Manifest, lock: read('package-lock.json') as Lock };
}

/**
 * What is not pinned, not hashed, or bound to a host, a line each.
 * A package for another platform may be without a hash: it is named so that `npm ci` works there, and was not at hand where the lock was written.
 */
export function checkPins({ dependencies, devDependencies }: Manifest, { packages }: Lock): string[] {
  const wanted = Object.entries({ ...dependencies, ...devDependencies });
  const root = { ...packages['']?.dependencies, ...packages['']?.devDependencies };
  return [
    ...wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version)).map(([name, version]) => `package.json: ${name} ${version}, expected one exact version`),
    ...wanted.filter(([name, version]) => root[name] !== version).map(([name, version]) => `package-lock.json: the root wants ${name} ${root[name] ?? 'not at all'}, package.json ${version}`),
    ...wanted.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version).map(([name, version]) => `package-lock.json: ${name} is ${packages[`node_modules/${name}`]?.version ?? 'not there'}, expected ${version}`),
    ...Object.entries(packages).filter(([place]) => place !== '').flatMap(([place, { version, integrity, resolved, optional, os, cpu }]) => [
      ...(version === undefined ? [`package-lock.json: ${place} has no version`] : []),
      ...(resolved === undefined ? [] : [`package-lock.json: ${place} is bound to ${resolved}, expected no address: each takes it from the registry that it has`]),
      ...(integrity === undefined && !(optional === true && (os ?? cpu) !== undefined) ? [`package-lock.json: ${place} has no integrity`] : []),
      ...(integrity !== undefined && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) ? [`package-lock.json: ${place} has the integrity ${integrity}, expected a sha512`] : []),
    ]),
  ];
}

/** Packages of the command and the bundles, by name and version. */
export function componentsOf(root: string, lock: Lock): Component[] {
  const bundled = bundledPlaces(root);
  const places = [...new Set([...commandPlaces(lock), ...bundled])];
  return places
    .map((place) => {
      const locked = lock.packages[place];
      const own = join(root, place, 'package.json');
      const licence = locked?.license ?? (existsSync(own) ? (JSON.parse(readFileSync(own, 'utf8')) as { license?: string }).license : undefined);
      return { name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length), version: locked?.version ?? 'not locked', licence: licence ?? 'unknown', bundled: bundled.includes(place) };
    })
    .sort((a, b) => (a.name === b.name ? a.version.localeCompare(b.version, 'en') : a.name < b.name ? -1 : 1));
}

/** Where the code lies that esbuild puts into the functions. */
function bundledPlaces(root: string): string[] {
  const { inputs } = buildSync({
    entryPoints: ['dispatcher', 'reader', 'worker', 'closer'].map((name) => `functions/${name}/handler.ts`),
    absWorkingDir: root, bundle: true, write: false, metafile: true, outdir: 'dist', platform: 'node', format: 'esm', mainFields: ['module', 'main'], logLevel: 'silent',
  }).metafile;
  return [...new Set(Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []))];
}

/** What `npm ci --omit=dev` installs for the command: the dependencies and theirs, found as Node finds them. */
function commandPlaces({ packages }: Lock): string[] {
  const found = new Set<string>();
  const visit = (from: string, wanted: Readonly<Record<string, string>> = {}) => {
    for (const name of Object.keys(wanted)) {
      const place = placeOf(packages, from, name);
      if (place === null || found.has(place)) continue;
      found.add(place);
      visit(place, { ...packages[place]?.dependencies, ...packages[place]?.optionalDependencies });
    }
  };
  visit('', packages['']?.dependencies);
  return [...found];
}

function placeOf(packages: Lock['packages'], from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (folder === '') return null;
  }
}

/** Whether an SPDX expression leaves a choice that is allowed: of `OR` one, of `AND` all. */
export function isAllowed(licence: string): boolean {
  return licence.replace(/^\((.*)\)$/, '$1').split(' OR ').some((choice) => choice.split(' AND ').every((part) => ALLOWED_LICENCES.includes(part)));
}

/** docs/licences.md. */
export function licencesPage(components: readonly Component[]): string {
  const counts = new Map<string, number>();
  for (const { licence } of components) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return `# Licences

Written by \`npm run check:supply -- --write\` from package-lock.json and from what esbuild puts into the bundles; a test holds it to them.
${components.length} packages of others: ${[...counts].sort(([, a], [, b]) => b - a).map(([licence, count]) => `${licence} ${count}`).join(', ')}. Each allows use, change and
distribution and asks to be named. The tracker itself is under the [MIT licence](../LICENSE).

*bundle*: its code is deployed in a Lambda function, ${components.filter(({ bundled }) => bundled).length} packages. *command*: \`npm ci --omit=dev\` installs it, packages for
other platforms among them.

| package | version | licence | in |
|---|---|---|---|
${components.map(({ name, version, licence, bundled }) => `| ${name} | ${version} | ${licence} | ${bundled ? 'bundle' : 'command'} |`).join('\n')}
`;
}

/** What an audit found. Shape: `null` where the registry gave no answer. */
export function readAudit(text: string): { readonly packages: number; readonly findings: readonly string[] } | null {
  const report = JSON.parse(text) as { readonly metadata?: { readonly dependencies?: { readonly prod?: number } }; readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>> };
  if (report.metadata === undefined || report.vulnerabilities === undefined) return null;
  return { packages: report.metadata.dependencies?.prod ?? 0, findings: Object.entries(report.vulnerabilities).map(([name, { severity, range }]) => `${name} ${range}: ${severity}`) };
}
