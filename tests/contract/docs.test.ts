import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { viewDefinition } from '#glue/catalog';
import { COLUMNS } from '#glue/columns';
import { parseNamedQuery } from '#glue/named-queries';
import { SETTING_NAMES } from '#runtime/config';

const root = join(__dirname, '../..');
const page = (name: string) => readFileSync(join(root, name), 'utf8');
const pages = ['README.md', ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];

describe('the documentation', () => {
  it.each(COLUMNS.map((column) => [column.name, column] as const))('explains the column %s as the code does', (_, column) => {
    expect(page('docs/report.md')).toContain(`| \`${column.name}\` | ${column.type} | ${column.meaning} | ${column.source} |`);
  });

  it('explains the columns of the view, with the types that the engine has', () => {
    const types = new Map(viewDefinition('', '').columns.map(({ name, type }) => [name, type.replace('(3)', '')]));
    const rows = [...page('docs/athena.md').matchAll(/^\| `(\w+)` \| (\w+) \| (.+) \|$/gm)].map((match) => match.slice(1));

    expect(rows).toEqual([...COLUMNS.map(({ name, meaning }) => [name, types.get(name), meaning]), ['dt', 'varchar', 'Local day, `YYYY-MM-DD`']]);
  });

  it('names every saved query, with its parameters', () => {
    const rows = [...page('docs/athena.md').matchAll(/^\| `([a-z-]+)` \| .+ \| (first day.*) \|$/gm)].map((match) => [match[1], match[2]]);
    const files = readdirSync(join(root, 'glue/queries')).map((file) => parseNamedQuery(file.replace('.sql', ''), page(`glue/queries/${file}`)));

    expect(rows.sort()).toEqual(files.map(({ name, parameters }) => [name, parameters.join(', ')]).sort());
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
