/**
 * The fault matrix: everything that AWS, the network and the machine do to a run, a row a fault. Worker and closer with the
 * adapters of production, over stand-ins of CloudTrail, Athena and S3. Reports lie in memory where the fault is not theirs.
 *
 * A day lies there from the night after it, unsettled. A later run, which has eight queries more to bring, meets the fault. What
 * it knew stays, what lies in between is whole and never judged better than it is, and the run after that makes the day what it
 * is for a run that met nothing.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { createFolderStore } from '#adapters/folder-store';
import { createFolderListing, createS3Listing } from '#adapters/listing';
import { createS3Store } from '#adapters/s3-store';
import { parseCertificate } from '#core/certificate';
import { type ListNames, parseManifest } from '#core/hour-evidence';
import { isObject, type Json } from '#core/json';
import type { ReportStore } from '#core/ports';
import { type AwsApis, type AwsApisOptions, startAwsApis, UNTHROTTLED } from '../fakes/aws-apis.ts';
import type { AwsCall, Fault, ReadFault } from '../fakes/aws-call.ts';
import { BUSY, clientOptions, connect, createDayOverHttp, EARLY, EARLY_AT, LABELS, LATER, LATER_AT, OTHER_WORKGROUP, QUERIES, type Services } from '../fakes/day-over-http.ts';
import { parseFacts } from '../fakes/facts-bytes.ts';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.ts';
import { idOf } from '../fakes/records.ts';
import { type S3Call, type S3Fault, startS3Api } from '../fakes/s3-api.ts';
import { bundled, killedAtItsWord } from '../fakes/ts-process.ts';

/** Slow machines have time: nothing in here is about how long it takes. */
const TIMEOUT = 120_000;
const DAY = 'year=2026/month=11/day=20/';
const HOUR = `${DAY}hour=${BUSY}/`;
const CLOSING = `${DAY}_closing.json`;
/** The objects that a run writes, in its order. */
const OBJECTS = { facts: `${HOUR}_facts.jsonl`, report: `${HOUR}report_2026_11_20_h${BUSY}.json`, manifest: `${HOUR}_manifest.json`, certificate: `${DAY}_certificate.json` } as const;
type ObjectName = keyof typeof OBJECTS;
const NAMES = Object.keys(OBJECTS) as ObjectName[];

type Lying = Readonly<Record<ObjectName, string>>;
/** What an object is against those of the run before and of one that met nothing. */
type Age = 'old' | 'new' | 'other';

type Objects = Readonly<Record<string, string>>;

/** Where reports lie. */
interface Place {
  readonly store: ReportStore;
  readonly listNames: ListNames;
  /** What lies there; null for a folder, where more than objects may be left behind. */
  readonly objects: () => Objects | null;
  /** Empty for what is none. */
  readonly folder: string;
  /** Sets the faults of a bucket. */
  readonly setFault: (fault: ((call: S3Call) => S3Fault | undefined) | undefined) => void;
}

interface Row {
  readonly name: string;
  /** Whose run meets the fault. The closer closes a day whose hours are all new, and whose certificate is old. */
  readonly run: 'worker' | 'closer';
  readonly place: 'memory' | 'bucket' | 'folder';
  /** The run that meets it. */
  readonly meet: (place: Place) => Promise<unknown>;
  /** Name of the error that it ends with; null when it gets over the fault, or is killed and says nothing. */
  readonly error: string | null;
  /** What then lies there: facts, report, manifest, certificate. */
  readonly lies: readonly [Age, Age, Age, Age];
  /** What a closing says of what lies there; null when nobody asks. */
  readonly verdict: string | null;
}

const OLD = ['old', 'old', 'old', 'old'] as const;
const WRITTEN = ['new', 'new', 'new', 'old'] as const;
const CLOSED = ['new', 'new', 'new', 'new'] as const;
/** All rows, some without what Athena knows of them. */
const POORER = ['other', 'other', 'other', 'old'] as const;
/** A certificate that says what was not compared. */
const DOUBTED = ['new', 'new', 'new', 'other'] as const;
const refusal = (status: number, type: string): Fault => ({ status, type, message: 'the words of AWS' });

/** What lies there as the run begins. */
const bases: Record<Row['run'], Objects> = { worker: {}, closer: {} };
/** What lies there before the fault, and after a run that met nothing. */
let before: Lying;
let after: Lying;
let healthy: AwsApis;
let services: Services;
let halting: { readonly folder: string; readonly module: string };
const swept: (() => Promise<unknown>)[] = [];

const dayIn = ({ store, listNames }: Place, services: Services) => createDayOverHttp(store, listNames, services);
const textsOf = (store: MemoryStore): Objects => Object.fromEntries(store.names().map((name) => [name, store.text(name)]));

function inMemory(objects: Objects): Place & { readonly store: MemoryStore } {
  const store = createMemoryStore(objects);
  return { store, listNames: async (folder) => store.names().filter((name) => name.startsWith(folder)), objects: () => textsOf(store), folder: '', setFault: () => {} };
}

const places: Readonly<Record<Row['place'], (objects: Objects) => Promise<Place>>> = {
  memory: async (objects) => inMemory(objects),
  bucket: async (objects) => {
    const api = await startS3Api(new Map(Object.entries(objects).map(([name, text]) => [name, Buffer.from(text)])));
    swept.push(api.stop);
    const client = new S3Client({ ...clientOptions({ url: api.url }), forcePathStyle: true });
    return { store: createS3Store(client, 'reports', ''), listNames: createS3Listing(client, 'reports', ''), objects: () => Object.fromEntries([...api.objects].map(([name, bytes]) => [name, bytes.toString()])), folder: '', setFault: api.setFault };
  },
  folder: async (objects) => {
    const folder = await mkdtemp(join(tmpdir(), 'fault-matrix-'));
    swept.push(() => rm(folder, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(objects)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return { store: createFolderStore(folder, ''), listNames: createFolderListing(folder, ''), objects: () => null, folder, setFault: () => {} };
  },
};

async function lyingIn({ store }: Place): Promise<Lying> {
  const texts = await Promise.all(NAMES.map(async (name) => [name, Buffer.from((await store.read(OBJECTS[name])) ?? []).toString()] as const));
  return Object.fromEntries(texts) as Lying;
}

/**
 * What must be the same, byte for byte; without what tells of the way there: a manifest says what its own run has changed, and, like
 * the certificate, which rows rest on facts of a run that was stopped.
 */
function comparable(name: ObjectName, text: string): string {
  if (name === 'manifest') return text.replace(/^ "changes": (null|\{.*?^ \}),$/ms, '').replace(/^ "unvouched": \[.*?^ \],\n/ms, '');
  if (name !== 'certificate') return text;
  return text.replace(/^ {3}"manifest": \{.*?\},$/gms, '').replace(/^ "differences": \[\n( {2}\{\n {3}"cause": "unvouched",.*?\n {2}\},?\n)+ \],$/ms, ' "differences": [],');
}

function agesOf(lying: Lying): Age[] {
  return NAMES.map((name) => {
    const isAs = (other: Lying) => comparable(name, lying[name]) === comparable(name, other[name]);
    return isAs(after) ? 'new' : isAs(before) ? 'old' : 'other';
  });
}

const linesOf = (text: string) => text.split('\n').slice(0, -1).map((line): Json => {
  const value: unknown = JSON.parse(line);
  if (!isObject(value)) throw new TypeError(`no object: ${line}`);
  return value;
});

/** The rows, by event id. Errors: SyntaxError when a reader would see a part. */
const rowsOf = ({ report }: Lying) => new Map(linesOf(report).map((row) => [String(row['event_id']), row]));

/** Everything that was known and is no more: rows, facts, and members of either. */
function lostBetween(then: Lying, now: Lying): string[] {
  const facts = new Map(parseFacts(Buffer.from(now.facts)).facts.map((fact) => [fact.start.eventId, fact]));
  const rows = rowsOf(now);
  return [
    ...parseFacts(Buffer.from(then.facts)).facts.flatMap((fact) => lostOf(`fact ${fact.start.eventId}`, fact, facts.get(fact.start.eventId))),
    // Why something was missing is no knowledge.
    ...[...rowsOf(then)].flatMap(([id, row]) => lostOf(`row ${id}`, { ...row, missing_reason: null }, rows.get(id))),
  ];
}

function lostOf(path: string, then: unknown, now: unknown): string[] {
  if (then === null || then === undefined) return [];
  if (now === null || now === undefined) return [path];
  return isObject(then) && isObject(now) ? Object.entries(then).flatMap(([name, value]) => lostOf(`${path}.${name}`, value, now[name])) : [];
}

/** Everything that lies there can be read as a whole, and says of itself that it is whole. */
function expectWhole(lying: Lying): void {
  const rows = rowsOf(lying);
  expect(rows.size).toBeGreaterThanOrEqual(QUERIES - 8);
  expect(parseFacts(Buffer.from(lying.facts)).facts.length).toBeGreaterThanOrEqual(rows.size);
  expect(parseManifest(Buffer.from(lying.manifest))).not.toBeNull();
  expect(parseCertificate(JSON.parse(lying.certificate), '2026-11-20')).not.toBeNull();
}

const verdictIn = ({ certificate }: Lying) => parseCertificate(JSON.parse(certificate), '2026-11-20')?.verdict;

beforeAll(async () => {
  healthy = await startAwsApis({ ...LATER, rates: UNTHROTTLED });
  swept.push(healthy.stop);
  services = connect({ url: healthy.url });
  halting = await bundled(join(__dirname, '../fakes/halted-run-process.ts'));
  swept.push(() => rm(halting.folder, { recursive: true, force: true }));
  const early = await startAwsApis({ ...EARLY, rates: UNTHROTTLED });
  const place = inMemory({});
  const first = dayIn(place, connect({ url: early.url }));
  // The quiet hours are as they will be: only the busy one is about to change.
  for (const hour of LABELS) await first.runHour(hour, hour === BUSY ? EARLY_AT : LATER_AT);
  await first.closeDay(EARLY_AT);
  await early.stop();
  bases.worker = textsOf(place.store);
  before = await lyingIn(place);

  const later = dayIn(place, services);
  await later.runHour(BUSY, LATER_AT);
  bases.closer = textsOf(place.store);
  await later.closeDay(LATER_AT);
  after = await lyingIn(place);
}, TIMEOUT);

afterAll(async () => {
  for (const sweep of swept.reverse()) await sweep();
}, TIMEOUT);

/** What follows depends on nothing but what lies there: of the same objects it is asked once. */
const followed = new Map<string, ReturnType<typeof followIn>>();

function follow(place: Place, run: Row['run']): ReturnType<typeof followIn> {
  const objects = place.objects();
  if (objects === null) return followIn(place, run);
  const key = JSON.stringify([run, objects]);
  const known = followed.get(key) ?? followIn(inMemory(objects), run);
  followed.set(key, known);
  return known;
}

/** What a closing says of what lies there, and what the next run makes of it. */
async function followIn(place: Place, run: Row['run']) {
  const next = dayIn(place, services);
  // Where the closer itself met the fault, what it said lies there already.
  if (run === 'worker') await next.closeDay(LATER_AT);
  const verdict = verdictIn(await lyingIn(place));
  await next.runHour(BUSY, LATER_AT);
  const closed = await next.closeDay(LATER_AT);
  return { verdict, closed, healed: await lyingIn(place), names: await place.listNames(DAY) };
}

/** A run that meets what is wrong with CloudTrail or Athena. */
function atAws(run: Row['run'], options: AwsApisOptions, requestTimeout?: number): Row['meet'] {
  return async (place) => {
    const apis = await startAwsApis({ ...LATER, rates: UNTHROTTLED, ...options });
    try {
      await runIn(run, place, connect({ url: apis.url, ...(requestTimeout === undefined ? {} : { requestTimeout }) }));
    } finally {
      await apis.stop();
    }
  };
}

async function runIn(run: Row['run'], place: Place, from: Services): Promise<void> {
  const day = dayIn(place, from);
  await (run === 'worker' ? day.runHour(BUSY, LATER_AT) : day.closeDay(LATER_AT));
}

/** The fault of one operation: of every call, or of the first only. */
function faultOf(operation: string, fault: Fault, times: 'once' | 'always', isMet: (call: AwsCall) => boolean = () => true): ReadFault {
  let met = false;
  return (call) => {
    if (call.operation !== operation || !isMet(call) || (met && times === 'once')) return undefined;
    met = true;
    return fault;
  };
}

const onNextPage = (call: AwsCall) => call.params['NextToken'] !== undefined;

/** Faults that pass, and the class of the error when they do not. */
const PASSING: readonly (readonly [string, Fault, string])[] = [
  ['throttled', refusal(400, 'ThrottlingException'), 'UpstreamThrottledError'],
  ['answered by a 500', refusal(500, 'InternalServerException'), 'UpstreamUnavailableError'],
  ['left without an answer', 'hang', 'UpstreamUnavailableError'],
  ['reset', 'reset', 'UpstreamUnavailableError'],
  ['answered by half a page, and the connection breaks', 'cut', 'UpstreamUnavailableError'],
];

/** Operations that a run asks, and where in it the fault comes. */
const ASKED: readonly (readonly [Row['run'], string, string, ((call: AwsCall) => boolean)?])[] = [
  ['worker', 'LookupEvents', 'the second page of LookupEvents', onNextPage],
  ['worker', 'BatchGetQueryExecution', 'BatchGetQueryExecution'],
  ['closer', 'ListWorkGroups', 'ListWorkGroups'],
  ['closer', 'ListQueryExecutions', 'the second page of ListQueryExecutions', onNextPage],
  ['closer', 'BatchGetQueryExecution', 'BatchGetQueryExecution'],
];

const passing: Row[] = ASKED.flatMap(([run, operation, where, isMet]) =>
  PASSING.flatMap(([how, fault, error]): Row[] => {
    const row = { run, place: 'memory' } as const;
    const meet = (times: 'once' | 'always', ms: number): Row['meet'] => (place) => atAws(run, { fault: faultOf(operation, fault, times, isMet) }, fault === 'hang' ? ms : undefined)(place);
    return [
      { ...row, name: `${where} is ${how} once`, meet: meet('once', 500), error: null, lies: run === 'worker' ? WRITTEN : CLOSED, verdict: 'complete' },
      { ...row, name: `${where} is ${how} again and again`, meet: meet('always', 150), error, lies: run === 'worker' ? OLD : WRITTEN, verdict: 'pending' },
    ];
  }),
);

const fromFault = (run: Row['run'], operation: string, fault: Fault, times: 'once' | 'always', isMet?: (call: AwsCall) => boolean): Row['meet'] => (place) => atAws(run, { fault: faultOf(operation, fault, times, isMet) })(place);

const pages: Row[] = [
  { name: 'LookupEvents gives an empty first page with a token', meet: fromFault('worker', 'LookupEvents', 'empty-page', 'once'), error: null, lies: WRITTEN, verdict: 'complete' },
  { name: 'LookupEvents gives an empty page with a token in the middle', meet: fromFault('worker', 'LookupEvents', 'empty-page', 'once', onNextPage), error: null, lies: WRITTEN, verdict: 'complete' },
  { name: 'LookupEvents gives half of every page', meet: fromFault('worker', 'LookupEvents', 'half-page', 'always'), error: null, lies: WRITTEN, verdict: 'complete' },
  { name: 'LookupEvents gives half a page that says it is whole', meet: fromFault('worker', 'LookupEvents', 'short', 'always', onNextPage), error: 'UpstreamUnavailableError', lies: OLD, verdict: 'pending' },
  { name: 'LookupEvents refuses its own token', meet: fromFault('worker', 'LookupEvents', refusal(400, 'InvalidNextTokenException'), 'once', onNextPage), error: null, lies: WRITTEN, verdict: 'complete' },
  { name: 'LookupEvents refuses its own token again and again', meet: fromFault('worker', 'LookupEvents', refusal(400, 'InvalidNextTokenException'), 'always', onNextPage), error: null, lies: WRITTEN, verdict: 'complete' },
  { name: 'LookupEvents is denied', meet: fromFault('worker', 'LookupEvents', refusal(400, 'AccessDeniedException'), 'always'), error: 'UpstreamDeniedError', lies: OLD, verdict: 'pending' },
  { name: 'LookupEvents refuses the range', meet: fromFault('worker', 'LookupEvents', refusal(400, 'InvalidTimeRangeException'), 'always'), error: 'InvalidInputError', lies: OLD, verdict: 'pending' },
  { name: 'Athena gives half an answer that says it is whole', meet: fromFault('worker', 'BatchGetQueryExecution', 'short', 'always'), error: 'UpstreamUnavailableError', lies: OLD, verdict: 'pending' },
  { name: 'Athena leaves every second id unprocessed once', meet: fromFault('worker', 'BatchGetQueryExecution', 'half-page', 'once'), error: null, lies: WRITTEN, verdict: 'complete' },
  { name: 'Athena leaves ids unprocessed again and again', meet: fromFault('worker', 'BatchGetQueryExecution', 'empty-page', 'always'), error: null, lies: POORER, verdict: 'incomplete' },
  { name: 'Athena refuses the credentials', meet: fromFault('worker', 'BatchGetQueryExecution', refusal(400, 'UnrecognizedClientException'), 'always'), error: 'UpstreamDeniedError', lies: OLD, verdict: 'pending' },
  { name: 'Athena denies a workgroup, id by id', meet: atAws('worker', { deniedWorkgroups: [OTHER_WORKGROUP], deniedManner: 'per-id' }), error: null, lies: POORER, verdict: 'complete' },
  { name: 'Athena denies a workgroup by refusing the whole call', meet: atAws('worker', { deniedWorkgroups: [OTHER_WORKGROUP], deniedManner: 'whole-call' }), error: null, lies: POORER, verdict: 'complete' },
  { name: 'Athena has forgotten ids', meet: atAws('worker', { executions: (LATER.executions ?? []).filter(({ QueryExecutionId: id }) => id !== idOf(5) && id !== idOf(58)) }), error: null, lies: POORER, verdict: 'complete' },
  ...(
    [
      { name: 'ListWorkGroups gives an empty page with a token', meet: fromFault('closer', 'ListWorkGroups', 'empty-page', 'once'), error: null, lies: CLOSED, verdict: 'complete' },
      { name: 'ListQueryExecutions gives an empty page with a token', meet: fromFault('closer', 'ListQueryExecutions', 'empty-page', 'once', onNextPage), error: null, lies: CLOSED, verdict: 'complete' },
      { name: 'ListQueryExecutions refuses its own token once', meet: fromFault('closer', 'ListQueryExecutions', refusal(400, 'InvalidRequestException'), 'once', onNextPage), error: null, lies: CLOSED, verdict: 'complete' },
      { name: 'ListQueryExecutions refuses its own token again and again', meet: fromFault('closer', 'ListQueryExecutions', refusal(400, 'InvalidRequestException'), 'always', onNextPage), error: 'UpstreamUnavailableError', lies: WRITTEN, verdict: 'pending' },
      { name: 'ListWorkGroups is denied', meet: fromFault('closer', 'ListWorkGroups', refusal(400, 'AccessDeniedException'), 'always'), error: null, lies: DOUBTED, verdict: 'incomplete' },
      { name: 'ListQueryExecutions is denied for a workgroup', meet: atAws('closer', { deniedWorkgroups: [OTHER_WORKGROUP] }), error: null, lies: DOUBTED, verdict: 'incomplete' },
      { name: 'BatchGetQueryExecution is denied to the closer', meet: fromFault('closer', 'BatchGetQueryExecution', refusal(400, 'AccessDeniedException'), 'always'), error: null, lies: DOUBTED, verdict: 'incomplete' },
      { name: 'BatchGetQueryExecution leaves the closer without an answer to an id', meet: fromFault('closer', 'BatchGetQueryExecution', 'empty-page', 'always'), error: 'UpstreamThrottledError', lies: WRITTEN, verdict: 'pending' },
    ] as const
  ).map((row) => ({ ...row, run: 'closer' as const, place: 'memory' as const })),
].map((row): Row => ({ run: 'worker', place: 'memory', ...row }));

/** A run that meets what is wrong with the bucket. */
function atS3(run: Row['run'], fault: S3Fault, times: 'once' | 'always' | 'second', isMet: (call: S3Call) => boolean): Row['meet'] {
  return async (place) => {
    let calls = 0;
    place.setFault((call) => {
      if (!isMet(call)) return undefined;
      calls += 1;
      return times === 'always' || calls === (times === 'once' ? 1 : 2) ? fault : undefined;
    });
    try {
      await runIn(run, place, services);
    } finally {
      place.setFault(undefined);
    }
  };
}

/** What lies there when the write of an object was the first that failed. */
const LIES_BEFORE: Readonly<Record<ObjectName, Row['lies']>> = { facts: OLD, report: ['new', 'old', 'old', 'old'], manifest: ['new', 'new', 'old', 'old'], certificate: WRITTEN };
const LIES_AFTER: Readonly<Record<ObjectName, Row['lies']>> = { facts: LIES_BEFORE.report, report: LIES_BEFORE.manifest, manifest: WRITTEN, certificate: CLOSED };
/** What a closing then says of the hour: facts that no manifest vouches for are never taken for complete. */
const VERDICT_BEFORE: Readonly<Record<ObjectName, string>> = { facts: 'pending', report: 'incomplete', manifest: 'incomplete', certificate: 'pending' };
const VERDICT_AFTER: Readonly<Record<ObjectName, string>> = { facts: 'incomplete', report: 'incomplete', manifest: 'complete', certificate: 'complete' };
const runOf = (name: ObjectName): Row['run'] => (name === 'certificate' ? 'closer' : 'worker');
const isPut = (name: ObjectName) => (call: S3Call) => call.method === 'PUT' && call.key === OBJECTS[name];
const isGet = (name: ObjectName) => (call: S3Call) => call.method === 'GET' && call.key === OBJECTS[name];

const buckets: Row[] = [
  ...NAMES.flatMap((name): Row[] => {
    const row = { run: runOf(name), place: 'bucket' } as const;
    const refused = { ...row, lies: LIES_BEFORE[name], verdict: VERDICT_BEFORE[name] };
    const got = { ...row, error: null, lies: name === 'certificate' ? CLOSED : WRITTEN, verdict: 'complete' };
    const common: Row[] = [
      { ...refused, name: `S3 denies the put of the ${name}`, meet: atS3(row.run, { status: 403, code: 'AccessDenied' }, 'always', isPut(name)), error: 'UpstreamDeniedError' },
      { ...refused, name: `S3 throttles the put of the ${name}`, meet: atS3(row.run, { status: 503, code: 'SlowDown' }, 'always', isPut(name)), error: 'UpstreamThrottledError' },
      { ...got, name: `S3 throttles the put of the ${name} once`, meet: atS3(row.run, { status: 503, code: 'SlowDown' }, 'once', isPut(name)) },
      { ...got, name: `the answer to the put of the ${name} is lost once`, meet: atS3(row.run, 'lost-answer', 'once', isPut(name)) },
    ];
    // A closing reads a hundred objects first: what is the same for it is not asked again.
    if (name === 'certificate') return common;
    return [
      ...common,
      { ...refused, name: `S3 fails at the put of the ${name}`, meet: atS3(row.run, { status: 500, code: 'InternalError' }, 'always', isPut(name)), error: 'UpstreamUnavailableError' },
      { ...row, name: `every answer to the put of the ${name} is lost`, meet: atS3(row.run, 'lost-answer', 'always', isPut(name)), error: 'UpstreamUnavailableError', lies: LIES_AFTER[name], verdict: VERDICT_AFTER[name] },
    ];
  }),
  { name: 'the facts of the run before break off as they are read', run: 'worker', place: 'bucket', meet: atS3('worker', 'cut', 'once', isGet('facts')), error: 'UpstreamUnavailableError', lies: OLD, verdict: 'pending' },
  { name: 'the facts of the run before break off as they are merged', run: 'worker', place: 'bucket', meet: atS3('worker', 'cut', 'second', isGet('facts')), error: 'UpstreamUnavailableError', lies: OLD, verdict: 'pending' },
  { name: 'S3 fails at the last look at the facts', run: 'worker', place: 'bucket', meet: atS3('worker', { status: 500, code: 'InternalError' }, 'always', ({ method, key }) => method === 'HEAD' && key === OBJECTS.facts), error: 'UpstreamUnavailableError', lies: WRITTEN, verdict: 'complete' },
  { name: 'S3 denies the facts of the run before', run: 'worker', place: 'bucket', meet: atS3('worker', { status: 403, code: 'AccessDenied' }, 'always', isGet('facts')), error: 'UpstreamDeniedError', lies: OLD, verdict: 'pending' },
  { name: 'a report breaks off as the closer reads it', run: 'closer', place: 'bucket', meet: atS3('closer', 'cut', 'once', isGet('report')), error: 'UpstreamUnavailableError', lies: WRITTEN, verdict: 'pending' },
  { name: 'S3 denies the closer its list', run: 'closer', place: 'bucket', meet: atS3('closer', { status: 403, code: 'AccessDenied' }, 'always', ({ key }) => key === ''), error: 'UpstreamDeniedError', lies: WRITTEN, verdict: 'pending' },
];

/** A run in a process of its own, killed as it stands at a write. */
async function killed(run: Row['run'], { folder }: Place, name: string, moment: string, ...rest: string[]): Promise<void> {
  await killedAtItsWord(halting.module, [folder, healthy.url, run === 'worker' ? 'hour' : 'day', name, moment, ...rest]);
}

/** The first invocation of a closing that takes two: it leaves its findings, and the cursor for the next. */
async function closeInParts(place: Place) {
  const open = await dayIn(place, services).closeDay(LATER_AT, undefined, true);
  expect(open).toMatchObject({ more: true });
  if (!('next' in open) || open.next === null) throw new TypeError('the listing did not stop');
  return open.next;
}

/** After one write is before the next: that of the last object of each run is a moment of its own. */
const MOMENTS: Readonly<Record<ObjectName, readonly ('before' | 'during' | 'after')[]>> = { facts: ['before', 'during'], report: ['before', 'during'], manifest: ['before', 'during', 'after'], certificate: ['during', 'after'] };

const kills: Row[] = [
  ...NAMES.flatMap((name) =>
    MOMENTS[name].map((moment): Row => {
      const lies = moment === 'after' ? LIES_AFTER : LIES_BEFORE;
      return { name: `the run is killed ${moment} the write of the ${name}`, run: runOf(name), place: 'folder', meet: (place) => killed(runOf(name), place, OBJECTS[name], moment), error: null, lies: lies[name], verdict: (moment === 'after' ? VERDICT_AFTER : VERDICT_BEFORE)[name] };
    }),
  ),
  {
    name: 'the closer is killed between its findings and the certificate',
    run: 'closer',
    place: 'folder',
    meet: async (place) => killed('closer', place, OBJECTS.certificate, 'before', JSON.stringify(await closeInParts(place))),
    error: null,
    lies: WRITTEN,
    verdict: 'pending',
  },
  {
    name: 'the closer is killed between its findings and the certificate, and invoked again from where it was',
    run: 'closer',
    place: 'folder',
    meet: async (place) => {
      const next = await closeInParts(place);
      await killed('closer', place, OBJECTS.certificate, 'before', JSON.stringify(next));
      await dayIn(place, services).closeDay(LATER_AT, next);
    },
    error: null,
    lies: CLOSED,
    verdict: 'complete',
  },
];

const MATRIX: readonly Row[] = [...passing, ...pages, ...buckets, ...kills];

it.each(MATRIX)('$name: $error', async ({ run, place: kind, meet, error, lies, verdict }) => {
  const place = await places[kind](bases[run]);
  const began = await lyingIn(place);

  const met = await meet(place).then(() => null, (thrown: Error) => thrown.name);

  expect(met).toBe(error);
  const between = await lyingIn(place);
  expectWhole(between);
  expect(agesOf(between)).toEqual(lies);
  expect(lostBetween(began, between)).toEqual([]);

  const { closed, healed, names, ...then } = await follow(place, run);
  if (verdict !== null) expect(then.verdict).toBe(verdict);
  expect(closed).toMatchObject({ verdict: 'complete', differences: {}, settled: true });
  expect([...rowsOf(healed).keys()]).toEqual(Array.from({ length: QUERIES }, (_, index) => idOf(1001 + index)));
  expect(agesOf(healed)).toEqual(CLOSED);
  expect(lostBetween(between, healed)).toEqual([]);
  // Facts of a run that was stopped are told of: nobody vouches for what only they say.
  expect(/^ "unvouched":/m.test(healed.manifest)).toBe(between.facts !== began.facts && between.manifest === began.manifest);
  expect(names.filter((name) => name === CLOSING || !/[/][_.][^/]*$/.test(name))).toEqual([OBJECTS.report]);
}, TIMEOUT);

it('every row of the matrix has a name of its own', () => {
  expect(new Set(MATRIX.map(({ name, run }) => `${run} ${name}`)).size).toBe(MATRIX.length);
});
