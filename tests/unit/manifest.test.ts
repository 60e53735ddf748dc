import { assertCounts, type Counts, sumCounts } from '#core/manifest';

const COUNTS: Counts = { read: 15, rows: 5, duplicates: 4, outside: 3, skipped: 2, malformed: 1 };

describe('assertCounts', () => {
  it('is content when what was read is the sum of what became of it', () => {
    expect(() => assertCounts(COUNTS)).not.toThrow();
  });

  it.each(['read', 'rows', 'duplicates', 'outside', 'skipped', 'malformed'] as const)('notices one %s too many', (name) => {
    const counts = { ...COUNTS, [name]: COUNTS[name] + 1 };

    expect(() => assertCounts(counts)).toThrow(/^counts do not add up: read \d+ is not rows \d+ \+ duplicates \d+ \+ outside \d+ \+ skipped \d+ \+ malformed \d+$/);
  });
});

describe('sumCounts', () => {
  it('adds up hours that each made look-ups of their own', () => {
    expect(sumCounts([COUNTS, COUNTS], 'lookup')).toEqual({ read: 30, rows: 10, duplicates: 8, outside: 6, skipped: 4, malformed: 2 });
  });

  it('counts the scan that the hours of files share once', () => {
    const first: Counts = { read: 20, rows: 5, duplicates: 1, outside: 10, skipped: 3, malformed: 1 };
    const second: Counts = { read: 20, rows: 6, duplicates: 2, outside: 8, skipped: 3, malformed: 1 };

    const sum = sumCounts([first, second], 'files');

    expect(sum).toEqual({ read: 20, rows: 11, duplicates: 3, outside: 2, skipped: 3, malformed: 1 });
    expect(() => assertCounts(sum)).not.toThrow();
  });

  it.each(['lookup', 'files'] as const)('is zero for no hours of %s', (source) => {
    expect(sumCounts([], source)).toEqual({ read: 0, rows: 0, duplicates: 0, outside: 0, skipped: 0, malformed: 0 });
  });
});
