import { createProgress, type ProgressOutput } from '../../cli/progress.ts';
import type { Standing } from '../../functions/reader/read-hours.ts';

const standing = (pages: number, rest: Partial<Standing> = {}): Standing => ({ hours: 24, hoursRead: 0, pages, starts: pages * 50, pagesLeft: 100 - pages, ...rest });

function outputOf(isTTY: boolean): ProgressOutput & { readonly lines: () => string[] } {
  const written: string[] = [];
  return { isTTY, columns: 120, write: (text) => written.push(text), lines: () => written.join('').split(/\r\u001b\[2K|\n/).filter((line) => line !== '') };
}

describe('the progress of a long reading', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is a line on a terminal, with pages, queries, rate and what is left', async () => {
    const output = outputOf(true);
    const progress = createProgress(output);

    progress.read(standing(1));
    await jest.advanceTimersByTimeAsync(5000);
    progress.read(standing(11, { hoursRead: 3 }));
    await jest.advanceTimersByTimeAsync(5000);
    progress.read(standing(21, { hoursRead: 5, pagesLeft: 2000 }));

    expect(output.lines()).toEqual([
      'reading CloudTrail: 0 of 24 hours, 1 page, 50 queries',
      'reading CloudTrail: 3 of 24 hours, 11 pages, 550 queries, 2.0 pages/s, about 45 s left',
      'reading CloudTrail: 5 of 24 hours, 21 pages, 1050 queries, 2.0 pages/s, about 17 min left',
    ]);
  });

  it('is a line now and then where there is no terminal, and none of a short one', async () => {
    const output = outputOf(false);
    const progress = createProgress(output);

    for (let page = 1; page <= 121; page++) {
      progress.read(standing(page, { starts: 1, pagesLeft: 10 }));
      await jest.advanceTimersByTimeAsync(500);
    }

    expect(output.lines()).toEqual([
      'reading CloudTrail: 0 of 24 hours, 61 pages, 1 query, 2.0 pages/s, about 5 s left',
      'reading CloudTrail: 0 of 24 hours, 121 pages, 1 query, 2.0 pages/s, about 5 s left',
    ]);
  });

  it('begins anew with another day', async () => {
    const output = outputOf(true);
    const progress = createProgress(output);

    progress.read(standing(50));
    await jest.advanceTimersByTimeAsync(60_000);
    progress.read(standing(1));

    expect(output.lines().at(-1)).toBe('reading CloudTrail: 0 of 24 hours, 1 page, 50 queries');
  });
});
