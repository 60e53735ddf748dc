import { AthenaClient, AthenaServiceException, InvalidRequestException, ListQueryExecutionsCommand, type ListQueryExecutionsInput, ListWorkGroupsCommand } from '@aws-sdk/client-athena';
import { mockClient } from 'aws-sdk-client-mock';
import { createQueryExecutions } from '#adapters/athena';
import { createListHistory } from '#adapters/athena-history';
import { UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import { type HistoryCursor, type HistorySink, type ListHistory, parseHistoryCursor } from '#core/history';
import type { ReadQueryExecutions } from '#core/ports';
import type { StoredExecution } from '../fakes/athena-api.ts';
import { type AwsApis, type AwsApisOptions, startAwsApis, UNTHROTTLED } from '../fakes/aws-apis.ts';
import { answerOf, idOf } from '../fakes/records.ts';
import 'aws-sdk-client-mock-jest';

const MINUTE = 60_000;
const FROM = Date.parse('2026-11-20T05:00:00Z');
const TO = Date.parse('2026-11-21T05:00:00Z');
const SPAN = { from: FROM, to: TO };
const onePace = async () => {};
const never = () => false;

/** What a listing told, as a closer would keep it. */
function createNotes(known: Readonly<Record<string, number | null>> = {}) {
  const notes = { known: new Set<string>(), unknown: new Map<string, string>(), workgroups: [] as string[], unlisted: [] as string[], unordered: new Set<string>() };
  const sink: HistorySink = {
    readKnown: (id) => known[id],
    onKnown: (id) => notes.known.add(id),
    onUnknown: ({ id, submittedAt, workgroup }) => notes.unknown.set(id, `${new Date(submittedAt).toISOString()} ${workgroup}`),
    onWorkgroup: (workgroup) => notes.workgroups.push(workgroup),
    onUnlisted: ({ workgroup, reason, said }) => notes.unlisted.push(`${workgroup} ${reason}: ${said}`),
    onUnordered: (workgroup) => notes.unordered.add(workgroup),
  };
  return { notes, sink };
}

describe("Athena's list over HTTP", () => {
  let apis: AwsApis;
  afterEach(() => apis.stop());

  function executed(number: number, at: number, WorkGroup = 'primary'): StoredExecution {
    return { QueryExecutionId: idOf(number), WorkGroup, Query: 'SELECT 1', Status: { State: 'SUCCEEDED', SubmissionDateTime: at / 1000 } };
  }

  /** Executions numbered from `first`, newest first, a minute apart. */
  function minutely(first: number, count: number, newest: number, workgroup?: string): StoredExecution[] {
    return Array.from({ length: count }, (_, index) => executed(first + index, newest - index * MINUTE, workgroup));
  }

  async function start(options: AwsApisOptions, setAside?: readonly string[]): Promise<ListHistory> {
    apis = await startAwsApis({ rates: UNTHROTTLED, ...options });
    const client = new AthenaClient({ region: 'us-east-1', endpoint: apis.url, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 });
    return createListHistory(client, onePace, createQueryExecutions(client, onePace, () => Promise.resolve()), setAside);
  }

  const callsOf = (operation: string) => apis.calls().filter((call) => call.operation === operation);

  it('lists every workgroup to the end, and tells rows from others of the day', async () => {
    const list = await start({ workgroups: ['quiet'], executions: [executed(1, FROM), executed(2, TO - 1), executed(3, FROM - 1), executed(4, TO), executed(5, FROM + MINUTE, 'sales'), executed(6, FROM + MINUTE, 'sales')] });
    const { notes, sink } = createNotes({ [idOf(5)]: FROM + MINUTE });

    const left = await list(SPAN, sink, null, never);

    expect(left).toBeNull();
    expect([...notes.unknown]).toEqual([[idOf(2), '2026-11-21T04:59:59.999Z primary'], [idOf(1), '2026-11-20T05:00:00.000Z primary'], [idOf(6), '2026-11-20T05:01:00.000Z sales']]);
    expect([...notes.known]).toEqual([idOf(5)]);
    expect(notes.workgroups).toEqual(['primary', 'quiet', 'sales']);
    expect(notes.unlisted).toEqual([]);
    expect([...notes.unordered]).toEqual([]);
  });

  it('does not ask for a workgroup that was set aside, and says so', async () => {
    const list = await start({ deniedWorkgroups: ['people'], executions: [executed(1, FROM), executed(2, FROM, 'people'), executed(3, FROM, 'sales')] }, ['people', 'gone-long-ago']);
    const { notes, sink } = createNotes();

    await list(SPAN, sink, null, never);

    expect(notes.unlisted).toEqual(['people set_aside: UNCOMPARED_WORKGROUPS']);
    expect(notes.workgroups).toEqual(['primary', 'sales']);
    expect([...notes.unknown.keys()]).toEqual([idOf(1), idOf(3)]);
  });

  it('follows all pages of workgroups and of ids', async () => {
    const workgroups = Array.from({ length: 70 }, (_, index) => `team-${String(index).padStart(2, '0')}`);
    const list = await start({ workgroups, executions: minutely(1, 130, TO - 1, 'team-69') });
    const { notes, sink } = createNotes();

    await list(SPAN, sink, null, never);

    expect(notes.unknown.size).toBe(130);
    expect(notes.workgroups).toHaveLength(71);
    expect(callsOf('ListWorkGroups')).toHaveLength(2);
  });

  it('asks for the dates of ids that are no rows only', async () => {
    const list = await start({ executions: minutely(1, 10, TO - 1) });
    const { sink } = createNotes(Object.fromEntries(Array.from({ length: 9 }, (_, index) => [idOf(index + 1), TO - index * MINUTE])));

    await list(SPAN, sink, null, never);

    expect(callsOf('BatchGetQueryExecution').map(({ params }) => params['QueryExecutionIds'])).toEqual([[idOf(10)]]);
  });

  it('leaves a list after two whole pages that are older than the day and an hour', async () => {
    const list = await start({ executions: [...minutely(1, 20, TO - 1), ...minutely(1001, 500, FROM - 61 * MINUTE)] });
    const { notes, sink } = createNotes();

    await list(SPAN, sink, null, never);

    // The first page holds the twenty, so it is not older as a whole.
    expect(callsOf('ListQueryExecutions')).toHaveLength(3);
    expect(notes.unknown.size).toBe(20);
    expect(notes.workgroups).toEqual(['primary']);
  });

  it('does not leave it within the hour before the day', async () => {
    const list = await start({ executions: minutely(1, 200, FROM + 59 * MINUTE) });
    const { sink } = createNotes();

    await list(SPAN, sink, null, never);

    // 60 of the day, 60 of the hour before it, then 80 older: the last whole page alone is older.
    expect(callsOf('ListQueryExecutions')).toHaveLength(4);
  });

  it('names a workgroup that refuses its list with the words of Athena, and lists the others', async () => {
    const list = await start({ executions: [executed(1, FROM), executed(2, FROM, 'finance')], deniedWorkgroups: ['finance'] });
    const { notes, sink } = createNotes();

    await list(SPAN, sink, null, never);

    expect(notes.unlisted).toEqual([expect.stringMatching(/^finance denied: AccessDeniedException: You are not authorized to perform: athena:ListQueryExecutions/)]);
    expect(notes.workgroups).toEqual(['primary']);
    expect([...notes.unknown.keys()]).toEqual([idOf(1)]);
  });

  it('goes on page by page where time was up, and finds in parts what it finds at once', async () => {
    const executions = [...minutely(1, 130, TO - 1), ...minutely(1001, 70, TO - 1, 'sales')];
    const list = await start({ executions, workgroups: ['quiet'] });
    const { notes, sink } = createNotes();
    const cursors: HistoryCursor[] = [];
    let cursor: HistoryCursor | null = null;

    do {
      cursor = await list(SPAN, sink, parseHistoryCursor(JSON.parse(JSON.stringify(cursor))), () => true);
      if (cursor !== null) cursors.push(cursor);
    } while (cursor !== null && cursors.length < 100);

    expect(cursor).toBeNull();
    expect(notes.unknown.size).toBe(200);
    expect(notes.workgroups).toEqual(['primary', 'quiet', 'sales']);
    expect(cursors.length).toBeGreaterThan(4);
    expect(callsOf('ListQueryExecutions')).toHaveLength(3 + 1 + 2);
    for (const each of cursors) expect(JSON.stringify(each).length).toBeLessThan(1000);
  });

  it('takes an empty page with a token for no end', async () => {
    const list = await start({ executions: minutely(1, 60, TO - 1), fault: ({ operation, number }) => (operation === 'ListQueryExecutions' && number < 4 ? 'empty-page' : undefined) });
    const { notes, sink } = createNotes();

    await list(SPAN, sink, null, never);

    expect(notes.unknown.size).toBe(60);
  });

  it.each([
    ['ListWorkGroups', 'athena:ListWorkGroups on the account: throttled'],
    ['ListQueryExecutions', 'athena:ListQueryExecutions on workgroup/primary: throttled'],
  ])('gives up on %s that is throttled, to be tried again', async (operation, message) => {
    const list = await start({ executions: [executed(1, FROM)], fault: (call) => (call.operation === operation ? { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' } : undefined) });

    const listing = list(SPAN, createNotes().sink, null, never);

    await expect(listing).rejects.toThrow(message);
    await expect(listing).rejects.toBeInstanceOf(UpstreamThrottledError);
  });

  it.each(['reset', { status: 500, type: 'InternalServerException', message: 'oops' }] as const)('gives up on a list that fails, to be tried again: %j', async (fault) => {
    const list = await start({ executions: [executed(1, FROM)], fault: ({ operation }) => (operation === 'ListQueryExecutions' ? fault : undefined) });

    await expect(list(SPAN, createNotes().sink, null, never)).rejects.toBeInstanceOf(UpstreamUnavailableError);
  });
});

describe("Athena's list, where the stand-in is too orderly", () => {
  const client = new AthenaClient({ region: 'us-east-1' });
  const athena = mockClient(client);
  beforeEach(() => {
    athena.reset();
    athena.on(ListWorkGroupsCommand).resolves({ WorkGroups: [{ Name: 'primary' }] });
  });

  /** Pages by their tokens, each of ids that say their minute before the end of the day. */
  function paged(pages: readonly (readonly number[])[]): void {
    athena.on(ListQueryExecutionsCommand).callsFake(({ NextToken = '0' }: ListQueryExecutionsInput) => {
      const next = Number(NextToken) + 1;
      return { QueryExecutionIds: (pages[next - 1] ?? []).map(idOf), ...(next < pages.length ? { NextToken: String(next) } : {}) };
    });
  }

  const minutesBefore: ReadQueryExecutions = async (ids) =>
    new Map(ids.map((id) => [id, answerOf(id, { Status: { State: 'SUCCEEDED', SubmissionDateTime: (TO - Number(id.slice(-12)) * MINUTE) / 1000 } })]));
  const listsOf = () => athena.commandCalls(ListQueryExecutionsCommand).length;
  const OLD = 24 * 60 + 61;

  it('reads a list that is not newest first to its end, and says so', async () => {
    paged([[3, 1], [OLD, OLD + 1], [OLD + 2], [OLD + 3], [2]]);
    const { notes, sink } = createNotes();

    await createListHistory(client, onePace, minutesBefore)(SPAN, sink, null, never);

    expect(listsOf()).toBe(5);
    expect([...notes.unordered]).toEqual(['primary']);
    expect([...notes.unknown.keys()]).toEqual([idOf(3), idOf(1), idOf(2)]);
  });

  it('leaves the same list early when it is newest first', async () => {
    paged([[1, 3], [OLD, OLD + 1], [OLD + 2], [OLD + 3], [OLD + 4]]);
    const { notes, sink } = createNotes();

    await createListHistory(client, onePace, minutesBefore)(SPAN, sink, null, never);

    expect(listsOf()).toBe(3);
    expect([...notes.unordered]).toEqual([]);
  });

  it('counts older pages only one after another, and none without a date', async () => {
    paged([[OLD - 1], [OLD], [], [OLD - 1], [OLD + 1], [OLD + 2], [OLD + 3]]);

    await createListHistory(client, onePace, minutesBefore)(SPAN, createNotes().sink, null, never);

    // [OLD - 1] is within the margin; the second of it is not out of order by more than the clocks may be apart.
    expect(listsOf()).toBe(6);
  });

  it('passes over a workgroup of Spark, which runs no queries', async () => {
    athena.on(ListWorkGroupsCommand).resolves({ WorkGroups: [{ Name: 'notebooks', EngineVersion: { EffectiveEngineVersion: 'PySpark engine version 3' } }] });
    const { notes, sink } = createNotes();

    await createListHistory(client, onePace, minutesBefore)(SPAN, sink, null, never);

    expect(notes.unlisted).toEqual(['notebooks spark: PySpark engine version 3']);
    expect(listsOf()).toBe(0);
  });

  it.each([
    ['was deleted meanwhile', 'WorkGroup primary is not found.', 'primary gone: InvalidRequestException: WorkGroup primary is not found.'],
    ['refuses for a reason that we do not know', 'Not now', 'primary denied: InvalidRequestException: Not now'],
  ])('tells of a workgroup that %s', async (_what, message, expected) => {
    athena.on(ListQueryExecutionsCommand).rejects(new InvalidRequestException({ message, $metadata: {} }));
    const { notes, sink } = createNotes();

    await createListHistory(client, onePace, minutesBefore)(SPAN, sink, null, never);

    expect(notes.unlisted).toEqual([expected]);
    expect(notes.workgroups).toEqual([]);
  });

  it('tells of all workgroups when their names are refused', async () => {
    athena.on(ListWorkGroupsCommand).rejects(new AthenaServiceException({ name: 'AccessDeniedException', message: 'no', $fault: 'client', $metadata: {} }));
    const { notes, sink } = createNotes();

    await expect(createListHistory(client, onePace, minutesBefore)(SPAN, sink, null, never)).resolves.toBeNull();

    expect(notes.unlisted).toEqual(['* denied: AccessDeniedException: no']);
  });

  it('tells of a workgroup whose ids may be listed and not be dated', async () => {
    paged([[1, 2]]);
    const { notes, sink } = createNotes({ [idOf(1)]: TO - MINUTE });

    await createListHistory(client, onePace, async (ids) => new Map(ids.map((id) => [id, { missing: 'access_denied', detail: 'ACCESS_DENIED: no' }])))(SPAN, sink, null, never);

    expect(notes.unlisted).toEqual(['primary denied: ACCESS_DENIED: no']);
    expect([...notes.known]).toEqual([idOf(1)]);
    expect(notes.workgroups).toEqual([]);
  });

  it('passes over an id that has expired between the list and its date', async () => {
    paged([[1, 2]]);
    const { notes, sink } = createNotes();

    await createListHistory(client, onePace, async (ids) => new Map([...(await minutesBefore(ids)), [idOf(1), { missing: 'not_found', detail: null }]]))(SPAN, sink, null, never);

    expect([...notes.unknown.keys()]).toEqual([idOf(2)]);
    expect(notes.workgroups).toEqual(['primary']);
  });

  it.each<[string, ReadQueryExecutions]>([
    ['Athena is too busy for', async (ids) => new Map(ids.map((id) => [id, { missing: 'throttled_out', detail: 'Rate exceeded' }]))],
    ['Athena leaves out', async () => new Map()],
  ])('does not guess the date of an id that %s', async (_what, readQueryExecutions) => {
    paged([[1]]);

    await expect(createListHistory(client, onePace, readQueryExecutions)(SPAN, createNotes().sink, null, never)).rejects.toBeInstanceOf(UpstreamThrottledError);
  });

  it('does not guess the date of an execution that has none', async () => {
    paged([[1]]);
    const dateless: ReadQueryExecutions = async (ids) => new Map(ids.map((id) => [id, answerOf(id, { Status: { State: 'SUCCEEDED' } })]));

    await expect(createListHistory(client, onePace, dateless)(SPAN, createNotes().sink, null, never)).rejects.toBeInstanceOf(UpstreamUnavailableError);
  });

  it('begins a workgroup anew when its token is refused, and once only', async () => {
    const refused = new InvalidRequestException({ message: 'NextToken is not valid', $metadata: {} });
    athena.on(ListQueryExecutionsCommand).resolves({ QueryExecutionIds: [idOf(1)] }).on(ListQueryExecutionsCommand, { NextToken: 'stale' }).rejects(refused);
    const cursor: HistoryCursor = { page: null, workgroup: 'primary', token: 'stale', older: 1, last: TO, unordered: false };
    const { notes, sink } = createNotes();

    await expect(createListHistory(client, onePace, minutesBefore)(SPAN, sink, cursor, never)).resolves.toBeNull();
    expect([...notes.unknown.keys()]).toEqual([idOf(1)]);

    athena.on(ListQueryExecutionsCommand).resolves({ QueryExecutionIds: [idOf(1)], NextToken: 'stale' }).on(ListQueryExecutionsCommand, { NextToken: 'stale' }).rejects(refused);
    await expect(createListHistory(client, onePace, minutesBefore)(SPAN, sink, cursor, never)).rejects.toThrow('athena:ListQueryExecutions on workgroup/primary: Athena refuses its own token');
  });

  it('begins anew when the token of the workgroups is refused', async () => {
    athena.on(ListWorkGroupsCommand, { NextToken: 'stale' }).rejects(new InvalidRequestException({ message: 'NextToken is not valid', $metadata: {} }));
    paged([[1]]);
    const { notes, sink } = createNotes();

    await createListHistory(client, onePace, minutesBefore)(SPAN, sink, { page: 'stale', workgroup: 'sales', token: 'x', older: 0, last: null, unordered: false }, never);

    expect(notes.workgroups).toEqual(['primary']);
  });

  it('begins a page of workgroups anew when the one in hand is gone', async () => {
    athena.on(ListWorkGroupsCommand).resolves({ WorkGroups: [{ Name: 'a' }, { Name: 'c' }] });
    paged([[1]]);
    const { notes, sink } = createNotes();

    await createListHistory(client, onePace, minutesBefore)(SPAN, sink, { page: null, workgroup: 'b', token: 'x', older: 1, last: FROM, unordered: true }, never);

    expect(notes.workgroups).toEqual(['a', 'c']);
    expect([...notes.unordered]).toEqual([]);
  });

  it('waits for a slot before every call', async () => {
    const order: string[] = [];
    paged([[1], [2]]);
    athena.on(ListWorkGroupsCommand).callsFake(() => {
      order.push('call');
      return { WorkGroups: [{ Name: 'primary' }] };
    });
    const pace = async () => {
      order.push('slot');
    };

    await createListHistory(client, pace, minutesBefore)(SPAN, createNotes().sink, null, never);

    expect(order).toEqual(['slot', 'call', 'slot', 'slot']);
  });
});

it.each<[unknown]>([[null], ['token'], [{}], [{ older: 'two' }]])('a cursor that is none begins the listing anew: %j', (value) => {
  expect(parseHistoryCursor(value)).toBeNull();
});
