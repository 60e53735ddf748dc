import { createPace, createTurns, type Pace } from '#adapters/pace';
import type { Turns } from '#core/ports';
import { createSeeded } from '../fakes/seeded.ts';
import { createTokenBucket } from '../fakes/token-bucket.ts';

/** When each of some calls at once got its slot. Units: milliseconds of the fake clock. */
async function slotsOf(pace: Pace, calls: number): Promise<number[]> {
  const slots: number[] = [];
  const begun = performance.now();
  const waiting = Promise.all(Array.from({ length: calls }, () => pace().then(() => slots.push(Math.round(performance.now() - begun)))));
  await jest.runAllTimersAsync();
  await waiting;
  return slots;
}

describe('a pace', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('lets the first call through at once', async () => {
    const pace = createPace(2);

    const slots = await slotsOf(pace, 1);

    expect(slots).toEqual([0]);
  });

  it.each([
    [2, [0, 500, 1000, 1500]],
    [10, [0, 100, 200, 300]],
  ])('spaces %d calls a second evenly, whoever makes them', async (perSecond, expected) => {
    const pace = createPace(perSecond);

    const slots = await slotsOf(pace, 4);

    expect(slots).toEqual(expected);
  });

  it('saves nothing up while nobody calls', async () => {
    const pace = createPace(2);
    await slotsOf(pace, 2);
    await jest.advanceTimersByTimeAsync(60_000);

    const slots = await slotsOf(pace, 3);

    expect(slots).toEqual([0, 500, 1000]);
  });

  it('holds a call that comes too early until its slot', async () => {
    const pace = createPace(2);
    await slotsOf(pace, 1);
    await jest.advanceTimersByTimeAsync(200);

    const slots = await slotsOf(pace, 2);

    expect(slots).toEqual([300, 800]);
  });

  it('is a rate of its own', async () => {
    const [one, two] = [createPace(2), createPace(2)];

    const slots = await Promise.all([slotsOf(one, 1), slotsOf(two, 1)]);

    expect(slots).toEqual([[0], [0]]);
  });
});

describe('turns', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** Takes turns until so many calls were taken; `isTaken` is asked at each. Shape: calls that were made, and how long it took. */
  async function takeTurns(turns: Turns, count: number, isTaken: () => boolean): Promise<{ calls: number; seconds: number }> {
    const begun = performance.now();
    let calls = 0;
    for (let taken = 0; taken < count; ) {
      await turns.next();
      calls += 1;
      if (isTaken()) {
        taken += 1;
        turns.taken();
      } else turns.refused();
    }
    return { calls, seconds: (performance.now() - begun) / 1000 };
  }

  async function simulated<T>(running: Promise<T>): Promise<T> {
    let ended = false;
    const end = running.finally(() => {
      ended = true;
    });
    while (!ended) await jest.advanceTimersByTimeAsync(1000);
    return end;
  }

  it('come a little slower than the limit, so that no clock beside ours counts one too many', async () => {
    const { calls, seconds } = await simulated(takeTurns(createTurns(2), 101, () => true));

    expect(calls).toBe(101);
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThan(52);
  });

  it('are not slowed down by what slowing down does not help: a service that refuses three of ten at random', async () => {
    const seeded = createSeeded(7);

    const { calls, seconds } = await simulated(takeTurns(createTurns(2), 300, () => !seeded.chance(0.3)));

    expect(calls).toBeLessThan(300 * 1.6);
    expect(seconds).toBeLessThan(300 * 0.5 * 1.8);
  });

  it('of two runs that meet are halved, so that few are refused, and each gets on', async () => {
    const bucket = createTokenBucket({ perSecond: 2, burst: 2 }, () => performance.now());
    const both = Promise.all([takeTurns(createTurns(2), 500, bucket), takeTurns(createTurns(2), 500, bucket)]);

    const runs = await simulated(both);

    for (const { calls, seconds } of runs) {
      expect(calls).toBeLessThan(500 * 1.35);
      expect(seconds).toBeLessThan(500 * 1.4);
    }
  });

  it('come back to their rate when the other run has ended', async () => {
    const turns = createTurns(2);
    await simulated(takeTurns(turns, 20, alternating()));

    const { seconds } = await simulated(takeTurns(turns, 200, () => true));

    expect(seconds).toBeLessThan(200 * 0.5 * 1.5);
  });

  it.each([2, 40])('are as many as the owner says: %d a second', async (rate) => {
    const { seconds } = await simulated(takeTurns(createTurns(rate), 100, () => true));

    expect(seconds / (100 / rate)).toBeCloseTo(1, 1);
  });
});

function alternating(): () => boolean {
  let calls = 0;
  return () => ++calls % 3 === 0;
}
