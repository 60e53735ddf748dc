import { createHash } from 'node:crypto';
import { readZone } from '#adapters/zones';
import type { Earlier } from '#core/carried';
import { type Certificate, certificateOf, judgeDay, parseCertificate, toCertificateBytes, toEarlier, WEIGHTS } from '#core/certificate';
import type { AthenaEvidence, DayEvidence } from '#core/day-evidence';
import type { Fact } from '#core/facts';
import { type Difference, type HourEvidence, parseManifest, type RowTrace, toRowTrace } from '#core/hour-evidence';
import { parseJson } from '#core/json';
import type { Manifest } from '#core/manifest';
import { hourFolder, reportName } from '#core/partition';
import { toQueryExecution } from '#core/query-execution';
import { parseRecord } from '#core/record';
import { planDay } from '#core/window';
import { executionOf, idOf, startRecord } from '../fakes/records.ts';
import { DAY, FOLDER, SETTLED, UNSETTLED, ZONE } from '../fakes/written-day.ts';

const plan = planDay(DAY, readZone(ZONE));
const at = (text: string) => Date.parse(text);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const HOUR_10 = hourFolder(DAY, '10');
const REPORT = `${HOUR_10}${reportName(DAY, '10', 'csv')}`;

function row(number: number, edit: Partial<RowTrace> = {}): RowTrace {
  return { eventId: idOf(1000 + number), eventTime: at('2026-11-20T15:30:00Z'), queryExecutionId: idOf(number), submittedAt: at('2026-11-20T15:30:00.125Z'), workgroup: 'primary', known: true, running: false, ...edit };
}

/** An hour as the worker leaves it: hour 10 is [15:00Z, 16:00Z). */
function hourOf(hour: string, rows: readonly RowTrace[], edit: Partial<Manifest> = {}): Omit<HourEvidence, 'manifest'> & { readonly manifest: Manifest } {
  const window = plan.windows.find((one) => one.hour === hour);
  if (window === undefined) throw new RangeError(`no hour ${hour}`);
  const object = { bytes: 100, sha256: sha256(hour) };
  const facts = { bytes: 200, sha256: sha256(`facts ${hour}`) };
  const written = rows.length > 0;
  const manifest: Manifest = {
    version: 1,
    day: DAY,
    timeZone: ZONE,
    ...window,
    offsets: plan.offsets,
    asOf: SETTLED,
    source: { kind: 'lookup' },
    counts: { read: rows.length + 3, rows: rows.length, duplicates: 1, outside: 1, skipped: 1, malformed: 0 },
    report: written ? { name: reportName(DAY, hour, 'csv'), format: 'csv', rows: rows.length, ...object } : null,
    facts: written ? { name: '_facts.jsonl', ...facts } : null,
    kept: { rows: 0, executions: 0, ids: [] },
    changes: null,
    states: written ? { SUCCEEDED: rows.length } : {},
    missing: {},
    notes: [],
    actors: [],
    malformedSamples: [],
    ...edit,
  };
  return { hour, manifest, manifestObject: { bytes: 50, sha256: sha256(`manifest ${hour}`) }, report: written ? object : null, facts: written ? facts : null, rows };
}

function athenaOf(edit: Partial<AthenaEvidence> = {}): AthenaEvidence {
  return { asOf: SETTLED, workgroups: ['primary'], unknown: [], elsewhere: [], unlisted: [], unordered: [], listed: new Set([idOf(1), idOf(2)]), ...edit };
}

/** A settled day of two queries in hour 10, with nothing wrong; `edit` makes it wrong. */
function dayOf(edit: Partial<DayEvidence> & { readonly hour10?: HourEvidence } = {}): DayEvidence {
  const { hour10 = hourOf('10', [row(1), row(2)]), ...rest } = edit;
  return {
    plan,
    timeZone: ZONE,
    asOf: new Date(SETTLED),
    settleHours: 24,
    failed: [],
    hours: plan.windows.map(({ hour }) => (hour === '10' ? hour10 : hourOf(hour, []))),
    names: [REPORT, `${HOUR_10}_facts.jsonl`, `${HOUR_10}_manifest.json`, `${FOLDER}_certificate.json`],
    neighbours: new Set(),
    source: 'lookup',
    athena: athenaOf(),
    earlier: null,
    setAside: [],
    ...rest,
  };
}

/** The same evidence as a run before the day was settled has it. */
function unsettled(evidence: DayEvidence): DayEvidence {
  return { ...evidence, asOf: new Date(UNSETTLED) };
}

/** What no certificate compares. */
const NEVER = ['Other accounts and Regions than those of the records', 'Spark calculations: they are no queries'];
const stranger = { id: idOf(3), submittedAt: at('2026-11-20T18:00:00.5Z'), workgroup: 'sales' };
const causes = ({ differences }: Certificate) => differences.map(({ cause, id }) => `${cause} ${id}`);

describe('a day is complete', () => {
  it('when every hour has its manifest, the counts add up, the objects are those of the manifests and Athena has no other id', () => {
    const certificate = judgeDay(dayOf());

    expect(certificate).toMatchObject({
      version: 1,
      day: DAY,
      timeZone: ZONE,
      start: '2026-11-20T05:00:00Z',
      end: '2026-11-21T05:00:00Z',
      asOf: SETTLED,
      settled: true,
      verdict: 'complete',
      rows: 2,
      counts: { read: 74, rows: 2, duplicates: 24, outside: 24, skipped: 24, malformed: 0 },
      kept: 0,
      running: 0,
      missing: {},
      differences: [],
      compared: { hours: 24, objects: 26, athena: { asOf: SETTLED, workgroups: ['primary'], executions: 2, rows: 2, elsewhere: [], unordered: [] } },
      unknown: [],
      unlisted: [],
      notCompared: NEVER,
    });
    expect(certificate.hours).toHaveLength(24);
    expect(certificate.hours[10]).toEqual({
      hour: '10',
      rows: 2,
      manifest: { bytes: 50, sha256: sha256('manifest 10') },
      report: { name: 'report_2026_11_20_h10.csv', format: 'csv', rows: 2, bytes: 100, sha256: sha256('10') },
      facts: { name: '_facts.jsonl', bytes: 200, sha256: sha256('facts 10') },
    });
  });

  it('before it is settled, when nothing is open', () => {
    expect(judgeDay(unsettled(dayOf()))).toMatchObject({ verdict: 'complete', settled: false });
  });

  it('with rows that an earlier run knew and this one did not read', () => {
    const hour10 = hourOf('10', [row(1), row(2)], { counts: { read: 1, rows: 1, duplicates: 0, outside: 0, skipped: 0, malformed: 0 }, kept: { rows: 1, executions: 1, ids: [] } });

    expect(judgeDay(dayOf({ hour10 }))).toMatchObject({ verdict: 'complete', kept: 1, rows: 2 });
  });

  it('with rows whose figures are missing for a proven reason, and counts them, so that nobody takes it for fully known', () => {
    const rows = [row(1, { known: false, submittedAt: null }), row(2)];
    const hour10 = hourOf('10', rows, { missing: { not_found: 1 }, states: { SUCCEEDED: 1, UNKNOWN: 1 } });

    const certificate = judgeDay(dayOf({ hour10, athena: athenaOf({ listed: new Set([idOf(2)]) }) }));

    expect(certificate).toMatchObject({ verdict: 'complete', missing: { not_found: 1 }, compared: { athena: { executions: 1, rows: 1 } } });
    expect(certificate.differences).toEqual([{ cause: 'expired', id: idOf(1), detail: 'Athena lists it no more: its history was deleted, as with a workgroup' }]);
  });

  it('with a query that still runs when the day is settled: reported as running, and counted', () => {
    const hour10 = hourOf('10', [row(1, { running: true }), row(2)], { missing: { running: 1 } });

    expect(judgeDay(dayOf({ hour10 }))).toMatchObject({ verdict: 'complete', running: 1, missing: { running: 1 }, differences: [] });
  });

  it('of files without a side of Athena, which are compared with nothing, and says so', () => {
    const certificate = judgeDay(dayOf({ source: 'files', athena: null, hour10: hourOf('10', [row(1, { known: false }), row(2)]) }));

    expect(certificate).toMatchObject({ verdict: 'complete', settled: true, differences: [], unlisted: [], unknown: [], compared: { athena: null } });
    expect(certificate.notCompared).toEqual([...NEVER, "Athena's own list: the records came from files"]);
  });

  it('of files with the answers that somebody saved, however old they are, and says so', () => {
    const certificate = judgeDay(dayOf({ source: 'files', asOf: new Date('2027-06-01T00:00:00Z') }));

    expect(certificate.notCompared).toEqual([...NEVER, "Athena's own list: the records came from files, and so did Athena's answers; what nobody saved is not known"]);
  });

  it.each([
    ['2027-01-04T05:00:00Z', "Athena's history: it was not asked"],
    ['2027-01-04T05:00:00.001Z', 'Executions before 2026-11-20T05:00:00.001Z: Athena keeps its history for 45 days'],
  ])('of which Athena was not asked, and says so while it may know all of it: as of %s', (asOf, words) => {
    expect(judgeDay(dayOf({ asOf: new Date(asOf), athena: null })).notCompared).toEqual([...NEVER, words]);
  });

  it('that its zone left out: no hour of it is missing', () => {
    const left = planDay('2011-12-30', readZone('Pacific/Apia'));

    expect(judgeDay(dayOf({ plan: left, hours: [], names: [], athena: null }))).toMatchObject({ verdict: 'complete', start: SETTLED, end: SETTLED, differences: [], hours: [] });
  });

  it('of more than 45 days ago, when Athena knows nothing of it any more, and says so', () => {
    const hour10 = hourOf('10', [row(1, { known: false }), row(2)], { missing: { expired: 1 } });

    const certificate = judgeDay(dayOf({ asOf: new Date('2027-01-20T06:00:00Z'), athena: null, hour10 }));

    expect(certificate).toMatchObject({ verdict: 'complete', differences: [{ cause: 'expired', id: idOf(1), detail: 'older than the 45 days that Athena keeps' }] });
    expect(certificate.notCompared).toContain('Executions before 2026-12-06T06:00:00.000Z: Athena keeps its history for 45 days');
  });
});

describe('a row without Athena\'s side', () => {
  const unknownRow = (edit: Partial<RowTrace> = {}) => hourOf('10', [row(1, { known: false, submittedAt: null, ...edit }), row(2)]);
  const listed = new Set([idOf(2)]);

  it.each<[string, Partial<DayEvidence> & { hour10?: HourEvidence }]>([
    ['Athena refused the start', { hour10: unknownRow({ queryExecutionId: null }), athena: athenaOf({ listed }) }],
    ['Athena was not asked', { hour10: unknownRow(), athena: null }],
    ['not even the names of the workgroups were given', { hour10: unknownRow(), athena: athenaOf({ listed, unlisted: [{ workgroup: '*', reason: 'denied', said: 'no' }] }) }],
    ['it came from files, which nobody keeps from growing old', { hour10: unknownRow(), asOf: new Date('2027-06-01T00:00:00Z'), source: 'files', athena: athenaOf({ listed }) }],
  ])('has not expired when %s', (_why, edit) => {
    expect(causes(judgeDay(dayOf(edit))).filter((cause) => cause.startsWith('expired'))).toEqual([]);
  });

  it.each<[string, Partial<DayEvidence> & { hour10?: HourEvidence }]>([
    ['the record does not name its workgroup, and every workgroup was listed', { hour10: unknownRow({ workgroup: null }), athena: athenaOf({ listed }) }],
    ['its workgroup is gone, and its history with it', { hour10: unknownRow({ workgroup: 'old' }), athena: athenaOf({ listed, unlisted: [{ workgroup: 'old', reason: 'gone', said: 'no' }] }) }],
  ])('has expired when %s', (_why, edit) => {
    expect(causes(judgeDay(dayOf(edit)))).toEqual([`expired ${idOf(1)}`]);
  });

  it.each([
    ['2027-01-04T15:30:00Z', []],
    ['2027-01-04T15:30:00.001Z', [`expired ${idOf(1)}`]],
  ])('has expired 45 days after its event: as of %s, %j', (asOf, expected) => {
    expect(causes(judgeDay(dayOf({ hour10: unknownRow(), asOf: new Date(asOf), athena: null })))).toEqual(expected);
  });
});

describe('an execution that Athena knows and CloudTrail does not', () => {
  const evidence = dayOf({ athena: athenaOf({ unknown: [stranger] }) });

  it('leaves the day pending while it is not settled, and is listed by its id', () => {
    const certificate = judgeDay(unsettled(evidence));

    expect(certificate).toMatchObject({ verdict: 'pending', settled: false, unknown: [stranger] });
    expect(certificate.differences).toEqual([{ cause: 'athena_only', id: idOf(3), detail: 'submitted 2026-11-20T18:00:00.500Z in sales; Athena knows it, CloudTrail has not told of it' }]);
    expect(certificate.compared.athena).toMatchObject({ executions: 3, rows: 2 });
  });

  it('makes the day incomplete when it is settled', () => {
    expect(judgeDay(evidence)).toMatchObject({ verdict: 'incomplete', settled: true });
  });

  it.each<[string, Partial<DayEvidence>]>([
    ['is a row by now', { hour10: hourOf('10', [row(1), row(2), row(3)]) } as Partial<DayEvidence>],
    ['is a row of the hour next to the day', { neighbours: new Set([idOf(3)]) }],
    ['is timed by CloudTrail on the other side of midnight', { athena: athenaOf({ unknown: [stranger], elsewhere: [idOf(3)] }) }],
    ['was submitted a moment before the day', { athena: athenaOf({ unknown: [{ ...stranger, submittedAt: at('2026-11-20T04:59:59.999Z') }] }) }],
    ['was submitted as the day ended', { athena: athenaOf({ unknown: [{ ...stranger, submittedAt: at('2026-11-21T05:00:00Z') }] }) }],
  ])('is none when it %s', (_why, edit) => {
    expect(judgeDay(dayOf({ athena: athenaOf({ unknown: [stranger] }), ...edit }))).toMatchObject({ verdict: 'complete', differences: [] });
  });

  it.each(['2026-11-20T05:00:00Z', '2026-11-21T04:59:59.999Z'])('counts to the day from its first to its last moment: %s', (submittedAt) => {
    expect(causes(judgeDay(dayOf({ athena: athenaOf({ unknown: [{ ...stranger, submittedAt: at(submittedAt) }] }) })))).toEqual([`athena_only ${idOf(3)}`]);
  });
});

describe('a query that still runs', () => {
  it('leaves the day pending while it is not settled', () => {
    const hour10 = hourOf('10', [row(1, { running: true }), row(2)]);

    expect(judgeDay(unsettled(dayOf({ hour10 })))).toMatchObject({ verdict: 'pending', running: 1, differences: [] });
  });
});

describe('a workgroup that refused its list', () => {
  const unlisted = [{ workgroup: 'finance', reason: 'denied', said: 'AccessDeniedException: no' }] as const;
  const evidence = dayOf({ athena: athenaOf({ unlisted }) });

  it('is named with what to grant, and leaves the day pending while it is not settled', () => {
    const certificate = judgeDay(unsettled(evidence));

    expect(certificate).toMatchObject({ verdict: 'pending', unlisted });
    expect(certificate.differences).toEqual([{ cause: 'list_denied', id: 'finance', detail: 'grant athena:ListQueryExecutions and athena:BatchGetQueryExecution on workgroup/finance (AccessDeniedException: no)' }]);
    expect(certificate.notCompared).toContain('Workgroup finance: Athena refused to list it (AccessDeniedException: no)');
  });

  it('is not called complete when the day is settled, for nobody knows what it holds', () => {
    expect(judgeDay(evidence)).toMatchObject({ verdict: 'incomplete' });
  });

  it('is named as all of them when not even their names were given', () => {
    const certificate = judgeDay(dayOf({ athena: athenaOf({ unlisted: [{ workgroup: '*', reason: 'denied', said: 'no' }] }) }));

    expect(certificate.differences).toEqual([{ cause: 'list_denied', id: '*', detail: 'grant athena:ListWorkGroups (no)' }]);
  });

  it.each([['gone', 'it is gone, and its history with it'], ['spark', 'it is of Spark']] as const)('is no difference when it is %s, and is said not to be compared', (reason, words) => {
    const certificate = judgeDay(dayOf({ athena: athenaOf({ unlisted: [{ workgroup: 'old', reason, said: 'words' }] }) }));

    expect(certificate).toMatchObject({ verdict: 'complete', differences: [] });
    expect(certificate.notCompared).toContain(`Workgroup old: ${words} (words)`);
  });

  it.each([['finance', []], [null, []], ['primary', [`expired ${idOf(1)}`]]])('says nothing of its rows: one of %s is gone from Athena: %j', (workgroup, expected) => {
    const hour10 = hourOf('10', [row(1, { known: false, workgroup }), row(2)]);

    const certificate = judgeDay(dayOf({ hour10, athena: athenaOf({ unlisted, listed: new Set([idOf(2)]) }) }));

    expect(causes(certificate).filter((cause) => !cause.startsWith('list_denied'))).toEqual(expected);
  });
});

describe('a day is incomplete at once, settled or not', () => {
  const good = hourOf('10', [row(1), row(2)]);
  const report = good.manifest.report;
  if (report === null) throw new TypeError('hour 10 has a report');
  const other = { bytes: 101, sha256: sha256('other') };
  const CASES: [string, Partial<DayEvidence> & { hour10?: HourEvidence }, string, RegExp][] = [
    ['an hour that failed', { failed: [{ of: '13', error: 'UpstreamThrottledError', message: 'Rate exceeded' }] }, 'hour_failed 13', /^UpstreamThrottledError: Rate exceeded$/],
    ['an hour without manifest', { hour10: { ...good, manifest: null, report: null, facts: null, rows: [] }, names: [] }, 'hour_missing 10', /no manifest/],
    ['an hour of which nothing is known', { hours: dayOf().hours.filter(({ hour }) => hour !== '10'), names: [] }, 'hour_missing 10', /no manifest/],
    ['a manifest of another window', { hour10: hourOf('10', [row(1), row(2)], { start: '2026-11-20T15:00:01Z' }) }, 'hour_missing 10', /its manifest is of 2026-11-20 10 in America\/New_York, 2026-11-20T15:00:01Z to 2026-11-20T16:00:00Z, expected/],
    ['a manifest of another end', { hour10: hourOf('10', [row(1), row(2)], { end: '2026-11-20T16:30:00Z' }) }, 'hour_missing 10', /2026-11-20T15:00:00Z to 2026-11-20T16:30:00Z, expected/],
    ['a manifest of another day', { hour10: hourOf('10', [row(1), row(2)], { day: '2026-11-19' }) }, 'hour_missing 10', /its manifest is of 2026-11-19 10/],
    ['a manifest of another hour', { hour10: hourOf('10', [row(1), row(2)], { hour: '11' }), names: [] }, 'hour_missing 10', /its manifest is of 2026-11-20 11/],
    ['a manifest of another zone', { hour10: hourOf('10', [row(1), row(2)], { timeZone: 'America/Toronto' }) }, 'hour_missing 10', /expected America\/New_York/],
    ['a manifest that cannot be read', { hour10: { ...good, manifest: 'unreadable' }, names: [] }, `object_changed ${HOUR_10}_manifest.json`, /no manifest of this version/],
    ['what was read not being what became of it', { hour10: hourOf('10', [row(1), row(2)], { counts: { read: 6, rows: 2, duplicates: 1, outside: 1, skipped: 1, malformed: 0 } }) }, 'counts 10', /^read 6 is not rows 2 \+ duplicates 1 \+ outside 1 \+ skipped 1 \+ malformed 0$/],
    ['rows that were kept and not written', { hour10: hourOf('10', [row(1), row(2)], { kept: { rows: 1, executions: 0, ids: [] }, states: { SUCCEEDED: 3 } }) }, 'counts 10', /^the report has 2 rows, found 2 and kept 1$/],
    ['states of fewer rows', { hour10: hourOf('10', [row(1), row(2)], { states: { SUCCEEDED: 1 } }) }, 'counts 10', /^the states are of 1 rows, expected 2$/],
    ['more reasons than rows', { hour10: hourOf('10', [row(1), row(2)], { missing: { expired: 3 } }) }, 'counts 10', /^more facts are missing/],
    ['a fact too few', { hour10: { ...good, rows: [row(1)] } }, 'counts 10', /^the facts tell of 1 rows, the report has 2$/],
    ['a fact told twice', { hour10: { ...good, rows: [row(1), row(1)] } }, 'counts 10', /^the facts tell of an event twice$/],
    ['a fact of another hour', { hour10: { ...good, rows: [row(1), row(2, { eventTime: at('2026-11-20T16:00:00Z') })] } }, 'counts 10', /^the facts tell of 1 events of another hour$/],
    ['a report that is gone', { hour10: { ...good, report: null } }, `object_missing ${REPORT}`, /^it is gone; it had 100 bytes/],
    ['a report of another size', { hour10: { ...good, report: { ...other, sha256: report.sha256 } } }, `object_changed ${REPORT}`, /^101 bytes/],
    ['a report of another hash', { hour10: { ...good, report: { ...other, bytes: 100 } } }, `object_changed ${REPORT}`, /the manifest says 100 bytes/],
    ['facts that are gone', { hour10: { ...good, facts: null, rows: [row(1), row(2)] } }, `object_missing ${HOUR_10}_facts.jsonl`, /^it is gone/],
    ['facts that have changed', { hour10: { ...good, facts: other } }, `object_changed ${HOUR_10}_facts.jsonl`, /^101 bytes/],
    ['facts that cannot be read', { hour10: { ...good, rows: '1 of 2 lines are no facts' } }, `object_changed ${HOUR_10}_facts.jsonl`, /^1 of 2 lines are no facts$/],
    ['facts that have changed and cannot be read', { hour10: { ...good, facts: other, rows: '1 of 2 lines are no facts' } }, `object_changed ${HOUR_10}_facts.jsonl`, /^101 bytes/],
    ['a report without facts', { hour10: { ...hourOf('10', [row(1), row(2)], { facts: null }), facts: null } }, `object_missing ${HOUR_10}_facts.jsonl`, /no facts/],
    ['facts where the manifest has none', { hours: plan.windows.map(({ hour }) => (hour === '10' ? good : hour === '11' ? { ...hourOf('11', []), facts: other } : hourOf(hour, []))) }, `object_added ${FOLDER}hour=11/_facts.jsonl`, /the hour has none/],
    ['a report where the manifest has none', { names: [REPORT, `${FOLDER}hour=11/report_2026_11_20_h11.csv`] }, `object_added ${FOLDER}hour=11/report_2026_11_20_h11.csv`, /Athena would read it as rows/],
    ['an object that nobody vouches for', { names: [REPORT, `${HOUR_10}extra.csv`] }, `object_added ${HOUR_10}extra.csv`, /no manifest vouches for it/],
    ['a report under another name', { hour10: hourOf('10', [row(1), row(2)], { report: { ...report, name: 'other.csv' } }), names: [`${HOUR_10}other.csv`] }, `object_changed ${HOUR_10}_manifest.json`, /"other\.csv", which is no report of this hour/],
  ];

  it.each(CASES)('by %s', (_what, edit, expected, detail) => {
    for (const evidence of [dayOf(edit), unsettled(dayOf(edit))]) {
      const certificate = judgeDay(evidence);

      expect(causes(certificate)).toEqual([expected]);
      expect(certificate.differences[0]?.detail).toMatch(detail);
      expect(certificate.verdict).toBe('incomplete');
    }
  });

  it('names an hour that failed once, and still looks at what lies of it', () => {
    const failed = [{ of: '10', error: 'ConfigError', message: 'no' }];

    expect(causes(judgeDay(dayOf({ failed, hour10: { ...good, manifest: null, rows: [] }, names: [] })))).toEqual(['hour_failed 10']);
    expect(causes(judgeDay(dayOf({ failed, hour10: { ...good, report: null } })))).toEqual(['hour_failed 10', `object_missing ${REPORT}`]);
  });

  it('lists what is wrong at once before what is open and what is known, each by its id', () => {
    const rows = [row(1), row(2), row(6, { known: false }), row(5, { known: false })];
    const hours = dayOf({ hour10: { ...hourOf('10', rows), report: null } }).hours.map((hour) => (hour.hour === '12' ? hourOf('12', [], { states: { SUCCEEDED: 1 } }) : hour));
    const failed = ['14', '13'].map((of) => ({ of, error: 'ConfigError', message: 'no' }));
    const unlisted = ['b', 'a'].map((workgroup) => ({ workgroup, reason: 'denied' as const, said: 'no' }));

    const certificate = judgeDay(dayOf({ hours, failed, athena: athenaOf({ unlisted, unknown: [{ ...stranger, id: idOf(4) }, stranger] }) }));

    expect(causes(certificate)).toEqual([
      'hour_failed 13', 'hour_failed 14', 'counts 12', `object_missing ${REPORT}`, `athena_only ${idOf(3)}`, `athena_only ${idOf(4)}`, 'list_denied a', 'list_denied b', `expired ${idOf(5)}`, `expired ${idOf(6)}`,
    ]);
  });

  it('vouches for nothing of an hour whose manifest nobody can read, and knows the manifest as it lies', () => {
    const manifest = { bytes: 50, sha256: sha256('manifest 10') };

    expect(judgeDay(dayOf({ hour10: { ...good, manifest: 'unreadable' } })).hours[10]).toEqual({ hour: '10', rows: 0, manifest, report: null, facts: null });
    expect(judgeDay(dayOf({ hours: [] })).hours[10]).toEqual({ hour: '10', rows: 0, manifest: null, report: null, facts: null });
  });

  it('hides from nobody what Athena does not read', () => {
    const names = [REPORT, `${HOUR_10}_parts/part-1.csv`, `${HOUR_10}.half-written.tmp`, `${FOLDER}_closing.json`, 'year=2026/month=11/day=21/hour=00/other.csv'];

    expect(judgeDay(dayOf({ names })).differences).toEqual([]);
  });
});

describe('a day is settled', () => {
  it.each([
    ['2026-11-22T04:59:59.999Z', 24, false],
    ['2026-11-22T05:00:00Z', 24, true],
    ['2026-11-22T05:00:00Z', 48, false],
    ['2026-11-23T05:00:00Z', 48, true],
  ])('as of %s with %d hours: %s', (asOf, settleHours, settled) => {
    const hours = plan.windows.map(({ hour }) => hourOf(hour, [], { asOf }));

    expect(judgeDay(dayOf({ asOf: new Date(asOf), settleHours, hours, names: [], athena: athenaOf({ asOf }) })).settled).toBe(settled);
  });

  it('only when its oldest hour was read late enough, however late it is looked at', () => {
    expect(judgeDay(dayOf({ hour10: hourOf('10', [row(1), row(2)], { asOf: UNSETTLED }) })).settled).toBe(false);
    expect(judgeDay(dayOf({ athena: athenaOf({ asOf: UNSETTLED }) })).settled).toBe(false);
  });
});

describe('the bytes of a certificate', () => {
  it('are the same whatever the order of the evidence', () => {
    const athena = athenaOf({ unknown: [stranger, { ...stranger, id: idOf(4) }], workgroups: ['a', 'b'], unlisted: [{ workgroup: 'x', reason: 'denied', said: 'no' }, { workgroup: 'y', reason: 'gone', said: 'no' }], elsewhere: [idOf(8), idOf(9)], unordered: ['a', 'b'], listed: new Set([idOf(1), idOf(2)]) });
    const reversed = { ...athena, elsewhere: [idOf(9), idOf(8)], unordered: ['b', 'a'], unknown: [...athena.unknown].reverse(), workgroups: ['b', 'a'], unlisted: [...athena.unlisted].reverse(), listed: new Set([idOf(2), idOf(1)]) };
    const evidence = dayOf({ athena });

    expect(toCertificateBytes(judgeDay({ ...evidence, athena: reversed, hours: [...evidence.hours].reverse() }))).toEqual(toCertificateBytes(judgeDay(evidence)));
    expect(judgeDay(evidence)).toMatchObject({ unlisted: [{ workgroup: 'x' }, { workgroup: 'y' }], compared: { athena: { workgroups: ['a', 'b'], elsewhere: [idOf(8), idOf(9)], unordered: ['a', 'b'] } } });
  });

  it('give the reasons of missing figures in the order of their names', () => {
    const hour10 = hourOf('10', [row(1), row(2), row(5)], { missing: { not_found: 1, expired: 1, running: 1 } });

    expect(Object.entries(judgeDay(dayOf({ hour10 })).missing)).toEqual([['expired', 1], ['not_found', 1], ['running', 1]]);
  });

  it('lie in the folder of the day', () => {
    expect(certificateOf(DAY)).toBe(`${FOLDER}_certificate.json`);
  });

  it('are read back as they were written', () => {
    const certificate = judgeDay(dayOf({ athena: athenaOf({ unknown: [stranger], unlisted: [{ workgroup: 'x', reason: 'denied', said: 'no' }] }) }));

    expect(parseCertificate(parseJson(toCertificateBytes(certificate)), DAY)).toEqual(certificate);
  });

  it('are read back when Athena was not asked', () => {
    const certificate = judgeDay(dayOf({ athena: null }));

    expect(parseCertificate(parseJson(toCertificateBytes(certificate)), DAY)).toEqual(certificate);
  });

  it.each<[string, object]>([
    ['no instant', { asOf: undefined }],
    ['no number of executions', { executions: '2' }],
    ['no number of rows', { rows: null }],
    ['workgroups that are no names', { workgroups: [5] }],
    ['a list that is none', { elsewhere: 'none' }],
  ])('are refused when what Athena said has %s', (_what, edit) => {
    const certificate = judgeDay(dayOf());

    expect(parseCertificate({ ...certificate, compared: { ...certificate.compared, athena: { ...certificate.compared.athena, ...edit } } }, DAY)).toBeNull();
  });

  it.each<[string, unknown]>([
    ['no JSON', undefined],
    ['another version', { ...judgeDay(dayOf()), version: 2 }],
    ['no differences', { ...judgeDay(dayOf()), differences: undefined }],
    ['no verdict', { ...judgeDay(dayOf()), verdict: undefined }],
    ['no hours to be settled', { ...judgeDay(dayOf()), settleHours: '24' }],
    ['an execution without workgroup', { ...judgeDay(dayOf()), unknown: [{ id: idOf(3) }] }],
    ['a workgroup without reason', { ...judgeDay(dayOf()), unlisted: [{ workgroup: 'x', said: 'no' }] }],
    ['an hour without label', { ...judgeDay(dayOf()), hours: [{}] }],
    ['one good difference and one that is none', { ...judgeDay(dayOf()), differences: [{ cause: 'counts', id: '10', detail: '' }, null] }],
    ['a difference without an id', { ...judgeDay(dayOf()), differences: [{ cause: 'counts', detail: '' } as unknown as Difference] }],
    ['a list that is none', { ...judgeDay(dayOf()), compared: { hours: 24, objects: 24, athena: { asOf: SETTLED, workgroups: 'all' } } }],
    ['another day', { ...judgeDay(dayOf()), day: '2026-11-21' }],
    ['of no instant', { ...judgeDay(dayOf()), asOf: 'long ago' }],
    ['an execution of no time', { ...judgeDay(dayOf()), unknown: [{ ...stranger, submittedAt: '2026-11-20' }] }],
    ['an execution carried over from no instant', { ...judgeDay(dayOf()), unknown: [{ ...stranger, asOf: '' }] }],
    ['a workgroup that was not listed for no reason', { ...judgeDay(dayOf()), unlisted: [{ workgroup: 'x', reason: 'mood', said: 'no' }] }],
    ['a difference without the execution that is its evidence', { ...judgeDay(dayOf({ athena: athenaOf({ unknown: [stranger] }) })), unknown: [] }],
    ['a difference without the workgroup that is its evidence', { ...judgeDay(dayOf({ athena: athenaOf({ unlisted: [{ workgroup: 'x', reason: 'denied', said: 'no' }] }) })), unlisted: [] }],
  ])('are refused when they are %s', (_what, value) => {
    expect(parseCertificate(judgeDay(dayOf()), DAY)).not.toBeNull();
    expect(parseCertificate(value, DAY)).toBeNull();
  });
});

it('a day is incomplete while a manifest lies beside it whose facts were lost', () => {
  const name = `${FOLDER}hour=10/_manifest_0123456789ab_set_aside.json`;

  const certificate = judgeDay(dayOf({ names: [REPORT, name] }));

  expect(certificate).toMatchObject({ verdict: 'incomplete', differences: [{ cause: 'object_missing', id: name }] });
});

describe('what an earlier certificate found open', () => {
  const AGES = '2027-01-20T06:00:00.000Z';
  const denied = { workgroup: 'finance', reason: 'denied', said: 'no' } as const;
  const before: Earlier = { asOf: SETTLED, unknown: [stranger], unlisted: [denied], elsewhere: [] };
  const forgotten = { earlier: before, athena: null, asOf: new Date(AGES) } as const;

  it('stays open when Athena was not asked, with the instant as of which it was found', () => {
    const certificate = judgeDay(dayOf(forgotten));

    expect(certificate).toMatchObject({ verdict: 'incomplete', unknown: [{ ...stranger, asOf: SETTLED }], unlisted: [{ ...denied, asOf: SETTLED }], compared: { athena: null } });
    expect(certificate.differences).toEqual([
      { cause: 'athena_only', id: idOf(3), detail: `submitted 2026-11-20T18:00:00.500Z in sales; Athena knew it as of ${SETTLED}, CloudTrail has not told of it; carried over from an earlier certificate` },
      { cause: 'list_denied', id: 'finance', detail: `as of ${SETTLED} it refused its list, and it has not been listed since; carried over from an earlier certificate; grant athena:ListQueryExecutions and athena:BatchGetQueryExecution on workgroup/finance and run the day again while Athena keeps it, or set it aside by name (no)` },
    ]);
    expect(certificate.notCompared).toContain(`Workgroup finance: Athena refused to list it as of ${SETTLED} (no)`);
  });

  it('keeps its first instant from certificate to certificate, and its bytes', () => {
    const second = judgeDay(dayOf(forgotten));
    const third = judgeDay(dayOf({ ...forgotten, earlier: toEarlier(second) }));

    expect(toCertificateBytes(third)).toEqual(toCertificateBytes(second));
    expect(parseCertificate(parseJson(toCertificateBytes(third)), DAY)).toEqual(third);
  });

  it.each<[string, Partial<DayEvidence> & { hour10?: HourEvidence }, string[]]>([
    ['an execution that is a row by now', { hour10: hourOf('10', [row(1), row(2), row(3)]) }, ['list_denied finance']],
    ['an execution that is a row next to the day by now', { neighbours: new Set([idOf(3)]) }, ['list_denied finance']],
    ['an execution that CloudTrail had timed on the other side of midnight', { earlier: { ...before, elsewhere: [idOf(3)] } }, ['list_denied finance']],
    ['an execution that CloudTrail times there now', { athena: athenaOf({ elsewhere: [idOf(3)] }) }, ['list_denied finance']],
    ['an execution that Athena lists no more', { athena: athenaOf({ workgroups: ['primary', 'sales'] }) }, [`athena_only ${idOf(3)}`, 'list_denied finance']],
    ['an execution whose workgroup was set aside', { setAside: ['sales'] }, [`athena_only ${idOf(3)}`, 'list_denied finance']],
    ['a workgroup that was listed by now', { athena: athenaOf({ workgroups: ['finance', 'primary'] }) }, [`athena_only ${idOf(3)}`]],
    ['a workgroup that was listed when Athena had forgotten half the day', { athena: athenaOf({ asOf: '2027-01-04T17:00:00Z', workgroups: ['finance', 'primary'] }) }, [`athena_only ${idOf(3)}`, 'list_denied finance']],
    ['a workgroup of which only files tell', { source: 'files', athena: athenaOf({ workgroups: ['finance', 'primary'] }) }, [`athena_only ${idOf(3)}`, 'list_denied finance']],
    ['a workgroup that its owner set aside by name', { athena: null, setAside: ['finance'] }, [`athena_only ${idOf(3)}`]],
    ['a workgroup when all were set aside, none by name', { athena: null, setAside: ['*'] }, [`athena_only ${idOf(3)}`, 'list_denied finance']],
    ['a workgroup that is gone by now', { athena: athenaOf({ unlisted: [{ workgroup: 'finance', reason: 'gone', said: 'not found' }] }) }, [`athena_only ${idOf(3)}`, 'list_denied finance']],
    ['a workgroup that is of Spark', { athena: athenaOf({ unlisted: [{ workgroup: 'finance', reason: 'spark', said: 'PySpark' }] }) }, [`athena_only ${idOf(3)}`]],
    ['all workgroups, whose names are given by now', { athena: athenaOf(), earlier: { ...before, unlisted: [{ ...denied, workgroup: '*' }] } }, [`athena_only ${idOf(3)}`]],
    ['a workgroup when all refuse now', { athena: athenaOf({ workgroups: [], unlisted: [{ ...denied, workgroup: '*' }] }) }, [`athena_only ${idOf(3)}`, 'list_denied *', 'list_denied finance']],
    ['what was no refusal', { athena: null, earlier: { ...before, unlisted: [{ workgroup: 'finance', reason: 'gone', said: 'not found' }] } }, [`athena_only ${idOf(3)}`]],
    ['an execution of another day, in a certificate that somebody altered', { athena: null, earlier: { ...before, unknown: [{ ...stranger, submittedAt: 0 }] } }, ['list_denied finance']],
  ])('is judged anew: %s', (_what, edit, expected) => {
    expect(causes(judgeDay(dayOf({ earlier: before, ...edit }))).filter((cause) => !cause.startsWith('expired'))).toEqual(expected);
  });

  it('is no refusal where there was none, and is forgotten then', () => {
    const gone = { workgroup: 'finance', reason: 'gone', said: 'not found' } as const;

    expect(judgeDay(dayOf({ athena: null, earlier: { ...before, unlisted: [gone] } }))).toMatchObject({ unlisted: [], unknown: [stranger] });
  });

  it('is what Athena says now where it says it again: that stands, and is not of before', () => {
    const again = judgeDay(dayOf({ earlier: { ...before, asOf: UNSETTLED }, athena: athenaOf({ unknown: [stranger], unlisted: [denied] }) }));

    expect(again).toEqual(judgeDay(dayOf({ athena: athenaOf({ unknown: [stranger], unlisted: [denied] }) })));
    expect(again.compared.athena).toMatchObject({ executions: 3 });
    expect(judgeDay(dayOf({ earlier: before })).compared.athena).toMatchObject({ executions: 2 });
  });

  it.each([[athenaOf(), 'complete', 'unvouched'], [null, 'incomplete', 'object_changed'], [athenaOf({ asOf: '2027-01-04T17:00:00Z' }), 'incomplete', 'object_changed']] as const)('is missed where it could not be read, unless the whole day was compared anew: %#', (athena, verdict, cause) => {
    const name = `${FOLDER}_certificate_0123456789ab_set_aside.json`;

    expect(judgeDay(dayOf({ athena, names: [REPORT, name] }))).toMatchObject({ verdict, differences: [{ cause, id: name, detail: 'an earlier certificate that could not be read: what it recorded of Athena is not carried over; look at it, then remove it' }] });
  });
});

describe('rows about which Athena gave no answer', () => {
  const unansweredHour = (edit: Partial<Manifest>) => hourOf('10', [row(1), row(2, { known: false, submittedAt: null })], { states: { SUCCEEDED: 1, UNKNOWN: 1 }, missing: { throttled_out: 1 }, ...edit });

  it('are a difference each, for busy is no proof: pending, and incomplete when the day is settled', () => {
    const hour10 = unansweredHour({ unanswered: [idOf(2)], asOf: UNSETTLED });

    expect(judgeDay(dayOf({ hour10, asOf: new Date(UNSETTLED) }))).toMatchObject({ verdict: 'pending', differences: [{ cause: 'unanswered', id: idOf(2), detail: 'Athena gave no answer about it; run hour 10 again' }] });
    expect(judgeDay(dayOf({ hour10: unansweredHour({ unanswered: [idOf(2)] }) })).verdict).toBe('incomplete');
  });

  it.each([
    ['more of them than the manifest names', { missing: { throttled_out: 3 }, unanswered: [idOf(2)] }, [{ id: idOf(2) }, { id: '10', detail: 'Athena gave no answer about 2 more of its rows; run the hour again' }]],
    ['a manifest of before, which names none', {}, [{ id: '10', detail: 'Athena gave no answer about 1 of its rows; run the hour again' }]],
  ])('are told by their hour too: %s', (_which, edit, expected) => {
    const { differences } = judgeDay(dayOf({ hour10: unansweredHour(edit) }));

    expect(differences.filter(({ cause }) => cause === 'unanswered')).toMatchObject(expected);
  });
});

describe('records that could not be read', () => {
  const counts = (malformed: number) => ({ read: 5 + malformed, rows: 2, duplicates: 1, outside: 1, skipped: 1, malformed });
  const sample = (number: number) => ({ from: `LookupEvents page 1, event ${number}`, problem: 'CloudTrailEvent: not JSON' });
  const files = { kind: 'files', files: 2, passedOver: 0, athenaSide: false } as const;
  const cut = { from: 'a.json.gz', problem: 'gzip data that breaks off' };

  it('are a difference each, by their place, for nobody knows what they said: pending, and incomplete when the day is settled', () => {
    const edit = { counts: counts(1), malformedSamples: [sample(3)] };

    expect(judgeDay(dayOf({ hour10: hourOf('10', [row(1), row(2)], { ...edit, asOf: UNSETTLED }), asOf: new Date(UNSETTLED) }))).toMatchObject({ verdict: 'pending' });
    expect(judgeDay(dayOf({ hour10: hourOf('10', [row(1), row(2)], edit) }))).toMatchObject({
      verdict: 'incomplete',
      differences: [{ cause: 'malformed', id: 'hour 10, LookupEvents page 1, event 3', detail: "CloudTrailEvent: not JSON; nobody knows what it said: run the hour again; if CloudTrail gives it so again, only a trail's own file may tell (--from)" }],
    });
  });

  it('are counted where the manifest samples only some', () => {
    const hour10 = hourOf('10', [row(1), row(2)], { counts: counts(14), malformedSamples: Array.from({ length: 10 }, (_, index) => sample(index)) });

    const { differences } = judgeDay(dayOf({ hour10 }));

    expect(differences).toHaveLength(11);
    expect(differences).toContainEqual({ cause: 'malformed', id: 'hour 10', detail: '4 more records could not be read; the manifest does not sample them' });
  });

  it('are told of each hour of a look-up', () => {
    const edit = { malformedSamples: [sample(1)] };
    const hours = plan.windows.map(({ hour }) => (hour === '10' ? hourOf('10', [row(1), row(2)], { ...edit, counts: counts(1) }) : hour === '11' ? hourOf('11', [], { ...edit, counts: { read: 4, rows: 0, duplicates: 1, outside: 1, skipped: 1, malformed: 1 } }) : hourOf(hour, [])));

    expect(causes(judgeDay(dayOf({ hours })))).toEqual(['malformed hour 10, LookupEvents page 1, event 1', 'malformed hour 11, LookupEvents page 1, event 1']);
  });

  it('of files are told of once a day, whatever its hours: all share the scan', () => {
    const scan = { source: files, malformedSamples: [cut, { from: 'b.json, line 2', problem: 'not valid JSON' }] };
    const hours = plan.windows.map(({ hour }) => (hour === '10' ? hourOf('10', [row(1), row(2)], { ...scan, counts: counts(3) }) : hourOf(hour, [], { ...scan, counts: { read: 8, rows: 0, duplicates: 0, outside: 4, skipped: 1, malformed: 3 } })));

    expect(judgeDay(dayOf({ hours, source: 'files', athena: null }))).toMatchObject({
      verdict: 'incomplete',
      differences: [
        { cause: 'malformed', id: 'a.json.gz', detail: 'gzip data that breaks off; nobody knows what it said: mend it or take it away, then run the day again' },
        { cause: 'malformed', id: 'b.json, line 2' },
        { cause: 'malformed', id: 'files', detail: '1 more record could not be read; the manifest does not sample it' },
      ],
    });
  });

  it('of files stay those of the hours that were not read again', () => {
    const hours = plan.windows.map(({ hour }) => (hour === '10' ? hourOf('10', [row(1), row(2)], { source: files, counts: counts(0) }) : hourOf(hour, [], { source: files, counts: { read: 4, rows: 0, duplicates: 0, outside: 2, skipped: 1, malformed: 1 }, malformedSamples: [cut] })));

    expect(causes(judgeDay(dayOf({ hours, source: 'files', athena: null })))).toEqual(['malformed a.json.gz']);
  });

  it('are the same once where some hours were read again beside more of them', () => {
    const hours = plan.windows.map(({ hour }) => hourOf(hour, [], { source: files, counts: { read: 4, rows: 0, duplicates: 0, outside: 2, skipped: hour === '10' ? 0 : 1, malformed: hour === '10' ? 2 : 1 }, malformedSamples: hour === '10' ? [cut, { from: 'c.json', problem: 'not valid JSON' }] : [cut] }));

    expect(causes(judgeDay(dayOf({ hours, names: [], source: 'files', athena: null })))).toEqual(['malformed a.json.gz', 'malformed c.json']);
  });
});

describe('a workgroup that its owner set aside', () => {
  it('is stated and is no difference, and its rows are not taken for deleted', () => {
    const unlisted = [{ workgroup: 'people', reason: 'set_aside', said: 'UNCOMPARED_WORKGROUPS' }] as const;
    const hour10 = hourOf('10', [row(1), row(3, { known: false, submittedAt: null, workgroup: 'people' })]);

    const certificate = judgeDay(dayOf({ hour10, athena: athenaOf({ unlisted }) }));

    expect(certificate).toMatchObject({ verdict: 'complete', differences: [], unlisted });
    expect(certificate.notCompared).toContain('Workgroup people: its owner set it aside (UNCOMPARED_WORKGROUPS)');
  });
});

describe('what a row tells the certificate', () => {
  const parsed = parseRecord(startRecord());
  if (parsed.kind !== 'start') throw new TypeError('no start');
  const fact: Fact = { start: parsed.start, execution: null, retryOf: null, assumption: null };
  const about = { eventId: idOf(1001), eventTime: at('2026-11-20T15:30:00Z'), queryExecutionId: idOf(1) };
  const executed = (edit: Parameters<typeof executionOf>[1]) => toQueryExecution(executionOf(idOf(1), edit));

  it.each<[string, Fact, Partial<RowTrace>]>([
    ['that nothing is known of but its event', fact, { submittedAt: null, workgroup: 'primary', known: false, running: false }],
    ['that has ended in another workgroup than its event names', { ...fact, execution: executed({ WorkGroup: 'sales' }) }, { submittedAt: 1_795_188_600_125, workgroup: 'sales', known: true, running: false }],
    ['that Athena names no workgroup of', { ...fact, execution: executed({ WorkGroup: undefined }) }, { submittedAt: 1_795_188_600_125, workgroup: 'primary', known: true, running: false }],
    ['that still runs', { ...fact, execution: executed({ Status: { State: 'RUNNING', SubmissionDateTime: 1_795_188_600.125 } }) }, { submittedAt: 1_795_188_600_125, workgroup: 'primary', known: true, running: true }],
  ])('is said of one %s', (_which, row, expected) => {
    expect(toRowTrace(row)).toEqual({ ...about, ...expected });
  });
});

describe('a manifest that lies there', () => {
  const manifest = hourOf('10', [row(1)]).manifest;
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

  it('is read as it was written', () => {
    const empty = hourOf('11', []).manifest;

    expect(parseManifest(bytes(manifest))).toEqual(manifest);
    expect(parseManifest(bytes(empty))).toEqual(empty);
  });

  it.each<[string, unknown]>([
    ['no object', []],
    ['of another version', { ...manifest, version: 2 }],
    ['without facts, as of an earlier version', { ...manifest, facts: undefined }],
    ['without a count', { ...manifest, counts: { ...manifest.counts, outside: undefined } }],
    ['with a count below zero', { ...manifest, counts: { ...manifest.counts, outside: -1 } }],
    ['with a report without hash', { ...manifest, report: { ...manifest.report, sha256: null } }],
    ['with a report without name', { ...manifest, report: { ...manifest.report, name: null } }],
    ['with a report without the number of its rows', { ...manifest, report: { ...manifest.report, rows: null } }],
    ['with facts without their size', { ...manifest, facts: { ...manifest.facts, bytes: null } }],
    ['without the instant of its run', { ...manifest, asOf: undefined }],
    ['without its source', { ...manifest, source: {} }],
    ['with no list of those that Athena did not answer about', { ...manifest, unanswered: 'none' }],
    ['with states that are no numbers', { ...manifest, states: { SUCCEEDED: '1' } }],
    ['without what was kept', { ...manifest, kept: undefined }],
    ['without samples of what could not be read', { ...manifest, malformedSamples: undefined }],
    ['with a sample without its place', { ...manifest, malformedSamples: [{ problem: 'not JSON' }] }],
  ])('is refused when it is %s', (_what, value) => {
    expect(parseManifest(bytes(value))).toBeNull();
  });

  it('is refused when it is no JSON', () => {
    expect(parseManifest(new TextEncoder().encode('{"version":1'))).toBeNull();
  });
});

describe('rows that hold what nobody vouches for', () => {
  it('are told of, hour by hour, and leave the day complete: they are there', () => {
    const hour10 = hourOf('10', [row(1), row(2)], { unvouched: ['1 rows hold what only they say: e1'] });

    expect(judgeDay(dayOf({ hour10 }))).toMatchObject({ verdict: 'complete', differences: [{ cause: 'unvouched', id: `${HOUR_10}_facts.jsonl`, detail: '1 rows hold what only they say: e1' }] });
  });

  it('are told of as long as facts lie there that were set aside', () => {
    const name = `${HOUR_10}_facts_0123456789ab_set_aside.jsonl`;

    expect(judgeDay(dayOf({ names: [REPORT, name] }))).toMatchObject({ verdict: 'complete', differences: [{ cause: 'unvouched', id: name, detail: 'facts as somebody left them: some lines were none of the hour; look at them, then remove the object' }] });
  });

  it('are no manifest when they are no list of words', () => {
    const { manifest } = hourOf('10', [row(1)]);
    const parse = (unvouched: unknown) => parseManifest(new TextEncoder().encode(JSON.stringify({ ...manifest, unvouched })));

    expect([parse(['x']), parse([]), parse(undefined)].every((parsed) => parsed !== null)).toBe(true);
    expect([parse('x'), parse([5]), parse(null)]).toEqual([null, null, null]);
  });
});

it('every cause has its weight, and only what takes no row away leaves a day complete', () => {
  expect(Object.entries(WEIGHTS).filter(([, weight]) => weight !== 'wrong')).toEqual([['athena_only', 'open'], ['list_denied', 'open'], ['unanswered', 'open'], ['malformed', 'open'], ['unvouched', 'known'], ['expired', 'known']]);
});
