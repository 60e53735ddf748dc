import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { S3Client } from '@aws-sdk/client-s3';
import { createQueryExecutions } from '#adapters/athena';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { createLookUp, createLookupSource } from '#adapters/cloudtrail';
import { createReadConfigObject } from '#adapters/config-object';
import { createFileSource } from '#adapters/files';
import { openListing, openStore } from '#adapters/open-store';
import { createPace, createTurns, jitteredPause } from '#adapters/pace';
import { createLookUpEvents, createRegionalClients } from '#adapters/sts-events';
import { isObject } from '#core/json';
import { createRoleChain, type ReadAssumption } from '#core/role-chain';
import { encoders } from '#encoders/index';
import { loadSettings, parseRunConfig, type RunConfig } from '#runtime/config';
import { createLogger } from '#runtime/logger';
import { type CountedTurns, countTurns, createMeasure, startWatch } from '#runtime/metrics';
import { createTimeLimit, type LambdaContext } from '#runtime/time-limit';
import { parseWorkerEvent } from './event.ts';
import { createWorker, type WorkerPorts, type WorkerResult } from './worker.ts';

const logger = createLogger('worker');
const measure = createMeasure();
const cloudTrail = new CloudTrailClient(CLIENT_OPTIONS);
/** One attempt: each takes a turn of the rate, which the SDK's own attempts would not. */
const cloudTrailOnce = new CloudTrailClient({ ...CLIENT_OPTIONS, maxAttempts: 1 });
const clientOf = createRegionalClients(CLIENT_OPTIONS);
const athena = new AthenaClient(CLIENT_OPTIONS);
const s3 = new S3Client(CLIENT_OPTIONS);
/** The limit of the account and Region, in calls a second; all hours of one process share it. */
const athenaPace = createPace(10);
let turns: CountedTurns | undefined;
const roleChains = new Map<string, ReadAssumption>();

/** An hour that takes another invocation: the event again. The state machine gives it back. */
export interface OpenHour {
  readonly more: true;
  readonly run: string;
}

/** Composition root of the worker. Event: one hour window, such as events/worker.hour.json. */
export async function handler(event: unknown, context?: LambdaContext): Promise<WorkerResult | OpenHour> {
  const { config, ...hour } = parseWorkerEvent(event, context?.awsRequestId);
  const run = config === undefined ? (await loadSettings(process.env, createReadConfigObject(s3))).run : parseRunConfig(config);
  logger.setCorrelationId(run.runId ?? hour.run);
  const seconds = startWatch();
  const result = await createWorker(portsOf(run, hour.asOf, context))({ ...hour, config }).finally(() => measure({ WorkerSeconds: seconds(), ...turns?.count() }));
  if (result === 'more') {
    logger.info('the hour goes on', { day: hour.window.day, hour: hour.window.hour });
    return { ...(isObject(event) ? event : {}), run: hour.run, more: true };
  }
  logger.info('written', { day: result.day, hour: result.hour, counts: result.counts, missing: result.missing });
  measure({ HoursWritten: 1, Rows: result.counts.rows }, result.missing);
  return result;
}

/** For a local run, which plans its days from the very scan that the hours share. */
export { createFileSource };

function portsOf(run: RunConfig, asOf: Date, context: LambdaContext | undefined): WorkerPorts {
  const files = run.source === 'lookup' ? null : createFileSource(run.source);
  const shared = turnsOf(run);
  return {
    source: files?.source ?? createLookupSource(cloudTrail, shared.next),
    lookUps: files === null ? { lookUp: createLookUp(cloudTrailOnce), turns: shared, pause: jitteredPause, listNames: openListing(run, s3), ...createTimeLimit(context) } : null,
    readQueryExecutions: files?.readQueryExecutions ?? createQueryExecutions(athena, athenaPace),
    readAssumption: files === null && run.resolveRoleChain ? roleChainOf(run, asOf) : null,
    store: openStore(run, s3),
    ...encoders[run.format],
    format: run.format,
    timeZone: run.timeZone,
  };
}

/** All hours of a process share what was found of a session; another run's now may reach back elsewhere. */
function roleChainOf(run: RunConfig, asOf: Date): ReadAssumption {
  const key = asOf.toISOString();
  const known = roleChains.get(key) ?? createRoleChain(createLookUpEvents(clientOf, turnsOf(run).next), asOf);
  roleChains.clear();
  roleChains.set(key, known);
  return known;
}

/** The turns of this process. In Lambda each hour in flight has a process of its own and takes its share of the rate. */
function turnsOf({ lookupRate, mapConcurrency }: RunConfig): CountedTurns {
  turns ??= countTurns(createTurns(process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined ? lookupRate : lookupRate / mapConcurrency));
  return turns;
}
