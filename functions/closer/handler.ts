import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { S3Client } from '@aws-sdk/client-s3';
import { createQueryExecutions } from '#adapters/athena';
import { createListHistory } from '#adapters/athena-history';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { createLookupSource } from '#adapters/cloudtrail';
import { createFileSource } from '#adapters/files';
import { openListing, openStore } from '#adapters/open-store';
import { createPace } from '#adapters/pace';
import { isObject } from '#core/json';
import { parseRunConfig, type RunConfig } from '#runtime/config';
import { createLogger } from '#runtime/logger';
import { createMeasure, startWatch } from '#runtime/metrics';
import { createTimeLimit, type LambdaContext } from '#runtime/time-limit';
import { type BackfillVerdict, type CloserPorts, close, createCloser, type DayVerdict, type OpenDay } from './closer.ts';

const logger = createLogger('closer');
const measure = createMeasure();
const cloudTrail = new CloudTrailClient(CLIENT_OPTIONS);
const athena = new AthenaClient(CLIENT_OPTIONS);
const s3 = new S3Client(CLIENT_OPTIONS);
// The limits of the account and Region.
const lookUpPace = createPace(2);
const listPace = createPace(5);
const athenaPace = createPace(10);

/** Names of the metrics by what a day's verdict is. */
const DAYS = { complete: 'DaysComplete', pending: 'DaysPending', incomplete: 'DaysIncomplete' } as const;

/** Composition root of the closer. Event: the state machine's state after its Map. A local run has no time limit, and no context. */
export async function handler(event: unknown, context?: LambdaContext): Promise<DayVerdict | BackfillVerdict | OpenDay> {
  const { timeLeft } = createTimeLimit(context);
  const isLate = () => timeLeft() <= 0;
  const config = isObject(event) && event['config'] !== undefined ? parseRunConfig(event['config']) : null;
  logger.setCorrelationId(config?.runId ?? context?.awsRequestId);
  const isDay = isObject(event) && Array.isArray(event['windows']);
  const seconds = startWatch();
  const verdict = isDay ? await createCloser(await portsOf(config ?? parseRunConfig(undefined), isLate))(event) : close(event);
  measure({ CloserSeconds: seconds(), ...(isDay && 'verdict' in verdict ? { [DAYS[verdict.verdict]]: 1 } : {}) });
  if ('failed' in verdict) logger.info('closed', { verdict: verdict.verdict, failed: verdict.failed.map(({ of, error }) => ({ of, error })), ...('differences' in verdict ? { differences: verdict.differences } : {}) });
  else logger.info('the listing goes on', { next: verdict.next });
  return verdict;
}

async function portsOf(run: RunConfig, isLate: () => boolean): Promise<CloserPorts> {
  return {
    store: openStore(run, s3),
    listNames: openListing(run, s3),
    history: run.uncomparedWorkgroups.includes('*') ? null : await historyOf(run),
    setAside: run.uncomparedWorkgroups,
    source: run.source === 'lookup' ? 'lookup' : 'files',
    timeZone: run.timeZone,
    settleHours: run.settleHours,
    isLate,
  };
}

/** Athena's list where the records come from look-ups; where they come from files, the answers of Athena that lie beside them. */
async function historyOf({ source, uncomparedWorkgroups }: RunConfig): Promise<CloserPorts['history']> {
  if (source === 'lookup') {
    const list = createListHistory(athena, listPace, createQueryExecutions(athena, athenaPace), uncomparedWorkgroups);
    return { list, readRecords: createLookupSource(cloudTrail, lookUpPace).readRecords };
  }
  const files = createFileSource(source);
  const list = await files.listHistory(uncomparedWorkgroups);
  return list === null ? null : { list, readRecords: files.source.readRecords };
}
