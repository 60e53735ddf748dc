/** Look-ups over events in memory: pages of fifty, newest first, tokens that are good for their own bounds only. */
import type { LookedUp, LookUp, LookUpPage } from '#core/ports';
import { parseRecord } from '#core/record';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

/** An event as it is looked up. */
export interface HeldEvent {
  readonly id: string;
  /** Units: epoch milliseconds, whole seconds. */
  readonly at: number;
  readonly record: unknown;
}

/** The look-ups, and what was asked. */
export interface HeldLookUps {
  readonly lookUp: LookUp;
  /** Pages that were given. */
  readonly pages: () => number;
  /** Most look-ups that were on their way at once. */
  readonly mostInFlight: () => number;
  /** The clock on which answers take their time. */
  readonly clock: VirtualClock;
}

/** What goes wrong with a call: it is asked before each. Shape: an error to throw, `token refused`, or null. */
export type ReadLookUpFault = () => Error | 'token refused' | null;

/** Creates look-ups. Units: `latencyMs` a call, milliseconds of the clock. */
export function holdLookUps(events: readonly HeldEvent[], { fault = () => null, latencyMs = 0, pageSize = 50 }: { fault?: ReadLookUpFault; latencyMs?: number; pageSize?: number } = {}): HeldLookUps {
  // Within a second in no order that anybody could count on: last come, first shown.
  const sorted = events.map((event, index) => ({ event, index })).sort((a, b) => b.event.at - a.event.at || b.index - a.index).map(({ event }) => event);
  const clock = createVirtualClock();
  let [pages, flying, most] = [0, 0, 0];
  const lookUp: LookUp = async ({ from, to }, token) => {
    flying += 1;
    most = Math.max(most, flying);
    await (latencyMs > 0 ? clock.sleep(latencyMs) : new Promise((resolve) => setImmediate(resolve)));
    flying -= 1;
    const met = fault();
    if (met instanceof Error) throw met;
    if (met === 'token refused' && token !== null) return met;
    const [bounds = `${from} ${to}`, position = '0'] = token?.split('|') ?? [];
    if (bounds !== `${from} ${to}`) throw new TypeError(`a token of ${bounds} was used for ${from} ${to}`);
    const inside = sorted.filter(({ at }) => at >= from && at <= to);
    const page = inside.slice(Number(position), Number(position) + pageSize);
    const next = Number(position) + page.length;
    pages += 1;
    return { events: page.map(toLookedUp), next: next < inside.length ? `${bounds}|${next}` : null } satisfies LookUpPage;
  };
  return { lookUp, pages: () => pages, mostInFlight: () => most, clock };
}

function toLookedUp({ id, at, record }: HeldEvent): LookedUp {
  return { id, at, from: `event ${id}`, read: () => parseRecord(record) };
}
