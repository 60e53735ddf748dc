/** The saved queries of the deployed stacks, asked through Athena's API: the same answers in every format. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AthenaClient, type NamedQuery } from '@aws-sdk/client-athena';
import { FORMATS, hourFolder } from '#core/partition';
import { parseNamedQuery } from '#glue/named-queries';
import { type Asked, answersOf } from './answers.ts';
import { execute, resultsOf, savedQueries } from './athena.ts';
import { ASKED_OF_BUSY, BUSY_HOURS } from './busy-days.ts';
import { empty, listedBy, openStack, runTracker, writeReport } from './engine.ts';
import { ASKED, DAY, EXAMPLES } from './example-day.ts';

const EXPECTED = join(__dirname, 'expected');
const NAMES = readdirSync(EXPECTED).map((file) => file.replace('.json', ''));
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
/** What JavaScript makes of the busy days. */
const OF_BUSY = answersOf(BUSY_HOURS.flatMap(({ rows, ...keys }) => rows.map((row) => ({ ...row, ...keys }))), ASKED_OF_BUSY);

describe.each(FORMATS)('saved queries over %s', (format) => {
  const client = new AthenaClient({});
  let saved: ReadonlyMap<string, NamedQuery>;
  let prefix: string;
  beforeAll(async () => {
    const stack = await openStack(format);
    prefix = stack.prefix;
    await empty(stack);
    await runTracker(stack, ...EXAMPLES);
    saved = await savedQueries(client, `ask-${format}`);
  });
  afterAll(() => client.destroy());

  it('are those that have an expected answer', () => {
    expect([...saved.keys()].sort()).toEqual([...NAMES].sort());
  });

  it.each(NAMES)('%s', async (name) => {
    const { answer, listed } = await listedBy(() => answerTo(client, saved.get(name), ASKED));

    expect(answer).toEqual(JSON.parse(readFileSync(join(EXPECTED, `${name}.json`), 'utf8')));
    // With a parameter for the day as with the day itself, no other is looked at.
    expect(listed.sort()).toEqual(HOURS.map((hour) => `${prefix}${hourFolder(DAY, hour)}`));
  });
});

// What is counted, ranked and ordered is the same in any format; these are days on which it is not easy.
describe('saved queries over crowded days', () => {
  const client = new AthenaClient({});
  let saved: ReadonlyMap<string, NamedQuery>;
  beforeAll(async () => {
    const stack = await openStack('parquet');
    await empty(stack);
    for (const { dt, hour, rows } of BUSY_HOURS) await writeReport(stack, dt, hour, rows);
    saved = await savedQueries(client, 'ask-parquet');
  });
  afterAll(() => client.destroy());

  it.each(NAMES)('%s', async (name) => {
    expect(await answerTo(client, saved.get(name), ASKED_OF_BUSY)).toEqual(OF_BUSY[name]);
  });
});

/** Asks a saved query in its own workgroup, with what `asked` has for each of its marks. */
async function answerTo(client: AthenaClient, { Name = '', QueryString = '', Database, WorkGroup }: Partial<NamedQuery> = {}, asked: Asked): Promise<(string | null)[][]> {
  const ExecutionParameters = parseNamedQuery(Name, QueryString).parameters.map((parameter) => literal(asked[parameter]));
  const ended = await execute(client, { QueryString, ExecutionParameters, QueryExecutionContext: { Database }, WorkGroup });
  expect(ended.Status).toMatchObject({ State: 'SUCCEEDED' });
  return (await resultsOf(client, ended)).rows;
}

/** A text of SQL. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
