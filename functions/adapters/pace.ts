import type { Turns } from '#core/ports';

/** Waits for the next free slot of a rate. */
export type Pace = () => Promise<void>;

/**
 * Spaces calls evenly, so that a service's limit is kept rather than hit.
 * Units: calls a second. All callers of one pace share the rate; the slots are given in the order of the calls.
 */
export function createPace(callsPerSecond: number): Pace {
  return createSlots(() => callsPerSecond);
}

/** Slots at a rate that may change from one to the next. */
function createSlots(readRate: () => number): Pace {
  let next = 0;
  return async () => {
    const now = performance.now();
    const slot = Math.max(now, next);
    next = slot + 1000 / readRate();
    if (slot > now) await new Promise((resolve) => setTimeout(resolve, slot - now));
  };
}

/** Longest pause before a second attempt, and before any. Units: milliseconds. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 20_000;

/** Waits before another attempt: full jitter below a limit that doubles. `attempt` is that which failed, from 1. */
export function jitteredPause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1))));
}

/** The limit counts on a clock that is not ours: a little less than it is never refused for the jitter of the way. */
const MARGIN = 0.985;
/** How much the last call counts in the share of refused ones, and from which share on the rate is halved. */
const WEIGHT = 0.04;
const TOO_MANY = 0.44;
/** Calls that are taken before a halved rate is doubled again: more each time that it was in vain. */
const FIRST_PATIENCE = 10;
const MAX_PATIENCE = 160;
const LEAST = 1 / 4;

/**
 * Turns at a rate that this process does not have for itself alone: the limit is the account's, and others may use it.
 *
 * Where two use all of it, half of their calls are refused, and whoever halves its rate gets as many through as before. Where fewer are
 * refused, as by a service that is unwell, slowing down would only take longer: each refused call waits by itself then.
 * Units: calls a second.
 */
export function createTurns(callsPerSecond: number): Turns {
  let [share, refusals, taken, patience, doubled] = [1, 0, 0, FIRST_PATIENCE, false];
  return {
    next: createSlots(() => callsPerSecond * MARGIN * share),
    refused: () => {
      refusals += WEIGHT * (1 - refusals);
      if (refusals <= TOO_MANY || share <= LEAST) return;
      if (doubled) patience = Math.min(MAX_PATIENCE, patience * 2);
      [share, refusals, taken, doubled] = [share / 2, 0, 0, false];
    },
    taken: () => {
      refusals -= WEIGHT * refusals;
      taken += 1;
      if (share === 1 || taken < patience) return;
      [share, refusals, taken, doubled] = [share * 2, 0, 0, true];
    },
  };
}
