/** A quota of requests. Units: requests a second, and how many may come at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
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
