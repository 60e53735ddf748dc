/** The part of a Lambda's context that tells of its time limit. Source: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export interface LambdaContext {
  readonly awsRequestId?: string;
  readonly getRemainingTimeInMillis: () => number;
}

/** How long an invocation may go on before it hands over. Units: milliseconds. */
export interface TimeLimit {
  /** Infinite in a local run. */
  readonly timeLeft: () => number;
  /** How long what is on its way then may take. */
  readonly graceMs: number;
}

/** Left for handing over, or for judging what was listed: writing what is held takes a second or two, a slow answer some more. */
const RESERVE = 0.25;
const MAX_RESERVE_MS = 60_000;
/** The part of it in which answers are waited for. */
const GRACE = 0.25;

/** Makes it of an invocation's context; a local run has none, and no limit. */
export function createTimeLimit(context: LambdaContext | undefined): TimeLimit {
  if (context === undefined) return { timeLeft: () => Number.POSITIVE_INFINITY, graceMs: Number.POSITIVE_INFINITY };
  const reserve = Math.min(MAX_RESERVE_MS, context.getRemainingTimeInMillis() * RESERVE);
  return { timeLeft: () => context.getRemainingTimeInMillis() - reserve, graceMs: reserve * GRACE };
}
