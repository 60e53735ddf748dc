import { createHash } from 'node:crypto';
import { readZone } from '#adapters/zones';
import { type AthenaEvidence, type Certificate, type DayEvidence, judgeDay, parseCertificate, toCertificateBytes, WEIGHTS } from '#core/certificate';
import { type Difference, type HourEvidence, parseJson, parseManifest, type RowTrace } from '#core/hour-evidence';
import type { Manifest } from '#core/manifest';
import { hourFolder, reportName } from '#core/partition';
import { planDay } from '#core/window';
import { idOf } from '../fakes/records.ts';
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
    ...rest,
  };
}

/** The same evidence as a run before the day was settled has it. */
function unsettled(evidence: DayEvidence): DayEvidence {
  return { ...evidence, asOf: new Date(UNSETTLED) };
}

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
      notCompared: ['Other accounts and Regions than those of the records', 'Spark calculations: they are no queries'],
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

  it('of files, which are not compared with Athena, and says so', () => {
    const certificate = judgeDay(dayOf({ source: 'files', athena: null, hour10: hourOf('10', [row(1, { known: false }), row(2)]) }));

    expect(certificate).toMatchObject({ verdict: 'complete', differences: [], compared: { athena: null } });
    expect(certificate.notCompared).toContain("Athena's history: the records came from files");
  });

  it('of more than 45 days ago, when Athena knows nothing of it any more, and says so', () => {
    const hour10 = hourOf('10', [row(1, { known: false }), row(2)], { missing: { expired: 1 } });

    const certificate = judgeDay(dayOf({ asOf: new Date('2027-01-20T06:00:00Z'), athena: null, hour10 }));

    expect(certificate).toMatchObject({ verdict: 'complete', differences: [{ cause: 'expired', id: idOf(1), detail: 'older than the 45 days that Athena keeps' }] });
    expect(certificate.notCompared).toContain('Executions before 2026-12-06T06:00:00.000Z: Athena keeps its history for 45 days');
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
    ['a manifest of another window', { hour10: hourOf('10', [row(1), row(2)], { start: '2026-11-20T15:00:01Z' }) }, 'hour_missing 10', /its manifest is of 2026-11-20 10 in America\/New_York, 2026-11-20T15:00:01Z to 2026-11-20T16:00:00Z, expected/],
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
    ['facts that cannot be read', { hour10: { ...good, rows: '_facts.jsonl: line 1 is no fact' } }, `object_changed ${HOUR_10}_facts.jsonl`, /^_facts\.jsonl: line 1 is no fact$/],
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
    const athena = athenaOf({ unknown: [stranger, { ...stranger, id: idOf(4) }], workgroups: ['a', 'b'], unlisted: [{ workgroup: 'x', reason: 'denied', said: 'no' }, { workgroup: 'y', reason: 'gone', said: 'no' }], listed: new Set([idOf(1), idOf(2)]) });
    const reversed = { ...athena, unknown: [...athena.unknown].reverse(), workgroups: ['b', 'a'], unlisted: [...athena.unlisted].reverse(), listed: new Set([idOf(2), idOf(1)]) };
    const evidence = dayOf({ athena });

    expect(toCertificateBytes(judgeDay({ ...evidence, athena: reversed, hours: [...evidence.hours].reverse() }))).toEqual(toCertificateBytes(judgeDay(evidence)));
  });

  it('are read back as they were written', () => {
    const certificate = judgeDay(dayOf({ athena: athenaOf({ unknown: [stranger], unlisted: [{ workgroup: 'x', reason: 'denied', said: 'no' }] }) }));

    expect(parseCertificate(parseJson(toCertificateBytes(certificate)))).toEqual(certificate);
  });

  it.each<[string, unknown]>([
    ['no JSON', undefined],
    ['another version', { ...judgeDay(dayOf()), version: 2 }],
    ['no differences', { ...judgeDay(dayOf()), differences: undefined }],
    ['a difference without an id', { ...judgeDay(dayOf()), differences: [{ cause: 'counts', detail: '' } as unknown as Difference] }],
    ['a list that is none', { ...judgeDay(dayOf()), compared: { hours: 24, objects: 24, athena: { asOf: '', workgroups: 'all' } } }],
  ])('are refused when they are %s', (_what, value) => {
    expect(parseCertificate(value)).toBeNull();
  });
});

describe('a manifest that lies there', () => {
  const manifest = hourOf('10', [row(1)]).manifest;
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

  it('is read as it was written', () => {
    expect(parseManifest(bytes(manifest))).toEqual(manifest);
  });

  it.each<[string, unknown]>([
    ['no object', []],
    ['of another version', { ...manifest, version: 2 }],
    ['without facts, as of an earlier version', { ...manifest, facts: undefined }],
    ['without a count', { ...manifest, counts: { ...manifest.counts, outside: undefined } }],
    ['with a count below zero', { ...manifest, counts: { ...manifest.counts, outside: -1 } }],
    ['with a report without hash', { ...manifest, report: { ...manifest.report, sha256: null } }],
    ['with states that are no numbers', { ...manifest, states: { SUCCEEDED: '1' } }],
    ['without what was kept', { ...manifest, kept: undefined }],
  ])('is refused when it is %s', (_what, value) => {
    expect(parseManifest(bytes(value))).toBeNull();
  });

  it('is refused when it is no JSON', () => {
    expect(parseManifest(new TextEncoder().encode('{"version":1'))).toBeNull();
  });
});

it('every cause has its weight, and only a proven loss of figures leaves a day complete', () => {
  expect(Object.entries(WEIGHTS).filter(([, weight]) => weight !== 'wrong')).toEqual([['athena_only', 'open'], ['list_denied', 'open'], ['expired', 'known']]);
});
