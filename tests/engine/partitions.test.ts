/** Which objects a question makes the engine look for, and which of them are rows. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { FORMATS, type Format, hourFolder, reportName } from '#core/partition';
import type { Row } from '#core/row';
import { COLUMNS } from '#glue/columns';
import { startNumber } from '../fakes/records.ts';
import { rowOf } from '../properties/fuzzed-rows.ts';
import { encode } from '../properties/report-bytes.ts';
import { ask, empty, listedBy, openStack, runTracker, type Stack, writeReport } from './engine.ts';

/** Days that a test has for itself. */
const [ASKED, NEXT, HOURS, STRANGERS, BROKEN, AUTUMN] = ['2026-04-10', '2026-04-11', '2026-04-12', '2026-04-13', '2026-04-14', '2026-11-01'] as const;

function rowAt(day: string, hour: string): Row {
  const at = Date.parse(`${day}T${hour}:30:00Z`);
  return rowOf({ event_id: `${day} ${hour}`, event_time: at, data_scanned_bytes: 1024, query: 'SELECT 1' });
}

/** The ids of the rows that a condition finds, in order. */
async function idsWhere(stack: Stack, where: string, from = 'athena_queries'): Promise<unknown[]> {
  const { rows } = await ask(stack, `SELECT event_id FROM ${from} WHERE ${where} ORDER BY event_id`);
  return rows.map(([id]) => id);
}

/** The keys of the table for a day; it has no `dt`. */
function keysOf(day: string): string {
  const [year, month, date] = day.split('-');
  return `year = '${year}' AND month = '${month}' AND day = '${date}'`;
}

describe.each(FORMATS)('partitions in %s', (format) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await openStack(format);
    await empty(stack);
    for (const day of [ASKED, NEXT]) {
      for (const hour of ['00', '07', '23']) await writeReport(stack, day, hour, [rowAt(day, hour)]);
    }
  });

  it.each<[string, string, number, string[]]>([
    ['one day', `dt = '${ASKED}'`, 24, [`${ASKED} 00`, `${ASKED} 07`, `${ASKED} 23`]],
    ['two days', `dt BETWEEN '${ASKED}' AND '${NEXT}'`, 48, [`${ASKED} 00`, `${ASKED} 07`, `${ASKED} 23`, `${NEXT} 00`, `${NEXT} 07`, `${NEXT} 23`]],
    ['a list of days', `dt IN ('${ASKED}', '${NEXT}') AND event_time >= TIMESTAMP '${NEXT} 00:00:00'`, 48, [`${NEXT} 00`, `${NEXT} 07`, `${NEXT} 23`]],
    ['an hour', `dt = '${ASKED}' AND hour = '07'`, 1, [`${ASKED} 07`]],
    ['the keys themselves', keysOf(ASKED), 24, [`${ASKED} 00`, `${ASKED} 07`, `${ASKED} 23`]],
    ['an hour without its zero', `dt = '${ASKED}' AND hour = '7'`, 0, []],
    ['a month without its zero', `year = '2026' AND month = '4'`, 0, []],
    ['a day that is in no calendar', "dt = '2026-02-31'", 24, []],
    ['what is no day, and a day outside of the years', "dt IN ('2026-04-32', '2025-04-10', '10 April')", 0, []],
  ])('%s: looks at no more hours than it names', async (_what, where, lists, expected) => {
    const { answer, listed } = await listedBy(() => idsWhere(stack, where));

    expect({ answer, lists: listed.length }).toEqual({ answer: expected, lists });
  });

  it('an hour without an object, one without rows, and what is hidden beside a report are no rows and no error', async () => {
    await writeReport(stack, HOURS, '05', [rowAt(HOURS, '05')]);
    await stack.store.write(`${hourFolder(HOURS, '06')}${reportName(HOURS, '06', format)}`, await noRows(format), '');
    const [folder, report] = [hourFolder(HOURS, '05'), await encode(format, [rowAt(HOURS, '05')])];
    const hidden = ['_manifest.json', '_facts.jsonl', '_certificate.json', '../_certificate.json', `.${reportName(HOURS, '05', format)}`];
    for (const name of hidden) await stack.store.write(join(folder, name), Buffer.from('{"no": "report"'), '');
    await stack.store.write(`${folder}_parts/${reportName(HOURS, '05', format)}`, report, '');

    expect(await idsWhere(stack, `dt = '${HOURS}'`)).toEqual([`${HOURS} 05`]);
    expect(await idsWhere(stack, keysOf(HOURS), stack.table)).toHaveLength(1);
  });

  it('what lies beside a report and can be read is a row of the table, and none of the view', async () => {
    const folder = hourFolder(STRANGERS, '09');
    const report = await encode(format, [rowAt(STRANGERS, '09')]);
    await writeReport(stack, STRANGERS, '09', [rowAt(STRANGERS, '09')]);
    for (const name of [`report copy.${format}`, reportName(STRANGERS, '10', format), `${reportName(STRANGERS, '09', format)}.${format}`]) await stack.store.write(`${folder}${name}`, report, '');
    await stack.store.write(`${folder}notes.${format}`, notes(format), '');
    await stack.store.write(`${folder}older/${reportName(STRANGERS, '09', format)}`, report, '');

    expect((await ask(stack, `SELECT count(*) FROM ${stack.table} WHERE ${keysOf(STRANGERS)}`)).rows).toEqual([[6]]);
    expect(await idsWhere(stack, `dt = '${STRANGERS}'`)).toEqual([`${STRANGERS} 09`]);
    // A note is no time and no number: conditions on either must not come to it.
    expect(await idsWhere(stack, `dt = '${STRANGERS}' AND event_time < TIMESTAMP '2030-01-01 00:00:00' AND data_scanned_bytes > 0`)).toEqual([`${STRANGERS} 09`]);
  });

  it('what cannot be read at all fails the question, with its name', async () => {
    await writeReport(stack, BROKEN, '09', [rowAt(BROKEN, '09')]);
    // A reader of CSV takes any text; what is called compressed and is not, it does not.
    const name = `${hourFolder(BROKEN, '09')}notes.${format === 'csv' ? 'csv.gz' : format}`;
    await stack.store.write(name, Buffer.from('no such thing\n'), '');

    await expect(idsWhere(stack, `dt = '${BROKEN}'`)).rejects.toThrow(name);
    await expect(idsWhere(stack, keysOf(BROKEN), stack.table)).rejects.toThrow(name);
  });

  it('the hour that is there twice in autumn is one partition with both of its hours', async () => {
    const times = ['04:30', '05:30', '06:30', '07:30'].map((time) => `${AUTUMN}T${time}:00Z`);
    const folder = await mkdtemp(join(tmpdir(), 'records-'));
    try {
      await writeFile(join(folder, 'records.json'), JSON.stringify({ Records: times.map((eventTime, index) => startNumber(index, { eventTime })) }));
      await runTracker(stack, '--from', folder, '--date', AUTUMN, '--as-of', '2026-11-03T06:00:00Z');
    } finally {
      await rm(folder, { recursive: true });
    }

    const { rows } = await ask(stack, `SELECT hour, event_time, event_time_local FROM athena_queries WHERE dt = '${AUTUMN}' ORDER BY event_time`);

    expect(rows).toEqual([
      ['00', `${AUTUMN} 04:30:00.000`, `${AUTUMN}T00:30:00-04:00`],
      ['01', `${AUTUMN} 05:30:00.000`, `${AUTUMN}T01:30:00-04:00`],
      ['01', `${AUTUMN} 06:30:00.000`, `${AUTUMN}T01:30:00-05:00`],
      ['02', `${AUTUMN} 07:30:00.000`, `${AUTUMN}T02:30:00-05:00`],
    ]);
  });
});

// What it costs is the same in any format: minutes, on the rig.
it('a question without a day reads every hour of the years', async () => {
  const stack = await openStack('csv');
  await empty(stack);
  await writeReport(stack, ASKED, '07', [rowAt(ASKED, '07')]);
  await writeReport(stack, NEXT, '23', [rowAt(NEXT, '23')]);
  const from = Date.now();

  const { answer, listed } = await listedBy(() => ask(stack, 'SELECT event_id FROM athena_queries ORDER BY event_id'));

  process.stdout.write(`    without a day: ${listed.length} lists for a year, ${((Date.now() - from) / 1000).toFixed(1)} s\n`);
  expect({ rows: answer.rows, lists: listed.length }).toEqual({ rows: [[`${ASKED} 07`], [`${NEXT} 23`]], lists: 12 * 31 * 24 });
});

/** A report without rows, which none of our encoders writes: an hour without queries has no object. */
async function noRows(format: Format): Promise<Uint8Array> {
  if (format === 'parquet') return new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'event_id', data: [], type: 'STRING' }] }));
  const report = await encode(format, [rowOf()]);
  return format === 'csv' ? report.subarray(0, report.indexOf('\n') + 1) : new Uint8Array();
}

/** Somebody's notes, in the format. Shape: one row, as the format's reader sees it, whose texts are no times and no numbers. */
function notes(format: Format): Uint8Array {
  if (format === 'csv') return Buffer.from(`note\n${COLUMNS.map(({ name }) => `my ${name}`).join(',')}\n`);
  if (format === 'json') return Buffer.from('{"note": "mine"}\n');
  return new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'note', data: ['mine'], type: 'STRING' }] }));
}
