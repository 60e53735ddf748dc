import { beginChain, type Chain, cutChain, densityOf, followChain, freshOf, pagesLeft, reopenChain } from '#core/chain';

const START = Date.parse('2026-11-20T15:00:00Z');
const END = Date.parse('2026-11-20T16:00:00Z');
const at = (seconds: number) => START + seconds * 1000;
const events = (...seconds: readonly number[]) => seconds.map((second) => ({ at: at(second), id: `event ${second}` }));
/** Ten pages an hour. */
const DENSITY = 500 / 3_600_000;

const whole = beginChain(START, END);
/** Half of the hour is read, newest first. */
const half = followChain(whole, events(3599, 2700, 1800), 'token');

describe('a chain', () => {
  it('begins over whole seconds, both ends of them in the range', () => {
    expect(whole).toEqual({ from: START, to: END - 1000, floor: START, token: null, reached: END, edge: [], again: [], unordered: false, pages: 0, done: false });
  });

  it('follows a page to its oldest event, under the same bounds', () => {
    expect(half).toEqual({ ...whole, token: 'token', reached: at(1800), edge: ['event 1800'], pages: 1 });
  });

  it('is done when there is no token, be the page full or empty', () => {
    expect(followChain(whole, events(3599), null).done).toBe(true);
    expect(followChain(whole, [], null).done).toBe(true);
    expect(followChain(whole, [], 'token').done).toBe(false);
  });

  it('takes events without a time as they come', () => {
    expect(followChain(half, [{ at: null, id: 'x' }], 'next')).toMatchObject({ reached: at(1800), done: false, unordered: false });
  });

  it('knows the events of the second that it stands in, over several pages', () => {
    const more = followChain(half, [{ at: at(1800), id: 'a' }, { at: at(1799), id: 'b' }, { at: at(1799) + 500, id: 'c' }, { at: at(1799), id: null }], 'next');

    expect(more.edge).toEqual(['b', 'c']);
  });

  it('sees when pages come in no order, but for the order within a second', () => {
    expect(followChain(half, [{ at: at(1800) + 999, id: 'x' }], 'next').unordered).toBe(false);
    expect(followChain(half, events(1801), 'next').unordered).toBe(true);
    expect(followChain(followChain(half, events(1801), 'next'), events(100), 'last').unordered).toBe(true);
  });
});

describe('a cut', () => {
  it('leaves the newer half to the chain, under its own bounds, and the older half to a new one', () => {
    const halves = cutChain(half, DENSITY);

    expect(halves).toEqual([{ ...half, floor: at(900) }, beginChain(START, at(900))]);
  });

  it('leaves no second to both and none to neither', () => {
    const [newer, older] = cutChain({ ...half, reached: at(1801) }, DENSITY) ?? [];

    expect((older?.to ?? 0) + 1000).toBe(newer?.floor);
  });

  it('ends the chain at the first event beyond it; on it, there may be more', () => {
    const [newer = whole] = cutChain(half, DENSITY) ?? [];

    expect(followChain(newer, events(1200, 900), 'next').done).toBe(false);
    expect(followChain(newer, events(1200, 899), 'next').done).toBe(true);
  });

  it('does not end a chain in no order, which reads all of its range', () => {
    const [newer = whole] = cutChain(half, DENSITY) ?? [];

    expect(followChain(newer, events(899, 1200), 'next').done).toBe(false);
  });

  it('is made of what a cut has left', () => {
    const [, older = whole] = cutChain(half, DENSITY) ?? [];

    expect(cutChain(older, DENSITY * 2)).toEqual([{ ...older, floor: at(450) }, beginChain(START, at(450))]);
  });

  it.each<[string, Chain, number]>([
    ['of which little is left', { ...half, reached: at(850) }, DENSITY],
    ['that is done', { ...half, done: true }, DENSITY],
    ['in no order', { ...half, unordered: true }, DENSITY],
    ['of one second', { ...beginChain(START, at(1)), token: 'token' }, 1],
  ])('is not made of a chain %s', (_what, chain, density) => {
    expect(cutChain(chain, density)).toBeNull();
  });
});

describe('what is left', () => {
  it('goes by the density of what was read, over all chains', () => {
    expect(densityOf([whole], 0, 3_600_000)).toBeNull();
    expect(densityOf([half], 250, 3_600_000)).toBe(250 / 1_800_000);
    expect(densityOf(cutChain(half, DENSITY) ?? [], 250, 3_600_000)).toBe(250 / 1_800_000);
    expect(pagesLeft(half, 250 / 1_800_000)).toBeCloseTo(5);
    expect(pagesLeft({ ...half, floor: at(900) }, 250 / 1_800_000)).toBeCloseTo(2.5);
    expect(pagesLeft({ ...half, done: true }, 1)).toBe(0);
  });
});

describe('what a chain that began again has not taken yet', () => {
  const page = [{ id: 'new' }, { id: 'a' }, { id: null }, { id: 'a' }, { id: 'b' }, { id: 'a' }];

  it('is all but the events that it met before, each copy once, over several pages', () => {
    const { fresh, again } = freshOf({ ...whole, again: ['a', 'a', 'c'] }, page);

    expect(fresh).toEqual([{ id: 'new' }, { id: null }, { id: 'b' }, { id: 'a' }]);
    expect(again).toEqual(['c']);
    expect(freshOf({ ...whole, again }, [{ id: 'c' }, { id: 'c' }])).toEqual({ fresh: [{ id: 'c' }], again: [] });
  });

  it('is everything when it met nothing', () => {
    expect(freshOf(whole, page)).toEqual({ fresh: page, again: [] });
  });

  it('moves it on, and not what it met again', () => {
    const again = { ...reopenChain(half), again: ['event 1800'] };

    expect(followChain(again, events(1800, 1700), 'next')).toMatchObject({ again: [], reached: at(1700), edge: ['event 1700'], unordered: false });
  });
});

describe('a chain whose token is refused', () => {
  it('begins again in the second that it stands in, knowing what it has read of it', () => {
    expect(reopenChain({ ...half, reached: at(1800) + 500, floor: at(900) })).toEqual({ ...beginChain(at(900), at(1801)), reached: at(1800) + 500, edge: ['event 1800'], again: ['event 1800'], pages: 1 });
  });

  it('begins at its end when it is in no order, or before its first page', () => {
    expect(reopenChain({ ...half, unordered: true })).toMatchObject({ from: START, to: END - 1000, token: null });
    expect(reopenChain(whole)).toEqual(whole);
  });
});
