import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { entry, envelope, lines, other, pretty, report, start, trail, useTestFolder } from '../fakes/record-files.ts';

const here = useTestFolder();

describe('files that are passed over', () => {
  it.each<[string, string, string | Uint8Array]>([
    ['digest', 'a digest file', JSON.stringify({ awsAccountId: '1', digestStartTime: '2026-11-20T09:00:00Z', logFiles: [] })],
    ['foreign', 'a user identity alone', '{"userIdentity":{"type":"Root"}}'],
    ['foreign', 'other JSON', '{"name":"a-package","version":"1.0.0"}'],
    ['foreign', 'a list of other JSON', '[{"a":1},2,"three"]'],
    ['foreign', 'lines of other JSON', '{"a":1}\n{"b":2}\n'],
    ['foreign', 'documents of other JSON', `${pretty({ a: 1 })}\n${pretty({ b: 2 })}`],
    ['foreign', 'events of another service', '{"Events":[{"SourceIdentifier":"db","Message":"started","Date":"2026-11-20T09:00:00Z"}]}'],
    ['foreign', 'the answer to start-query-execution', '{"QueryExecutionId":"q"}'],
    ['foreign', 'a text', '# Records\n\n{"eventName":"StartQueryExecution"}\n'],
    ['foreign', 'an .ini file', '[default]\nregion = eu-west-1\n'],
    ['foreign', 'a log', '[2026-11-20 09:00] {"eventName": …'],
    ['foreign', 'an image', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['foreign', 'a packed text', gzipSync('not JSON at all')],
    ['foreign', 'an empty file', ''],
  ])('counts as %s %s', async (reason, _name, content) => {
    await here.put('theirs', content);
    await here.put('ours.json', trail(start('a')));

    expect(await report(here.path)).toMatchObject({ files: 1, passedOver: [{ name: 'theirs', reason }], read: 1, starts: 1, malformed: 0, samples: [] });
  });

  it('does not look at names that begin with a dot, but at a path that does', async () => {
    await here.put('.git/trail.json', trail(start('a')));
    await here.put('.half-written.json', trail(start('b')));
    await here.put('_seen/trail.json', trail(start('c')));

    expect(await report(here.path)).toMatchObject({ files: 1, passedOver: [], read: 1 });
    expect((await report(join(here.path, '.git'))).starts).toBe(1);
  });

  it('follows links, once, and counts those that lead nowhere', async () => {
    await here.put('inner/trail.json', trail(start('a')));
    await here.put('outer.json', trail(start('b')));
    await symlink(here.path, join(here.path, 'inner', 'up'));
    await symlink(join(here.path, 'inner'), join(here.path, 'zz-again'));
    await symlink(join(here.path, 'outer.json'), join(here.path, 'linked.json'));
    await symlink(join(here.path, 'gone'), join(here.path, 'nowhere'));
    await symlink(join(here.path, 'circle'), join(here.path, 'circle'));

    expect(await report(here.path)).toMatchObject({
      files: 3,
      read: 3,
      passedOver: [
        { name: 'circle', reason: 'foreign' },
        { name: 'nowhere', reason: 'foreign' },
      ],
    });
  });
});

describe('malformed records', () => {
  it.each<[string, string | Uint8Array, number, number, { from: string; problem: string }[]]>([
    ['a trail file that breaks off', trail(start('a'), start('b')).slice(0, -20), 1, 0, [{ from: 'f', problem: 'JSON that breaks off' }]],
    ['a file on many lines that breaks off', pretty({ Records: [start('a'), start('b')] }).slice(0, -20), 1, 0, [{ from: 'f', problem: 'JSON that breaks off' }]],
    ['a file that is broken inside', trail(start('a')).replace('"eventName":', '"eventName" '), 1, 0, [{ from: 'f', problem: 'not valid JSON' }]],
    ['an archive that breaks off', gzipSync(trail(start('a'), other)).subarray(0, 100), 1, 0, [{ from: 'f', problem: 'gzip data that breaks off' }]],
    ['an archive that is damaged', Buffer.from(gzipSync(trail(start('a')))).fill(0xff, 10, 40), 1, 0, [{ from: 'f', problem: 'broken gzip data' }]],
    ['nothing but a bracket', '{', 1, 0, [{ from: 'f', problem: 'JSON that breaks off' }]],
    [
      'broken lines',
      [JSON.stringify(start('a')), '{"eventName":', '', 'oops', JSON.stringify(start('b')), JSON.stringify(other).slice(0, 50)].join('\n'),
      5,
      2,
      [
        { from: 'f, line 2', problem: 'not valid JSON' },
        { from: 'f, line 4', problem: 'not valid JSON' },
        { from: 'f, line 6', problem: 'not valid JSON' },
      ],
    ],
    ['a broken first line', `{"eventName":\n${JSON.stringify(start('a'))}`, 2, 1, [{ from: 'f, line 1', problem: 'not valid JSON' }]],
    ['a broken document behind others', `${pretty(start('a'))}\n${pretty(start('b')).slice(0, -9)}`, 2, 1, [{ from: 'f, document 2', problem: 'JSON that breaks off' }]],
    ['a record that is no object', trail(start('a'), 'text', null), 3, 1, [{ from: 'f, record 2', problem: expect.stringContaining('expected a JSON object') }, { from: 'f, record 3', problem: expect.any(String) }]],
    ['a start without an id', trail({ ...start('a'), eventID: undefined }), 1, 0, [{ from: 'f, record 1', problem: 'eventID: missing, expected an id' }]],
    ['an entry without its record', JSON.stringify({ Events: [{ EventId: 'e', EventName: 'StartQueryExecution' }, entry(start('a'))] }), 2, 1, [{ from: 'f, event 1', problem: expect.stringContaining('CloudTrailEvent: missing') }]],
    ['an entry with half a record', JSON.stringify({ Events: [{ CloudTrailEvent: '{"eventVersion":' }] }), 1, 0, [{ from: 'f, event 1', problem: expect.stringContaining('CloudTrailEvent: not JSON') }]],
    ['an entry that is none', JSON.stringify({ Events: [entry(start('a')), 7, {}] }), 3, 1, [{ from: 'f, event 2', problem: expect.any(String) }, { from: 'f, event 3', problem: expect.any(String) }]],
    ['an empty entry', '{"Events":[{}]}', 1, 0, [{ from: 'f, event 1', problem: expect.any(String) }]],
    ['what is no object in a list of records', JSON.stringify([start('a'), 7]), 2, 1, [{ from: 'f, record 2', problem: expect.any(String) }]],
    ['a broken record in a list on a line', lines(start('a'), [start('b'), { ...start('c'), eventTime: 'noon' }]), 3, 2, [{ from: 'f, line 2, record 2', problem: expect.stringContaining('eventTime: "noon"') }]],
    ['a line that is no object', lines(start('a'), 7), 2, 1, [{ from: 'f, line 2', problem: expect.any(String) }]],
    ['a broken record in an EventBridge event', pretty(envelope({ ...start('a'), eventName: 5 })), 1, 0, [{ from: 'f', problem: 'eventName: 5, expected text' }]],
  ])('counts and samples %s', async (_name, content, read, starts, samples) => {
    await here.put('f', content);

    expect(await report(here.path)).toMatchObject({ files: 1, passedOver: [], read, starts, malformed: samples.length, skipped: read - starts - samples.length, samples });
  });

  it('never quotes the text of a broken file', async () => {
    await here.put('f', `${JSON.stringify(start('a'))}\n{"queryString": select secret from t}`);

    expect(JSON.stringify(await report(here.path))).not.toContain('secret');
  });

  it('counts what is neither record nor broken among records as skipped', async () => {
    await here.put('list.json', JSON.stringify([start('a'), { a: 1 }, { digestStartTime: 'd', logFiles: [] }]));
    await here.put('lines.json', lines(start('b'), { a: 1 }));

    expect(await report(here.path)).toMatchObject({ files: 2, read: 5, starts: 2, skipped: 3, malformed: 0 });
  });

  it('samples the first ten, in the order of names, and counts all', async () => {
    for (const name of ['b', 'a-1', 'a/1']) await here.put(name, trail(...Array.from({ length: 4 }, () => 'no object')));

    const { malformed, samples } = await report(here.path);

    expect(malformed).toBe(12);
    expect(samples.map(({ from }) => from)).toEqual(['a/1', 'a/1', 'a/1', 'a/1', 'a-1', 'a-1', 'a-1', 'a-1', 'b', 'b'].map((name, index) => `${name}, record ${(index % 4) + 1}`));
  });
});

describe('paths', () => {
  it('names a single file by its own name', async () => {
    expect((await report(await here.put('deep/trail.json', trail(null)))).samples).toEqual([{ from: 'trail.json, record 1', problem: expect.any(String) }]);
  });

  it('has nothing to say of an empty folder', async () => {
    expect(await report(here.path)).toEqual({ files: 0, passedOver: [], read: 0, starts: 0, skipped: 0, malformed: 0, samples: [], athenaSide: false, queryExecutions: 0, unreadableExecutions: 0 });
  });

  it('says in one line that there is no such path, and what was expected', async () => {
    const path = join(here.path, 'nowhere');

    await expect(report(path)).rejects.toMatchObject({ name: 'InvalidInputError', message: `${path}: no such file or folder, expected a file of CloudTrail records or a folder of such files`, cause: { code: 'ENOENT' } });
  });

  it('refuses what is neither file nor folder', async () => {
    await expect(report('/dev/null')).rejects.toMatchObject({ name: 'InvalidInputError', message: expect.stringContaining('/dev/null: neither a file nor a folder') });
    await expect(report(join(await here.put('file', '{}'), 'inside'))).rejects.toMatchObject({ name: 'InvalidInputError', message: expect.stringContaining('cannot be read (ENOTDIR)') });
  });

  (process.getuid?.() === 0 ? it.skip : it)('refuses a folder of which a file may not be read (not as root, who may read all)', async () => {
    const path = await here.put('secret.json', trail(start('a')));
    await chmod(path, 0);

    await expect(report(here.path)).rejects.toMatchObject({ name: 'InvalidInputError', message: expect.stringContaining(`${path}: no permission to read it`) });
  });
});
