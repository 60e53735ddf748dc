/**
 * A day of the tracker over the stand-ins of AWS: worker and closer with the adapters of production, and what CloudTrail and
 * Athena hold of one busy hour, before and after a night.
 */
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { createQueryExecutions } from '#adapters/athena';
import { createListHistory } from '#adapters/athena-history';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { createLookUp, createLookupSource } from '#adapters/cloudtrail';
import { readZone } from '#adapters/zones';
import type { HistoryCursor } from '#core/history';
import type { ListNames } from '#core/hour-evidence';
import type { ReportStore } from '#core/ports';
import { planDay } from '#core/window';
import { encoders } from '#encoders/index';
import { type BackfillVerdict, createCloser, type DayVerdict, type OpenDay } from '../../functions/closer/closer.ts';
import type { WorkerPorts, WorkerResult } from '../../functions/worker/worker.ts';
import type { StoredExecution } from './athena-api.ts';
import type { AwsApisOptions } from './aws-apis.ts';
import type { LookupEntry } from './cloudtrail-api.ts';
import { idOf, startNumber } from './records.ts';
import { runHour as runOneHour } from './run-hour.ts';

const ZONE = 'America/New_York';
const plan = planDay('2026-11-20', readZone(ZONE));
/** The labels of the day's hours. */
export const LABELS = plan.windows.map(({ hour }) => hour);
/** The busy hour: 15:00Z to 16:00Z. */
export const BUSY = '10';
/** The workgroup of every tenth query. */
export const OTHER_WORKGROUP = 'sales';
const TENTH = 10;
/** Queries of the hour. More than a page of either service: a fault may come with the second. */
export const QUERIES = 60;

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
/** One a minute. Units: epoch seconds. */
const timeOf = (number: number) => Date.parse('2026-11-20T15:00:30Z') / 1000 + (number - 1) * 59;

function workgroupOf(number: number): string {
  return number % TENTH === 0 ? OTHER_WORKGROUP : 'primary';
}

function entryNumber(number: number): LookupEntry {
  const record = startNumber(number, { eventTime: new Date(timeOf(number) * 1000).toISOString().replace('.000Z', 'Z'), requestParameters: { queryString: '***OMITTED***', workGroup: workgroupOf(number) } });
  return { EventId: idOf(1000 + number), EventName: 'StartQueryExecution', EventSource: 'athena.amazonaws.com', EventTime: timeOf(number), Username: 'ada', Resources: [], CloudTrailEvent: JSON.stringify(record) };
}

function executionNumber(number: number, State = 'SUCCEEDED'): StoredExecution {
  return {
    QueryExecutionId: idOf(number),
    Query: `SELECT ${number}`,
    StatementType: 'DML',
    WorkGroup: workgroupOf(number),
    Statistics: { DataScannedInBytes: number },
    Status: { State, SubmissionDateTime: timeOf(number) - 1 },
  };
}

/** A query of the day before, which is no row of this one: the closer has to ask for its date. */
const YESTERDAY: StoredExecution = { ...executionNumber(900), WorkGroup: 'primary', Status: { State: 'SUCCEEDED', SubmissionDateTime: Date.parse('2026-11-19T15:00:00Z') / 1000 } };

/** What the run in the night after the day is told: eight queries are not delivered yet, and one still runs. */
export const EARLY: AwsApisOptions = {
  events: numbers(1, QUERIES - 8).map(entryNumber),
  executions: [YESTERDAY, ...numbers(1, QUERIES - 8).map((number) => executionNumber(number, number === 3 ? 'RUNNING' : 'SUCCEEDED'))],
};
/** What a run a night later is told: all of it but the first query, which both services have lost meanwhile. */
export const LATER: AwsApisOptions = { events: numbers(2, QUERIES).map(entryNumber), executions: [YESTERDAY, ...numbers(2, QUERIES).map((number) => executionNumber(number))] };
/** The instants of these two runs: the second settles the day. */
export const EARLY_AT = '2026-11-21T06:00:00.000Z';
export const LATER_AT = '2026-11-22T06:00:00.000Z';

/** How the clients are made; production's options but for what is given. */
export interface Clients {
  readonly url: string;
  /** Units: milliseconds. */
  readonly requestTimeout?: number;
}

/** Options of a client of a stand-in: production's, which tries again at once. */
export function clientOptions({ url, requestTimeout = CLIENT_OPTIONS.requestHandler.requestTimeout }: Clients) {
  return {
    region: 'us-east-1',
    endpoint: url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    retryStrategy: new ConfiguredRetryStrategy(CLIENT_OPTIONS.maxAttempts, () => 1),
    requestHandler: { ...CLIENT_OPTIONS.requestHandler, requestTimeout },
  };
}

/** The use cases of a day over one store. */
export interface DayOverHttp {
  readonly runHour: (hour: string, asOf: string) => Promise<WorkerResult>;
  /** Closes the day as if every hour had been written: judged is what lies there. */
  readonly closeDay: (asOf: string, next?: HistoryCursor, isLate?: boolean) => Promise<DayVerdict | BackfillVerdict | OpenDay>;
}

/** The two services that a day asks. */
export interface Services {
  readonly athena: AthenaClient;
  readonly cloudTrail: CloudTrailClient;
  /** One attempt a call. */
  readonly cloudTrailOnce: CloudTrailClient;
}

/** Makes clients of both. */
export function connect(clients: Clients): Services {
  return { athena: new AthenaClient(clientOptions(clients)), cloudTrail: new CloudTrailClient(clientOptions(clients)), cloudTrailOnce: new CloudTrailClient({ ...clientOptions(clients), retryStrategy: new ConfiguredRetryStrategy(1) }) };
}

/** Makes them. Nobody has to wait here for a slot or before another round. */
export function createDayOverHttp(store: ReportStore, listNames: ListNames, { athena, cloudTrail, cloudTrailOnce }: Services): DayOverHttp {
  const source = createLookupSource(cloudTrail, atOnce);
  const readQueryExecutions = createQueryExecutions(athena, atOnce, atOnce);
  const lookUps = { lookUp: createLookUp(cloudTrailOnce), turns: { next: atOnce, refused: () => {}, taken: () => {} }, pause: atOnce, listNames, timeLeft: () => Number.POSITIVE_INFINITY, graceMs: Number.POSITIVE_INFINITY };
  const ports: WorkerPorts = { source, lookUps, readQueryExecutions, readAssumption: null, store, ...encoders.json, format: 'json', timeZone: ZONE };
  return {
    runHour: async (hour, asOf) => {
      const window = plan.windows.find((each) => each.hour === hour);
      if (window === undefined) throw new TypeError(`no hour ${hour}`);
      return runOneHour(ports, { day: plan.day, offsets: plan.offsets, ...window }, asOf, `run-${asOf}`);
    },
    closeDay: (asOf, next, isLate = false) => {
      const closer = createCloser({ store, listNames, history: { list: createListHistory(athena, atOnce, readQueryExecutions), readRecords: source.readRecords }, source: 'lookup', timeZone: ZONE, setAside: [], settleHours: 24, isLate: () => isLate });
      return closer({ day: plan.day, asOf, offsets: plan.offsets, windows: plan.windows, hours: LABELS.map((hour) => ({ hour, manifest: 'written', counts: NOTHING })), ...(next === undefined ? {} : { next }) });
    },
  };
}

const atOnce = async () => {};
const NOTHING = { read: 0, rows: 0, duplicates: 0, outside: 0, skipped: 0, malformed: 0 };
