/**
 * The errors that leave the functions. `name` is a literal, because the state machine matches on it and a
 * minifier renames classes.
 */

/** The configuration is missing or wrong. Lists every problem at once. Not retried. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('; '), options);
    this.problems = problems;
  }
}

/** An event, an argument or a file is not of the agreed shape. Names the field, the value and what was expected. Not retried. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
}

/** A service went on throttling after the SDK's own retries. Retried by the state machine with backoff. */
export class UpstreamThrottledError extends Error {
  override readonly name = 'UpstreamThrottledError';
}

/** A service did not answer, or not with sense, after the SDK's own retries. Retried by the state machine with backoff. */
export class UpstreamUnavailableError extends Error {
  override readonly name = 'UpstreamUnavailableError';
}

/** A service refused: permission, Region or bucket. Names the action and the resource. Not retried. */
export class UpstreamDeniedError extends Error {
  override readonly name = 'UpstreamDeniedError';
}

/** One record cannot be read. Counted and sampled; it never leaves the worker. */
export class MalformedRecordError extends Error {
  override readonly name = 'MalformedRecordError';
}
