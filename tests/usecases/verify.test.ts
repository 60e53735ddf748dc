import { appendFile, cp, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderStore } from '#adapters/folder-store';
import { createFolderListing } from '#adapters/listing';
import type { Certificate } from '#core/certificate';
import { InvalidInputError } from '#core/errors';
import type { ListedExecution } from '#core/history';
import { type VerifyOptions, verify } from '../../cli/verify.ts';
import { createCloser } from '../../functions/closer/closer.ts';
import { idOf, refusedRecord, startNumber } from '../fakes/records.ts';
import { DAY, FOLDER, type GivenDay, SETTLED, UNSETTLED, writeDay, ZONE } from '../fakes/written-day.ts';

const HOUR_10 = `json/${FOLDER}hour=10/`;
const REPORT = `${HOUR_10}report_2026_11_20_h10.json`;
const FACTS = `${HOUR_10}_facts.jsonl`;
const MANIFEST = `${HOUR_10}_manifest.json`;
const CERTIFICATE = `json/${FOLDER}_certificate.json`;
const ROWS = [startNumber(1), startNumber(2), refusedRecord({ eventID: idOf(1009) })];
const LATE: ListedExecution = { id: idOf(3), submittedAt: Date.parse('2026-11-20T18:00:00Z'), workgroup: 'primary' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A day as a run leaves it in the folder: a look-up's, closed with what Athena lists. */
async function runDay(given: GivenDay = {}, others: readonly ListedExecution[] = [], denied: readonly string[] = []): Promise<void> {
  const store = createFolderStore(folder, 'json/');
  const event = await writeDay(store, { records: ROWS, asOf: SETTLED, ...given });
  const closer = createCloser({
    store,
    listNames: createFolderListing(folder, 'json/'),
    history: {
      list: async (_span, sink) => {
        for (const id of [idOf(1), idOf(2)]) sink.onKnown(id);
        for (const one of others) {
          if (sink.readKnown(one.id) === undefined) sink.onUnknown(one);
          else sink.onKnown(one.id);
        }
        for (const workgroup of denied) sink.onUnlisted({ workgroup, reason: 'denied', said: 'no' });
        sink.onWorkgroup('primary');
        return null;
      },
      readRecords: async function* () {},
    },
    setAside: [],
    source: 'lookup',
    timeZone: ZONE,
    settleHours: 24,
    isLate: () => false,
  });
  await closer(event);
}

async function verifyDay(edit: Partial<VerifyOptions> = {}): Promise<{ code: number; text: string }> {
  let text = '';
  const output = { write: (part: string) => (text += part) };
  const code = await verify({ date: DAY, to: { folder }, format: 'json', timeZone: ZONE, asOf: '2026-12-01T00:00:00Z', ...edit }, { output, command: 'tracker' });
  return { code, text };
}

const edit = async (name: string, change: (text: string) => string) => writeFile(join(folder, name), change(await readFile(join(folder, name), 'utf8')));
const editManifest = (change: (manifest: Record<string, Record<string, number>>) => void) =>
  edit(MANIFEST, (text) => {
    const manifest = JSON.parse(text);
    change(manifest);
    return `${JSON.stringify(manifest, null, 1)}\n`;
  });

describe('a day that was left alone', () => {
  it('is complete, exit 0, with what was read and what Athena said when it was closed', async () => {
    await runDay();

    const { code, text } = await verifyDay();

    expect(code).toBe(0);
    expect(text).toBe(`
2026-11-20 (America/New_York): complete, settled

  Hours        24 of 24 have a manifest of their window
  Rows         3; figures missing: 1 rejected
  Objects      26 read and hashed below ${folder}/json/
  Athena       2 of the 2 executions that it listed are rows, in 1 workgroup (as recorded 2026-11-22T06:00:00.000Z; not asked again)
  Not compared Other accounts and Regions than those of the records
               Spark calculations: they are no queries
`);
  });

  it('is not called settled by being looked at late: only a run can settle it', async () => {
    await runDay({ asOf: UNSETTLED });

    const { code, text } = await verifyDay();

    expect(code).toBe(0);
    expect(text).toContain('complete, not settled yet');
  });

  it('is pending, exit 3, while Athena knew more than CloudTrail had told', async () => {
    await runDay({ asOf: UNSETTLED }, [LATE]);

    const { code, text } = await verifyDay();

    expect(code).toBe(3);
    expect(text).toContain('pending, not settled yet');
    expect(text).toContain(`1 athena_only\n                 ${idOf(3)}: submitted 2026-11-20T18:00:00.000Z in primary`);
    expect(text).toContain('then: tracker run --date 2026-11-20');
  });

  it('is incomplete, exit 1, when that was still so in the run that settled it', async () => {
    await runDay({}, [LATE]);

    await expect(verifyDay()).resolves.toMatchObject({ code: 1, text: expect.stringContaining('incomplete, settled') });
  });

  it('is incomplete when a workgroup refused its list, and says what to grant', async () => {
    await runDay({}, [], ['finance']);

    const { code, text } = await verifyDay();

    expect(code).toBe(1);
    expect(text).toContain('finance: grant athena:ListQueryExecutions and athena:BatchGetQueryExecution on workgroup/finance (no)');
  });
});

describe('a day that was changed behind the back of the tracker', () => {
  const CASES: [string, () => Promise<unknown>, string][] = [
    ['an altered report', () => edit(REPORT, (text) => text.replace('SELECT 1', 'SELECT 9')), `1 object_changed\n                 ${REPORT.slice(5)}: `],
    ['a line more in a report', () => appendFile(join(folder, REPORT), '{}\n'), `${REPORT.slice(5)}: `],
    ['a removed report', () => unlink(join(folder, REPORT)), `1 object_missing\n                 ${REPORT.slice(5)}: it is gone`],
    ['an added object', () => cp(join(folder, REPORT), join(folder, HOUR_10, 'copy.json')), `1 object_added\n                 ${HOUR_10.slice(5)}copy.json: no manifest vouches for it, and Athena would read it as rows`],
    ['a report in an hour without rows', () => cp(join(folder, REPORT), join(folder, `json/${FOLDER}hour=11/report_2026_11_20_h11.json`)), `object_added\n                 ${FOLDER}hour=11/report_2026_11_20_h11.json`],
    ['altered facts', () => edit(FACTS, (text) => text.replace('SELECT 1', 'SELECT 9')), `object_changed\n                 ${FACTS.slice(5)}: `],
    ['removed facts', () => unlink(join(folder, FACTS)), `object_missing\n                 ${FACTS.slice(5)}: it is gone`],
    ['a missing hour', () => rm(join(folder, HOUR_10), { recursive: true }), '1 hour_missing\n                 10: no manifest'],
    ['a missing manifest', () => unlink(join(folder, MANIFEST)), '1 hour_missing\n                 10: no manifest'],
    ['counts that do not add up', () => editManifest(({ counts }) => Object.assign(counts ?? {}, { duplicates: 7 })), 'counts\n                 10: read 3 is not rows 3 + duplicates 7'],
    ['a manifest without a row', () => editManifest((manifest) => Object.assign(manifest, { report: null, facts: null, counts: { ...manifest['counts'], rows: 0, read: 0 }, states: {}, missing: {} })), `${REPORT.slice(5)}: no manifest vouches for it`],
    ['a manifest that says what was altered', () => editManifest(({ report }) => Object.assign(report ?? {}, { rows: 3 })).then(() => edit(MANIFEST, (text) => `${text}\n`)), `${MANIFEST.slice(5)}: not the manifest that was certified`],
    ['a manifest that is no JSON', () => writeFile(join(folder, MANIFEST), '{'), `${MANIFEST.slice(5)}: no manifest of this version`],
    ['a removed certificate', () => unlink(join(folder, CERTIFICATE)), `${CERTIFICATE.slice(5)}: no certificate: the day was not closed to its end`],
    ['a certificate that is no JSON', () => writeFile(join(folder, CERTIFICATE), 'complete'), `${CERTIFICATE.slice(5)}: no certificate of this version`],
  ];

  it.each(CASES)('is incomplete, exit 1, and says what it is: %s', async (_what, change, expected) => {
    await runDay();
    expect(await verifyDay()).toMatchObject({ code: 0 });

    await change();
    const { code, text } = await verifyDay();

    expect(text).toContain(expected);
    expect(text).toContain('incomplete');
    expect(code).toBe(1);
  });

  it('is not believed because its certificate says complete', async () => {
    await runDay({}, [LATE]);
    await edit(CERTIFICATE, (text) => text.replace('"verdict": "incomplete"', '"verdict": "complete"'));

    const { code, text } = await verifyDay();

    expect(code).toBe(1);
    expect(text).toContain('Certificate  says complete, as of 2026-11-22T06:00:00.000Z');
  });

  it('is complete again after it was run again', async () => {
    await runDay();
    await unlink(join(folder, REPORT));
    expect(await verifyDay()).toMatchObject({ code: 1 });

    await runDay();

    expect(await verifyDay()).toMatchObject({ code: 0 });
  });

  it('does not follow a manifest out of the folder', async () => {
    await runDay();
    await editManifest(({ report }) => Object.assign(report ?? {}, { name: '../../../../../secret' }));

    const { code, text } = await verifyDay();

    expect(code).toBe(1);
    expect(text).toContain('which is no report of this hour');
  });
});

it('a record that could not be read is shown with its place, and keeps the day from being complete', async () => {
  await runDay({ source: 'files', records: [...ROWS, 'cut o'] });

  const { code, text } = await verifyDay();

  expect(code).toBe(1);
  expect(text).toContain('1 malformed\n                 record 4: record: "cut o", expected a JSON object; nobody knows what it said: mend it or take it away, then run the day again');
});

it('a day whose open execution was carried over is as incomplete to verify', async () => {
  await runDay({}, [LATE], ['finance']);
  await runDay({});

  const { code, text } = await verifyDay();

  expect(code).toBe(1);
  expect(text).toContain(`1 athena_only\n                 ${idOf(3)}: submitted 2026-11-20T18:00:00.000Z in primary; Athena knew it as of ${SETTLED}, CloudTrail has not told of it; carried over from an earlier certificate`);
  expect(text).toContain('1 list_denied\n                 finance: as of');
  expect(text).toContain('2 of the 2 executions that it listed are rows');
});

describe('several days', () => {
  it('are each told, and the worst of them decides', async () => {
    await runDay();

    const { code, text } = await verifyDay({ date: '2026-11-19', endDate: DAY });

    expect(text).toMatch(/2026-11-19 \(America\/New_York\): incomplete[\s\S]*2026-11-20 \(America\/New_York\): complete/);
    expect(code).toBe(1);
  });

  it('are refused upside down', async () => {
    await expect(verifyDay({ date: DAY, endDate: '2026-11-19' })).rejects.toThrow(new InvalidInputError('--date: 2026-11-20 is after --end-date 2026-11-19, expected a day not after it'));
  });

  it('leave out a day that the zone left out', async () => {
    const { code, text } = await verifyDay({ date: '2011-12-30', timeZone: 'Pacific/Apia' });

    expect(text).toBe('\n2011-12-30 (Pacific/Apia): no such day, the zone left it out\n');
    expect(code).toBe(0);
  });
});

it('another zone has other hours, of which none lies here', async () => {
  await runDay();

  const { code, text } = await verifyDay({ timeZone: 'UTC' });

  expect(code).toBe(1);
  expect(text).toContain('24 hour_missing');
  expect(text).toContain('00: its manifest is of 2026-11-20 00 in America/New_York');
});

it('the certificate names what verify finds', async () => {
  await runDay();

  const certificate = JSON.parse(await readFile(join(folder, CERTIFICATE), 'utf8')) as Certificate;

  expect(certificate).toMatchObject({ verdict: 'complete', rows: 3, missing: { rejected: 1 }, compared: { objects: 26 } });
});
