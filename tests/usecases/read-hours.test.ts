import { readZone } from '#adapters/zones';
import type { Entry } from '#core/entry';
import { UpstreamDeniedError, UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import { CHECKPOINT_NAME, HourReading } from '#core/hour-reading';
import type { ReadQueryExecutions, ReportStore } from '#core/ports';
import { type HourWindow, planDay } from '#core/window';
import type { ReadHoursPorts, Standing } from '../../functions/reader/read-hours.ts';
import { createReader } from '../../functions/reader/reader.ts';
import { readByLookUps } from '../../functions/worker/hour-entries.ts';
import { type HeldEvent, holdLookUps, type ReadLookUpFault } from '../fakes/look-ups.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { answerOf, idOf, otherRecord, startRecord } from '../fakes/records.ts';
import { createSeeded, type Seeded } from '../fakes/seeded.ts';

const plan = planDay('2026-11-20', readZone('America/New_York'));
const WINDOWS: readonly HourWindow[] = plan.windows.map((window) => ({ day: plan.day, offsets: plan.offsets, ...window }));
const [FIRST = { day: '', hour: '', start: '', end: '', offsets: [] }] = WINDOWS;
const RUN = 'arn:aws:states:us-east-1:111122223333:execution:day:2026-11-20_test';

/** The event number n, so many seconds after the day's beginning. */
function eventNumber(n: number, second: number): HeldEvent {
  const at = Date.parse(FIRST.start) + second * 1000;
  return { id: idOf(1000 + n), at, record: startRecord({ eventID: idOf(1000 + n), eventTime: new Date(at).toISOString(), responseElements: { queryExecutionId: idOf(n) } }) };
}

const spread = (count: number, hour = 0) => Array.from({ length: count }, (_, n) => eventNumber(hour * 10_000 + n + 1, hour * 3600 + Math.floor((n * 3600) / count)));

const asked = (questions: string[][] = []): ReadQueryExecutions => async (ids) => {
  questions.push([...ids]);
  return new Map(ids.map((id) => [id, answerOf(id)]));
};

function portsOf(events: readonly HeldEvent[], given: Partial<ReadHoursPorts> & { fault?: ReadLookUpFault; latencyMs?: number } = {}): ReadHoursPorts & ReturnType<typeof holdLookUps> {
  const { fault, latencyMs, ...ports } = given;
  const held = holdLookUps(events, { ...(fault === undefined ? {} : { fault }), ...(latencyMs === undefined ? {} : { latencyMs }) });
  // Long enough for an answer without latency.
  const turns = { next: () => held.clock.sleep(1), refused: () => {}, taken: () => {} };
  return { ...held, turns, pause: async () => {}, readQueryExecutions: asked(), store: createMemoryStore(), timeLeft: () => Number.POSITIVE_INFINITY, graceMs: Number.POSITIVE_INFINITY, ...ports };
}

async function entriesOf(ports: ReadHoursPorts, window: HourWindow): Promise<Entry[]> {
  const entries: Entry[] = [];
  const read = await readByLookUps(ports, window, RUN);
  for await (const entry of read?.entries() ?? []) entries.push(entry);
  return entries;
}

const idsOf = (entries: readonly Entry[]) => entries.map(({ start }) => start.eventId);
const sortedIds = (events: readonly HeldEvent[]) => [...events].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
const checkpointIn = async (store: ReportStore, window = FIRST) => JSON.parse(new TextDecoder().decode((await store.read(`${new HourReading(window, RUN, null).folder}${CHECKPOINT_NAME}`)) ?? undefined)) as { parts: { entries: number }[]; counts: object };

describe('the reading of a day', () => {
  const events = WINDOWS.flatMap((_window, hour) => spread(hour === 3 ? 0 : 20 * hour, hour));

  it('reads every hour with as many look-ups as it has pages, and one for an empty hour', async () => {
    const ports = portsOf(events);

    const result = await createReader(ports)({ windows: WINDOWS, run: RUN, config: {} });

    expect(result).toEqual({ more: false, read: 24, unread: [] });
    expect(ports.pages()).toBe(WINDOWS.reduce((sum, _window, hour) => sum + Math.max(1, Math.ceil((hour === 3 ? 0 : 20 * hour) / 50)), 0));
  });

  it('leaves the hours for their workers, who look up nothing and ask nothing', async () => {
    const questions: string[][] = [];
    const ports = portsOf(events, { readQueryExecutions: asked(questions) });
    await createReader(ports)({ windows: WINDOWS, run: RUN, config: {} });
    const [looked, made] = [ports.pages(), questions.length];

    for (const [hour, window] of WINDOWS.entries()) {
      const entries = await entriesOf(ports, window);
      expect(idsOf(entries)).toEqual(sortedIds(events.filter(({ at }) => at >= Date.parse(window.start) && at < Date.parse(window.end))));
      expect(entries).toHaveLength(hour === 3 ? 0 : 20 * hour);
      expect(entries.every(({ answer }) => answer !== undefined && 'execution' in answer)).toBe(true);
    }
    expect([ports.pages(), questions.length]).toEqual([looked, made]);
  });

  it('asks Athena about fifty ids at a time, across pages, and about the rest of an hour at its end', async () => {
    const questions: string[][] = [];
    const halves = spread(140).flatMap((event, n) => [event, { id: `other ${n}`, at: event.at, record: { ...otherRecord(), eventTime: new Date(event.at).toISOString() } }]);

    await createReader(portsOf(halves, { readQueryExecutions: asked(questions) }))({ windows: [FIRST], run: RUN, config: {} });

    expect(questions.map(({ length }) => length)).toEqual([50, 50, 40]);
  });

  it('reads the hours one after another as long as answers come before the next turn', async () => {
    const order: string[] = [];
    const ports = portsOf(events);
    const { lookUp } = ports;

    await createReader({ ...ports, lookUp: (range, token) => {
      order.push(new Date(range.from).toISOString());
      return lookUp(range, token);
    } })({ windows: WINDOWS.slice(0, 12), run: RUN, config: {} });

    expect(order).toEqual([...order].sort());
  });

  it('has other hours looked up while an answer is on its way', async () => {
    const ports = portsOf(WINDOWS.flatMap((_window, hour) => spread(120, hour)), { latencyMs: 50 });

    await createReader(ports)({ windows: WINDOWS, run: RUN, config: {} });

    expect(ports.mostInFlight()).toBeGreaterThan(2);
    expect(ports.pages()).toBe(72);
  });

  it('cuts a long hour when nothing else is left to look up, and reads nothing twice but a page a cut', async () => {
    const long = spread(2000);
    const ports = portsOf(long, { latencyMs: 20 });

    const entries = await entriesOf(ports, FIRST);

    expect(idsOf(entries)).toEqual(sortedIds(long));
    expect(ports.mostInFlight()).toBeGreaterThan(2);
    expect(ports.pages()).toBeLessThan(40 * 1.5);
  });

  it('tells how far it has come', async () => {
    const standings: Standing[] = [];

    await createReader(portsOf(spread(120), { onPage: (standing) => standings.push(standing) }))({ windows: WINDOWS.slice(0, 2), run: RUN, config: {} });

    expect(standings).toHaveLength(4);
    expect(standings[0]).toMatchObject({ hours: 2, hoursRead: 0, pages: 1, starts: 50 });
    expect(standings.at(-1)).toEqual({ hours: 2, hoursRead: 2, pages: 4, starts: 120, pagesLeft: 0 });
  });
});

describe('an hour that cannot be read', () => {
  const denied = new UpstreamDeniedError('cloudtrail:LookupEvents: access denied');

  it('stops no other, and is named', async () => {
    const ports = portsOf([...spread(10), ...spread(10, 1)]);
    const { lookUp } = ports;

    const result = await createReader({ ...ports, lookUp: (range, token) => (range.from === Date.parse(FIRST.start) ? Promise.reject(denied) : lookUp(range, token)) })({ windows: WINDOWS.slice(0, 2), run: RUN, config: {} });

    expect(result).toEqual({ more: false, read: 1, unread: [{ hour: '00', error: 'UpstreamDeniedError', message: denied.message }] });
  });

  it.each([
    ['throttled', new UpstreamThrottledError('throttled'), 10],
    ['failing', new UpstreamUnavailableError('reset'), 10],
    ['denied', denied, 1],
    ['faulty in a way that nobody foresaw', new TypeError('a fault of ours'), 1],
  ])('is given up when CloudTrail is %s', async (_how, error, attempts) => {
    let calls = 0;
    const fault = () => {
      calls += 1;
      return error;
    };
    const ports = portsOf(spread(10), { fault });

    await expect(entriesOf(ports, FIRST)).rejects.toBe(error);

    expect(calls).toBe(attempts);
  });

  it('slows the turns down for each refusal, and brings them back with each answer', async () => {
    const met: string[] = [];
    let calls = 0;
    const ports = portsOf(spread(120), { fault: () => (++calls % 2 === 1 ? new UpstreamThrottledError('throttled') : null), turns: { next: async () => {}, refused: () => met.push('refused'), taken: () => met.push('taken') } });

    await entriesOf(ports, FIRST);

    expect(met).toEqual(['refused', 'taken', 'refused', 'taken', 'refused', 'taken']);
  });

  it('goes on from its last page in the next invocation, when what stopped it may pass', async () => {
    let calls = 0;
    const ports = portsOf(spread(120), { fault: () => (++calls > 2 && calls <= 12 ? new UpstreamUnavailableError('reset') : null) });
    await expect(entriesOf(ports, FIRST)).rejects.toThrow('reset');

    const entries = await entriesOf(ports, FIRST);

    expect(idsOf(entries)).toEqual(sortedIds(spread(120)));
    expect(ports.pages()).toBe(3);
  });

  it.each([
    ['empty pages without an end', { events: [], next: 'more' }, 'empty pages on end'],
    ['the same page again and again', { events: [{ id: 'x', at: null, from: 'x', read: () => ({ kind: 'skipped' as const }) }], next: 'more' }, 'a page leads back to a page already read'],
  ])('is given up when a look-up leads to %s', async (_where, page, message) => {
    let calls = 0;
    const ports = portsOf([], { lookUp: async () => ({ ...page, next: page.events.length === 0 ? `more ${++calls}` : 'more' }) });

    await expect(entriesOf(ports, FIRST)).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: expect.stringContaining(message) });
    expect((ports.store as MemoryStore).names()).toEqual([]);
  });

  it('is given up when CloudTrail refuses every token of a second that has more than a page', async () => {
    const ports = portsOf(Array.from({ length: 60 }, (_, n) => eventNumber(n + 1, 100)), { fault: () => 'token refused' });

    await expect(entriesOf(ports, FIRST)).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: expect.stringContaining('CloudTrail refuses its own token') });
  });

  it('is asked about again by its worker when Athena did not answer, and not before', async () => {
    const ports = portsOf(spread(60), { readQueryExecutions: () => Promise.reject(new UpstreamThrottledError('athena')) });

    const result = await createReader(ports)({ windows: [FIRST], run: RUN, config: {} });

    expect(result).toMatchObject({ read: 1, unread: [] });
    expect((await entriesOf(ports, FIRST)).every(({ answer }) => answer === undefined)).toBe(true);
  });
});

describe('time that is up', () => {
  it('ends the reading where it stands, and the next invocation goes on from there', async () => {
    const events = spread(500);
    let calls = 0;
    const ports = portsOf(events, { timeLeft: () => (calls++ % 6 === 5 ? 0 : 1000), graceMs: 1000 });
    const read = createReader(ports);

    let invocations = 1;
    while ((await read({ windows: WINDOWS.slice(0, 1), run: RUN, config: {} })).more) invocations += 1;

    expect(invocations).toBeGreaterThan(2);
    expect(idsOf(await entriesOf({ ...ports, timeLeft: () => 1000 }, FIRST))).toEqual(sortedIds(events));
    expect(ports.pages()).toBe(10);
    expect(await checkpointIn(ports.store)).toMatchObject({ counts: { read: 500, inside: 500, outside: 0, skipped: 0, malformed: 0 } });
  });

  it('does not wait for answers that do not come', async () => {
    const ports = portsOf(spread(60), { readQueryExecutions: () => new Promise(() => {}), graceMs: 5 });

    const result = await createReader({ ...ports, timeLeft: () => (ports.pages() < 2 ? 1000 : 0) })({ windows: [FIRST], run: RUN, config: {} });

    expect(result.more).toBe(true);
    expect(idsOf(await entriesOf({ ...ports, readQueryExecutions: asked() }, FIRST))).toEqual(sortedIds(spread(60)));
  });

  it('leaves the report of a long hour to an invocation that has its whole time for it', async () => {
    const long = spread(8000);
    let left = 1000;
    const ports = portsOf(long, { timeLeft: () => left });
    const { lookUp } = ports;
    const late: ReadHoursPorts['lookUp'] = async (range, token) => {
      left = 400;
      return lookUp(range, token);
    };

    expect(await readByLookUps({ ...ports, lookUp: late }, FIRST, RUN)).toBeNull();
    const pages = ports.pages();
    const entries = await entriesOf(ports, FIRST);

    expect(idsOf(entries)).toEqual(sortedIds(long));
    expect(ports.pages()).toBe(pages);
  });
});

describe('parts', () => {
  it('bound what is held of a long hour, and are merged in order', async () => {
    const long = spread(12_000);
    const ports = portsOf(long);

    await createReader(ports)({ windows: [FIRST], run: RUN, config: {} });

    const { parts } = await checkpointIn(ports.store);
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map(({ entries }) => entries))).toBeLessThan(5000);
    expect(idsOf(await entriesOf(ports, FIRST))).toEqual(sortedIds(long));
  });

  it('that are not as they were left make the next attempt read again', async () => {
    const store = createMemoryStore();
    const ports = portsOf(spread(60), { store });
    await createReader(ports)({ windows: [FIRST], run: RUN, config: {} });
    const part = store.names().find((name) => name.endsWith('00001.jsonl')) ?? '';
    await store.write(part, Buffer.from(store.text(part).replace('"ada"', '"eve"')), '');

    await expect(entriesOf(ports, FIRST)).rejects.toMatchObject({ name: 'UpstreamUnavailableError', message: expect.stringContaining(`${part}: not there as this run has left it`) });
    expect(idsOf(await entriesOf(ports, FIRST))).toEqual(sortedIds(spread(60)));
  });

  it('of another run are not taken', async () => {
    const store = createMemoryStore();
    await createReader(portsOf(spread(60), { store }))({ windows: [FIRST], run: 'another', config: {} });
    const ports = portsOf(spread(70), { store });

    expect(await entriesOf(ports, FIRST)).toHaveLength(70);
  });
});

/** An hour of some seed: quiet or busy, with bursts of one second, foreign events and copies. */
function hourOf(seeded: Seeded, hour: number): HeldEvent[] {
  const count = seeded.chance(0.2) ? 0 : seeded.int(1, seeded.chance(0.2) ? 900 : 150);
  const burst = seeded.int(0, 3599);
  const events = Array.from({ length: count }, (_, n) => eventNumber(hour * 10_000 + n + 1, hour * 3600 + (seeded.chance(0.2) ? burst : seeded.int(0, 3599))));
  const copies = events.filter(() => seeded.chance(0.05));
  const foreign = events.filter(() => seeded.chance(0.05)).map((event, n) => ({ ...event, id: `foreign ${hour} ${n}`, record: { ...otherRecord(), eventTime: new Date(event.at).toISOString() } }));
  return seeded.shuffle([...events, ...copies, ...foreign]);
}

/** One invocation, which is killed after so many turns, or stops in time: of a killed one nothing goes on, and nothing is heard. */
async function invoke(ports: ReturnType<typeof portsOf>, windows: readonly HourWindow[], turns: number, killed: boolean): Promise<boolean> {
  let left = turns;
  const die = () => new Promise<never>(() => {});
  const isDead = () => killed && left < 0;
  const { store, lookUp } = ports;
  const mortal: ReadHoursPorts = {
    ...ports,
    store: { ...store, write: (...write) => (isDead() ? die() : store.write(...write)) },
    lookUp: (...question) => (isDead() ? die() : lookUp(...question)),
    turns: {
      ...ports.turns,
      next: async () => {
        left -= 1;
        if (isDead()) await die();
      },
    },
    // A killed one is not to wait for its end for ever: nothing that it still does is heard.
    timeLeft: () => (left > 0 || (killed && !isDead()) ? 1000 : 0),
  };
  const reading = createReader(mortal)({ windows, run: RUN, config: {} }).then(({ more, unread }) => more || unread.length > 0);
  return killed ? Promise.race([reading, ports.clock.sleep(1000).then(() => true)]) : reading;
}

describe.each(Array.from({ length: 20 }, (_, seed) => seed + 1))('under faults of seed %d', (seed) => {
  it('no event is lost and none made up: throttled, failing, refused, cut, killed, and late', async () => {
    const seeded = createSeeded(seed);
    const windows = WINDOWS.slice(0, 6);
    const events = windows.flatMap((_window, hour) => hourOf(seeded, hour));
    const fault: ReadLookUpFault = () => (seeded.chance(0.3) ? new UpstreamThrottledError('throttled') : seeded.chance(0.1) ? new UpstreamUnavailableError('5xx') : seeded.chance(0.02) ? 'token refused' : null);
    const ports = portsOf(events, { fault, latencyMs: seed % 2, graceMs: 50 });

    while (await invoke(ports, windows, seeded.int(1, 20), seeded.chance(0.3)));

    for (const window of windows) {
      const mine = events.filter(({ id, at }) => !id.startsWith('foreign') && at >= Date.parse(window.start) && at < Date.parse(window.end));
      expect([...new Set(idsOf(await entriesOf(ports, window)))]).toEqual([...new Set(sortedIds(mine))]);
    }
  });
});
