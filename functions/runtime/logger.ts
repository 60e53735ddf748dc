import { Logger } from '@aws-lambda-powertools/logger';

/** The structured logger of a function: one JSON line an entry. Neither query text nor identity is logged above debug. */
export function createLogger(serviceName: string): Logger {
  return new Logger({ serviceName });
}
