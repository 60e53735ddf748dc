import { createPace, type Pace } from '#adapters/pace';

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
