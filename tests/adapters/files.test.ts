import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createFileSource } from '#adapters/files';
import type { RecordPage } from '#core/ports';
import type { HourWindow } from '#core/window';
import { entry, envelope, lines, other, pretty, report, start, trail, useTestFolder } from '../fakes/record-files.ts';

const here = useTestFolder();

const execution = (id: string, state = 'SUCCEEDED', query = 'select 1') => ({ QueryExecutionId: id, Query: query, Status: { State: state, SubmissionDateTime: '2026-11-20T10:15:00.123000+01:00' } });
const hour = (begin: string, end: string): HourWindow => ({ day: begin.slice(0, 10), hour: begin.slice(11, 13), start: begin, end, offsets: [{ from: '2026-01-01T00:00:00Z', minutes: 0 }] });
const NINE = hour('2026-11-20T09:00:00Z', '2026-11-20T10:00:00Z');

async function pageOf(path: string, window = NINE): Promise<RecordPage> {
  const pages: RecordPage[] = [];
  for await (const page of createFileSource(path).source.readRecords(window)) pages.push(page);
  const [page] = pages;
  if (page === undefined || pages.length > 1) throw new Error(`${pages.length} pages`);
  return page;
}

const ids = ({ starts }: RecordPage) => starts.map(({ eventId }) => eventId);

describe('shapes of records', () => {
  const S = start('a');
  const T = start('b');
  it.each<[string, string, number, string[]]>([
    ['a trail file', trail(S, other, T), 3, ['a', 'b']],
    ['a trail file without records', trail(), 0, []],
    ['an answer of LookupEvents', pretty({ Events: [entry(S), entry(other)], NextToken: 'more' }), 2, ['a']],
    ['an answer of LookupEvents without events', '{"Events":[]}', 0, []],
    ['answers of LookupEvents one behind the other', `${pretty({ Events: [entry(S)] })}\n${pretty({ Events: [entry(other), entry(T)] })}\n`, 3, ['a', 'b']],
    ['answers of LookupEvents, one a line', lines({ Events: [entry(S)] }, { Events: [entry(T)] }), 2, ['a', 'b']],
    ['a record', pretty(S), 1, ['a']],
    ['a record with two of its members', '{"eventTime":"2026-11-20T09:15:00Z","userIdentity":{}}', 1, []],
    ['a list of records', JSON.stringify([S, other]), 2, ['a']],
    ['a list of entries', JSON.stringify([entry(S), entry(other)]), 2, ['a']],
    ['a list of records as texts', JSON.stringify([JSON.stringify(S), JSON.stringify(other)]), 2, ['a']],
    ['a list of trail files', JSON.stringify([{ Records: [S, other] }, { Records: [T] }]), 3, ['a', 'b']],
    ['an entry', JSON.stringify(entry(S)), 1, ['a']],
    ['records, one a line', `${lines(S, other, T)}\n`, 3, ['a', 'b']],
    ['records, one a line, with Windows line ends and empty lines', lines(S, T).replace('\n', '\r\n\r\n'), 2, ['a', 'b']],
    ['records one behind the other, each on many lines', [S, other, T].map(pretty).join('\n'), 3, ['a', 'b']],
    ['records one behind the other on one line', [S, other, T].map((record) => JSON.stringify(record)).join('\t'), 3, ['a', 'b']],
    ['records as texts, one a line', lines(JSON.stringify(S), JSON.stringify(other)), 2, ['a']],
    ['entries, one a line', lines(entry(S), entry(T)), 2, ['a', 'b']],
    ['a trail file and a record on many lines', `${trail(S)}\n${pretty(T)}`, 2, ['a', 'b']],
    ['an EventBridge event', pretty(envelope(S)), 1, ['a']],
    ['an EventBridge event of which only the record is left', JSON.stringify({ detail: S }), 1, ['a']],
    ['an EventBridge event of an older record', JSON.stringify(envelope({ ...S, eventVersion: undefined })), 1, ['a']],
    ['EventBridge events, one a line', lines(envelope(S), envelope(other)), 2, ['a']],
    ['a list of EventBridge events', JSON.stringify([envelope(S), envelope(T)]), 2, ['a', 'b']],
    ['lines of several shapes', lines({ Records: [S] }, envelope(other), entry(T)), 3, ['a', 'b']],
    ['a list of several shapes', JSON.stringify([S, envelope(other), entry(T), execution('q')]), 3, ['a', 'b']],
  ])('reads %s', async (_name, content, read, starts) => {
    const path = await here.put('file.json', content);

    const page = await pageOf(path);

    expect(ids(page)).toEqual(starts);
    expect(page).toMatchObject({ read, skipped: read - starts.length, malformed: 0, outside: 0, samples: [] });
    expect(await report(path)).toMatchObject({ files: 1, passedOver: [], starts: starts.length });
  });

  it('takes the user name from the entry around the record, and only from there', async () => {
    await here.put('1.json', JSON.stringify({ Events: [entry(S)] }));
    await here.put('2.json', trail(T));

    expect((await pageOf(here.path)).starts.map(({ userName }) => userName)).toEqual(['ana@example.com', null]);
  });

  it.each<[string, (text: string) => Uint8Array]>([
    ['packed', (text) => gzipSync(text)],
    ['packed in two members', (text) => Buffer.concat([gzipSync(text.slice(0, 100)), gzipSync(text.slice(100))])],
    ['with a byte order mark', (text) => Buffer.from(`\ufeff${text}`)],
    ['packed, with a byte order mark', (text) => gzipSync(`\ufeff${text}`)],
    ['in UTF-16, as PowerShell writes', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['with space around', (text) => Buffer.from(`\n\t ${text}\r\n`)],
  ])('reads files %s, whatever they are called', async (_name, encode) => {
    await here.put('trail', encode(trail(start('é'), other)));
    await here.put('lines.gz', encode(lines(start('b'), other)));

    expect(ids(await pageOf(here.path))).toEqual(['b', 'é']);
    expect(await report(here.path)).toMatchObject({ files: 2, read: 4, malformed: 0 });
  });

  it('skips what is no start of an Athena query', async () => {
    await here.put('a.json', trail({ ...start('x'), eventSource: 'redshift-data.amazonaws.com' }, { eventVersion: '1.07', eventType: 'AwsCloudTrailInsight', eventID: 'i' }, {}, start('a')));

    expect(await report(here.path)).toMatchObject({ read: 4, starts: 1, skipped: 3, malformed: 0 });
  });
});

describe('readRecords', () => {
  it('gives the starts of the half-open window, and the counts of the whole scan in every window', async () => {
    const times = ['08:59:59', '09:00:00', '09:00:00', '09:59:59', '10:00:00', '23:00:00'];
    await here.put('a.json', trail(...times.map((time, index) => start(`${index}`, `2026-11-20T${time}Z`)), other, null));

    const page = await pageOf(here.path);

    expect(ids(page)).toEqual(['1', '2', '3']);
    expect(page).toMatchObject({ read: 8, outside: 3, skipped: 1, malformed: 1, samples: [{ from: 'a.json, record 8' }] });
    expect(await pageOf(here.path, hour('2026-11-21T00:00:00Z', '2026-11-21T01:00:00Z'))).toMatchObject({ read: 8, starts: [], outside: 6, skipped: 1, malformed: 1 });
  });

  it('gives every start to exactly one of adjoining windows, and adds up in each', async () => {
    const all = Array.from({ length: 500 }, (_, index) => start(`id-${index}`, new Date(Date.UTC(2026, 10, 20) + index * 7919 * 1000).toISOString().replace('.000', '')));
    await here.put('a.json', trail(...all));
    await here.put('b.json', lines(...all.slice(0, 10)));
    const seen: string[] = [];

    for (let at = Date.UTC(2026, 10, 20); at < Date.UTC(2027, 0, 5); at += 3_600_000) {
      const page = await pageOf(here.path, hour(new Date(at).toISOString(), new Date(at + 3_600_000).toISOString()));
      expect(page.read).toBe(page.starts.length + page.outside + page.skipped + page.malformed);
      seen.push(...ids(page));
    }

    expect(seen.sort()).toEqual([...all, ...all.slice(0, 10)].map(({ eventID }) => eventID).sort());
  });

  it('gives starts in the order of time and id, whichever file they are from, and keeps copies', async () => {
    await here.put('1.json', trail(start('c'), start('a', '2026-11-20T09:30:00Z')));
    await here.put('2.json', trail(start('b'), start('c')));

    expect(ids(await pageOf(here.path))).toEqual(['b', 'c', 'c', 'a']);
  });

  it('scans once, for however many windows and sources', async () => {
    await here.put('a.json', trail(start('a')));
    const pages = await Promise.all([pageOf(here.path), pageOf(`${here.path}/.`), pageOf(`./${relative('.', here.path)}`)]);
    await rm(join(here.path, 'a.json'));

    expect([...pages, await pageOf(relative('.', here.path))].map(ids)).toEqual([['a'], ['a'], ['a'], ['a']]);
  });

  it('tries a scan again that failed', async () => {
    const path = join(here.path, 'later.json');
    await expect(report(path)).rejects.toThrow('no such file');
    await here.put('later.json', trail(start('a')));

    expect((await report(path)).starts).toBe(1);
  });
});

describe('report and eventTimes', () => {
  it('tells of the files once the records were read', async () => {
    await here.put('a.json', trail(start('a')));
    await here.put('README.md', '# Read me');
    const { source } = createFileSource(here.path);

    expect(() => source.report()).toThrow('before the records were read');
    for await (const _page of source.readRecords(NINE));
    expect(source.report()).toEqual({ kind: 'files', files: 1, passedOver: 1, athenaSide: false });
  });

  it('gives the times of all starts, oldest first', async () => {
    await here.put('a.json', trail(start('a', '2026-11-20T09:15:00Z'), other, start('b', '2026-11-19T09:15:00Z')));

    expect(await createFileSource(here.path).eventTimes()).toEqual([Date.UTC(2026, 10, 19, 9, 15), Date.UTC(2026, 10, 20, 9, 15)]);
  });
});
