import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDestination } from '../../cli/options.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'options-'));
  await writeFile(join(folder, 'file'), '');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('--to', () => {
  it.each([
    ['s3://my-reports', { bucket: 'my-reports', prefix: '' }],
    ['s3://my-reports/', { bucket: 'my-reports', prefix: '' }],
    ['s3://my-reports/a/b', { bucket: 'my-reports', prefix: 'a/b' }],
    ['a/folder/that/is/not/there', { folder: 'a/folder/that/is/not/there' }],
  ])('takes %s', (text, expected) => {
    expect(parseDestination(text)).toEqual(expected);
  });

  it('takes a folder, and one that is to be made in it', () => {
    expect(parseDestination(folder)).toEqual({ folder });
    expect(parseDestination(join(folder, 'new', 'newer'))).toEqual({ folder: join(folder, 'new', 'newer') });
  });

  it.each([
    ['s3:/my-reports', 'Expected s3://BUCKET or s3://BUCKET/PREFIX, or a folder.'],
    ['', 'Expected s3://BUCKET[/PREFIX], or a folder.'],
  ])('refuses %j', (text, message) => {
    expect(() => parseDestination(text)).toThrow(message);
  });

  it('refuses a file, and a folder that would have to be made in one', () => {
    const file = join(folder, 'file');

    expect(() => parseDestination(file)).toThrow(`Expected s3://BUCKET[/PREFIX], or a folder; ${file} is a file.`);
    expect(() => parseDestination(join(file, 'reports'))).toThrow(`Expected s3://BUCKET[/PREFIX], or a folder; ${file} is a file.`);
  });
});
