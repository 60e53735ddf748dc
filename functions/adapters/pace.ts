/** Waits for the next free slot of a rate. */
export type Pace = () => Promise<void>;

/**
 * Spaces calls evenly, so that a service's limit is kept rather than hit.
 * Units: calls a second. All callers of one pace share the rate; the slots are given in the order of the calls.
 */
export function createPace(callsPerSecond: number): Pace {
  let next = 0;
  return async () => {
    const now = performance.now();
    const slot = Math.max(now, next);
    next = slot + 1000 / callsPerSecond;
    if (slot > now) await new Promise((resolve) => setTimeout(resolve, slot - now));
  };
}
