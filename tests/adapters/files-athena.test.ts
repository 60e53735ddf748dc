import { createFileSource } from '#adapters/files';
import type { HistorySink } from '#core/history';
import { missingOf } from '#core/query-execution';
import { lines, pretty, report, start, trail, useTestFolder } from '../fakes/record-files.ts';

const here = useTestFolder();

const execution = (id: string, state = 'SUCCEEDED', query = 'select 1') => ({ QueryExecutionId: id, Query: query, Status: { State: state, SubmissionDateTime: '2026-11-20T10:15:00.123000+01:00' } });

describe('readQueryExecutions', () => {
  const ask = (...asked: string[]) => createFileSource(here.path).readQueryExecutions(asked);

  it.each<[string, string]>([
    ['an answer to a batch', pretty({ QueryExecutions: [execution('q')], UnprocessedQueryExecutionIds: [] })],
    ['an answer to one', pretty({ QueryExecution: execution('q') })],
    ['an execution', JSON.stringify(execution('q'))],
    ['a list of executions', JSON.stringify([execution('p'), execution('q')])],
    ['a list of answers', JSON.stringify([{ QueryExecutions: [execution('q')] }])],
    ['answers, one a line', lines({ QueryExecution: execution('p') }, { QueryExecution: execution('q') })],
    ['answers one behind the other', [{ QueryExecution: execution('p') }, { QueryExecutions: [execution('q')] }].map(pretty).join('\n')],
    ['times as the older command line gives them', JSON.stringify({ QueryExecution: { ...execution('q'), Status: { State: 'SUCCEEDED', SubmissionDateTime: 1795166100.123 } } })],
  ])('finds an execution in %s', async (_name, content) => {
    await here.put('athena.json', content);

    const answer = (await ask('q')).get('q');

    expect(answer).toMatchObject({ execution: { queryExecutionId: 'q', query: 'select 1', state: 'SUCCEEDED', submittedAt: Date.UTC(2026, 10, 20, 9, 15, 0, 123) } });
    expect(await report(here.path)).toMatchObject({ files: 1, read: 0, malformed: 0, athenaSide: true, unreadableExecutions: 0 });
  });

  it('answers each id: known, refused, or not asked for', async () => {
    const refused = (id: string, code?: string, message?: string) => ({ QueryExecutionId: id, ErrorCode: code, ErrorMessage: message });
    await here.put('athena.json', JSON.stringify({ QueryExecutions: [execution('known')], UnprocessedQueryExecutionIds: [refused('denied', 'AccessDeniedException', 'no'), refused('busy', 'ThrottlingException'), refused('known', 'x')] }));
    await here.put('single.json', JSON.stringify(refused('gone', 'InvalidRequestException', 'QueryExecution gone was not found')));

    const answers = await ask('known', 'denied', 'busy', 'gone', 'never');

    expect([...answers]).toEqual([
      ['known', { execution: expect.objectContaining({ queryExecutionId: 'known' }) }],
      ['denied', { missing: 'access_denied', detail: 'AccessDeniedException: no' }],
      ['busy', { missing: 'throttled_out', detail: 'ThrottlingException' }],
      ['gone', { missing: 'not_found', detail: 'InvalidRequestException: QueryExecution gone was not found' }],
      ['never', { missing: 'not_asked', detail: null }],
    ]);
    expect(await report(here.path)).toMatchObject({ queryExecutions: 4, athenaSide: true });
  });

  it('says not asked of every id when there is no side of Athena', async () => {
    await here.put('a.json', trail(start('a')));

    expect(await ask('q')).toEqual(new Map([['q', { missing: 'not_asked', detail: null }]]));
    expect((await report(here.path)).athenaSide).toBe(false);
  });

  it('keeps the final one of several executions, else the first', async () => {
    await here.put('1.json', lines(execution('a', 'RUNNING', 'first'), execution('b', 'FAILED', 'first'), execution('c', 'QUEUED', 'first')));
    await here.put('2.json', lines(execution('a', 'SUCCEEDED', 'second'), execution('b', 'SUCCEEDED', 'second'), execution('c', 'RUNNING', 'second')));
    await here.put('3.json', lines(execution('a', 'CANCELLED', 'third'), execution('b', 'RUNNING', 'third')));

    const answers = [...(await ask('a', 'b', 'c')).values()];

    expect(answers.map((answer) => ('execution' in answer ? [answer.execution.query, answer.execution.state] : null))).toEqual([['second', 'SUCCEEDED'], ['first', 'FAILED'], ['first', 'QUEUED']]);
  });

  it('counts executions that can be joined to nothing', async () => {
    await here.put('athena.json', JSON.stringify({ QueryExecutions: [{ Query: 'select 1' }, null], UnprocessedQueryExecutionIds: [{}] }));

    expect(await report(here.path)).toMatchObject({ files: 1, queryExecutions: 0, unreadableExecutions: 3, read: 0, malformed: 0 });
  });
});

describe('missingOf', () => {
  it.each([
    ['AccessDeniedException', 'You are not authorized to perform: athena:BatchGetQueryExecution', 'access_denied'],
    ['InvalidRequestException', 'User: x is not authorized to perform', 'access_denied'],
    ['ThrottlingException', null, 'throttled_out'],
    ['TooManyRequestsException', 'Rate exceeded', 'throttled_out'],
    ['InvalidRequestException', 'QueryExecution q was not found', 'not_found'],
    ['INTERNAL_FAILURE', undefined, 'throttled_out'],
    [null, null, 'not_found'],
  ])('%s, %s: %s', (code, message, missing) => {
    const said = [code, message].filter((part) => typeof part === 'string').join(': ');

    expect(missingOf(code, message)).toEqual({ missing, detail: said === '' ? null : said });
  });
});

describe('listHistory', () => {
  const ran = (id: string, at: string, WorkGroup?: string) => ({ ...execution(id), WorkGroup, Status: { State: 'SUCCEEDED', SubmissionDateTime: at } });
  const span = { from: Date.parse('2026-11-20T05:00:00Z'), to: Date.parse('2026-11-21T05:00:00Z') };
  const list = async (known: readonly string[], setAside: readonly string[] = []) => {
    const told: Record<string, unknown[]> = { known: [], unknown: [], workgroups: [], unlisted: [] };
    const sink: HistorySink = {
      readKnown: (id) => (known.includes(id) ? null : undefined),
      onKnown: (id) => told['known']?.push(id),
      onUnknown: (found) => told['unknown']?.push(found),
      onWorkgroup: (name) => told['workgroups']?.push(name),
      onUnlisted: (found) => told['unlisted']?.push(found),
      onUnordered: (name) => told['unlisted']?.push(`${name} is out of order`),
    };
    const listHistory = await createFileSource(here.path).listHistory(setAside);
    expect(await listHistory?.(span, sink, null, () => true)).toBeNull();
    return { ...told, workgroups: [...new Set(told['workgroups'])] };
  };

  it('tells of the executions that are rows, and of those of the span that are none', async () => {
    await here.put('athena.json', lines(ran('row', '2026-11-20T12:00:00Z', 'etl'), ran('first', '2026-11-20T05:00:00Z', 'etl'), ran('last', '2026-11-21T04:59:59.999Z'), ran('before', '2026-11-20T04:59:59.999Z', 'old'), ran('after', '2026-11-21T05:00:00Z', 'new')));

    expect(await list(['row'])).toEqual({
      known: ['row'],
      unknown: [
        { id: 'first', submittedAt: span.from, workgroup: 'etl' },
        { id: 'last', submittedAt: span.to - 1, workgroup: '(none named)' },
      ],
      workgroups: ['etl', '(none named)'],
      unlisted: [],
    });
  });

  it('says nothing of what Athena refused, of an execution without a time, and of a workgroup set aside but its name', async () => {
    await here.put('athena.json', JSON.stringify({ QueryExecutions: [{ ...ran('timeless', ''), Status: {} }, ran('aside', '2026-11-20T12:00:00Z', 'people')], UnprocessedQueryExecutionIds: [{ QueryExecutionId: 'gone', ErrorCode: 'InvalidRequestException' }] }));

    expect(await list([], ['people'])).toEqual({ known: [], unknown: [], workgroups: [], unlisted: [{ workgroup: 'people', reason: 'set_aside', said: 'UNCOMPARED_WORKGROUPS' }] });
  });

  it('is none when no file is of Athena', async () => {
    await here.put('a.json', trail(start('a')));

    expect(await createFileSource(here.path).listHistory([])).toBeNull();
  });
});
