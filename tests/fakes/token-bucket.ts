/** A quota of requests. Units: requests a second, and how many may come at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  /** Stricter than a bucket: never more than `perSecond` (nor `burst`, if that is less) within any one second. */
  readonly sliding?: boolean;
}

/** Takes one token; false when there is none. */
export type TakeToken = () => boolean;

/** A token bucket that starts full. Units: `clock` in milliseconds. A refused request costs nothing. */
export function createTokenBucket(rate: Rate, clock: () => number): TakeToken {
  let tokens = rate.burst;
  let last = clock();
  return () => {
    const now = clock();
    tokens = Math.min(rate.burst, tokens + ((now - last) / 1000) * rate.perSecond);
    last = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** Counts what was taken within the last second. Units: `clock` in milliseconds. A refused request costs nothing. */
export function createSlidingWindow(rate: Rate, clock: () => number): TakeToken {
  const most = Math.min(rate.perSecond, rate.burst);
  let taken: number[] = [];
  return () => {
    const now = clock();
    taken = taken.filter((at) => now - at < 1000);
    return taken.length < most && taken.push(now) > 0;
  };
}
