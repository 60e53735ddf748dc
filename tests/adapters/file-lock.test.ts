import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '#adapters/file-lock';
import { bundled, started } from '../fakes/ts-process.ts';

const TOKEN = '00c0ffee00ff';
/** More than any system gives. */
const NO_PID = 2 ** 30;

let folder: string;
let path: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-lock-'));
  path = join(folder, 'report.csv');
  lock = join(folder, '.report.csv.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Lets a lock lie there. Units: seconds. */
async function leave(text: string, ageSeconds = 0, at = lock): Promise<void> {
  await writeFile(at, text);
  const then = Date.now() / 1000 - ageSeconds;
  await utimes(at, then, then);
}

describe('withLock', () => {
  it('holds a hidden file that names its process while it acts, and leaves nothing behind', async () => {
    const held = await withLock(path, () => readFile(lock, 'utf8'));

    expect(held).toMatch(new RegExp(`^[0-9a-f]{12} ${process.pid} \\S+ ${hostname()}\n$`));
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives back what was done, or its error, and leaves nothing behind either way', async () => {
    const fault = new RangeError('no');

    expect(await withLock(path, async () => 42)).toBe(42);
    await expect(withLock(path, () => Promise.reject(fault))).rejects.toBe(fault);
    expect(await readdir(folder)).toEqual([]);
  });

  it('lets one in at a time, and other files beside', async () => {
    let inside = 0;
    let most = 0;
    const act = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside--;
    };

    await Promise.all(Array.from({ length: 20 }, () => withLock(path, act)));
    await withLock(path, () => withLock(join(folder, 'other.csv'), act));

    expect(most).toBe(1);
  });

  it('is an error of the system where there is no folder', async () => {
    await expect(withLock(join(folder, 'none', 'report.csv'), async () => 1)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is an error of the system where a folder stands in the place of the lock', async () => {
    await mkdir(lock);

    await expect(withLock(path, async () => 1)).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(folder)).toEqual(['.report.csv.lock']);
  });
});

describe('a lock that lies there', () => {
  let holder: Awaited<ReturnType<typeof bundled>>;
  beforeAll(async () => {
    holder = await bundled('tests/fakes/hold-lock-process.ts');
  });
  afterAll(() => rm(holder.folder, { recursive: true }));

  it.each<[string, () => string, number]>([
    ['of a process that has died', () => `${TOKEN} ${NO_PID} 1234 ${hostname()}\n`, 0],
    ['of another machine, for longer than two minutes', () => `${TOKEN} 1 1234 elsewhere\n`, 121],
    ['that nobody came to write into, for longer than thirty seconds', () => '', 31],
    ['of which a part was written, longer than thirty seconds ago', () => `${TOKEN} 12`, 31],
  ])('%s is taken over', async (_case, text, age) => {
    await leave(text(), age);

    const held = await withLock(path, () => readFile(lock, 'utf8'), 0);

    expect(held).toContain(` ${process.pid} `);
    expect(held).not.toContain(TOKEN);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each<[string, () => string, number, () => string]>([
    ['of a living process, however old', () => `${TOKEN} ${process.pid} - ${hostname()}\n`, 1e6, () => `process ${process.pid} of ${hostname()}`],
    ['of another machine, for less than two minutes', () => `${TOKEN} 1 1234 elsewhere\n`, 60, () => 'process 1 of elsewhere'],
    ['that nobody came to write into, for less than thirty seconds', () => '', 10, () => 'a process that it does not name'],
  ])('%s is waited for, and then named', async (_case, text, age, owner) => {
    await leave(text(), age);
    let acted = false;

    const waiting = withLock(path, async () => {
      acted = true;
    }, 50);

    await expect(waiting).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: `${lock}: held by ${owner()}; wait until that has ended, or remove the file if it is of no tracker, then run again` });
    expect(acted).toBe(false);
    expect(await readFile(lock, 'utf8')).toBe(text());
    expect(await readdir(folder)).toEqual(['.report.csv.lock']);
  });

  it('is had as soon as its owner lets go', async () => {
    await leave(`${TOKEN} ${process.pid} - ${hostname()}\n`);
    setTimeout(() => void rm(lock), 30);

    await expect(withLock(path, async () => 'had')).resolves.toBe('had');
  });

  it('is taken over by one of many that find it', async () => {
    await leave(`${TOKEN} ${NO_PID} 1234 ${hostname()}\n`);
    let inside = 0;
    let most = 0;

    await Promise.all(
      Array.from({ length: 20 }, () =>
        withLock(path, async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 2));
          inside--;
        }),
      ),
    );

    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over also when a process died while it took it over', async () => {
    await leave(`${TOKEN} ${NO_PID} 1234 ${hostname()}\n`);
    await leave(`0123456789ab ${NO_PID} 1234 ${hostname()}\n`, 0, `${lock}.${TOKEN}`);

    await expect(withLock(path, async () => 'had', 0)).resolves.toBe('had');

    expect(await readdir(folder)).toEqual([]);
  });

  it('that is unnamed is taken over by whoever waits as long as usual', async () => {
    await leave('', 28);

    await expect(withLock(path, async () => 'had')).resolves.toBe('had');
  });

  // Only Linux tells more of a process than that its number is in use.
  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux('of a process whose number another has now is taken over', async () => {
    await leave(`${TOKEN} ${process.pid} 1 ${hostname()}\n`);

    await expect(withLock(path, async () => 'had', 0)).resolves.toBe('had');
  });

  onLinux('of a process that has ended, though its parent did not look after it, is taken over', async () => {
    // The child ends when its parent has become a sleep, which looks after nobody.
    const parent = spawn('sh', ['-c', '(until grep -q sleep /proc/$$/comm; do :; done) & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = await once(parent.stdout, 'data');
    while (!/\) Z /.test(await readFile(`/proc/${Number(pid)}/stat`, 'utf8'))) await new Promise((resolve) => setTimeout(resolve, 1));
    await leave(`${TOKEN} ${Number(pid)} - ${hostname()}\n`);

    await expect(withLock(path, async () => 'had', 0)).resolves.toBe('had');

    parent.kill();
  });

  it('of a killed process does not keep the next one waiting', async () => {
    const child = await started(holder.module, [path]);
    await expect(withLock(path, async () => 'had', 50)).rejects.toThrow(`held by process ${child.pid} of`);
    child.kill('SIGKILL');
    await once(child, 'exit');

    await expect(withLock(path, async () => 'had', 0)).resolves.toBe('had');

    expect(await readdir(folder)).toEqual([]);
  });
});
