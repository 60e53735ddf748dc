/**
 * Stand-ins of the AWS APIs that the tracker asks, over HTTP (awsJson1.1) on this machine: CloudTrail's LookupEvents; Athena's
 * BatchGetQueryExecution, GetQueryExecution, ListWorkGroups and ListQueryExecutions. They keep one account and Region, refuse
 * what AWS refuses and throttle as AWS throttles. What they cannot show: permissions, real latency, real completeness.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAthenaApi, type DeniedManner, type StoredExecution } from './athena-api.ts';
import { type Answer, type AwsCall, AwsRefusal, type Fault, type LoggedCall, type PageSize, type Params, type ReadFault } from './aws-call.ts';
import { createCloudTrailApi, type LookupEntry } from './cloudtrail-api.ts';
import { createSlidingWindow, createTokenBucket, type Rate, type TakeToken } from './token-bucket.ts';

/** The operations, with AWS's default quotas. Source: https://docs.aws.amazon.com/general/latest/gr/athena.html */
export const DEFAULT_RATES = {
  LookupEvents: { perSecond: 2, burst: 2 },
  BatchGetQueryExecution: { perSecond: 10, burst: 20 },
  GetQueryExecution: { perSecond: 100, burst: 200 },
  ListWorkGroups: { perSecond: 5, burst: 10 },
  ListQueryExecutions: { perSecond: 5, burst: 10 },
} as const satisfies Readonly<Record<string, Rate>>;

/** Name of an operation that is stood in for. */
export type OperationName = keyof typeof DEFAULT_RATES;

/** Rates under which nothing is ever throttled, for tests of something else. */
export const UNTHROTTLED: Readonly<Record<OperationName, Rate>> = {
  LookupEvents: { perSecond: 1e6, burst: 1e6 },
  BatchGetQueryExecution: { perSecond: 1e6, burst: 1e6 },
  GetQueryExecution: { perSecond: 1e6, burst: 1e6 },
  ListWorkGroups: { perSecond: 1e6, burst: 1e6 },
  ListQueryExecutions: { perSecond: 1e6, burst: 1e6 },
};

/** What the stand-ins hold and how they behave; all of it may be left out. */
export interface AwsApisOptions {
  readonly events?: readonly LookupEntry[];
  readonly executions?: readonly StoredExecution[];
  /** The one Region that holds them; the others are empty. Default us-east-1. */
  readonly region?: string;
  readonly deniedWorkgroups?: readonly string[];
  /** Default `per-id`. */
  readonly deniedManner?: DeniedManner;
  /** Workgroups beside those of the executions. */
  readonly workgroups?: readonly string[];
  /** What the services take as now: 90 days of events, 45 of executions. Without it nothing expires. */
  readonly now?: Date;
  /** Quotas other than AWS's; each counts for the account and Region. */
  readonly rates?: Partial<Record<OperationName, Rate>>;
  /** What the rates go by, instead of the time since the start. Units: milliseconds. */
  readonly clock?: () => number;
  /** Time that a call takes. Units: milliseconds; default 0. */
  readonly latencyMs?: number | ((call: AwsCall) => number);
  /** Given: a call meets its quota when it arrives, as in AWS, and its refusal takes this long; else after its latency. Units: milliseconds. */
  readonly refusalMs?: number;
  readonly fault?: ReadFault;
}

/** Running stand-ins. */
export interface AwsApis {
  /** Shape: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Every call, in the order of arrival; grows while the stand-ins run. */
  readonly calls: () => readonly LoggedCall[];
  /** Adds events to the history, late as CloudTrail's are. */
  readonly deliver: (events: readonly LookupEntry[]) => void;
  /** Adds executions, or replaces those of the same id. */
  readonly store: (executions: readonly StoredExecution[]) => void;
  /** Replaces what decides the faults. */
  readonly setFault: (fault: ReadFault | undefined) => void;
  /** Stops listening and closes every connection, also those that hang. */
  readonly stop: () => Promise<void>;
}

type Operation = (params: Params, size: PageSize) => Answer;

/** Starts the stand-ins on a free port of 127.0.0.1. */
export async function startAwsApis(options: AwsApisOptions = {}): Promise<AwsApis> {
  const started = performance.now();
  const clock = options.clock ?? (() => performance.now() - started);
  const homeRegion = options.region ?? 'us-east-1';
  const now = options.now === undefined ? undefined : () => options.now?.getTime() ?? 0;
  const home = createApis(options, now);
  const elsewhere = createApis({}, now);
  const buckets = new Map<string, TakeToken>();
  const calls: LoggedCall[] = [];
  let fault = options.fault;

  function isThrottled(call: AwsCall): boolean {
    if (!isOperation(call.operation)) return false;
    const key = `${call.region} ${call.operation}`;
    const rate: Rate = options.rates?.[call.operation] ?? DEFAULT_RATES[call.operation];
    const bucket = buckets.get(key) ?? (rate.sliding === true ? createSlidingWindow : createTokenBucket)(rate, clock);
    buckets.set(key, bucket);
    return !bucket();
  }

  function answer(call: AwsCall, size: PageSize, throttled: () => boolean): Answer {
    const operation = (call.region === homeRegion ? home : elsewhere).operations.get(`${call.service} ${call.operation}`);
    if (operation === undefined) throw new AwsRefusal('UnknownOperationException', `${call.service} has no operation ${call.operation}`);
    if (throttled()) throw new AwsRefusal('ThrottlingException', 'Rate exceeded');
    return operation(call.params, size);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    let call: AwsCall;
    try {
      call = { number: calls.length + 1, at: clock(), ...readCall(request, body) };
    } catch (error) {
      return sendRefusal(response, asRefusal(error));
    }
    const index = calls.push({ ...call, outcome: 'open', faulty: false, items: 0 }) - 1;
    const log = (outcome: string, faulty: boolean, items = 0) => {
      calls[index] = { ...call, outcome, faulty, items };
    };
    const wrong = fault?.(call);
    const meetsQuota = wrong !== 'hang' && wrong !== 'reset' && typeof wrong !== 'object';
    const early = options.refusalMs !== undefined && meetsQuota && isThrottled(call);
    const throttled = () => (options.refusalMs === undefined ? isThrottled(call) : early);
    const latency = early ? (options.refusalMs ?? 0) : typeof options.latencyMs === 'function' ? options.latencyMs(call) : (options.latencyMs ?? 0);
    if (latency > 0) await sleep(latency, undefined, { ref: false });
    if (wrong === 'hang') return log('hang', true);
    if (wrong === 'reset') {
      request.socket.resetAndDestroy();
      return log('reset', true);
    }
    if (typeof wrong === 'object') {
      log(wrong.type, true);
      return sendRefusal(response, new AwsRefusal(wrong.type, wrong.message, wrong.status));
    }
    try {
      const { body: content, items } = answer(call, pageSize(wrong), throttled);
      log('ok', wrong !== undefined, items);
      if (wrong === 'cut' || wrong === 'short') sendHalf(response, content, wrong);
      else send(response, 200, content);
    } catch (error) {
      const refusal = asRefusal(error);
      log(refusal.type, false);
      sendRefusal(response, refusal);
    }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    deliver: home.deliver,
    store: home.store,
    setFault: (next) => {
      fault = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Environment that points the AWS SDKs at the stand-ins, with credentials that are none. */
export function awsApisEnvironment(url: string, region = 'us-east-1'): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_CLOUDTRAIL: url,
    AWS_ENDPOINT_URL_ATHENA: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    // Nothing of the person's own settings, and no look for the credentials of an instance.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function createApis(options: AwsApisOptions, now: (() => number) | undefined) {
  const cloudtrail = createCloudTrailApi(options.events ?? [], now);
  const athena = createAthenaApi({
    executions: options.executions ?? [],
    deniedWorkgroups: options.deniedWorkgroups ?? [],
    deniedManner: options.deniedManner ?? 'per-id',
    workgroups: options.workgroups ?? [],
    now,
  });
  const operations = new Map<string, Operation>([
    ['cloudtrail LookupEvents', cloudtrail.lookupEvents],
    ['athena BatchGetQueryExecution', athena.batchGetQueryExecution],
    ['athena GetQueryExecution', athena.getQueryExecution],
    ['athena ListWorkGroups', athena.listWorkGroups],
    ['athena ListQueryExecutions', athena.listQueryExecutions],
  ]);
  return { operations, deliver: cloudtrail.deliver, store: athena.store };
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(DEFAULT_RATES, name);
}

function pageSize(fault: Fault | undefined): PageSize {
  return fault === 'empty-page' ? 'empty' : fault === 'half-page' ? 'half' : 'whole';
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Service and operation are in the target's name; the Region is in the signature, which is not checked further. */
function readCall(request: IncomingMessage, body: string): Omit<AwsCall, 'number' | 'at'> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const service = target.includes('CloudTrail_20131101.') ? 'cloudtrail' : target.startsWith('AmazonAthena.') ? 'athena' : undefined;
  if (service === undefined) throw new AwsRefusal('UnknownOperationException', `no such target: ${target}`);
  const [, region, signedFor] = /Credential=[^/]+\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
  if (region === undefined || signedFor !== service) throw new AwsRefusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
  let params: unknown;
  try {
    params = JSON.parse(body);
  } catch {
    params = undefined;
  }
  if (typeof params !== 'object' || params === null || Array.isArray(params)) throw new AwsRefusal('SerializationException', 'the body is no JSON object');
  return { service, operation: target.slice(target.lastIndexOf('.') + 1), region, userAgent: String(request.headers['user-agent'] ?? ''), params: params as Params };
}

/** A mistake in here is told as AWS tells its own: the test that met it then shows the message. */
function asRefusal(error: unknown): AwsRefusal {
  return error instanceof AwsRefusal ? error : new AwsRefusal('InternalFailure', `stand-in: ${String(error)}`, 500);
}

function sendRefusal(response: ServerResponse, refusal: AwsRefusal): void {
  send(response, refusal.status, { __type: refusal.type, message: refusal.message });
}

const HEADERS = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': '00000000-0000-4000-8000-000000000000' };

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, HEADERS);
  response.end(JSON.stringify(body));
}

/** The first half of an answer: either the connection then breaks, or the headers claim that this was all. */
function sendHalf(response: ServerResponse, body: unknown, manner: 'cut' | 'short'): void {
  const whole = Buffer.from(JSON.stringify(body));
  const half = whole.subarray(0, Math.floor(whole.byteLength / 2));
  response.writeHead(200, { ...HEADERS, 'content-length': manner === 'cut' ? whole.byteLength : half.byteLength });
  if (manner === 'short') response.end(half);
  else response.write(half, () => response.destroy());
}
