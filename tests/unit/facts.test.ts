import { FACTS_NAME, type Fact, mergeExecution, mergeStarts, SET_ASIDE_SUFFIX } from '#core/facts';
import type { Json } from '#core/json';
import { type QueryExecution, type QueryExecutionAnswer, toQueryExecution } from '#core/query-execution';
import { parseRecord, type QueryStart } from '#core/record';
import { parseFacts, toFactsBytes } from '../fakes/facts-bytes.ts';
import { executionOf, idOf, refusedRecord, startNumber, startRecord } from '../fakes/records.ts';

/** The start that a record is read as. */
function startOf(record: unknown): QueryStart {
  const parsed = parseRecord(record);
  if (parsed.kind !== 'start') throw new TypeError('no start');
  return parsed.start;
}

const factOf = (start: QueryStart): Fact => ({ start, execution: null, retryOf: null, assumption: null });
const start = startOf(startRecord());
/** CloudTrail's correction of event 1001, which is event 1500 itself. */
const correctionRecord = (edit: Json = {}) => startRecord({ eventID: idOf(1500), userAgent: 'corrected', addendum: { reason: 'UPDATED_DATA', originalEventID: idOf(1001) }, ...edit });
const correction = startOf(correctionRecord());

describe('the starts of two runs', () => {
  it('are one for each event, in the order of the report', () => {
    const late = startOf(startNumber(2, { eventTime: '2026-11-20T15:31:00Z' }));
    const early = startOf(startNumber(3, { eventTime: '2026-11-20T15:29:00Z' }));

    expect(mergeStarts([factOf(late), factOf(start)], [start, early])).toEqual([early, start, late]);
  });

  it('say what CloudTrail says now, and not what somebody has written into the facts since', () => {
    const altered: QueryStart = { ...start, actor: 'mallory', actorKind: 'service', actorEvidence: 'userIdentity.invokedBy', userAgent: 'altered', sourceIp: '203.0.113.9', catalogName: 'x', eventTime: start.eventTime + 1000 };

    expect(mergeStarts([factOf(altered)], [start])).toEqual([{ ...start, catalogName: 'x' }]);
  });

  it('keep of the facts what is not known now: the clear text, the Username, who it was', () => {
    const richer: QueryStart = { ...start, query: 'SELECT 1', userName: 'ada' };
    const redacted = startOf(startRecord({ userIdentity: {} }));

    const [merged] = mergeStarts([factOf(richer)], [redacted]);

    expect(redacted).toMatchObject({ actor: null, actorKind: 'unknown' });
    expect(merged).toEqual(richer);
  });

  it('never put together who it was from one run and what kind from the other', () => {
    const altered: QueryStart = { ...start, actorKind: 'root', actorEvidence: 'userIdentity.type' };
    const { actor, actorKind, actorEvidence } = start;

    expect(mergeStarts([factOf(altered)], [start])[0]).toMatchObject({ actor, actorKind, actorEvidence });
  });

  it('call a start refused that CloudTrail calls so now, whatever execution facts give it that nobody vouches for', () => {
    const refused = startOf(refusedRecord());

    expect(mergeStarts([factOf({ ...refused, rejected: false, queryExecutionId: idOf(7) })], [refused], false)).toEqual([refused]);
  });

  it('keep an execution that a run has read, though a copy of the event has lost its answer', () => {
    const whole = startOf(startNumber(1));
    const cut = startOf({ ...startNumber(1), responseElements: null });

    expect(cut).toMatchObject({ rejected: true, queryExecutionId: null });
    expect(mergeStarts([factOf(whole)], [cut])).toEqual([whole]);
  });

  const onBehalf = { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/Jobs/etl-job', accountId: '111122223333', onBehalfOf: { userId: '94482488-3041-7000-0000-000000000000' }, sessionContext: { sourceIdentity: 'diego.ramirez', sessionIssuer: { userName: 'Jobs' } } };
  const { onBehalfOf: _user, ...behalfCut } = onBehalf;
  const { sourceIdentity: _source, ...context } = onBehalf.sessionContext;

  it.each([
    ['the user it was made for', behalfCut, onBehalf.onBehalfOf.userId],
    ['the source identity, and the user', { ...behalfCut, sessionContext: context }, onBehalf.onBehalfOf.userId],
    ['all but the account', { type: 'AssumedRole', accountId: '111122223333' }, onBehalf.onBehalfOf.userId],
    ['all but the service', { accountId: '111122223333', invokedBy: 'athena.amazonaws.com' }, onBehalf.onBehalfOf.userId],
  ])('keep who it was, as far as it was proven, when a copy has lost %s', (_what, userIdentity, actor) => {
    const whole = startOf(startRecord({ userIdentity: onBehalf }));
    const cut = startOf(startRecord({ userIdentity }));
    const expected = { actor, actorKind: 'person', actorEvidence: 'userIdentity.onBehalfOf.userId' };

    expect(mergeStarts([factOf(whole)], [cut])).toMatchObject([expected]);
    expect(mergeStarts([], [cut, whole])).toMatchObject([expected]);
    expect(mergeStarts([factOf(whole)], [cut], false)).toMatchObject([{ actor: cut.actor, actorEvidence: cut.actorEvidence }]);
  });

  it('keep that a start was refused when the answer is left out of the record now', () => {
    const refused = startOf(refusedRecord());
    const omitted = startOf(startRecord({ responseElements: { omitted: true } }));

    expect(mergeStarts([factOf(refused)], [omitted])).toMatchObject([{ rejected: true, queryExecutionId: null }]);
    expect(mergeStarts([factOf(start)], [omitted])).toMatchObject([{ rejected: false, queryExecutionId: idOf(1) }]);
    expect(mergeStarts([factOf(omitted)], [omitted])).toMatchObject([{ rejected: false, queryExecutionId: null }]);
  });

  it('keep of a refused start what is not known now', () => {
    const refused = startOf(refusedRecord());

    expect(mergeStarts([factOf({ ...refused, userName: 'ada' })], [refused])).toEqual([{ ...refused, userName: 'ada' }]);
  });

  it('never call refused what CloudTrail gives an execution now', () => {
    expect(mergeStarts([factOf({ ...start, rejected: true })], [start])).toEqual([start]);
  });
});

describe('an event that CloudTrail has corrected', () => {
  const merged = { ...start, userAgent: 'corrected', correctedBy: idOf(1500) };

  it.each<[string, readonly QueryStart[], readonly QueryStart[]]>([
    ['the correction comes with it', [], [start, correction]],
    ['the correction comes before it', [], [correction, start]],
    ['the correction comes in a later run', [start], [correction]],
    ['the correction comes in a later run, beside it', [start], [start, correction]],
    ['only an earlier run has read the correction', [correction], [start]],
    ['only earlier runs have read both', [merged], []],
    ['only the correction was ever read', [], [correction]],
    ['the correction is delivered twice', [correction], [correction, correction, start]],
    ['facts of before corrections were known have it as an event of its own', [start, { ...correction, eventId: idOf(1500), correctedBy: null }], [start, correction]],
  ])('is one start under its own id, with the correction\'s word, when %s', (_when, known, read) => {
    expect(mergeStarts(known.map(factOf), read)).toEqual([merged]);
  });

  it('keeps what the correction does not say', () => {
    const poor = startOf(correctionRecord({ userIdentity: {}, requestParameters: null, sourceIPAddress: undefined }));

    expect(mergeStarts([factOf(start)], [poor])).toEqual([merged]);
    expect(mergeStarts([], [poor, start])).toEqual([merged]);
  });

  it('is healed from altered facts by the correction as it is read now', () => {
    expect(mergeStarts([factOf({ ...merged, actor: 'mallory', userAgent: 'altered' })], [start, correction])).toEqual([merged]);
  });
});

describe('the execution of two runs', () => {
  const executed = (edit: Json = {}): QueryExecution => {
    const execution = toQueryExecution(executionOf(idOf(1), edit));
    if (execution === null) throw new TypeError('no execution');
    return execution;
  };
  const ended = executed();
  const running = executed({ Status: { State: 'RUNNING' }, Statistics: {} });
  const denied: QueryExecutionAnswer = { missing: 'access_denied', detail: 'not yours' };

  it.each<[string, QueryExecution | null, QueryExecutionAnswer | undefined, QueryExecution | null, boolean]>([
    ['is none when nobody has ever told of it', null, undefined, null, false],
    ['is none when Athena has always denied it', null, denied, null, false],
    ['is what Athena says for the first time', null, { execution: ended }, ended, false],
    ['is kept when Athena denies it now', ended, denied, ended, true],
    ['is kept when Athena is not asked now', ended, undefined, ended, true],
    ['is kept when it had ended, and runs now', ended, { execution: running }, ended, true],
    ['is what Athena says now when it ran before', running, { execution: ended }, ended, false],
    ['is what Athena says now when it runs still', running, { execution: running }, running, false],
    ['is what Athena says now when it had ended otherwise', executed({ Query: 'SELECT 2' }), { execution: ended }, ended, false],
    ['has what Athena has forgotten of it since', ended, { execution: { ...ended, query: null } }, ended, false],
  ])('%s', (_what, known, answer, execution, kept) => {
    expect(mergeExecution(known, answer)).toEqual({ execution, kept });
  });
});

describe('the names of facts', () => {
  it('stay what they are: a later version has to find them', () => {
    expect([FACTS_NAME, SET_ASIDE_SUFFIX]).toEqual(['_facts.jsonl', '_set_aside.jsonl']);
  });
});

describe('facts as bytes', () => {
  it('are read back as they were written', () => {
    const facts = [factOf(start), factOf({ ...correction, query: 'SELECT 1\u2028' })];

    expect(parseFacts(toFactsBytes(facts))).toEqual({ facts, strange: 0 });
  });

  it('of before corrections were known have none, and are the same bytes as if they had been written today', () => {
    const { correctedBy: _unknown, ...old } = start;

    const read = parseFacts(new TextEncoder().encode(`${JSON.stringify({ ...factOf(start), start: old })}\n`));

    expect(read).toEqual({ facts: [factOf(start)], strange: 0 });
    expect(toFactsBytes(read.facts)).toEqual(toFactsBytes([factOf(start)]));
  });

  const whole = { ...factOf(start), execution: toQueryExecution(executionOf(idOf(1))), retryOf: idOf(1000), assumption: { assumedBy: 'ada', evidence: [idOf(2000)] } };
  const edited = (edit: Json) => JSON.stringify({ ...whole, ...edit });

  it.each<[string, string]>([
    ['is no JSON', 'SELECT 1'],
    ['is a part of one', JSON.stringify(whole).slice(0, -1)],
    ['is empty', ''],
    ['is a list', '[]'],
    ['has no start', edited({ start: undefined })],
    ['has a start that is a text', edited({ start: 'SELECT 1' })],
    ['has no event id', edited({ start: { ...start, eventId: null } })],
    ['has no time', edited({ start: { ...start, eventTime: undefined } })],
    ['has a time of no calendar', edited({ start: { ...start, eventTime: 1e18 } })],
    ['has a time as text', edited({ start: { ...start, eventTime: '2026-11-20T15:30:00Z' } })],
    ['does not say what kind of actor', edited({ start: { ...start, actorKind: null } })],
    ['does not say whether it was refused', edited({ start: { ...start, rejected: null } })],
    ['has a number where a text belongs', edited({ start: { ...start, actor: 5 } })],
    ['has a member that no start has', edited({ start: { ...start, hint: 'x' } })],
    ['has a member that every object has', edited({ start: { ...start, toString: 'x' } })],
    ['has an execution that is a text', edited({ execution: 'x' })],
    ['has an execution without id', edited({ execution: { ...whole.execution, queryExecutionId: null } })],
    ['has half a millisecond', edited({ execution: { ...whole.execution, queueMs: 1.5 } })],
    ['has bytes as text', edited({ execution: { ...whole.execution, dataScannedBytes: '5' } })],
    ['has an error type of more than 32 bits', edited({ execution: { ...whole.execution, errorType: 2 ** 31 } })],
    ['has a flag as text', edited({ execution: { ...whole.execution, reusedResult: 'true' } })],
    ['has more DPUs than there are', edited({ execution: { ...whole.execution, dpuCount: 1 } }).replace('"dpuCount":1', '"dpuCount":1e999')],
    ['is a retry of a number', edited({ retryOf: 5 })],
    ['was assumed by nobody', edited({ assumption: { evidence: [] } })],
    ['was assumed without evidence', edited({ assumption: { assumedBy: 'ada' } })],
    ['was assumed by an evidence of an id and a number', edited({ assumption: { assumedBy: 'ada', evidence: [idOf(2000), 5] } })],
    ['was assumed by an evidence of numbers', edited({ assumption: { assumedBy: 'ada', evidence: [5] } })],
  ])('count a line as strange that %s, and keep the others', (_what, line) => {
    const text = `${JSON.stringify(whole)}\n${line}\n${JSON.stringify(factOf(start))}\n`;

    expect(parseFacts(new TextEncoder().encode(text))).toEqual({ facts: [whole, factOf(start)], strange: 1 });
  });

  const known = (value: object) => Object.fromEntries(Object.entries(value).map(([name, found]) => [name, found ?? 'x']));
  const times = { queueMs: 1, planningMs: 2, engineMs: 3, serviceMs: 4, totalMs: 10, dataScannedBytes: 1024, dpuCount: 0.5 };
  const everything = {
    ...whole,
    start: { ...known(start), sessionCreatedAt: 1_795_188_000_000 },
    execution: { ...known(whole.execution ?? {}), ...times, errorCategory: 2, errorType: 1301, errorRetryable: false, reusedResult: true, submittedAt: 1_795_188_600_125, completedAt: 1_795_188_602_000 },
  };

  it('are read back when every member is known', () => {
    expect(parseFacts(new TextEncoder().encode(`${JSON.stringify(everything)}\n`))).toEqual({ facts: [everything], strange: 0 });
  });

  it.each((['start', 'execution'] as const).flatMap((part) => Object.keys(everything[part]).map((name) => [part, name] as const)))('are strange with something else than a plain value in the %s for %s', (part, name) => {
    const line = JSON.stringify({ ...everything, [part]: { ...everything[part], [name]: {} } });

    expect(parseFacts(new TextEncoder().encode(`${line}\n`))).toEqual({ facts: [], strange: 1 });
  });

  it('count a line as strange before which an editor has put its mark', () => {
    expect(parseFacts(new TextEncoder().encode(`\uFEFF${JSON.stringify(whole)}\n`))).toEqual({ facts: [], strange: 1 });
  });

  it('count a last line without its end, and take it when it is whole', () => {
    const line = JSON.stringify(whole);

    expect(parseFacts(new TextEncoder().encode(`${line}\n${line}`))).toEqual({ facts: [whole, whole], strange: 0 });
    expect(parseFacts(new TextEncoder().encode(`${line}\n${line.slice(0, 40)}`))).toEqual({ facts: [whole], strange: 1 });
    expect(parseFacts(new Uint8Array())).toEqual({ facts: [], strange: 0 });
  });

  it('lose what is beside the four members of a fact, and fill in those that are not there', () => {
    const line = JSON.stringify({ ...whole, hint: 'x', retryOf: undefined });

    expect(parseFacts(new TextEncoder().encode(`${line}\n`)).facts).toStrictEqual([{ ...whole, retryOf: null }]);
  });
});
