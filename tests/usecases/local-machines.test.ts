import { pathToFileURL } from 'node:url';
import { readZone } from '#adapters/zones';
import { ConfigError, UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import { planDay } from '#core/window';
import { createLocalMachines, type Invoke, type LocalMachines, type Outcome } from '../../cli/local-machines.ts';
import { close } from '../../functions/closer/closer.ts';

const MACHINES = pathToFileURL(`${process.cwd()}/statemachine/`);
const AS_OF = '2026-11-22T06:00:00.000Z';
const COUNTS = { read: 1, rows: 1, duplicates: 0, outside: 0, skipped: 0, malformed: 0 };

const READ = { more: false, read: 24, unread: [] };

interface HourEvent {
  readonly day: string;
  readonly hour: string;
}

/** What a worker does with an hour; what it returns is not looked at. */
type Work = (event: HourEvent) => unknown;

/** The machines over a worker that notes the hours it was given, a trivial answer, and the real closer. */
async function createTracked(work: Work = () => undefined, reader: Invoke = async () => READ) {
  const events: HourEvent[] = [];
  const worker: Invoke = async (payload) => {
    const event = payload as HourEvent;
    events.push(event);
    await work(event);
    return { more: false, day: event.day, hour: event.hour, source: 'lookup', manifest: `${event.hour}.json`, counts: COUNTS };
  };
  const machines = await createLocalMachines(MACHINES, { reader, worker, closer: async (event) => close(event) }, 0);
  return { machines, events, keys: () => events.map(({ day, hour }) => `${day} ${hour}`) };
}

/** The day's plan with its first hours only. */
function planOf(day: string, hours: number) {
  const plan = planDay(day, readZone('America/New_York'));
  return { ...plan, windows: plan.windows.slice(0, hours) };
}

async function runDay(machines: LocalMachines, hours: number, mapConcurrency = 2): Promise<Outcome> {
  await machines.startExecution(machines.dayMachineArn, '2026-11-20_test', { ...planOf('2026-11-20', hours), asOf: AS_OF, config: { mapConcurrency } });
  return machines.outcome();
}

async function runBackfill(machines: LocalMachines, days: readonly string[], mapConcurrency = 2): Promise<Outcome> {
  await machines.startExecution(machines.backfillMachineArn, 'range_test', { days: days.map((day) => planOf(day, 2)), span: { from: days.at(-1), to: days[0] }, asOf: AS_OF, config: { mapConcurrency } });
  return machines.outcome();
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('the day machine', () => {
  it('runs every hour of the day once and ends with the verdict of the closer', async () => {
    const { machines, keys } = await createTracked();

    const outcome = await runDay(machines, 24);

    expect(keys().sort()).toEqual(planOf('2026-11-20', 24).windows.map(({ hour }) => `2026-11-20 ${hour}`));
    expect(outcome).toEqual({
      status: 'SUCCEEDED',
      output: { day: '2026-11-20', hours: 24, written: 24, counts: { read: 24, rows: 24, duplicates: 0, outside: 0, skipped: 0, malformed: 0 }, verdict: 'complete', failed: [], certificate: null, settled: false, running: 0, differences: {}, more: false, next: null },
    });
  });

  it('gives the worker its hour, the offsets, the instant of the run, the configuration and the run, and nothing else', async () => {
    const { machines, events } = await createTracked();

    await runDay(machines, 1);

    expect(events).toEqual([{ day: '2026-11-20', hour: '00', start: '2026-11-20T05:00:00Z', end: '2026-11-20T06:00:00Z', offsets: planOf('2026-11-20', 1).offsets, asOf: AS_OF, config: { mapConcurrency: 2 }, run: `${machines.dayMachineArn.split(':stateMachine:')[0]}:stateMachine:Day:2026-11-20_test` }]);
  });

  it.each([1, 2, 5])('has no more hours in flight than the configuration says: %d', async (mapConcurrency) => {
    let inFlight = 0;
    let most = 0;
    const { machines } = await createTracked(async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await pause();
      inFlight -= 1;
    });

    const outcome = await runDay(machines, 12, mapConcurrency);

    expect(outcome.status).toBe('SUCCEEDED');
    expect(most).toBe(mapConcurrency);
  });

  it.each([
    ['UpstreamThrottledError', new UpstreamThrottledError('LookupEvents: throttled')],
    ['UpstreamUnavailableError', new UpstreamUnavailableError('LookupEvents: 503')],
    ['Lambda.TooManyRequestsException', Object.assign(new Error('Rate Exceeded.'), { name: 'Lambda.TooManyRequestsException' })],
  ])('tries an hour again after %s, and the day is complete', async (_name, error) => {
    const failures = [error, error];
    const { machines, keys } = await createTracked(({ hour }) => {
      const failure = hour === '01' ? failures.pop() : undefined;
      if (failure !== undefined) throw failure;
    });

    const outcome = await runDay(machines, 3);

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { verdict: 'complete', written: 3 } });
    expect(keys().filter((key) => key.endsWith('01'))).toHaveLength(3);
    expect(keys()).toHaveLength(5);
  });

  it('gives an hour up that is throttled six times, and names it', async () => {
    const { machines, keys } = await createTracked(({ hour }) => {
      if (hour === '01') throw new UpstreamThrottledError('LookupEvents: throttled');
    });

    const outcome = await runDay(machines, 3);

    expect(outcome).toEqual({ status: 'FAILED', error: 'DayIncomplete', cause: '1 of 3 hours failed: 01 (UpstreamThrottledError: LookupEvents: throttled)' });
    expect(keys().filter((key) => key.endsWith('01'))).toHaveLength(6);
  });

  it.each([
    ['ConfigError', new ConfigError(['OUTPUT_TYPE: wrong'])],
    ['a fault of our own', new TypeError('OUTPUT_TYPE: wrong')],
  ])('does not try an hour again after %s, and the others finish', async (_case, error) => {
    const { machines, keys } = await createTracked(({ hour }) => {
      if (hour === '00') throw error;
    });

    const outcome = await runDay(machines, 4, 1);

    expect(outcome).toEqual({ status: 'FAILED', error: 'DayIncomplete', cause: `1 of 4 hours failed: 00 (${error.name}: OUTPUT_TYPE: wrong)` });
    expect(keys()).toEqual(['2026-11-20 00', '2026-11-20 01', '2026-11-20 02', '2026-11-20 03']);
  });

  it('fails with the error of a closer that fails', async () => {
    const closer: Invoke = async () => {
      throw new TypeError('no verdict');
    };
    const machines = await createLocalMachines(MACHINES, { reader: async () => READ, worker: async () => ({ more: false }), closer }, 0);

    const outcome = await runDay(machines, 1);

    expect(outcome).toEqual({ status: 'FAILED', error: 'TypeError', cause: '{"errorType":"TypeError","errorMessage":"no verdict"}' });
  });

  it('lets nothing through between states that is no JSON', async () => {
    let closed: unknown;
    const closer: Invoke = async (event) => {
      closed = event;
      return { more: false, verdict: 'complete', at: new Date(AS_OF), nothing: undefined };
    };
    const machines = await createLocalMachines(MACHINES, { reader: async () => READ, worker: async () => ({ more: false, hour: '00', at: new Date(AS_OF), nothing: undefined }), closer }, 0);

    const outcome = await runDay(machines, 1);

    expect(closed).toMatchObject({ hours: [{ hour: '00', at: AS_OF }] });
    expect(outcome).toStrictEqual({ status: 'SUCCEEDED', output: { more: false, verdict: 'complete', at: AS_OF } });
  });

  it('gives the day to the closer again as long as its listing goes on, with where to go on', async () => {
    const events: { next?: { page: number }; hours: unknown[] }[] = [];
    const closer: Invoke = async (payload) => {
      const event = payload as (typeof events)[number];
      events.push(event);
      const page = (event.next?.page ?? 0) + 1;
      return page < 4 ? { ...event, more: true, next: { page } } : { ...close(event), verdict: 'complete' };
    };
    const machines = await createLocalMachines(MACHINES, { reader: async () => READ, worker: async (event) => ({ more: false, hour: (event as HourEvent).hour, manifest: 'm', counts: COUNTS }), closer }, 0);

    const outcome = await runDay(machines, 3);

    expect(events.map(({ next }) => next?.page)).toEqual([undefined, 1, 2, 3]);
    expect(events.map(({ hours }) => hours.length)).toEqual([3, 3, 3, 3]);
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { day: '2026-11-20', hours: 3, more: false, verdict: 'complete' } });
  });

  it('tries a closer that is throttled in the middle of its listing again from where it was', async () => {
    const pages: (number | undefined)[] = [];
    const failures = [new UpstreamThrottledError('Rate exceeded')];
    const closer: Invoke = async (payload) => {
      const event = payload as { next?: { page: number } };
      pages.push(event.next?.page);
      if (event.next === undefined) return { ...event, more: true, next: { page: 1 } };
      const failure = failures.pop();
      if (failure !== undefined) throw failure;
      return close(event);
    };
    const machines = await createLocalMachines(MACHINES, { reader: async () => READ, worker: async (event) => ({ more: false, hour: (event as HourEvent).hour, manifest: 'm', counts: COUNTS }), closer }, 0);

    const outcome = await runDay(machines, 2);

    expect(pages).toEqual([undefined, 1, 1]);
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
  });

  it.each([
    ['complete', { status: 'SUCCEEDED', output: { verdict: 'complete' } }],
    ['pending', { status: 'SUCCEEDED', output: { verdict: 'pending' } }],
    ['incomplete', { status: 'FAILED', error: 'DayIncomplete', cause: '1 counts: 10' }],
    ['of another kind', { status: 'FAILED' }],
  ])('ends a day that is %s as it should', async (verdict, expected) => {
    const closer: Invoke = async () => ({ day: '2026-11-20', more: false, next: null, verdict, error: 'DayIncomplete', cause: '1 counts: 10' });
    const machines = await createLocalMachines(MACHINES, { reader: async () => READ, worker: async () => ({ more: false }), closer }, 0);

    const outcome = await runDay(machines, 1);

    expect(outcome).toMatchObject(expected);
  });
});

describe('the backfill machine', () => {
  const DAYS = ['2026-11-20', '2026-11-19', '2026-11-18'];

  it('runs the days in their order, each after the one before has ended', async () => {
    const open = new Set<string>();
    const together: string[][] = [];
    const { machines, events } = await createTracked(async ({ day, hour }) => {
      open.add(`${day} ${hour}`);
      together.push([...new Set([...open].map((key) => key.slice(0, 10)))]);
      await pause();
      open.delete(`${day} ${hour}`);
    });

    const outcome = await runBackfill(machines, DAYS);

    expect([...new Set(events.map(({ day }) => day))]).toEqual(DAYS);
    expect(together.filter((days) => days.length > 1)).toEqual([]);
    expect(together).toHaveLength(6);
    expect(outcome).toEqual({ status: 'SUCCEEDED', output: { days: DAYS.map((day) => ({ day, verdict: 'complete' })), verdict: 'complete', failed: [] } });
  });

  it('has as many hours of its day in flight as the configuration says', async () => {
    let inFlight = 0;
    let most = 0;
    const { machines } = await createTracked(async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await pause();
      inFlight -= 1;
    });

    await runBackfill(machines, DAYS, 2);

    expect(most).toBe(2);
  });

  it('fails after the other days have finished, and names the day and the execution that has the reason', async () => {
    const { machines, keys } = await createTracked(({ day, hour }) => {
      if (day === '2026-11-19' && hour === '01') throw new ConfigError(['OUTPUT_TYPE: wrong']);
    });

    const outcome = await runBackfill(machines, DAYS);

    expect(outcome).toEqual({ status: 'FAILED', error: 'BackfillIncomplete', cause: '1 of 3 days failed: 2026-11-19 (States.TaskFailed: the execution 2026-11-19_range_test has the reason)' });
    expect(keys().sort()).toEqual(DAYS.flatMap((day) => [`${day} 00`, `${day} 01`]).sort());
  });
});

describe('a backfill with a day that is pending', () => {
  it('is green, and says which', async () => {
    const closer: Invoke = async (payload) => {
      const verdict = close(payload);
      return 'day' in verdict && verdict.day === '2026-11-20' ? { ...verdict, verdict: 'pending' } : verdict;
    };
    const machines = await createLocalMachines(MACHINES, { reader: async () => READ, worker: async (event) => ({ more: false, hour: (event as HourEvent).hour, manifest: 'm', counts: COUNTS }), closer }, 0);

    const outcome = await runBackfill(machines, ['2026-11-20', '2026-11-19']);

    expect(outcome).toEqual({ status: 'SUCCEEDED', output: { days: [{ day: '2026-11-20', verdict: 'pending' }, { day: '2026-11-19', verdict: 'complete' }], verdict: 'pending', failed: [] } });
  });
});

describe('the machines', () => {
  it('say what AWS says of a start', async () => {
    const { machines } = await createTracked();

    const started = await machines.startExecution(machines.dayMachineArn, 'a-name', { ...planOf('2026-11-20', 1), asOf: AS_OF, config: { mapConcurrency: 1 } });

    expect(started).toEqual({ executionArn: 'arn:aws:states:us-east-1:000000000000:execution:Day:a-name', already: false });
    await expect(machines.outcome()).resolves.toMatchObject({ status: 'SUCCEEDED' });
  });

  it('have no outcome before anything was started', async () => {
    const { machines } = await createTracked();

    await expect(machines.outcome()).rejects.toThrow('no execution was started');
  });

  it('are refused when a definition is missing', async () => {
    const making = createLocalMachines(pathToFileURL(`${process.cwd()}/tests/`), { reader: async () => READ, worker: async () => ({}), closer: async () => ({}) });

    await expect(making).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
