import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { scanFiles } from '#adapters/file-scan';
import { endOfValue } from '#adapters/json-bounds';
import { sliceTrail } from '#adapters/trail-slices';
import { isObject } from '#core/json';
import { lines, other, pretty, start, trail, useTestFolder } from '../fakes/record-files.ts';

const here = useTestFolder();

describe('files too large for one text', () => {
  const LIMIT = 4096;
  const many = Array.from({ length: 60 }, (_, index) => start(`id-${String(index).padStart(2, '0')}`));
  const text = lines(...many.slice(0, 30), other, ...many.slice(30));

  it.each<[string, Uint8Array]>([
    ['plain', Buffer.from(text)],
    ['plain with a byte order mark', Buffer.from(`\ufeff${text}\n`)],
    ['packed', gzipSync(text)],
  ])('reads JSON lines as a stream: %s', async (_name, content) => {
    expect(text.length).toBeGreaterThan(LIMIT);

    const { read, starts, skipped, malformed } = await scanFiles(await here.put('large', content), LIMIT);

    expect({ read, skipped, malformed }).toEqual({ read: 61, skipped: 1, malformed: 0 });
    expect(starts.map(({ eventId }) => eventId)).toEqual(many.map(({ eventID }) => eventID));
  });

  it('counts broken lines of a stream', async () => {
    const path = await here.put('large', `${text}\n{"eventName"\n`);

    expect(await scanFiles(path, LIMIT)).toMatchObject({ read: 62, malformed: 1, samples: [{ from: 'large, line 62', problem: 'not valid JSON' }] });
  });

  it('holds no more than one line at a time', async () => {
    const MIB = 1024 * 1024;
    const path = await here.put('large', lines(...['a', 'b', 'c', 'd'].map((id) => ({ ...start(id), userAgent: 'x'.repeat(0.7 * MIB) }))));

    expect(await scanFiles(path, MIB)).toMatchObject({ read: 4, malformed: 0 });
  });

  it('keeps the lines before an archive breaks off', async () => {
    const packed = gzipSync(text, { level: 0 });
    const scan = await scanFiles(await here.put('large', packed.subarray(0, packed.length - 3000)), LIMIT);

    expect(scan.starts.length).toBeGreaterThan(30);
    expect(scan.starts.length + scan.skipped + scan.malformed).toBe(scan.read);
    expect(scan.samples.at(-1)).toEqual({ from: expect.stringMatching(/^large, line \d+$/), problem: 'gzip data that breaks off' });
  });

  it.each<[string, string]>([
    ['on one line', trail(...many)],
    ['on many lines', pretty({ Records: many })],
    ['on a few long lines', `{"Records":[\n${many.map((record) => JSON.stringify(record)).join(',\n')},\n{}\n]}`],
    ['that looks like lines only at its end', `${pretty({ Records: many })}\n${JSON.stringify(start('last'))}`],
  ])('refuses one document %s and says how to split it', async (_name, content) => {
    await here.put('large.json', content);

    await expect(scanFiles(here.path, LIMIT)).rejects.toMatchObject({ name: 'InvalidInputError', message: "large.json: one JSON document of more than 4096 bytes, expected JSON lines or smaller files; split it (jq -c '.Records[]' makes lines)" });
  });

  it('passes over what is foreign, packed or not', async () => {
    await here.put('a.gz', gzipSync('x'.repeat(LIMIT * 2)));
    await here.put('b.txt', 'x'.repeat(LIMIT * 2));
    await here.put('c.jsonl', '{"a":1}\n'.repeat(LIMIT));

    expect((await scanFiles(here.path, LIMIT)).passedOver.map(({ name }) => name)).toEqual(['a.gz', 'b.txt', 'c.jsonl']);
  });
});

describe('large trail files, read in slices', () => {
  const padded = (record: ReturnType<typeof start>, index: number) => ({ ...record, additionalEventData: { text: `} ] , { [ " \\ ${'x'.repeat(index % 700)}`, list: [{ eventName: 'StartQueryExecution' }, []] } });
  const records = Array.from({ length: 300 }, (_, index) => padded(index % 7 === 0 ? start(`id-${String(index).padStart(3, '0')}`) : other, index));
  const expected = records.filter(({ eventName }) => eventName === 'StartQueryExecution').map(({ eventID }) => eventID);

  it.each<[string, string]>([
    ['compact', trail(...records)],
    ['on many lines', pretty({ Records: records })],
    ['with members in another order', trail(...records.map((record) => Object.fromEntries(Object.entries(record).reverse())))],
    ['with another member behind the list', JSON.stringify({ Records: records, NextToken: 'x' })],
    ['with escaped letters in names', trail(...records).replaceAll('"eventName":"StartQ', '"event\\u004eame":"Start\\u0051')],
  ])('finds the same: %s', async (_name, content) => {
    const { read, starts, skipped, malformed } = await scanFiles(await here.put('trail.json.gz', gzipSync(content)));

    expect({ read, skipped, malformed }).toEqual({ read: 300, skipped: 300 - expected.length, malformed: 0 });
    expect(starts.map(({ eventId }) => eventId)).toEqual(expected);
  });

  it('reads a second trail file behind the first', async () => {
    expect(await scanFiles(await here.put('trail.json', `${trail(...records)} ${trail(...records)}`))).toMatchObject({ read: 600, skipped: 600 - 2 * expected.length, malformed: 0 });
  });

  it.each<[string, unknown, string]>([
    ['a record that is no object', 'text', 'record: "text", expected a JSON object'],
    ['a name that is no text', { ...other, eventName: 5 }, 'eventName: 5, expected text'],
    ['a start without an id', { ...start('x'), eventID: null }, 'eventID: null, expected an id'],
  ])('counts %s as malformed, in its place', async (_name, broken, problem) => {
    const path = await here.put('trail.json', trail(...records.slice(0, 200), broken, ...records.slice(200)));

    expect(await scanFiles(path)).toMatchObject({ read: 301, malformed: 1, samples: [{ from: 'trail.json, record 201', problem }] });
  });

  it('finds in any records what parsing finds, or leaves them to parsing', () => {
    const name = fc.oneof(fc.constant('eventName'), fc.constant('eventId'), fc.string({ unit: 'binary' }));
    const value = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('StartQueryExecution', 'StartQueryExecution2', 'GetBucketAcl', 'eventName', null, { eventName: 'StartQueryExecution' }, [{ eventName: 5 }]) }, fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }));
    const record = fc.oneof({ weight: 9, arbitrary: fc.dictionary(name, value) }, fc.jsonValue());
    let cut = 0;
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), fc.nat(2), (records, indent) => {
        const text = JSON.stringify({ Records: records }, null, indent);
        const isOdd = (each: unknown) => !isObject(each) || !(['string', 'undefined'].includes(typeof each['eventName']) || each['eventName'] === null);

        const trail = sliceTrail(Buffer.from(text));

        expect(trail === null).toBe(records.length === 0 || records.some(isOdd) || /\\u00[4-7]/.test(text));
        if (trail === null) return;
        cut += 1;
        expect(trail.read).toBe(records.length);
        expect(trail.slices.map(({ index, json }) => [index, JSON.parse(json)])).toEqual([...JSON.parse(text).Records.entries()].filter(([, each]) => each.eventName === 'StartQueryExecution'));
      }),
      { numRuns: 500 },
    );
    expect(cut).toBeGreaterThan(50);
  });

  it('finds the end of any value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.string({ unit: 'binary' })), fc.constantFrom('', ' ', '{', '"', ']}', '\\'), (value, behind) => {
        const text = Buffer.from(JSON.stringify(value));

        expect(endOfValue(Buffer.concat([text, Buffer.from(behind)]), 0)).toBe(text.length);
        expect(endOfValue(text.subarray(0, -1), 0)).toBe(-1);
      }),
    );
  });

  it('counts a file that breaks off as one', async () => {
    expect(await scanFiles(await here.put('trail.json', trail(...records).slice(0, -1)))).toMatchObject({ read: 1, malformed: 1, samples: [{ from: 'trail.json', problem: 'JSON that breaks off' }] });
  });

  it('counts a file with a broken start as one', async () => {
    const text = trail(...records).replace('"eventID":"id-007"', '"eventID":id-007');

    expect(await scanFiles(await here.put('trail.json', text))).toMatchObject({ read: 1, malformed: 1, samples: [{ from: 'trail.json', problem: 'not valid JSON' }] });
  });
});
