/** A clock that a test's machine has no hand in: it goes on to the next sleeper as soon as nobody has anything left to do. */
import { setImmediate as untilIdle } from 'node:timers/promises';

/** Rounds of the event loop after which nothing in memory is still at work: an answer and what is done about it take two or three. */
const QUIET_ROUNDS = 25;

/** Sleeps on a virtual clock. */
export interface VirtualClock {
  /** Units: virtual milliseconds. Those who wake at the same time do so in the order in which they lay down. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Units: virtual milliseconds since it was created. */
  readonly now: () => number;
}

/** Creates a clock that stands at 0. It knows of work in memory only: none may wait for a file, a socket or a real timer. */
export function createVirtualClock(): VirtualClock {
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  let now = 0;
  let running = false;
  const run = async () => {
    running = true;
    while (sleepers.length > 0) {
      for (let round = 0; round < QUIET_ROUNDS; round++) await untilIdle();
      const next = sleepers.reduce((first, sleeper) => (sleeper.at < first.at ? sleeper : first));
      sleepers.splice(sleepers.indexOf(next), 1);
      now = next.at;
      next.wake();
    }
    running = false;
  };
  const sleep = (ms: number) =>
    new Promise<void>((wake) => {
      sleepers.push({ at: now + ms, wake });
      if (!running) void run();
    });
  return { sleep, now: () => now };
}
