import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COLUMNS } from '#glue/columns';
import { SETTING_NAMES } from '#runtime/config';

const root = join(__dirname, '../..');
const page = (name: string) => readFileSync(join(root, name), 'utf8');
const pages = ['README.md', ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];

describe('the documentation', () => {
  it.each(COLUMNS.map((column) => [column.name, column] as const))('explains the column %s as the code does', (_, column) => {
    expect(page('docs/report.md')).toContain(`| \`${column.name}\` | ${column.type} | ${column.meaning} | ${column.source} |`);
  });

  it('lists the columns in the order of the file and no others', () => {
    const listed = [...page('docs/report.md').matchAll(/^\| `(\w+)` \| (?:string|timestamp|bigint|int|double|boolean) \|/gm)].map((match) => match[1]);

    expect(listed).toEqual(COLUMNS.map((column) => column.name));
  });

  it.each([...SETTING_NAMES, 'CONFIG_BUCKET', 'CONFIG_KEY'])('explains the setting %s', (name) => {
    expect(page('docs/configuration.md')).toContain(`\`${name}\``);
  });

  it.each(readdirSync(join(root, 'events')))('says what the sample event %s is for', (name) => {
    expect(page('docs/deploying.md')).toContain(`| \`${name}\` | `);
  });

  it.each(pages)('%s links to nothing that is not there', (name) => {
    const links = [...page(name).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map((match) => join(root, dirname(name), match[1] ?? ''));

    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });
});
