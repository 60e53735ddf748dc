import { countTurns, createMeasure, METRIC_NAMES, type Measure } from '#runtime/metrics';

/** What is written to the log while something is done, a value a line. */
function linesOf(act: (measure: Measure) => void): Record<string, unknown>[] {
  const written: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
  try {
    act(createMeasure());
  } finally {
    spy.mockRestore();
  }
  return written.join('').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}

function directivesOf(line: Record<string, unknown> | undefined): unknown {
  return (line?.['_aws'] as { CloudWatchMetrics: unknown } | undefined)?.CloudWatchMetrics;
}

describe('createMeasure', () => {
  const before = process.env['POWERTOOLS_SERVICE_NAME'];
  beforeEach(() => {
    process.env['POWERTOOLS_SERVICE_NAME'] = 'my-stack';
  });
  afterAll(() => {
    if (before === undefined) delete process.env['POWERTOOLS_SERVICE_NAME'];
    else process.env['POWERTOOLS_SERVICE_NAME'] = before;
    delete process.env['POWERTOOLS_METRICS_DISABLED'];
  });

  it('writes one line of the embedded format, with the stack as the dimension', () => {
    const [line, ...more] = linesOf((measure) => measure({ Rows: 3, WorkerSeconds: 1.5 }));

    expect(more).toEqual([]);
    expect(line).toMatchObject({ service: 'my-stack', Rows: 3, WorkerSeconds: 1.5 });
    expect(directivesOf(line)).toEqual([{ Namespace: 'AthenaQueryTracker', Dimensions: [['service']], Metrics: [{ Name: 'WorkerSeconds', Unit: 'Seconds' }, { Name: 'Rows', Unit: 'Count' }] }]);
  });

  it('writes zeros, which tell that somebody looked', () => {
    expect(linesOf((measure) => measure({ Rows: 0 }))).toMatchObject([{ Rows: 0 }]);
  });

  it('writes a line for each reason of a gap', () => {
    const [, ...gaps] = linesOf((measure) => measure({ Rows: 3 }, { expired: 2, access_denied: 1 }));

    expect(gaps).toMatchObject([{ reason: 'expired', Gaps: 2, service: 'my-stack' }, { reason: 'access_denied', Gaps: 1 }]);
    for (const line of gaps) expect(directivesOf(line)).toEqual([{ Namespace: 'AthenaQueryTracker', Dimensions: [['service', 'reason']], Metrics: [{ Name: 'Gaps', Unit: 'Count' }] }]);
  });

  it('does not carry a figure over into the next line', () => {
    const [, second] = linesOf((measure) => {
      measure({ Rows: 3 });
      measure({ HoursWritten: 1 });
    });

    expect(second).not.toHaveProperty('Rows');
  });

  it('is silent in a local run', () => {
    process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';

    expect(linesOf((measure) => measure({ Rows: 3 }, { expired: 1 }))).toEqual([]);
    delete process.env['POWERTOOLS_METRICS_DISABLED'];
  });

  it('has no name twice', () => {
    expect(new Set(METRIC_NAMES).size).toBe(METRIC_NAMES.length);
  });
});

describe('countTurns', () => {
  it('counts calls and refusals since it was last asked, and passes all on', async () => {
    const calls: string[] = [];
    const turns = countTurns({ next: async () => void calls.push('next'), refused: () => void calls.push('refused'), taken: () => void calls.push('taken') });

    await turns.next();
    await turns.next();
    turns.refused();
    turns.taken();

    expect(turns.count()).toEqual({ LookUps: 2, LookUpsRefused: 1 });
    expect(turns.count()).toEqual({ LookUps: 0, LookUpsRefused: 0 });
    expect(calls).toEqual(['next', 'next', 'refused', 'taken']);
  });
});
