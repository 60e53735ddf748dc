/** What the SDK throws, translated once: our class, the action, the resource, and how to mend it. */
import { ConfigError, UpstreamDeniedError, UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import { isObject, member, number, text } from '#core/json';

const THROTTLED = new Set(['ThrottlingException', 'Throttling', 'ThrottledException', 'TooManyRequestsException', 'RequestLimitExceeded', 'RequestThrottled', 'RequestThrottledException', 'SlowDown', 'BandwidthLimitExceeded', 'EC2ThrottledException', 'LimitExceededException']);

/** Errors of the caller's own making, with the way out. Sources: the services' common errors; measured on the SDK. */
const DENIED: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket; create it, or name another',
  PermanentRedirect: 'the bucket is in another Region; set AWS_REGION to the Region of the bucket',
  AuthorizationHeaderMalformed: 'the bucket is in another Region; set AWS_REGION to the Region of the bucket',
  IllegalLocationConstraintException: 'the bucket is in another Region; set AWS_REGION to the Region of the bucket',
  CredentialsProviderError: 'no AWS credentials were found; sign in (aws sso login), or set AWS_PROFILE to a profile that exists',
  TokenProviderError: 'the sign-in has expired; sign in again (aws sso login)',
  ExpiredToken: 'the credentials have expired; sign in again',
  ExpiredTokenException: 'the credentials have expired; sign in again',
  InvalidAccessKeyId: 'the access key is not known to AWS; check the profile',
  InvalidClientTokenId: 'the access key is not known to AWS; check the profile',
  UnrecognizedClientException: 'the credentials are not valid in this Region; check profile and AWS_REGION',
  SignatureDoesNotMatch: 'the secret key does not fit the access key; check the profile',
};

/** Name of an SDK error: its `name`, which is the service's error code. */
export function errorName(error: unknown): string {
  return isObject(error) ? (text(error['name']) ?? 'Error') : 'Error';
}

/** Whether a call was refused for lack of permission. */
export function isAccessDenied(error: unknown): boolean {
  return /^AccessDenied(Exception)?$|^AllAccessDisabled$|^NotAuthorized/.test(errorName(error)) || errorName(error) === 'Forbidden';
}

/** Whether a service throttled the call, after the SDK's own retries. */
export function isThrottled(error: unknown): boolean {
  return THROTTLED.has(errorName(error)) || status(error) === 429;
}

function status(error: unknown): number | null {
  return number(member(error, '$metadata')['httpStatusCode']);
}

/**
 * Translates an SDK error.
 *
 * Shape: `action` is the IAM action, `resource` what it was asked of; both stand in the message, the original in `cause`.
 * UpstreamThrottledError, UpstreamDeniedError, ConfigError (no Region), and UpstreamUnavailableError for all else.
 */
export function toUpstreamError(error: unknown, action: string, resource: string): Error {
  const name = errorName(error);
  // Some errors go on for lines, with advice for programmers.
  const [message = ''] = (isObject(error) && typeof error['message'] === 'string' ? error['message'] : String(error)).split('\n');
  const what = `${action} on ${resource}`;
  // Its message, which is logged, has a piece of the answer in it: of a query's text, or of an identity.
  if (error instanceof SyntaxError) return new UpstreamUnavailableError(`${what}: the answer is no JSON`);
  const options = { cause: error };
  if (/Region is missing/i.test(message)) return new ConfigError(['AWS_REGION: missing, expected the Region to ask, such as us-east-1 (or a profile that has one)'], options);
  if (isThrottled(error)) return new UpstreamThrottledError(`${what}: throttled (${name}: ${message})`, options);
  if (/ENOTFOUND/.test(message)) return new UpstreamDeniedError(`${what}: there is no such host; check AWS_REGION, or AWS_ENDPOINT_URL if it is set (${message})`, options);
  const mend = DENIED[name];
  if (mend !== undefined) return new UpstreamDeniedError(`${what}: ${mend} (${name})`, options);
  if (isAccessDenied(error) || status(error) === 403) return new UpstreamDeniedError(`${what}: access denied; grant ${action} (${name}: ${message})`, options);
  return new UpstreamUnavailableError(`${what}: ${name}: ${message}`, options);
}
