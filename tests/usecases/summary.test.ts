import type { Manifest } from '#core/manifest';
import { type RunReport, toSummary } from '../../cli/summary.ts';

const COUNTS = { read: 2, rows: 2, duplicates: 0, outside: 0, skipped: 0, malformed: 0 };

function manifestOf(hour: string, rows: number, edit: Partial<Manifest> = {}): Manifest {
  return {
    version: 1,
    day: '2026-11-20',
    hour,
    timeZone: 'UTC',
    start: `2026-11-20T${hour}:00:00Z`,
    end: `2026-11-20T${hour}:59:59Z`,
    offsets: [{ from: '2026-11-18T00:00:00Z', minutes: 0 }],
    asOf: '2026-11-22T06:00:00.000Z',
    source: { kind: 'lookup' },
    counts: COUNTS,
    report: { name: `report_${hour}.csv`, format: 'csv', rows, bytes: 1, sha256: '' },
    facts: null,
    kept: { rows: 0, executions: 0, ids: [] },
    changes: null,
    states: { SUCCEEDED: rows },
    missing: {},
    notes: [],
    actors: [{ actor: 'ada', kind: 'person', rows }],
    malformedSamples: [],
    ...edit,
  };
}

function summaryOf(manifests: readonly Manifest[], edit: Partial<RunReport> = {}): string {
  return toSummary({ days: ['2026-11-20'], timeZone: 'UTC', hours: manifests.length, manifests, failures: [], certificates: [], warnings: [], root: 'reports/', next: 'next', colour: false, ...edit });
}

/** What stands beside a name, with the lines that belong to it. */
function fieldOf(summary: string, name: string): string | undefined {
  return new RegExp(`^  ${name} +(.*(?:\\n {15}.*)*)$`, 'm').exec(summary)?.[1]?.replace(/\n +/g, ' ');
}

describe('the rows of a summary', () => {
  it('are those of the reports, all named by the actors', () => {
    expect(fieldOf(summaryOf([manifestOf('10', 2)]), 'Rows')).toBe('2 queries in 1 of 1 hours, by 1 actor: 1 person');
  });

  it('count those that an earlier run knew and this one did not read', () => {
    const summary = summaryOf([manifestOf('10', 5, { kept: { rows: 3, executions: 3, ids: [] } })]);

    expect(fieldOf(summary, 'Rows')).toBe('5 queries (3 of them only known from earlier runs) in 1 of 1 hours, by 1 actor: 1 person');
    expect(fieldOf(summary, 'Most active')).toBe('5  ada (person)');
    expect(fieldOf(summary, 'Records')).toBe('2 read = 2 rows + 0 duplicates + 0 outside + 0 skipped (other events) + 0 malformed');
  });

  it('tell how many name nobody', () => {
    const kept = manifestOf('10', 5, { kept: { rows: 3, executions: 3, ids: [] }, actors: [{ actor: 'ada', kind: 'person', rows: 4 }] });

    expect(fieldOf(summaryOf([kept]), 'Rows')).toBe('5 queries (3 of them only known from earlier runs) in 1 of 1 hours, by 1 actor: 1 person; 1 name nobody');
  });

  it('are none of an hour without report', () => {
    const empty = manifestOf('11', 0, { report: null, states: {}, actors: [], counts: { ...COUNTS, read: 0, rows: 0 } });

    expect(fieldOf(summaryOf([empty]), 'Rows')).toBe('0 queries in 1 of 1 hours');
  });
});

describe('what nobody vouches for', () => {
  it('is told in one line, with its hours', () => {
    const manifests = [manifestOf('09', 1, { unvouched: ['1 rows hold what only they say: a', 'once more'] }), manifestOf('10', 1), manifestOf('11', 1, { unvouched: ['x'] })];

    expect(fieldOf(summaryOf(manifests), 'Unvouched')).toBe('rows of 2 hours (09, 11) hold what only facts say that no manifest vouched for; verify names them');
  });

  it('is told of the hours of several days', () => {
    const manifests = [manifestOf('09', 1, { unvouched: ['x'] }), manifestOf('09', 1, { day: '2026-11-21', unvouched: ['x'] })];

    expect(fieldOf(summaryOf(manifests, { days: ['2026-11-20', '2026-11-21'] }), 'Unvouched')).toBe('rows of 2 hours (2026-11-20 09, 2026-11-21 09) hold what only facts say that no manifest vouched for; verify names them');
  });

  it('is told where objects were set aside, as the certificate has it', () => {
    const certificates = [{ day: '2026-11-20', verdict: 'complete', running: 0, differences: { unvouched: 1 } }];

    expect(fieldOf(summaryOf([manifestOf('10', 1)], { certificates }), 'Unvouched')).toBe('facts or a certificate that could not be read were set aside; verify names them');
  });

  it('is not told of where there is none', () => {
    expect(fieldOf(summaryOf([manifestOf('10', 1)], { certificates: [{ day: '2026-11-20', verdict: 'complete', running: 0, differences: { expired: 1 } }] }), 'Unvouched')).toBeUndefined();
  });
});

describe('records that could not be read', () => {
  const sample = { from: 'a.json', problem: 'JSON that breaks off' };

  it.each([
    [{ kind: 'files', files: 1, passedOver: 0, athenaSide: false } as const, 'mend it or take it away, then run the day again'],
    [{ kind: 'lookup' } as const, 'run the hour again'],
  ])('are told with what to do: %j', (source, words) => {
    const manifest = manifestOf('10', 1, { source, counts: { ...COUNTS, read: 4, malformed: 2 }, malformedSamples: [sample] });

    expect(fieldOf(summaryOf([manifest]), 'Malformed')).toBe(`a.json: JSON that breaks off and 1 more; the manifests name some of them nobody knows what it said, so the day is not complete: ${words}`);
  });
});

it('rows of which Athena was not asked are told so whether or not some of its answers were there', () => {
  const text = fieldOf(summaryOf([manifestOf('10', 2, { missing: { not_asked: 1 } })]), 'Not known');

  expect(text).toBe('1 not_asked: no answer of Athena about it was beside the records; put the output of aws athena batch-get-query-execution there');
});
