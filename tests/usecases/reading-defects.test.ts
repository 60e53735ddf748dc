/** Defects that a review has found, each by its shortest way; they fail until they are mended. */
import { readZone } from '#adapters/zones';
import { UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import type { Manifest } from '#core/manifest';
import { planDay } from '#core/window';
import { encoders } from '#encoders/index';
import type { ReadHoursPorts } from '../../functions/reader/read-hours.ts';
import { createReader } from '../../functions/reader/reader.ts';
import type { WorkerPorts } from '../../functions/worker/worker.ts';
import { type HeldEvent, holdLookUps } from '../fakes/look-ups.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { answerOf, idOf, refusedRecord, sourceOf, startRecord } from '../fakes/records.ts';
import { runHour } from '../fakes/run-hour.ts';
import { createVirtualClock } from '../fakes/virtual-clock.ts';

const plan = planDay('2026-11-20', readZone('America/New_York'));
const windows = plan.windows.map((window) => ({ day: plan.day, offsets: plan.offsets, ...window }));
const [window = { day: '', hour: '', start: '', end: '', offsets: [] }] = windows;
const AS_OF = '2026-11-22T06:00:00Z';
const FOLDER = 'year=2026/month=11/day=20/hour=00/';

function eventNumber(n: number, second: number, record: typeof startRecord = startRecord): HeldEvent {
  const at = Date.parse(window.start) + second * 1000;
  const answer = record === startRecord ? { responseElements: { queryExecutionId: idOf(n) } } : {};
  return { id: idOf(1000 + n), at, record: record({ eventID: idOf(1000 + n), eventTime: new Date(at).toISOString(), ...answer }) };
}

const spread = (count: number) => Array.from({ length: count }, (_, n) => eventNumber(n + 1, Math.floor((n * 3600) / count)));

function portsOf(lookUp: ReadHoursPorts['lookUp'], store: ReadHoursPorts['store'], given: Partial<ReadHoursPorts> = {}): ReadHoursPorts {
  const clock = createVirtualClock();
  return { lookUp, store, turns: { next: () => clock.sleep(1), refused: () => {}, taken: () => {} }, pause: async () => {}, readQueryExecutions: async (ids) => new Map(ids.map((id) => [id, answerOf(id)])), timeLeft: () => Number.POSITIVE_INFINITY, graceMs: Number.POSITIVE_INFINITY, ...given };
}

function workerOf(ports: ReadHoursPorts, names: () => string[]): WorkerPorts {
  const { store, readQueryExecutions } = ports;
  const lookUps = { ...ports, listNames: async (folder: string) => names().filter((name) => name.startsWith(folder)) };
  return { source: sourceOf([]), lookUps, readQueryExecutions, readAssumption: null, store, ...encoders.csv, format: 'csv', timeZone: 'America/New_York' };
}

const run = (store: MemoryStore, events: readonly HeldEvent[], given: Partial<ReadHoursPorts> = {}) => runHour(workerOf(portsOf(holdLookUps(events).lookUp, store, given), store.names), window, AS_OF);
const manifestIn = (store: MemoryStore) => JSON.parse(store.text(`${FOLDER}_manifest.json`)) as Manifest;
const setAsideIn = (store: MemoryStore) => store.names().filter((name) => name.includes('set_aside'));

describe('a part that S3 refuses once', () => {
  const refusing = (store: MemoryStore): ReadHoursPorts['store'] => {
    let refused = 0;
    return { ...store, write: async (name, ...rest) => (name.endsWith('00001.jsonl') && refused++ === 0 ? Promise.reject(new UpstreamThrottledError('s3:PutObject')) : store.write(name, ...rest)) };
  };

  it('costs no row of an hour that the reader has read', async () => {
    const store = createMemoryStore();
    const ports = portsOf(holdLookUps(spread(60)).lookUp, refusing(store));
    await createReader(ports)({ windows: [window], run: 'test', config: {} });

    expect((await runHour(workerOf(ports, store.names), window, AS_OF)).counts).toMatchObject({ read: 60, rows: 60, duplicates: 0 });
  });

  it('costs no row of a long hour that the worker reads', async () => {
    const store = createMemoryStore();
    const worker = workerOf(portsOf(holdLookUps(spread(9000)).lookUp, refusing(store)), store.names);
    await runHour(worker, window, AS_OF).catch(() => undefined);

    expect((await runHour(worker, window, AS_OF)).counts).toMatchObject({ read: 9000, rows: 9000, duplicates: 0 });
  });
});

describe('a manifest', () => {
  it('counts each record once, though tokens are refused in a second that has several pages', async () => {
    const store = createMemoryStore();
    const { lookUp } = holdLookUps(Array.from({ length: 180 }, (_, n) => eventNumber(n + 1, 100)));
    let calls = 0;

    const { counts } = await runHour(workerOf(portsOf(async (range, token) => (++calls === 3 ? 'token refused' : lookUp(range, token)), store), store.names), window, AS_OF);

    expect(counts).toMatchObject({ read: 180, rows: 180, duplicates: 0 });
  });

  it('names the same malformed records wherever the pages end', async () => {
    const events = Array.from({ length: 140 }, (_, n) => eventNumber(n, n * 5)).map((event, n) => (n % 2 === 0 ? event : { ...event, record: { ...(event.record as object), eventTime: 'never' } }));
    const samplesOf = async (pageSize: number) => {
      const store = createMemoryStore();
      await runHour(workerOf(portsOf(holdLookUps(events, { pageSize }).lookUp, store), store.names), window, AS_OF);
      return manifestIn(store).malformedSamples;
    };

    expect(await samplesOf(50)).toEqual(await samplesOf(7));
  });
});

describe('facts of a run that was stopped', () => {
  it('are not missed because the late row that they brought is a refused start', async () => {
    const store = createMemoryStore();
    const both = [eventNumber(1, 100), eventNumber(2, 200, refusedRecord)];
    await run(store, both.slice(0, 1));
    const dying = { ...store, write: async (...write: Parameters<typeof store.write>) => (write[0].includes('/report') ? Promise.reject(new UpstreamUnavailableError('killed')) : store.write(...write)) };
    await expect(run(store, both, { store: dying })).rejects.toThrow('killed');

    await run(store, both);

    expect([setAsideIn(store), manifestIn(store).notes]).toEqual([[], []]);
  });

  it('that knew less cost nobody the copy of the report that it had kept', async () => {
    const store = createMemoryStore();
    await run(store, spread(2));
    await store.remove(`${FOLDER}_facts.jsonl`);
    const forgotten: Partial<ReadHoursPorts> = { readQueryExecutions: async (ids) => new Map(ids.map((id) => [id, { missing: 'not_found', detail: null }])) };
    const dying = { ...store, write: async (...write: Parameters<typeof store.write>) => (write[0].endsWith('/_manifest.json') ? Promise.reject(new UpstreamUnavailableError('killed')) : store.write(...write)) };
    await expect(run(store, spread(2), { ...forgotten, store: dying })).rejects.toThrow('killed');
    const kept = setAsideIn(store);

    await run(store, spread(2), forgotten);

    expect(setAsideIn(store)).toEqual(kept);
  });
});

describe('a reader that gets no page at all', () => {
  it('does not ask to be invoked again for ever', async () => {
    const clock = createVirtualClock();
    let end = 0;
    const read = createReader(portsOf(() => Promise.reject(new UpstreamThrottledError('throttled')), createMemoryStore(), { pause: (attempt) => clock.sleep(20 * 2 ** attempt), timeLeft: () => end - clock.now(), graceMs: 5 }));

    let more = true;
    for (let invocation = 0; more && invocation < 20; invocation++) {
      end = clock.now() + 40;
      more = await read({ windows, run: 'test', config: {} }).then((result) => result.more, () => false);
    }

    expect(more).toBe(false);
  });
});
