import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { S3Client } from '@aws-sdk/client-s3';
import { createQueryExecutions } from '#adapters/athena';
import { createListHistory } from '#adapters/athena-history';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { createLookupSource } from '#adapters/cloudtrail';
import { createFolderListing, createS3Listing } from '#adapters/listing';
import { openStore } from '#adapters/open-store';
import { createPace } from '#adapters/pace';
import { isObject } from '#core/json';
import { parseRunConfig } from '#runtime/config';
import { createLogger } from '#runtime/logger';
import { type BackfillVerdict, type CloserPorts, close, createCloser, type DayVerdict, type OpenDay } from './closer.ts';

const logger = createLogger('closer');
const cloudTrail = new CloudTrailClient(CLIENT_OPTIONS);
const athena = new AthenaClient(CLIENT_OPTIONS);
const s3 = new S3Client(CLIENT_OPTIONS);
// The limits of the account and Region.
const lookUpPace = createPace(2);
const listPace = createPace(5);
const athenaPace = createPace(10);

/** Left for judging and writing, once the listing stops. Units: milliseconds. */
const RESERVE_MS = 60_000;

/** Composition root of the closer. Event: the state machine's state after its Map. A local run has no time limit, and no context. */
export async function handler(event: unknown, context?: { readonly getRemainingTimeInMillis: () => number }): Promise<DayVerdict | BackfillVerdict | OpenDay> {
  const isLate = () => context !== undefined && context.getRemainingTimeInMillis() < RESERVE_MS;
  const isDay = isObject(event) && Array.isArray(event['windows']);
  const verdict = isDay ? await createCloser(portsOf(event['config'], isLate))(event) : close(event);
  if ('failed' in verdict) logger.info('closed', { verdict: verdict.verdict, failed: verdict.failed.map(({ of, error }) => ({ of, error })), ...('differences' in verdict ? { differences: verdict.differences } : {}) });
  else logger.info('the listing goes on', { next: verdict.next });
  return verdict;
}

function portsOf(config: unknown, isLate: () => boolean): CloserPorts {
  const run = parseRunConfig(config);
  const bucket = run.bucket ?? '';
  return {
    store: openStore(run, s3),
    listNames: run.folder === null ? createS3Listing(s3, bucket, run.prefix) : createFolderListing(run.folder, run.prefix),
    history: run.source === 'lookup' && run.compareHistory ? { list: createListHistory(athena, listPace, createQueryExecutions(athena, athenaPace)), readRecords: createLookupSource(cloudTrail, lookUpPace).readRecords } : null,
    source: run.source === 'lookup' ? 'lookup' : 'files',
    timeZone: run.timeZone,
    settleHours: run.settleHours,
    isLate,
  };
}
