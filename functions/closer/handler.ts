import { createLogger } from '#runtime/logger';
import { close } from './closer.ts';

const logger = createLogger('closer');

/** Composition root of the closer. Event: the state machine's state after its Map. */
export async function handler(event: unknown): Promise<ReturnType<typeof close>> {
  const verdict = close(event);
  logger.info('closed', { verdict: verdict.verdict, failed: verdict.failed.map(({ of, error }) => ({ of, error })) });
  return verdict;
}
