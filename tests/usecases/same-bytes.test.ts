/** An hour's objects are the same bytes, however its look-ups came to be read. */
import { readZone } from '#adapters/zones';
import { UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import { planDay } from '#core/window';
import { encoders } from '#encoders/index';
import { createReader, type ReaderResult } from '../../functions/reader/reader.ts';
import type { WorkerPorts } from '../../functions/worker/worker.ts';
import { type HeldEvent, holdLookUps, type ReadLookUpFault } from '../fakes/look-ups.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { answerOf, idOf, otherRecord, refusedRecord, startRecord } from '../fakes/records.ts';
import { runHour } from '../fakes/run-hour.ts';
import { createSeeded } from '../fakes/seeded.ts';

const plan = planDay('2026-11-20', readZone('America/New_York'));
const [first] = plan.windows;
if (first === undefined) throw new TypeError('no hour');
const WINDOW = { day: plan.day, offsets: plan.offsets, ...first };
const START = Date.parse(WINDOW.start);
const AS_OF = '2026-11-21T06:00:00Z';

/** Queries, retries, refusals, copies, foreign events and broken records; many of them in one second. */
function hourOf(seed: number): HeldEvent[] {
  const seeded = createSeeded(seed);
  const events = Array.from({ length: 420 }, (_, n): HeldEvent => {
    const at = START + 1000 * (seeded.chance(0.3) ? 1800 : seeded.int(20, 3599));
    const eventTime = new Date(at).toISOString();
    const id = idOf(1000 + n);
    const queryExecutionId = idOf(seeded.chance(0.05) && n > 0 ? n - 1 : n);
    if (seeded.chance(0.05)) return { id, at, record: `broken ${n}` };
    if (seeded.chance(0.05)) return { id, at, record: { ...otherRecord(), eventID: id, eventTime } };
    if (seeded.chance(0.05)) return { id, at, record: { ...refusedRecord(), eventID: id, eventTime } };
    return { id, at, record: startRecord({ eventID: id, eventTime, responseElements: { queryExecutionId } }) };
  });
  return seeded.shuffle([...events, ...events.filter(() => seeded.chance(0.06))]);
}

interface Way {
  readonly pageSize?: number;
  readonly latencyMs?: number;
  readonly fault?: ReadLookUpFault;
  /** Pages that an invocation reads before its time is up. */
  readonly pages?: number;
  /** Whether the reader goes before the worker. */
  readonly ahead?: boolean;
}

async function objectsOf(events: readonly HeldEvent[], { pageSize, latencyMs, fault, pages = Number.POSITIVE_INFINITY, ahead = false }: Way): Promise<Readonly<Record<string, string>>> {
  const store: MemoryStore = createMemoryStore();
  const held = holdLookUps(events, { ...(pageSize === undefined ? {} : { pageSize }), ...(latencyMs === undefined ? {} : { latencyMs }), ...(fault === undefined ? {} : { fault }) });
  let begun = 0;
  const turns = { next: () => held.clock.sleep(1), refused: () => {}, taken: () => {} };
  const lookUps = { lookUp: held.lookUp, turns, pause: async () => {}, listNames: async (folder: string) => store.names().filter((name) => name.startsWith(folder)), timeLeft: () => (held.pages() - begun < pages ? 1000 : 0), graceMs: 1000 };
  const readQueryExecutions: WorkerPorts['readQueryExecutions'] = async (ids) => new Map(ids.map((id) => [id, answerOf(id)]));
  const ports: WorkerPorts = { source: { readRecords: async function* () {}, report: () => ({ kind: 'lookup' }) }, lookUps, readQueryExecutions, readAssumption: null, store, ...encoders.csv, format: 'csv', timeZone: 'America/New_York' };
  const read = createReader({ ...lookUps, readQueryExecutions, store });
  let result: ReaderResult = { more: ahead, read: 0, unread: [] };
  while (result.more) {
    begun = held.pages();
    result = await read({ windows: [WINDOW], run: 'test', config: {} });
  }
  begun = held.pages();
  // Whoever is told that time is up is invoked again, and has it again.
  const timeLeft = () => {
    const left = lookUps.timeLeft();
    if (left === 0) begun = held.pages();
    return left;
  };
  await runHour({ ...ports, lookUps: { ...lookUps, timeLeft } }, WINDOW, AS_OF);
  return Object.fromEntries(store.names().map((name) => [name, store.text(name)]));
}

describe.each([1, 2, 3])('an hour of seed %d is the same, byte for byte', (seed) => {
  const events = hourOf(seed);
  const seeded = createSeeded(seed);
  const failing: ReadLookUpFault = () => (seeded.chance(0.2) ? new UpstreamThrottledError('throttled') : seeded.chance(0.1) ? new UpstreamUnavailableError('5xx') : null);
  const refusing: ReadLookUpFault = () => (seeded.chance(0.2) ? 'token refused' : null);

  it.each<[string, Way]>([
    ['read ahead', { ahead: true }],
    ['read in pages of one', { pageSize: 1 }],
    ['read ahead in pages of seven', { pageSize: 7, ahead: true }],
    ['cut because answers were slow', { latencyMs: 20, pageSize: 7 }],
    ['read ahead, and cut', { latencyMs: 20, pageSize: 7, ahead: true }],
    ['read ahead two pages an invocation', { pages: 2, ahead: true }],
    ['read two pages an invocation', { pages: 2 }],
    ['read from a service that fails', { fault: failing, ahead: true }],
    ['read from a service that refuses its tokens', { fault: refusing, pageSize: 7, ahead: true }],
  ])('%s', async (_way, way) => {
    const objects = await objectsOf(events, way);

    expect(objects).toEqual(await objectsOf(events, {}));
    expect(Object.keys(objects).map((name) => name.slice(name.lastIndexOf('/') + 1))).toEqual(['_layout.json', '_facts.jsonl', '_manifest.json', 'report_2026_11_20_h00.csv']);
  });
});
