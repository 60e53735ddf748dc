/** What every store of reports does: in S3, in a folder, in memory. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { createFolderStore } from '#adapters/folder-store';
import { createS3Store } from '#adapters/s3-store';
import { InvalidInputError } from '#core/errors';
import type { ReportStore } from '#core/ports';
import { countUp } from '../fakes/count-up.ts';
import { createMemoryStore } from '../fakes/memory-store.ts';
import { holdObjects } from '../fakes/s3-objects.ts';

const MIB = 1024 * 1024;
const NAME = 'year=2026/month=11/day=20/hour=10/report_2026_11_20_h10.csv';

const client = new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' } });
const s3 = mockClient(client);
let folder: string;

const bytesOf = (text: string) => new TextEncoder().encode(text);
const sha256Of = (...chunks: readonly Uint8Array[]) => chunks.reduce((hash, chunk) => hash.update(chunk), createHash('sha256')).digest('hex');

async function* chunksOf(chunks: readonly Uint8Array[], failure?: Error): AsyncGenerator<Uint8Array> {
  yield* chunks;
  if (failure !== undefined) throw failure;
}

async function takeAll(chunks: AsyncIterable<Uint8Array> = chunksOf([])): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = [];
  for await (const chunk of chunks) taken.push(Uint8Array.from(chunk));
  return taken;
}

beforeEach(async () => {
  s3.reset();
  holdObjects(s3);
  folder = await mkdtemp(join(tmpdir(), 'report-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each<[string, () => ReportStore]>([
  ['in S3', () => createS3Store(client, 'reports', 'tracker/')],
  ['in a folder', () => createFolderStore(folder, 'tracker/')],
  ['in memory, the fake of the use cases', () => createMemoryStore()],
])('a store %s', (_where, create) => {
  it('gives back what was written, with its size and hash', async () => {
    const store = create();
    const chunks = [bytesOf('event_id,query\n'), bytesOf('1,"ü😀"\n')];

    const written = await store.write(NAME, chunksOf(chunks), 'text/csv');

    const whole = Buffer.concat(chunks);
    expect(await store.read(NAME)).toEqual(Uint8Array.from(whole));
    expect(written).toEqual({ bytes: whole.byteLength, sha256: sha256Of(whole) });
  });

  it('takes bytes as well as chunks, and none of either', async () => {
    const store = create();

    const whole = await store.write('_layout.json', bytesOf('{}\n'), 'application/json');
    const empty = await store.write('empty', chunksOf([]), 'text/csv');

    expect(await store.read('_layout.json')).toEqual(bytesOf('{}\n'));
    expect(whole).toEqual({ bytes: 3, sha256: sha256Of(bytesOf('{}\n')) });
    expect(await store.read('empty')).toEqual(new Uint8Array());
    expect(empty).toEqual({ bytes: 0, sha256: sha256Of() });
  });

  it('replaces an object as a whole', async () => {
    const store = create();
    await store.write(NAME, bytesOf('a longer report than the next'), 'text/csv');

    await store.write(NAME, bytesOf('short'), 'text/csv');

    expect(await store.read(NAME)).toEqual(bytesOf('short'));
  });

  it.each([
    ['of a few bytes', [bytesOf('half')]],
    ['of several parts', [new Uint8Array(6 * MIB), new Uint8Array(6 * MIB)]],
  ])('keeps the object before when an encoder breaks off %s, and the error keeps its class', async (_size, chunks) => {
    const store = create();
    await store.write(NAME, bytesOf('before'), 'text/csv');
    const failure = new InvalidInputError('row 7: no text');

    const writing = store.write(NAME, chunksOf(chunks, failure), 'text/csv');

    await expect(writing).rejects.toBe(failure);
    expect(await store.read(NAME)).toEqual(bytesOf('before'));
  });

  it('has nothing where nothing was written', async () => {
    const store = create();
    await store.write(NAME, bytesOf('there'), 'text/csv');

    expect(await store.read('year=2026/month=11/day=20/hour=11/_manifest.json')).toBeNull();
    expect(await store.read(NAME)).not.toBeNull();
  });

  it('removes an object, also one that is not there', async () => {
    const store = create();
    await store.write(NAME, bytesOf('there'), 'text/csv');

    await store.remove(NAME);
    await store.remove(NAME);

    expect(await store.read(NAME)).toBeNull();
  });

  it('creates an object only where there is none', async () => {
    const store = create();

    const first = await store.writeIf(NAME, bytesOf('first'), 'text/csv', null);
    const second = await store.writeIf(NAME, bytesOf('second'), 'text/csv', null);

    expect(first).toEqual({ bytes: 5, sha256: sha256Of(bytesOf('first')), version: await store.version(NAME) });
    expect(second).toBeNull();
    expect(await store.read(NAME)).toEqual(bytesOf('first'));
  });

  it('replaces an object only while it is the one that was read', async () => {
    const store = create();
    await store.write(NAME, bytesOf('read'), 'text/csv');
    const version = (await store.readVersion(NAME))?.version ?? null;

    const first = await store.writeIf(NAME, bytesOf('first'), 'text/csv', version);
    const second = await store.writeIf(NAME, bytesOf('second'), 'text/csv', version);

    expect(version).not.toBeNull();
    expect(first).toEqual({ bytes: 5, sha256: sha256Of(bytesOf('first')), version: await store.version(NAME) });
    expect(second).toBeNull();
    expect(await store.read(NAME)).toEqual(bytesOf('first'));
  });

  it('brings nothing back that was removed since it was read', async () => {
    const store = create();
    await store.write(NAME, bytesOf('read'), 'text/csv');
    const version = (await store.readVersion(NAME))?.version ?? null;
    await store.remove(NAME);

    const written = await store.writeIf(NAME, bytesOf('again'), 'text/csv', version);

    expect(version).not.toBeNull();
    expect(written).toBeNull();
    expect(await store.read(NAME)).toBeNull();
  });

  it('gives an object with its version, another one after every write of other bytes', async () => {
    const store = create();
    const versions: string[] = [];
    for (const text of ['one', 'two', '']) {
      await store.write(NAME, bytesOf(text), 'text/csv');
      const found = await store.readVersion(NAME);
      expect(found?.bytes).toEqual(bytesOf(text));
      expect(found?.sha256).toBe(sha256Of(bytesOf(text)));
      versions.push(found?.version ?? 'none');
    }

    expect(new Set(versions).size).toBe(3);
    expect(await store.readVersion('year=2026/other')).toBeNull();
  });

  it('opens an object of any size, of one version, for a conditional write as long', async () => {
    const store = create();
    const long = Array.from({ length: 12 }, (_, index) => new Uint8Array(MIB).fill(index));
    await store.write(NAME, chunksOf(long), 'text/csv');

    const opened = await store.open(NAME);
    const read = sha256Of(...(await takeAll(opened?.chunks)));
    const first = await store.writeIf(NAME, chunksOf([...long, bytesOf('more')]), 'text/csv', opened?.version ?? null);
    const second = await store.writeIf(NAME, chunksOf(long), 'text/csv', opened?.version ?? null);
    const third = await store.writeIf(NAME, chunksOf(long), 'text/csv', null);

    expect(read).toBe(sha256Of(...long));
    expect(first).toEqual({ bytes: 12 * MIB + 4, sha256: sha256Of(...long, bytesOf('more')), version: await store.version(NAME) });
    expect(opened?.read()).toEqual({ bytes: 12 * MIB, sha256: sha256Of(...long) });
    expect([second, third]).toEqual([null, null]);
    expect(first).toMatchObject((await store.hash(NAME)) ?? {});
    expect(await store.open('year=2026/other')).toBeNull();
  });

  it.each([1, 1000, MIB, 13 * MIB])('opens an object to be read in pieces of %d bytes', async (pieceBytes) => {
    const store = create();
    const content = pieceBytes === 1 ? [bytesOf('short')] : Array.from({ length: 12 }, (_, index) => new Uint8Array(pieceBytes === 1000 ? 999 : MIB).fill(index));
    await store.write(NAME, chunksOf(content), 'text/csv');

    const opened = await store.open(NAME, pieceBytes);

    expect(sha256Of(...(await takeAll(opened?.chunks)))).toBe(sha256Of(...content));
    expect(opened?.read()).toEqual(await store.hash(NAME));
    expect(opened?.version).toBe(await store.version(NAME));
    expect(await store.open('year=2026/other', pieceBytes)).toBeNull();
  });

  it('gives no mixture of two objects, when one is replaced while it is read in pieces', async () => {
    const store = create();
    await store.write(NAME, bytesOf('as it was opened'), 'text/csv');

    const opened = await store.open(NAME, 4);
    await store.write(NAME, bytesOf('another, of another length'), 'text/csv');
    const read = await takeAll(opened?.chunks).then((chunks) => Buffer.concat(chunks).toString(), (error: Error) => error.name);

    expect(['as it was opened', 'UpstreamUnavailableError']).toContain(read);
  });

  it('opens an object of any size: whoever replaces it meanwhile does not change what is read', async () => {
    const store = create();
    await store.write(NAME, bytesOf('as it was opened'), 'text/csv');

    const opened = await store.open(NAME);
    await store.write(NAME, bytesOf('another'), 'text/csv');

    expect(Buffer.concat(await takeAll(opened?.chunks)).toString()).toBe('as it was opened');
    expect((await store.readVersion(NAME))?.version).not.toBe(opened?.version);
  });

  it('gives the same version however an object is read', async () => {
    const store = create();
    await store.write(NAME, bytesOf('some bytes'), 'text/csv');

    const opened = await store.open(NAME);
    await takeAll(opened?.chunks);

    expect(opened?.version).toBe((await store.readVersion(NAME))?.version);
    expect(opened?.version).toBe(await store.version(NAME));
    expect(await store.version('year=2026/other')).toBeNull();
  });

  it('keeps what is there when the content of a conditional write breaks off, in its own class', async () => {
    const store = create();
    await store.write(NAME, bytesOf('as it was'), 'text/csv');
    const version = (await store.readVersion(NAME))?.version ?? null;

    await expect(store.writeIf(NAME, chunksOf([new Uint8Array(6 * MIB)], new InvalidInputError('broken')), 'text/csv', version)).rejects.toMatchObject({ name: 'InvalidInputError' });

    expect(await store.read(NAME)).toEqual(bytesOf('as it was'));
  });

  it('tells size and hash of an object as it lies, be it long or empty', async () => {
    const store = create();
    const long = Array.from({ length: 12 }, (_, index) => new Uint8Array(MIB).fill(index));
    await store.write('empty', chunksOf([]), 'text/csv');

    const written = await store.write(NAME, chunksOf(long), 'text/csv');

    expect(await store.hash(NAME)).toEqual(written);
    expect(await store.hash(NAME)).toEqual({ bytes: 12 * MIB, sha256: sha256Of(...long) });
    expect(await store.hash('empty')).toEqual({ bytes: 0, sha256: sha256Of() });
    expect(await store.hash('year=2026/other')).toBeNull();
  });

  it('loses no update of twenty at once', async () => {
    const store = create();

    await Promise.all(Array.from({ length: 20 }, () => countUp(store, NAME)));

    expect(await store.read(NAME)).toEqual(bytesOf('20'));
  });
});
