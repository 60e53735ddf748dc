import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { createReadConfigObject } from '#adapters/config-object';
import { createStartExecution } from '#adapters/states';
import { readZone, zoneNames } from '#adapters/zones';
import { isObject } from '#core/json';
import { type Environment, loadSettings } from '#runtime/config';
import { createLogger } from '#runtime/logger';
import { createMeasure } from '#runtime/metrics';
import { createDispatcher, type DispatcherPorts, type DispatcherResult } from './dispatcher.ts';

/** The ends that a local run replaces. */
export interface DispatcherEnds {
  readonly env: Environment;
  readonly startExecution: DispatcherPorts['startExecution'];
  readonly now: () => Date;
}

const logger = createLogger('dispatcher');
const measure = createMeasure();

/** Composition root of the dispatcher. A local run gives its own environment and interpreter of the state machine. */
export function createHandler(ends: Partial<DispatcherEnds> = {}): (event: unknown, context: { readonly awsRequestId: string }) => Promise<DispatcherResult> {
  const { env = process.env, startExecution = createStartExecution(new SFNClient(CLIENT_OPTIONS)), now = () => new Date() } = ends;
  const readConfigObject = createReadConfigObject(new S3Client(CLIENT_OPTIONS));
  const dispatch = createDispatcher({
    readSettings: async () => {
      const { run, ...settings } = await loadSettings(env, readConfigObject, zoneNames());
      return { config: run, ...settings };
    },
    readZone,
    startExecution,
    now,
  });
  return async (event, { awsRequestId }) => {
    const result = await dispatch(event, awsRequestId);
    logger.setCorrelationId(result.name);
    for (const warning of result.warnings) logger.warn(warning);
    logger.info('dispatched', { days: result.days, already: result.already });
    // What is missing when the schedule did not fire, or could not start a run.
    if (isObject(event) && event['scheduledTime'] !== undefined) measure({ ScheduledRuns: 1 });
    return result;
  };
}

/** The dispatcher's Lambda handler. Event: the schedule's `{scheduledTime}`, or `{startDate, endDate}`. */
export const handler = createHandler();
