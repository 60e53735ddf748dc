import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { S3Client } from '@aws-sdk/client-s3';
import { createQueryExecutions } from '#adapters/athena';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { createLookUp } from '#adapters/cloudtrail';
import { openStore } from '#adapters/open-store';
import { createPace, createTurns, jitteredPause } from '#adapters/pace';
import { parseRunConfig } from '#runtime/config';
import { createLogger } from '#runtime/logger';
import { type CountedTurns, countTurns, createMeasure, startWatch } from '#runtime/metrics';
import { createTimeLimit, type LambdaContext } from '#runtime/time-limit';
import { parseReaderEvent } from './event.ts';
import type { ReadHoursPorts } from './read-hours.ts';
import { createReader, type ReaderResult } from './reader.ts';

const logger = createLogger('reader');
const measure = createMeasure();
/** One attempt: each takes a turn of the rate, which the SDK's own attempts would not. */
const cloudTrail = new CloudTrailClient({ ...CLIENT_OPTIONS, maxAttempts: 1 });
const athena = new AthenaClient(CLIENT_OPTIONS);
const s3 = new S3Client(CLIENT_OPTIONS);
/** The limit of the account and Region, in calls a second. */
const athenaPace = createPace(10);
let turns: CountedTurns | undefined;
let onPage: ReadHoursPorts['onPage'];

/** For a local run, which shows how far a long reading has come. */
export function watchPages(watch: ReadHoursPorts['onPage']): void {
  onPage = watch;
}

/** Composition root of the reader. Event: the hours of a day, such as events/reader.day.json. Records from files are read by the workers. */
export async function handler(event: unknown, context?: LambdaContext): Promise<ReaderResult> {
  const parsed = parseReaderEvent(event);
  const run = parseRunConfig(parsed.config);
  if (run.source !== 'lookup') return { more: false, read: 0, unread: [] };
  logger.setCorrelationId(run.runId ?? parsed.run);
  const seconds = startWatch();
  turns ??= countTurns(createTurns(run.lookupRate));
  const read = createReader({ lookUp: createLookUp(cloudTrail), turns, readQueryExecutions: createQueryExecutions(athena, athenaPace), store: openStore(run, s3), pause: jitteredPause, ...(onPage === undefined ? {} : { onPage }), ...createTimeLimit(context) });
  const result = await read(parsed).finally(() => measure({ ReaderSeconds: seconds(), ...turns?.count() }));
  logger.info(result.more ? 'the reading goes on' : 'read', { read: result.read, unread: result.unread });
  return result;
}
