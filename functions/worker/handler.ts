import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { S3Client } from '@aws-sdk/client-s3';
import { createQueryExecutions } from '#adapters/athena';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { createLookupSource } from '#adapters/cloudtrail';
import { createReadConfigObject } from '#adapters/config-object';
import { createFileSource } from '#adapters/files';
import { openStore } from '#adapters/open-store';
import { createPace, type Pace } from '#adapters/pace';
import { createLookUpEvents, createRegionalClients } from '#adapters/sts-events';
import { createRoleChain, type ReadAssumption } from '#core/role-chain';
import { encoders } from '#encoders/index';
import { loadSettings, parseRunConfig, type RunConfig } from '#runtime/config';
import { createLogger } from '#runtime/logger';
import { parseWorkerEvent } from './event.ts';

import { createWorker, type WorkerPorts, type WorkerResult } from './worker.ts';

const logger = createLogger('worker');
const cloudTrail = new CloudTrailClient(CLIENT_OPTIONS);
const clientOf = createRegionalClients(CLIENT_OPTIONS);
const athena = new AthenaClient(CLIENT_OPTIONS);
const s3 = new S3Client(CLIENT_OPTIONS);
/** The limits of the account and Region, in calls a second; all hours of one process share a pace. */
const LOOK_UPS = 2;
const ATHENA_CALLS = 10;
const athenaPace = createPace(ATHENA_CALLS);
let lookUpPace: Pace | undefined;
const roleChains = new Map<string, ReadAssumption>();

/** Composition root of the worker. Event: one hour window, such as events/worker.hour.json. */
export async function handler(event: unknown): Promise<WorkerResult> {
  const { config, ...hour } = parseWorkerEvent(event);
  const run = config === undefined ? (await loadSettings(process.env, createReadConfigObject(s3))).run : parseRunConfig(config);
  const result = await createWorker(portsOf(run, hour.asOf))({ ...hour, config });
  logger.info('written', { day: result.day, hour: result.hour, counts: result.counts, missing: result.missing });
  return result;
}

/** For a local run, which plans its days from the very scan that the hours share. */
export { createFileSource };

function portsOf(run: RunConfig, asOf: Date): WorkerPorts {
  const files = run.source === 'lookup' ? null : createFileSource(run.source);
  return {
    source: files?.source ?? createLookupSource(cloudTrail, lookUpPaceOf(run)),
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
  const known = roleChains.get(key) ?? createRoleChain(createLookUpEvents(clientOf, lookUpPaceOf(run)), asOf);
  roleChains.clear();
  roleChains.set(key, known);
  return known;
}

/** The pace of this process. In Lambda each hour in flight has a process of its own and takes its share of the rate. */
function lookUpPaceOf(run: RunConfig): Pace {
  lookUpPace ??= createPace(process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined ? LOOK_UPS : LOOK_UPS / run.mapConcurrency);
  return lookUpPace;
}
