import fc from 'fast-check';
import { MalformedRecordError } from '#core/errors';
import type { Json } from '#core/json';
import { countRecords, mergeCopies, parseLookupEntry, parseRecord, type QueryStart } from '#core/record';
import { idOf, otherRecord, refusedRecord, startRecord } from '../fakes/records.ts';

/** The start that a record is read as. */
function startOf(record: unknown): QueryStart {
  const parsed = parseRecord(record);
  if (parsed.kind !== 'start') throw new TypeError('no start');
  return parsed.start;
}

function request(members: Json): Json {
  return startRecord({ requestParameters: members });
}

const OMITTED = { reason: 'requestParameters too large', omitted: true, originalSize: '149893' };

describe('parseRecord', () => {
  it('reads a start in our words, an unknown as null', () => {
    const start = startOf(startRecord());

    expect(start).toEqual({
      eventId: idOf(1001),
      eventTime: Date.parse('2026-11-20T15:30:00Z'),
      sessionCreatedAt: null,
      accountId: '111122223333',
      region: 'us-east-1',
      sourceIp: '192.0.2.1',
      userAgent: 'aws-cli/2.31.0',
      errorCode: null,
      errorMessage: null,
      userName: null,
      queryExecutionId: idOf(1),
      rejected: false,
      workgroup: 'primary',
      catalogName: null,
      databaseName: 'sales',
      query: null,
      outputLocation: null,
      actor: 'ada',
      actorKind: 'person',
      actorEvidence: 'userIdentity.userName',
      principalType: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      principalArn: 'arn:aws:iam::111122223333:user/ada',
      principalAccountId: '111122223333',
      roleName: null,
      sessionName: null,
      sourceIdentity: null,
      onBehalfOfUserId: null,
      invokedBy: null,
      accessKeyId: 'AKIAEXAMPLE',
      correctedBy: null,
    });
  });

  it('keeps what Athena said of a start that it refused', () => {
    const start = startOf(refusedRecord());

    expect(start).toMatchObject({ rejected: true, queryExecutionId: null, errorCode: 'InvalidRequestException', errorMessage: "line 1:8: mismatched input ':'" });
  });

  it('reads parameters and answer that a table has turned into JSON text', () => {
    const record = startRecord({});

    const start = startOf({ ...record, requestParameters: JSON.stringify(record['requestParameters']), responseElements: JSON.stringify(record['responseElements']) });

    expect(start).toEqual(startOf(record));
  });

  it('takes parameters that are text but no JSON for unknown ones', () => {
    expect(startOf(startRecord({ requestParameters: 'none' }))).toMatchObject({ workgroup: null, query: null });
  });

  it.each(['2026-02-30T00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])('is malformed with a time that no calendar or no column has: %s', (eventTime) => {
    expect(() => parseRecord(startRecord({ eventTime }))).toThrow(expect.objectContaining({ name: 'MalformedRecordError', message: `eventTime: "${eventTime}", expected a time such as 2026-11-20T09:15:00Z` }));
  });

  it.each([
    { name: 'null, as AWS writes it', responseElements: null },
    { name: 'absent beside an error', responseElements: undefined, errorCode: 'InvalidRequestException' },
    { name: 'empty beside the words of an error', responseElements: {}, errorMessage: 'no' },
  ])('takes a start whose responseElements is $name for refused', ({ name: _name, ...edit }) => {
    expect(startOf(startRecord(edit)).rejected).toBe(true);
  });

  it.each([
    { name: 'an error code beside an execution, as services write "200" on success', record: startRecord({ errorCode: '200' }) },
    { name: 'an answer that was too large for the record', record: startRecord({ responseElements: { ...OMITTED, reason: 'responseElements too large' } }) },
    { name: 'an answer that was too large for the record, beside a code', record: startRecord({ responseElements: OMITTED, errorCode: '200' }) },
    { name: 'an answer that somebody has cut from the record', record: startRecord({ responseElements: undefined }) },
    { name: 'an empty answer without an error', record: startRecord({ responseElements: {} }) },
    { name: 'an answer that was too large, said in text', record: startRecord({ responseElements: { omitted: 'true' } }) },
  ])('does not take for refused: $name', ({ record }) => {
    expect(startOf(record).rejected).toBe(false);
  });

  it('takes a query that fails while it runs for accepted: its event has no error', () => {
    const start = startOf(startRecord());

    expect(start).toMatchObject({ rejected: false, errorCode: null, queryExecutionId: idOf(1) });
  });

  it.each([
    { name: 'the marker of Athena', text: '***OMITTED***' },
    { name: 'the marker of notebooks', text: 'HIDDEN_FOR_SECURITY_REASONS' },
    { name: 'the marker of user names', text: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    { name: 'a marker in words', text: 'Value hidden due to security reasons.' },
    { name: 'a marker in brackets', text: '<sensitiveDataRemoved>' },
    { name: 'a text that is no text', text: { reason: 'too large' } },
  ])('never gives $name as the query', ({ text }) => {
    expect(startOf(request({ queryString: text })).query).toBeNull();
  });

  it.each([
    { name: 'queryString, of 2019 to about 2023', members: { queryString: 'Select 10' }, query: 'Select 10' },
    { name: 'query, of 2018', members: { query: 'Select 10' }, query: 'Select 10' },
    { name: 'query beside an omitted queryString', members: { queryString: '***OMITTED***', query: 'Select 10' }, query: 'Select 10' },
    { name: 'a text that quotes the marker', members: { queryString: "SELECT '***OMITTED***'" }, query: "SELECT '***OMITTED***'" },
  ])('gives the clear text that an old record has in $name', ({ members, query }) => {
    expect(startOf(request(members)).query).toBe(query);
  });

  it('knows no workgroup when the caller gave none', () => {
    expect(startOf(request({ queryString: '***OMITTED***' })).workgroup).toBeNull();
    expect(startOf(request({ queryString: '***OMITTED***', workGroup: 'primary' })).workgroup).toBe('primary');
  });

  it.each([
    { name: 'null', requestParameters: null },
    { name: 'left out for its size', requestParameters: OMITTED },
    { name: 'a list', requestParameters: [] },
    { name: 'full of other types', requestParameters: { queryString: 7, workGroup: {}, queryExecutionContext: 'sales', resultConfiguration: null } },
  ])('reads a record whose requestParameters are $name', ({ requestParameters }) => {
    const start = startOf(startRecord({ requestParameters }));

    expect(start).toMatchObject({ queryExecutionId: idOf(1), query: null, workgroup: null, databaseName: null, outputLocation: null });
  });

  it('reads catalog, database and output location of the request', () => {
    const start = startOf(request({ queryExecutionContext: { database: 'sales', catalog: 'lake' }, resultConfiguration: { outputLocation: 's3://results/' } }));

    expect(start).toMatchObject({ catalogName: 'lake', databaseName: 'sales', outputLocation: 's3://results/' });
  });

  it('passes over members that AWS adds, and reads an event that came late at its own time', () => {
    const late = startRecord({ addendum: { reason: 'DELIVERY_DELAY', updatedFields: null }, eventVersion: '1.99', sessionCredentialFromConsole: 'true', novelty: [1] });

    expect(startOf(late)).toEqual(startOf(startRecord()));
  });

  it('reads a correction under the id of the event that it corrects', () => {
    const correction = startRecord({ eventID: idOf(1002), addendum: { reason: 'UPDATED_DATA', updatedFields: 'userAgent', originalRequestID: 'r', originalEventID: idOf(1001) } });

    expect(startOf(correction)).toEqual({ ...startOf(startRecord()), eventId: idOf(1001), correctedBy: idOf(1002) });
  });

  it.each([
    { name: 'came late', addendum: { reason: 'DELIVERY_DELAY', originalEventID: idOf(1001) } },
    { name: 'was held up by an outage', addendum: { reason: 'SERVICE_OUTAGE', originalEventID: idOf(1001) } },
    { name: 'does not say what it corrects', addendum: { reason: 'UPDATED_DATA', updatedFields: 'userAgent' } },
    { name: 'has an addendum that is none', addendum: 'UPDATED_DATA' },
  ])('leaves a record its own id that $name', ({ addendum }) => {
    expect(startOf(startRecord({ eventID: idOf(1002), addendum }))).toMatchObject({ eventId: idOf(1002), correctedBy: null });
  });

  it('names the person behind a call that a service carried out, and keeps the service', () => {
    const start = startOf(startRecord({ userIdentity: { type: 'IAMUser', accountId: '111122223333', userName: 'ada', invokedBy: 'AWS Internal' } }));

    expect(start).toMatchObject({ actor: 'ada', actorKind: 'person', invokedBy: 'AWS Internal' });
  });

  it('reads an identity without a type', () => {
    const start = startOf(startRecord({ userIdentity: { accountId: '111122223333', invokedBy: 'secretsmanager.amazonaws.com' } }));

    expect(start).toMatchObject({ principalType: null, actor: 'secretsmanager.amazonaws.com', actorKind: 'service' });
  });

  it.each([
    { name: 'QuickSight', session: 'QuickSight-RoleSession-1701' },
    { name: 'Managed Grafana', session: 'amg-session' },
    { name: 'a notebook', session: 'AthenaExecutor-9cc1ebb2-aac5-b1ca-8247-5d827bd8232f' },
  ])('does not take the session of $name for a person', ({ session }) => {
    const start = startOf(startRecord({ userIdentity: { type: 'AssumedRole', principalId: `AROAEXAMPLE:${session}`, accountId: '111122223333' } }));

    expect(start).toMatchObject({ actor: session, actorKind: 'role_session' });
  });

  it('hears from the user agent that a function makes the call', () => {
    const userIdentity = { type: 'AssumedRole', principalId: 'AROAEXAMPLE:ada', accountId: '111122223333' };

    expect(startOf(startRecord({ userIdentity, userAgent: 'exec-env/AWS_Lambda_python3.14' }))).toMatchObject({ actor: 'ada', actorKind: 'role_session' });
    expect(startOf(startRecord({ userIdentity }))).toMatchObject({ actor: 'ada', actorKind: 'person' });
  });

  it.each([
    { name: 'another service\'s event of that name', record: otherRecord() },
    { name: 'another event of Athena', record: startRecord({ eventName: 'GetQueryExecution' }) },
    { name: 'an event in another case', record: startRecord({ eventName: 'startQueryExecution' }) },
    { name: 'an object that is no event', record: {} },
    { name: 'an event whose name is null', record: startRecord({ eventName: null }) },
    { name: 'another event without id and time', record: { eventName: 'GetQueryExecution' } },
    { name: 'a VPC endpoint\'s record of a start', record: startRecord({ eventCategory: 'NetworkActivity', eventType: 'AwsVpceEvent', sharedEventID: idOf(7), vpcEndpointId: 'vpce-1', requestParameters: undefined, responseElements: undefined }) },
    { name: 'a start that a VPC endpoint has denied', record: refusedRecord({ eventCategory: 'NetworkActivity', eventType: 'AwsVpceEvent', errorCode: 'VpceAccessDenied' }) },
    { name: 'a VPC endpoint\'s record by its category alone', record: startRecord({ eventCategory: 'NetworkActivity' }) },
    { name: 'a VPC endpoint\'s record by its type alone', record: startRecord({ eventCategory: undefined, eventType: 'AwsVpceEvent' }) },
    { name: 'an unusual number of starts', record: startRecord({ eventCategory: 'Insight', eventType: 'AwsCloudTrailInsight' }) },
    { name: 'an unusual number of starts by its type alone', record: startRecord({ eventCategory: null, eventType: 'AwsCloudTrailInsight' }) },
  ])('skips $name', ({ record }) => {
    expect(parseRecord(record)).toEqual({ kind: 'skipped' });
  });

  it.each([
    { name: 'no category, as records of before 2021', edit: { eventCategory: undefined } },
    { name: 'no category but the type of a call', edit: { eventCategory: undefined, eventType: 'AwsApiCall' } },
    { name: 'the category of a data event', edit: { eventCategory: 'Data', managementEvent: false } },
    { name: 'a category that nobody knows yet', edit: { eventCategory: 'Other' } },
    { name: 'the category of a management event, whatever the type', edit: { eventType: 'AwsVpceEvent' } },
  ])('reads a start with $name', ({ edit }) => {
    expect(startOf(startRecord(edit)).queryExecutionId).toBe(idOf(1));
  });

  it.each([
    { name: 'null', record: null, problem: 'record: null, expected a JSON object' },
    { name: 'nothing', record: undefined, problem: 'record: missing, expected a JSON object' },
    { name: 'a list', record: [startRecord()], problem: 'record: [{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","pr, expected a JSON object' },
    { name: 'text', record: 'x', problem: 'record: "x", expected a JSON object' },
    { name: 'a name that is no text', record: startRecord({ eventName: 7 }), problem: 'eventName: 7, expected text' },
    { name: 'a start without source', record: startRecord({ eventSource: undefined }), problem: 'eventSource: null, expected the name of a service' },
    { name: 'a start with a source that is no text', record: startRecord({ eventSource: {} }), problem: 'eventSource: {}, expected the name of a service' },
    { name: 'a start without id', record: startRecord({ eventID: undefined }), problem: 'eventID: missing, expected an id' },
    { name: 'a start with an empty id', record: startRecord({ eventID: '' }), problem: 'eventID: "", expected an id' },
    { name: 'a start without time', record: startRecord({ eventTime: undefined }), problem: 'eventTime: missing, expected a time such as 2026-11-20T09:15:00Z' },
    { name: 'a start with a time that is none', record: startRecord({ eventTime: '2026-13-20T09:15:00Z' }), problem: 'eventTime: "2026-13-20T09:15:00Z", expected a time such as 2026-11-20T09:15:00Z' },
    { name: 'a start with a time without zone', record: startRecord({ eventTime: '2026-11-20T09:15:00' }), problem: 'eventTime: "2026-11-20T09:15:00", expected a time such as 2026-11-20T09:15:00Z' },
    { name: 'a start with a list of a time', record: startRecord({ eventTime: ['2026-11-20T09:15:00Z'] }), problem: 'eventTime: ["2026-11-20T09:15:00Z"], expected a time such as 2026-11-20T09:15:00Z' },
    { name: 'a start with words behind its time', record: startRecord({ eventTime: '2026-11-20T09:15:00Z (UTC)' }), problem: 'eventTime: "2026-11-20T09:15:00Z (UTC)", expected a time such as 2026-11-20T09:15:00Z' },
    { name: 'a start with a time in numbers', record: startRecord({ eventTime: 1795188600 }), problem: 'eventTime: 1795188600, expected a time such as 2026-11-20T09:15:00Z' },
  ])('refuses $name', ({ record, problem }) => {
    const parse = () => parseRecord(record);

    expect(parse).toThrow(new MalformedRecordError(problem));
    expect(parse).toThrow(MalformedRecordError);
  });

  it.each(['2026-11-20T15:30:00Z', '2026-11-20T15:30:00.000Z', '2026-11-20T10:30:00-05:00', '2026-11-20T10:30:00-0500'])('reads the time %s', (eventTime) => {
    expect(startOf(startRecord({ eventTime })).eventTime).toBe(Date.parse('2026-11-20T15:30:00Z'));
  });
});

describe('parseLookupEntry', () => {
  const entry = (edit: Json = {}, record: Json = startRecord()): Json => ({ EventId: idOf(1001), EventSource: 'athena.amazonaws.com', Username: 'ada', CloudTrailEvent: JSON.stringify(record), ...edit });

  it('reads the record within, and keeps the Username beside the actor', () => {
    const session = startRecord({ userIdentity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE:i-0f6f1234', accountId: '111122223333', sessionContext: { sessionIssuer: { userName: 'Analyst' } } } });

    const parsed = parseLookupEntry(entry({ Username: 'Analyst' }, session));

    expect(parsed).toMatchObject({ kind: 'start', start: { userName: 'Analyst', actor: 'i-0f6f1234', actorKind: 'role_session', roleName: 'Analyst' } });
  });

  it.each([
    { name: 'that the entry alone names', edit: {}, record: startRecord({ eventSource: undefined }), kind: 'start' },
    { name: 'of the record before the entry\'s', edit: { EventSource: 'athena.amazonaws.com' }, record: otherRecord(), kind: 'skipped' },
  ])('takes the source $name', ({ edit, record, kind }) => {
    expect(parseLookupEntry(entry(edit, record)).kind).toBe(kind);
  });

  it.each(['HIDDEN_DUE_TO_SECURITY_REASONS', ' ada ', 'AWS Internal', 'i-0f6f1234', 'root', 'o=ada,cn=l.ovelace+x@y_-z', '佐藤', 'ada\nlovelace', '***'])('keeps the Username %j untouched, whatever the actor is', (Username) => {
    expect(parseLookupEntry(entry({ Username }))).toMatchObject({ start: { userName: Username, actor: 'ada' } });
  });

  it('reads an entry of which AWS gives nothing but the record', () => {
    const parsed = parseLookupEntry({ CloudTrailEvent: JSON.stringify(startRecord()) });

    expect(parsed).toMatchObject({ kind: 'start', start: { userName: null, actor: 'ada' } });
  });

  it.each([
    { name: 'that is no object', value: null, problem: 'event: null, expected a JSON object' },
    { name: 'without a record', value: entry({ CloudTrailEvent: undefined }), problem: 'CloudTrailEvent: missing, expected a record as JSON text' },
    { name: 'whose record is no text', value: entry({ CloudTrailEvent: {} }), problem: 'CloudTrailEvent: {}, expected a record as JSON text' },
    { name: 'whose record is a list', value: entry({ CloudTrailEvent: '[]' }), problem: 'record: [], expected a JSON object' },
  ])('refuses an entry $name', ({ value, problem }) => {
    const parse = () => parseLookupEntry(value);

    expect(parse).toThrow(new MalformedRecordError(problem));
    expect(parse).toThrow(MalformedRecordError);
  });

  it('refuses an entry whose record is cut off, with the parser\'s words as the cause', () => {
    const parse = () => parseLookupEntry(entry({ CloudTrailEvent: '{"eventName":' }));

    expect(parse).toThrow(expect.objectContaining({ name: 'MalformedRecordError', message: expect.stringMatching(/^CloudTrailEvent: not JSON, /), cause: expect.any(SyntaxError) }));
  });
});

describe('countRecords', () => {
  const from = (index: number) => `record ${index}`;
  const count = (records: readonly unknown[]) => countRecords(records.map((record) => () => parseRecord(record)), from);

  it('tells records apart, and loses none of them', () => {
    const counted = count([startRecord(), otherRecord(), null, refusedRecord(), {}]);

    expect(counted).toMatchObject({ read: 5, skipped: 2, malformed: 1, samples: [{ from: 'record 2', problem: 'record: null, expected a JSON object' }] });
    expect(counted.starts.map(({ rejected }) => rejected)).toEqual([false, true]);
  });

  it('counts every malformed record, and samples as many as a page of look-ups has', () => {
    const counted = count(Array.from({ length: 52 }, () => 7));

    expect(counted).toMatchObject({ read: 52, malformed: 52, starts: [] });
    expect(counted.samples.map((sample) => sample.from)).toEqual(Array.from({ length: 50 }, (_, index) => from(index)));
  });

  it('passes on what is no malformed record', () => {
    const fault = new TypeError('a fault of ours');

    expect(() => countRecords([() => { throw fault; }], from)).toThrow(fault);
  });
});

describe('mergeCopies', () => {
  const known = startOf(startRecord());
  const old = startOf(startRecord({ requestParameters: { queryString: 'Select 10' } }));

  it('leaves a single copy as it is', () => {
    expect(mergeCopies([known])).toEqual(known);
  });

  it('adds what only the poorer copy knows: the text of an old trail, the Username of LookupEvents', () => {
    const listed: QueryStart = { ...old, userName: 'ada', workgroup: null };

    const merged = mergeCopies([known, listed]);

    expect(merged).toEqual({ ...known, query: 'Select 10', userName: 'ada' });
  });

  it('keeps the word of the copy that knows most where two differ', () => {
    const poorer: QueryStart = { ...known, userAgent: 'other', region: null };

    expect(mergeCopies([poorer, known]).userAgent).toBe('aws-cli/2.31.0');
    expect(mergeCopies([{ ...poorer, accountId: '000000000000' }, known]).accountId).toBe('111122223333');
  });

  it('takes the word of a correction, though it knows less, and fills it from what it corrects', () => {
    const correction: QueryStart = { ...old, userAgent: 'corrected', region: null, databaseName: null, workgroup: null, correctedBy: idOf(1002) };

    const merged = mergeCopies([known, correction]);

    expect(merged).toEqual({ ...known, query: 'Select 10', userAgent: 'corrected', correctedBy: idOf(1002) });
    expect(mergeCopies([correction, known])).toEqual(merged);
    expect(mergeCopies([correction])).toEqual(correction);
  });

  it('takes actor, kind and evidence from one copy', () => {
    const nameless = startOf(startRecord({ userIdentity: {}, errorCode: '200', errorMessage: 'x', requestParameters: { queryString: 'x', workGroup: 'w', queryExecutionContext: { catalog: 'c', database: 'd' }, resultConfiguration: { outputLocation: 's3://x/' } } }));

    const merged = mergeCopies([nameless, known]);

    expect(nameless.actor).toBeNull();
    expect(merged).toMatchObject({ actor: 'ada', actorKind: 'person', actorEvidence: 'userIdentity.userName', catalogName: 'c' });
  });

  it('does not call refused what another copy has an execution of', () => {
    const refused = startOf(refusedRecord({ sourceIPAddress: '192.0.2.1' }));
    const accepted: QueryStart = { ...known, workgroup: null, databaseName: null, region: null, accountId: null };

    expect(mergeCopies([refused, accepted])).toMatchObject({ rejected: false, queryExecutionId: idOf(1) });
  });

  it('calls refused what one copy knows to be, though the answer was left out of the other', () => {
    const refused: QueryStart = { ...startOf(refusedRecord()), workgroup: null, databaseName: null, region: null };
    const omitted = startOf(startRecord({ responseElements: { omitted: true } }));

    expect(mergeCopies([refused, omitted])).toMatchObject({ rejected: true, errorCode: 'InvalidRequestException' });
    expect(mergeCopies([omitted, omitted])).toMatchObject({ rejected: false });
  });

  it('refuses to merge nothing', () => {
    expect(() => mergeCopies([])).toThrow(new TypeError('mergeCopies: no copies'));
  });

  it('does not depend on the order of the copies, and loses nothing that one of them knows', () => {
    const maybe = (...texts: string[]) => fc.option(fc.constantFrom(...texts), { nil: null });
    const who = fc.constantFrom(
      { actor: 'ada', actorKind: 'person' as const, actorEvidence: 'userIdentity.userName' },
      { actor: 'i-0f6f1234', actorKind: 'role_session' as const, actorEvidence: 'userIdentity.principalId' },
      { actor: null, actorKind: 'unknown' as const, actorEvidence: null },
    );
    const copy = fc
      .record({ who, query: maybe('a', 'b'), userName: maybe('a', 'b'), workgroup: maybe('a', 'b'), queryExecutionId: maybe('a'), errorCode: maybe('a'), correctedBy: maybe('a', 'b'), rejected: fc.boolean() })
      .map(({ who: named, ...edit }): QueryStart => ({ ...known, ...named, ...edit, rejected: edit.rejected && edit.queryExecutionId === null }));
    const shuffled = fc.array(copy, { minLength: 1, maxLength: 5 }).chain((copies) => fc.tuple(fc.constant(copies), fc.shuffledSubarray(copies, { minLength: copies.length })));

    fc.assert(
      fc.property(shuffled, ([copies, other]) => {
        const merged = mergeCopies(copies);
        expect(mergeCopies(other)).toEqual(merged);
        for (const [key, value] of Object.entries(merged)) expect(value === null).toBe(copies.every((each) => each[key as keyof QueryStart] === null));
        expect(merged.rejected && merged.queryExecutionId !== null).toBe(false);
        expect(copies.some(({ actor, actorKind, actorEvidence }) => actor === merged.actor && actorKind === merged.actorKind && actorEvidence === merged.actorEvidence)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
