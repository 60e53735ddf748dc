import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPins, componentsOf, isAllowed, type Lock, licencesPage, type Manifest, readAudit, readLock } from '../../scripts/supply.ts';
import { ROOT } from './cloudformation.ts';

const { manifest, lock } = readLock(ROOT);
const HASH = `sha512-${'A'.repeat(86)}==`;
const GOOD: { readonly manifest: Manifest; readonly lock: Lock } = {
  manifest: { dependencies: { a: '1.0.0' }, devDependencies: { b: '2.0.0-rc.1' } },
  lock: { packages: { '': { dependencies: { a: '1.0.0' }, devDependencies: { b: '2.0.0-rc.1' } }, 'node_modules/a': { version: '1.0.0', integrity: HASH }, 'node_modules/b': { version: '2.0.0-rc.1', integrity: HASH } } },
};

describe('what the tracker takes from others', () => {
  it('is pinned to one version each, hashed, and bound to no registry', () => {
    expect(checkPins(manifest, lock)).toEqual([]);
  });

  it('stands in docs/licences.md (npm run check:supply -- --write)', () => {
    expect(readFileSync(join(ROOT, 'docs/licences.md'), 'utf8')).toBe(licencesPage(componentsOf(ROOT, lock)));
  });

  it('has licences that ask for no more than to be named', () => {
    const components = componentsOf(ROOT, lock);

    expect(components.filter(({ licence }) => !isAllowed(licence))).toEqual([]);
    expect(components.filter(({ bundled }) => bundled).map(({ name }) => name)).toEqual(expect.arrayContaining(['@aws-sdk/client-s3', 'hyparquet-writer', 'moment-timezone', 'valibot']));
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
    expect(components.map(({ name }) => name)).not.toContain('jest');
  });
});

describe('the check of the lock', () => {
  it('has nothing to say of a good one', () => {
    expect(checkPins(GOOD.manifest, GOOD.lock)).toEqual([]);
  });

  it.each([
    { name: 'a range', dependencies: { a: '^1.0.0' }, a: {}, problem: 'package.json: a ^1.0.0, expected one exact version' },
    { name: 'another version in the root of the lock', dependencies: { a: '1.0.1' }, a: { version: '1.0.1' }, problem: 'package-lock.json: the root wants a 1.0.0, package.json 1.0.1' },
    { name: 'another version in the lock', dependencies: { a: '1.0.0' }, a: { version: '1.0.1' }, problem: 'package-lock.json: a is 1.0.1, expected 1.0.0' },
    { name: 'an address', dependencies: { a: '1.0.0' }, a: { resolved: 'x://y' }, problem: 'package-lock.json: node_modules/a is bound to x://y, expected no address: each takes it from the registry that it has' },
    { name: 'no hash', dependencies: { a: '1.0.0' }, a: { integrity: undefined }, problem: 'package-lock.json: node_modules/a has no integrity' },
    { name: 'no hash of an optional package for every platform', dependencies: { a: '1.0.0' }, a: { integrity: undefined, optional: true }, problem: 'package-lock.json: node_modules/a has no integrity' },
    { name: 'a weak hash', dependencies: { a: '1.0.0' }, a: { integrity: 'sha1-abc=' }, problem: 'package-lock.json: node_modules/a has the integrity sha1-abc=, expected a sha512' },
  ])('refuses $name', ({ dependencies, a, problem }) => {
    const packages = { ...GOOD.lock.packages, 'node_modules/a': { version: '1.0.0', integrity: HASH, ...a } } as Lock['packages'];

    expect(checkPins({ ...GOOD.manifest, dependencies }, { packages })).toContain(problem);
  });

  it('lets a package for another platform be without a hash', () => {
    expect(checkPins(GOOD.manifest, { packages: { ...GOOD.lock.packages, 'node_modules/c': { version: '1.0.0', optional: true, os: ['win32'] } } })).toEqual([]);
  });

  it.each([['MIT', true], ['(MIT OR GPL-3.0-only)', true], ['Apache-2.0 AND MIT', true], ['MIT AND GPL-3.0-only', false], ['GPL-3.0-only', false], ['unknown', false], ['SEE LICENSE IN LICENSE', false]])('takes %s: %s', (licence, allowed) => {
    expect(isAllowed(licence)).toBe(allowed);
  });
});

describe('an audit', () => {
  it('that was not answered is none', () => {
    expect(readAudit('{"message": "405 Method Not Allowed", "statusCode": 405}')).toBeNull();
  });

  it('names what it found', () => {
    const report = { vulnerabilities: { lodash: { severity: 'high', range: '<4.17.21' } }, metadata: { dependencies: { prod: 96 } } };

    expect(readAudit(JSON.stringify(report))).toEqual({ packages: 96, findings: ['lodash <4.17.21: high'] });
    expect(readAudit(JSON.stringify({ ...report, vulnerabilities: {} }))).toEqual({ packages: 96, findings: [] });
  });
});
