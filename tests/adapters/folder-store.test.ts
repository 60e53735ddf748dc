import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { createFolderStore } from '#adapters/folder-store';
import { bundled, started } from '../fakes/ts-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** Every file below the folder, hidden ones too. */
const files = async () => (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytes(text);
}

async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  yield bytes('half a report');
  throw error;
}

describe('createFolderStore', () => {
  it('says where its root is', () => {
    expect(createFolderStore(folder, '').root).toBe(`${folder}${sep}`);
    expect(createFolderStore(folder, 'json/').root).toBe(join(folder, 'json', sep));
  });

  it('writes below the prefix, makes the folders, and tells bytes and hash', async () => {
    const store = createFolderStore(folder, 'json/');

    const written = await store.write('year=2026/report.json', chunks('{"a":1}\n', '', '{"é":2}\n'), 'application/x-ndjson');

    expect(written).toEqual({ bytes: 17, sha256: sha256('{"a":1}\n{"é":2}\n') });
    expect(await files()).toEqual(['json/year=2026/report.json']);
    expect(await readFile(join(folder, 'json/year=2026/report.json'), 'utf8')).toBe('{"a":1}\n{"é":2}\n');
  });

  it('writes content that is there as a whole, be it empty', async () => {
    const store = createFolderStore(folder, '');

    expect(await store.write('one', bytes('abc'), 'text/plain')).toEqual({ bytes: 3, sha256: sha256('abc') });
    expect(await store.write('none', new Uint8Array(), 'text/plain')).toEqual({ bytes: 0, sha256: sha256('') });
    expect(await readFile(join(folder, 'none'), 'utf8')).toBe('');
  });

  it('writes what is larger than any buffer in its order', async () => {
    const parts = Array.from({ length: 300 }, (_, index) => `${index}:${'x'.repeat(10_000)}\n`);

    const { sha256: hash } = await createFolderStore(folder, '').write('large', chunks(...parts), 'text/csv');

    expect(hash).toBe(sha256(parts.join('')));
    expect(sha256(await readFile(join(folder, 'large'), 'utf8'))).toBe(hash);
  });

  it('reads what was written, and null where there is nothing', async () => {
    const store = createFolderStore(folder, '');
    await store.write('a/b', bytes('abc'), 'text/plain');

    expect(Buffer.from((await store.read('a/b')) ?? []).toString()).toBe('abc');
    expect(await store.read('a/c')).toBeNull();
    expect(await store.read('no-folder/c')).toBeNull();
  });

  it('removes a file, and has no complaint when there is none', async () => {
    const store = createFolderStore(folder, '');
    await store.write('a', bytes('abc'), 'text/plain');
    expect(await store.read('a')).not.toBeNull();

    await store.remove('a');
    await store.remove('a');
    await store.remove('no-folder/a');

    expect(await store.read('a')).toBeNull();
  });

  it('shows a reader the old report until the new one is whole', async () => {
    const store = createFolderStore(folder, '');
    await store.write('report.csv', bytes('old'), 'text/csv');
    let seen = '';
    async function* slow() {
      yield bytes('new ');
      seen = Buffer.from((await store.read('report.csv')) ?? []).toString();
      yield bytes('report');
    }

    await store.write('report.csv', slow(), 'text/csv');

    expect(seen).toBe('old');
    expect(await readFile(join(folder, 'report.csv'), 'utf8')).toBe('new report');
    expect(await files()).toEqual(['report.csv']);
  });

  it('writes under a hidden name meanwhile', async () => {
    let meanwhile: string[] = [];
    async function* watched() {
      yield bytes('x');
      // The stream opens the file in its own time.
      for (let tries = 0; meanwhile.length === 0 && tries < 200; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        meanwhile = await files();
      }
    }

    await createFolderStore(folder, 'hour=09/').write('report.csv', watched(), 'text/csv');

    expect(meanwhile).toEqual([expect.stringMatching(/^hour=09\/\.report\.csv\.\d+-[0-9a-f]{12}\.tmp$/)]);
  });

  it('lets two writers of one name each write a whole report', async () => {
    const store = createFolderStore(folder, '');

    await Promise.all(['one', 'two'].map((text) => store.write('report.csv', chunks(...text.repeat(1000)), 'text/csv')));

    expect(['one'.repeat(1000), 'two'.repeat(1000)]).toContain(await readFile(join(folder, 'report.csv'), 'utf8'));
    expect(await files()).toEqual(['report.csv']);
  });

  it('keeps the class of an error of the content, and leaves nothing behind', async () => {
    const fault = new RangeError('row 7: no such state');

    await expect(createFolderStore(folder, '').write('report.csv', failing(fault), 'text/csv')).rejects.toBe(fault);
    expect(await files()).toEqual([]);
  });

  it('leaves nothing behind when the content fails before its first byte', async () => {
    const store = createFolderStore(folder, '');
    async function* empty(): AsyncGenerator<Uint8Array> {
      yield* [];
      throw new Error('no rows');
    }

    const writes = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => store.write(`report-${index}`, empty(), 'text/csv')));

    expect(new Set(writes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(await files()).toEqual([]);
  });

  it('keeps the old report when the new one fails', async () => {
    const store = createFolderStore(folder, '');
    await store.write('report.csv', bytes('old'), 'text/csv');

    await expect(store.write('report.csv', failing(new Error('no')), 'text/csv')).rejects.toThrow('no');

    expect(await files()).toEqual(['report.csv']);
    expect(await readFile(join(folder, 'report.csv'), 'utf8')).toBe('old');
  });

  it.each([
    ['ENOSPC', 'UpstreamDeniedError', /report\.csv: cannot write it: the disk is full; make room.*\(ENOSPC\)$/],
    ['EDQUOT', 'UpstreamDeniedError', /the disk quota is used up/],
    ['EACCES', 'UpstreamDeniedError', /no permission; grant it/],
    ['EROFS', 'UpstreamDeniedError', /the file system is read-only/],
    ['EIO', 'UpstreamUnavailableError', /report\.csv: cannot write it: EIO/],
  ])('tells a person what to mend: %s', async (code, name, message) => {
    const cause = Object.assign(new Error(`${code}: as the system says it`), { code });

    const write = createFolderStore(folder, '').write('report.csv', failing(cause), 'text/csv');

    await expect(write).rejects.toMatchObject({ name, message: expect.stringMatching(message), cause });
    await expect(write).rejects.toThrow(/^[^\n]*$/);
    expect(await files()).toEqual([]);
  });

  it('names a file that stands in the way of a folder', async () => {
    await writeFile(join(folder, 'year=2026'), 'a file');
    const store = createFolderStore(folder, '');
    const inTheWay = { name: 'UpstreamDeniedError', message: expect.stringContaining('a file stands where a folder is needed') };

    await expect(store.write('year=2026/report.csv', bytes('x'), 'text/csv')).rejects.toMatchObject(inTheWay);
    await expect(store.write('year=2026/month=11/report.csv', bytes('x'), 'text/csv')).rejects.toMatchObject(inTheWay);
    await expect(store.writeIf('year=2026/report.csv', bytes('x'), 'text/csv', null)).rejects.toMatchObject(inTheWay);
    await expect(store.read('year=2026/report.csv')).rejects.toMatchObject(inTheWay);
    await expect(store.readVersion('year=2026/report.csv')).rejects.toMatchObject(inTheWay);
    await expect(store.hash('year=2026/report.csv')).rejects.toMatchObject(inTheWay);
    await expect(store.remove('year=2026/report.csv')).rejects.toMatchObject(inTheWay);
  });

  it('names a path whose folder is a link that leads nowhere', async () => {
    await symlink(join(folder, 'gone'), join(folder, 'link'));

    await expect(createFolderStore(folder, '').write('link/a/report.csv', bytes('x'), 'text/csv')).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: expect.stringContaining('ENOENT') });
  });

  it('names a folder that stands in the way of a file, and leaves nothing behind', async () => {
    await mkdir(join(folder, 'report.csv', 'inner'), { recursive: true });
    const store = createFolderStore(folder, '');
    const inTheWay = { name: 'UpstreamDeniedError', message: expect.stringMatching(/report\.csv: cannot (read|write) it: a folder stands where a file is needed/) };

    await expect(store.write('report.csv', bytes('x'), 'text/csv')).rejects.toMatchObject(inTheWay);
    await expect(store.writeIf('report.csv', bytes('x'), 'text/csv', null)).rejects.toMatchObject(inTheWay);
    await expect(store.read('report.csv')).rejects.toMatchObject(inTheWay);
    await expect(store.readVersion('report.csv')).rejects.toMatchObject(inTheWay);
    await expect(store.hash('report.csv')).rejects.toMatchObject(inTheWay);
    expect(await files()).toEqual([]);
  });

  it.each(['../x', 'a/../x', '/etc/passwd', 'a//b', './a', '', 'a\\..\\b', 'a\0b', '..'])('refuses the name %j', async (name) => {
    const store = createFolderStore(folder, '');
    const refused = { name: 'InvalidInputError', message: expect.stringContaining(`name: ${JSON.stringify(name)}, expected a relative name`) };

    await expect(store.read(name)).rejects.toMatchObject(refused);
    await expect(store.write(name, bytes('x'), 'text/plain')).rejects.toMatchObject(refused);
    await expect(store.writeIf(name, bytes('x'), 'text/plain', null)).rejects.toMatchObject(refused);
    await expect(store.readVersion(name)).rejects.toMatchObject(refused);
    await expect(store.hash(name)).rejects.toMatchObject(refused);
    await expect(store.remove(name)).rejects.toMatchObject(refused);
  });

  it('refuses a prefix that leaves the folder', async () => {
    await expect(createFolderStore(folder, '../').read('x')).rejects.toThrow('expected a relative name');
  });

  it('takes names with dots in them', async () => {
    const store = createFolderStore(folder, '');
    await store.write('a..b/.hidden', bytes('x'), 'text/plain');
    expect(await files()).toEqual(['a..b/.hidden']);
  });
});

describe('a conditional write into a folder', () => {
  const dead = `00c0ffee00ff ${2 ** 30} 1234 ${hostname()}\n`;
  let counter: Awaited<ReturnType<typeof bundled>>;
  beforeAll(async () => {
    counter = await bundled('tests/fakes/count-up-process.ts');
  });
  afterAll(() => rm(counter.folder, { recursive: true }));
  const living = `00c0ffee00ff ${process.pid} - ${hostname()}\n`;

  it('leaves one file behind, and none hidden', async () => {
    const store = createFolderStore(folder, '');

    await store.writeIf('hour=09/facts', bytes('one'), 'text/plain', null);
    await store.writeIf('hour=09/facts', bytes('two'), 'text/plain', sha256('one'));

    expect(await files()).toEqual(['hour=09/facts']);
    expect(await readFile(join(folder, 'hour=09/facts'), 'utf8')).toBe('two');
  });

  it('in vain makes neither a folder nor a file', async () => {
    expect(await createFolderStore(folder, '').writeIf('hour=09/facts', bytes('one'), 'text/plain', sha256('gone'))).toBeNull();

    expect(await readdir(folder)).toEqual([]);
  });

  it('compares once more when it has the lock', async () => {
    const store = createFolderStore(folder, '');
    await store.write('facts', bytes('read'), 'text/plain');
    await writeFile(join(folder, '.facts.lock'), living);

    const writing = store.writeIf('facts', bytes('mine'), 'text/plain', sha256('read'));
    // It has compared, has written beside its place, and waits.
    while (!(await files()).some((name) => name.endsWith('.tmp'))) await new Promise((resolve) => setTimeout(resolve, 1));
    await writeFile(join(folder, 'facts'), 'of another');
    await rm(join(folder, '.facts.lock'));

    expect(await writing).toBeNull();
    expect(await files()).toEqual(['facts']);
    expect(await readFile(join(folder, 'facts'), 'utf8')).toBe('of another');
  });

  it.each<[string, (store: ReturnType<typeof createFolderStore>) => Promise<unknown>]>([
    ['a write', (store) => store.write('facts', bytes('new'), 'text/plain')],
    ['a conditional write', (store) => store.writeIf('facts', bytes('new'), 'text/plain', sha256('old'))],
    ['a removal', (store) => store.remove('facts')],
  ])('is not disturbed: %s waits for the lock', async (_case, change) => {
    await writeFile(join(folder, 'facts'), 'old');
    await writeFile(join(folder, '.facts.lock'), living);

    const changing = change(createFolderStore(folder, ''));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const meanwhile = await readFile(join(folder, 'facts'), 'utf8');
    await rm(join(folder, '.facts.lock'));
    await changing;

    expect(meanwhile).toBe('old');
    expect(await createFolderStore(folder, '').hash('facts')).not.toEqual({ bytes: 3, sha256: sha256('old') });
  });

  it.each([['', ''], [', also when a dead one left its lock', dead]])('of four processes at once loses no update of twenty%s', async (_case, left) => {
    if (left !== '') await writeFile(join(folder, '.counter.lock'), left);
    const children = await Promise.all(Array.from({ length: 4 }, () => started(counter.module, [folder, 'counter', '5'])));

    const ends = children.map((child) => once(child, 'exit'));
    for (const child of children) child.send('go');
    const codes = (await Promise.all(ends)).map(([code]) => code);

    expect(codes).toEqual([0, 0, 0, 0]);
    expect(await readFile(join(folder, 'counter'), 'utf8')).toBe('20');
    expect(await files()).toEqual(['counter']);
  });
});
