/**
 * What every AWS client of ours is made with. A connection that falls silent would otherwise take the whole time limit of the
 * function: it is given up and tried again by the SDK. Units: milliseconds. LookupEvents has been seen to take 4 s.
 */
export const CLIENT_OPTIONS = {
  maxAttempts: 6,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
};
