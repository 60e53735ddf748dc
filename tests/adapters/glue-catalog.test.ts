import { CreateDatabaseCommand, CreateTableCommand, EntityNotFoundException, GetDatabaseCommand, GetTablesCommand, GlueClient, GlueServiceException, UpdateTableCommand } from '@aws-sdk/client-glue';
import { mockClient } from 'aws-sdk-client-mock';
import { createCatalog } from '#adapters/glue-catalog';
import { reportTable } from '#glue/catalog';

const client = new GlueClient({ region: 'us-east-1' });
const glue = mockClient(client);
const catalog = createCatalog(client);
const TABLE = reportTable('csv', 's3://reports/', { first: 2026, last: 2035 }, 'me');
const denied = new GlueServiceException({ name: 'AccessDeniedException', message: 'no', $fault: 'client', $metadata: { httpStatusCode: 400 } });

beforeEach(() => {
  glue.reset();
});

describe('the catalog', () => {
  it('reads the parameters of a database, and none of one that is not there', async () => {
    glue.on(GetDatabaseCommand, { Name: 'a' }).resolves({ Database: { Name: 'a', Parameters: { x: 'y' } } });
    glue.on(GetDatabaseCommand, { Name: 'bare' }).resolves({ Database: { Name: 'bare' } });
    glue.on(GetDatabaseCommand, { Name: 'b' }).rejects(new EntityNotFoundException({ message: 'Database b not found.', $metadata: { httpStatusCode: 400 } }));

    expect([await catalog.readDatabase('a'), await catalog.readDatabase('bare'), await catalog.readDatabase('b')]).toEqual([{ x: 'y' }, {}, null]);
  });

  it('reads all pages of tables, and only those whose names begin so', async () => {
    glue.on(GetTablesCommand).resolvesOnce({ TableList: [{ Name: 'athena_queries' }, { Name: 'my_athena_queries' }], NextToken: 'more' }).resolvesOnce({ TableList: [{ Name: 'athena_query_reports_csv' }] });

    expect((await catalog.readTables('mine', 'athena_quer')).map(({ Name }) => Name)).toEqual(['athena_queries', 'athena_query_reports_csv']);
  });

  it('creates and replaces', async () => {
    glue.onAnyCommand().resolves({});
    await catalog.createDatabase('mine', 'words');
    await catalog.createTable('mine', TABLE);
    await catalog.updateTable('mine', TABLE);

    expect(glue.commandCalls(CreateDatabaseCommand)[0]?.args[0].input).toEqual({ DatabaseInput: { Name: 'mine', Description: 'words' } });
    expect(glue.commandCalls(CreateTableCommand)[0]?.args[0].input).toEqual({ DatabaseName: 'mine', TableInput: TABLE });
    expect(glue.commandCalls(UpdateTableCommand)[0]?.args[0].input).toEqual({ DatabaseName: 'mine', TableInput: TABLE });
  });

  it.each([
    ['glue:GetDatabase on mine', () => catalog.readDatabase('mine')],
    ['glue:GetTables on mine', () => catalog.readTables('mine', 'a')],
    ['glue:CreateDatabase on mine', () => catalog.createDatabase('mine', '')],
    ['glue:CreateTable on mine.athena_query_reports_csv', () => catalog.createTable('mine', TABLE)],
    ['glue:UpdateTable on mine.athena_query_reports_csv', () => catalog.updateTable('mine', TABLE)],
  ])('names what was denied: %s', async (what, call) => {
    glue.onAnyCommand().rejects(denied);

    await expect(call()).rejects.toMatchObject({ name: 'UpstreamDeniedError', message: expect.stringContaining(`${what}: access denied`) });
  });
});
