import { AthenaClient, AthenaServiceException, BatchGetQueryExecutionCommand, type BatchGetQueryExecutionInput, type BatchGetQueryExecutionOutput, InvalidRequestException, type QueryExecution, type UnprocessedQueryExecutionId } from '@aws-sdk/client-athena';
import { mockClient } from 'aws-sdk-client-mock';
import { createQueryExecutions } from '#adapters/athena';
import { executionOf, idOf } from '../fakes/records.ts';
import 'aws-sdk-client-mock-jest';

const client = new AthenaClient({ region: 'us-east-1' });
const athena = mockClient(client);
const onePace = async () => {};
const noPause = (): Promise<void> => Promise.resolve();

const idsOf = (count: number) => Array.from({ length: count }, (_, index) => idOf(index + 1));
const given = (ids: readonly string[]) => ids.map((id) => executionOf(id) as unknown as QueryExecution);
const refusal = (id: string, ErrorCode: string, ErrorMessage: string): UnprocessedQueryExecutionId => ({ QueryExecutionId: id, ErrorCode, ErrorMessage });

/** Answers calls by their ids. */
function answering(answer: (ids: readonly string[]) => BatchGetQueryExecutionOutput): void {
  athena.on(BatchGetQueryExecutionCommand).callsFake(({ QueryExecutionIds: ids = [] }: BatchGetQueryExecutionInput) => answer(ids));
}

function batches(): (readonly string[])[] {
  return athena.commandCalls(BatchGetQueryExecutionCommand).map(({ args }) => args[0].input.QueryExecutionIds ?? []);
}

function serviceError(name: string, httpStatusCode: number, message = 'the words of AWS'): AthenaServiceException {
  return new AthenaServiceException({ name, message, $fault: httpStatusCode < 500 ? 'client' : 'server', $metadata: { httpStatusCode } });
}

beforeEach(() => {
  athena.reset();
});

describe("Athena's history", () => {
  it.each([
    [1, [1]],
    [50, [50]],
    [51, [50, 1]],
    [120, [50, 50, 20]],
  ])('is asked for %d ids in fifties, each id once', async (count, sizes) => {
    answering((ids) => ({ QueryExecutions: given(ids) }));

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(count));

    expect(batches().map((ids) => ids.length)).toEqual(sizes);
    expect(batches().flat()).toEqual(idsOf(count));
    expect([...answers.keys()].sort()).toEqual(idsOf(count));
  });

  it('is not asked for nothing', async () => {
    const answers = await createQueryExecutions(client, onePace, noPause)([]);

    expect(answers.size).toBe(0);
    expect(athena).toHaveReceivedCommandTimes(BatchGetQueryExecutionCommand, 0);
  });

  it('waits for a slot before every call', async () => {
    const order: string[] = [];
    answering((ids) => {
      order.push('call');
      if (ids.length > 1) throw serviceError('AccessDeniedException', 400);
      return { QueryExecutions: given(ids) };
    });
    const pace = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('slot');
    };

    await createQueryExecutions(client, pace, noPause)(idsOf(2));

    expect(order).toEqual(['slot', 'call', 'slot', 'call', 'slot', 'call']);
  });

  it('is joined by id, in whatever order it answers', async () => {
    answering((ids) => ({ QueryExecutions: given(ids).reverse() }));

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(3));

    expect(idsOf(3).map((id) => answers.get(id))).toMatchObject([
      { execution: { queryExecutionId: idOf(1), query: 'SELECT 1' } },
      { execution: { queryExecutionId: idOf(2), query: 'SELECT 2' } },
      { execution: { queryExecutionId: idOf(3), query: 'SELECT 3' } },
    ]);
  });

  it.each([
    ['a denied workgroup', refusal(idOf(2), 'ACCESS_DENIED', 'You are not authorized'), { missing: 'access_denied', detail: 'ACCESS_DENIED: You are not authorized' }],
    ['an unknown id', refusal(idOf(2), 'INVALID_INPUT', `QueryExecution ${idOf(2)} was not found`), { missing: 'not_found', detail: `INVALID_INPUT: QueryExecution ${idOf(2)} was not found` }],
  ])('says of an unprocessed id why: %s', async (_kind, unprocessed, expected) => {
    answering(() => ({ QueryExecutions: given([idOf(1)]), UnprocessedQueryExecutionIds: [unprocessed] }));

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(2));

    expect(answers.get(idOf(2))).toEqual(expected);
    expect(answers.get(idOf(1))).toHaveProperty('execution');
    expect(batches()).toHaveLength(1);
  });

  it('asks again for an id that is neither given nor unprocessed, and has an answer for it in the end', async () => {
    answering(() => ({ QueryExecutions: given([idOf(1)]) }));

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(2));

    expect(answers.get(idOf(2))).toEqual({ missing: 'throttled_out', detail: 'Athena answered without it' });
    expect(batches()).toEqual([idsOf(2), [idOf(2)], [idOf(2)], [idOf(2)], [idOf(2)]]);
    expect(answers.get(idOf(1))).toHaveProperty('execution');
  });

  it('has an answer for every id when Athena says nothing at all, or of nobody', async () => {
    answering(() => ({ UnprocessedQueryExecutionIds: [{ ErrorCode: 'ACCESS_DENIED' }] }));

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(1));

    expect([...answers]).toEqual([[idOf(1), { missing: 'throttled_out', detail: 'Athena answered without it' }]]);
  });
});

describe('an id that Athena is too busy for', () => {
  it('is asked again, and only it', async () => {
    let call = 0;
    answering((ids) => {
      call += 1;
      return call < 3 ? { QueryExecutions: given(ids.slice(1)), UnprocessedQueryExecutionIds: ids.slice(0, 1).map((id) => refusal(id, 'ThrottlingException', 'Rate exceeded')) } : { QueryExecutions: given(ids) };
    });

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(3));

    expect(batches()).toEqual([idsOf(3), [idOf(1)], [idOf(1)]]);
    expect(answers.get(idOf(1))).toHaveProperty('execution');
    expect(answers.size).toBe(3);
  });

  it('is throttled out after five rounds, and the others are there', async () => {
    answering((ids) => ({ QueryExecutions: given(ids.filter((id) => id !== idOf(2))), UnprocessedQueryExecutionIds: [refusal(idOf(2), 'ThrottlingException', 'Rate exceeded')] }));

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(3));

    expect(batches()).toEqual([idsOf(3), [idOf(2)], [idOf(2)], [idOf(2)], [idOf(2)]]);
    expect(answers.get(idOf(2))).toEqual({ missing: 'throttled_out', detail: 'ThrottlingException: Rate exceeded' });
    expect([answers.get(idOf(1)), answers.get(idOf(3))]).toEqual([expect.objectContaining({ execution: expect.anything() }), expect.objectContaining({ execution: expect.anything() })]);
  });
});

describe('a call that Athena refuses as a whole', () => {
  const refusing = (bad: readonly string[], error: Error) =>
    answering((ids) => {
      if (ids.some((id) => bad.includes(id))) throw error;
      return { QueryExecutions: given(ids) };
    });

  it.each([
    ['for a workgroup that may not be read', serviceError('AccessDeniedException', 400, 'not authorized to perform: athena:BatchGetQueryExecution'), { missing: 'access_denied', detail: 'AccessDeniedException: not authorized to perform: athena:BatchGetQueryExecution' }],
    ['for an id that is none', new InvalidRequestException({ message: 'QueryExecutionId is not valid', $metadata: {} }), { missing: 'not_found', detail: 'InvalidRequestException: QueryExecutionId is not valid' }],
  ])('%s is halved until the one is found, and the other forty-nine are there', async (_why, error, expected) => {
    refusing([idOf(37)], error);

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(50));

    expect(answers.get(idOf(37))).toEqual(expected);
    expect(answers.size).toBe(50);
    expect([...answers.values()].filter((answer) => 'execution' in answer)).toHaveLength(49);
    expect(batches().length).toBeLessThanOrEqual(13);
  });

  it('for several ids finds them all', async () => {
    const bad = [idOf(1), idOf(2), idOf(50)];
    refusing(bad, serviceError('AccessDeniedException', 400));

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(50));

    expect([...answers].filter(([, answer]) => 'missing' in answer).map(([id]) => id).sort()).toEqual(bad);
    expect(answers.size).toBe(50);
  });

  it('for every id ends with a refusal each', async () => {
    refusing(idsOf(5), serviceError('AccessDeniedException', 400));

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(5));

    expect([...answers.values()].map((answer) => ('missing' in answer ? answer.missing : null))).toEqual(Array(5).fill('access_denied'));
  });

  it('costs the other calls nothing', async () => {
    refusing([idOf(60)], serviceError('AccessDeniedException', 400));

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(100));

    expect(batches().filter((ids) => ids.includes(idOf(1)))).toEqual([idsOf(50)]);
    expect([...answers.values()].filter((answer) => 'execution' in answer)).toHaveLength(99);
  });
});

describe('a workgroup that Athena refuses', () => {
  const DENIED = 'AccessDeniedException: the words of AWS';
  /** Ten ids a workgroup, in turn; or none known. */
  const teamOf = (id: string) => `team-${idsOf(50).indexOf(id) % 5}`;
  const refusingTeams = (teams: readonly string[]) =>
    answering((ids) => {
      if (ids.some((id) => teams.includes(teamOf(id)))) throw serviceError('AccessDeniedException', 400);
      return { QueryExecutions: given(ids) };
    });

  it('costs the others of the fifty nothing, and a few calls', async () => {
    refusingTeams(['team-2']);

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(50), teamOf);

    for (const id of idsOf(50)) expect(answers.get(id)).toEqual(teamOf(id) === 'team-2' ? { missing: 'access_denied', detail: DENIED } : { execution: expect.objectContaining({ queryExecutionId: id }) });
    // The fifty; four workgroups; of the refused one ten, one, five, one, two, one.
    expect(batches().map((ids) => ids.length)).toEqual([50, 10, 10, 10, 1, 5, 1, 2, 1, 10, 10]);
  });

  it('is not asked for thousands of ids, one by one', async () => {
    const ids = idsOf(1000);
    answering(() => {
      throw serviceError('AccessDeniedException', 400);
    });

    const answers = await createQueryExecutions(client, onePace, noPause)(ids, () => 'primary');

    expect([...answers.keys()].sort()).toEqual(ids);
    expect([...answers.values()].filter((answer) => 'missing' in answer && answer.missing === 'access_denied' && answer.detail === DENIED)).toHaveLength(1000);
    // Twenty calls are under way before the first refusal is known.
    expect(batches().length).toBeLessThanOrEqual(20 + 3 * 20);
  });

  it('is taken for refused as a whole only when it gives nothing: single ids may be refused as well', async () => {
    const bad = idsOf(50).filter((_, index) => index % 4 === 0);
    answering((ids) => {
      if (ids.some((id) => bad.includes(id))) throw serviceError('AccessDeniedException', 400);
      return { QueryExecutions: given(ids) };
    });

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(50), () => 'primary');

    expect([...answers].filter(([, answer]) => 'missing' in answer).map(([id]) => id).sort()).toEqual(bad);
    expect(answers.size).toBe(50);
  });

  it('is not meant by an id that is none', async () => {
    const bad = idsOf(50).slice(0, 4);
    answering((ids) => {
      if (ids.some((id) => bad.includes(id))) throw new InvalidRequestException({ message: 'QueryExecutionId is not valid', $metadata: {} });
      return { QueryExecutions: given(ids) };
    });

    const answers = await createQueryExecutions(client, onePace, noPause)(idsOf(50), () => 'primary');

    expect([...answers].filter(([, answer]) => 'missing' in answer).map(([id]) => id).sort()).toEqual(bad);
  });
});

describe('a call that fails', () => {
  const where = 'athena:BatchGetQueryExecution on 2 query executions';

  it.each([
    ['throttled', serviceError('ThrottlingException', 400), 'UpstreamThrottledError', `${where}: throttled (ThrottlingException: the words of AWS)`],
    ['throttled by another name', serviceError('TooManyRequestsException', 400), 'UpstreamThrottledError', `${where}: throttled (TooManyRequestsException: the words of AWS)`],
    ['signed with credentials that have expired', serviceError('ExpiredTokenException', 400), 'UpstreamDeniedError', `${where}: the credentials have expired; sign in again (ExpiredTokenException)`],
    ['answered by a fault of the service', serviceError('InternalServerException', 500), 'UpstreamUnavailableError', `${where}: InternalServerException: the words of AWS`],
    ['cut off by the network', new Error('connect ETIMEDOUT'), 'UpstreamUnavailableError', `${where}: Error: connect ETIMEDOUT`],
    ['sent without a Region', new Error('Region is missing'), 'ConfigError', 'AWS_REGION: missing, expected the Region to ask, such as us-east-1 (or a profile that has one)'],
  ])('because it was %s is that error, with the cause', async (_why, cause, name, message) => {
    athena.on(BatchGetQueryExecutionCommand).rejects(cause);

    const reading = createQueryExecutions(client, onePace, noPause)(idsOf(2));

    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ name, message, cause });
    expect(athena).toHaveReceivedCommandTimes(BatchGetQueryExecutionCommand, 1);
  });
});
