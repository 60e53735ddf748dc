import { errorName, isAccessDenied, isThrottled, toUpstreamError } from '#adapters/upstream';

/** An error as the SDK throws it: its name is the service's code. */
function sdkError(name: string, message: string, httpStatusCode?: number): Error {
  return Object.assign(new Error(message), { name, ...(httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } }) });
}

const translate = (error: unknown) => toUpstreamError(error, 's3:PutObject', 's3://reports/csv/');

describe('the translation of an SDK error', () => {
  // The SDK's own list (@smithy/core, service-error-classification) without the codes of DynamoDB and Route 53.
  it.each([
    'BandwidthLimitExceeded',
    'EC2ThrottledException',
    'LimitExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'ThrottledException',
    'Throttling',
    'ThrottlingException',
    'TooManyRequestsException',
  ])('takes %s, which the SDK holds to be throttling, for throttling', (name) => {
    const error = sdkError(name, 'Rate exceeded', 400);

    const translated = translate(error);

    expect(translated).toMatchObject({ name: 'UpstreamThrottledError', message: `s3:PutObject on s3://reports/csv/: throttled (${name}: Rate exceeded)`, cause: error });
    expect(isThrottled(error)).toBe(true);
  });

  it('takes status 429 for throttling whatever its name', () => {
    const error = sdkError('SomethingNew', 'later', 429);

    const translated = translate(error);

    expect(translated).toMatchObject({ name: 'UpstreamThrottledError', message: 's3:PutObject on s3://reports/csv/: throttled (SomethingNew: later)', cause: error });
  });

  it.each([
    ['AccessDenied', 403],
    ['AccessDeniedException', 400],
    ['NotAuthorizedException', 400],
    ['AllAccessDisabled', 403],
    ['Forbidden', undefined],
    ['SomethingNew', 403],
  ])('says which permission to grant after %s (%s)', (name, status) => {
    const error = sdkError(name, 'User ada is not authorized', status);

    const translated = translate(error);

    expect(translated).toMatchObject({ name: 'UpstreamDeniedError', message: `s3:PutObject on s3://reports/csv/: access denied; grant s3:PutObject (${name}: User ada is not authorized)`, cause: error });
  });

  it.each([
    ['NoSuchBucket', 'there is no such bucket; create it, or name another'],
    ['PermanentRedirect', 'the bucket is in another Region; set AWS_REGION to the Region of the bucket'],
    ['AuthorizationHeaderMalformed', 'the bucket is in another Region; set AWS_REGION to the Region of the bucket'],
    ['IllegalLocationConstraintException', 'the bucket is in another Region; set AWS_REGION to the Region of the bucket'],
    ['CredentialsProviderError', 'no AWS credentials were found; sign in (aws sso login), or set AWS_PROFILE to a profile that exists'],
    ['TokenProviderError', 'the sign-in has expired; sign in again (aws sso login)'],
    ['ExpiredToken', 'the credentials have expired; sign in again'],
    ['ExpiredTokenException', 'the credentials have expired; sign in again'],
    ['InvalidAccessKeyId', 'the access key is not known to AWS; check the profile'],
    ['InvalidClientTokenId', 'the access key is not known to AWS; check the profile'],
    ['UnrecognizedClientException', 'the credentials are not valid in this Region; check profile and AWS_REGION'],
    ['SignatureDoesNotMatch', 'the secret key does not fit the access key; check the profile'],
  ])('says how to mend %s', (name, mend) => {
    const error = sdkError(name, 'no', 403);

    const translated = translate(error);

    expect(translated).toMatchObject({ name: 'UpstreamDeniedError', message: `s3:PutObject on s3://reports/csv/: ${mend} (${name})`, cause: error });
  });

  it('names the missing Region as the setting that is missing', () => {
    const error = new Error('Region is missing');

    const translated = translate(error);

    expect(translated).toMatchObject({ name: 'ConfigError', message: 'AWS_REGION: missing, expected the Region to ask, such as us-east-1 (or a profile that has one)', cause: error });
  });

  it.each([
    ['InternalFailure', 500],
    ['ServiceUnavailable', 503],
    ['TimeoutError', undefined],
    ['ECONNRESET', undefined],
    ['ValidationException', 400],
  ])('takes all else, such as %s (%s), for unavailable', (name, status) => {
    const error = sdkError(name, 'no answer', status);

    const translated = translate(error);

    expect(translated).toMatchObject({ name: 'UpstreamUnavailableError', message: `s3:PutObject on s3://reports/csv/: ${name}: no answer`, cause: error });
    expect(isThrottled(error)).toBe(false);
    expect(isAccessDenied(error)).toBe(false);
  });

  it.each([
    ['a text', 'gone', 'Error: gone'],
    ['nothing', undefined, 'Error: undefined'],
    ['an object without a message', { name: 'Odd' }, 'Odd: [object Object]'],
  ])('survives %s that was thrown', (_what, thrown, words) => {
    const translated = translate(thrown);

    expect(translated).toMatchObject({ name: 'UpstreamUnavailableError', message: `s3:PutObject on s3://reports/csv/: ${words}` });
    expect(translated.cause).toBe(thrown);
  });
});

describe('the name of an error', () => {
  it.each([
    ['its code', sdkError('NoSuchKey', 'no'), 'NoSuchKey'],
    ['Error without one', { message: 'no' }, 'Error'],
    ['Error with an empty one', sdkError('', 'no'), 'Error'],
    ['Error for what is no object', 'NoSuchKey', 'Error'],
  ])('is %s', (_what, error, expected) => {
    const name = errorName(error);

    expect(name).toBe(expected);
  });

  it('has no piece of an answer that is no JSON: it may be of a query, or of an identity', () => {
    const error = toUpstreamError(new SyntaxError("Unexpected token 's', \"{\"Query\": secret\" is not valid JSON"), 'athena:BatchGetQueryExecution', '1 query execution');

    expect(error).toMatchObject({ name: 'UpstreamUnavailableError', message: 'athena:BatchGetQueryExecution on 1 query execution: the answer is no JSON' });
    expect(error.cause).toBeUndefined();
  });
});
