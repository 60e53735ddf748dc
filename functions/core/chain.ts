/**
 * A chain of look-up pages over one range of time: where it stands, how much is left, and how it is cut in two.
 * LookupEvents gives the newest event first, takes bounds of whole seconds, both included, and ties a token to its bounds.
 */

import type { LookedUp } from './ports.ts';

/** One chain. It travels in a checkpoint as JSON. Units: epoch milliseconds; bounds are whole seconds, both of them in the range. */
export interface Chain {
  readonly from: number;
  readonly to: number;
  /** Events before it are another chain's: it lies behind `from` once the chain was cut, because the bounds cannot change any more. */
  readonly floor: number;
  /** For the next page; null for the first. */
  readonly token: string | null;
  /** The oldest event that was read; behind `to` before the first page. */
  readonly reached: number;
  /** Ids of the events of that second: where the chain begins again it meets them again. */
  readonly edge: readonly string[];
  /** Ids that it took before it began again, and has not met again yet; one for each copy. */
  readonly again: readonly string[];
  /** Pages came in no order: nothing is concluded of what was not read yet. */
  readonly unordered: boolean;
  readonly pages: number;
  readonly done: boolean;
}

const SECOND = 1000;
/** Events of a page at most. */
const PAGE_EVENTS = 50;
/** A cut is worth a look-up of its own when so many pages are left. */
const MIN_PAGES_TO_CUT = 1.5;

/** A chain over `[start, end)`, before its first page. */
export function beginChain(start: number, end: number): Chain {
  return { from: start, to: end - SECOND, floor: start, token: null, reached: end, edge: [], again: [], unordered: false, pages: 0, done: false };
}

/** Events of a page that the chain has not taken before, and what it has still to meet again. */
export function freshOf<T extends Pick<LookedUp, 'id'>>(chain: Chain, events: readonly T[]): { readonly fresh: readonly T[]; readonly again: readonly string[] } {
  const again = [...chain.again];
  const fresh = events.filter(({ id }) => {
    const at = id === null ? -1 : again.indexOf(id);
    if (at >= 0) again.splice(at, 1);
    return at < 0;
  });
  return { fresh, again };
}

/** The chain after a page. `next` is the token for more, null when there is none. */
export function followChain(chain: Chain, page: readonly Pick<LookedUp, 'at' | 'id'>[], next: string | null): Chain {
  let { reached, unordered, edge } = chain;
  const { fresh: events, again } = freshOf(chain, page);
  for (const { at, id } of events) {
    if (at === null) continue;
    // Within a second the order is not promised.
    if (at >= reached + SECOND) unordered = true;
    if (secondOf(at) < secondOf(reached)) edge = [];
    if (secondOf(at) <= secondOf(reached) && id !== null) edge = [...edge, id];
    reached = Math.min(reached, at);
  }
  const passed = !unordered && reached < chain.floor;
  return { ...chain, token: next, reached, edge, again, unordered, pages: chain.pages + 1, done: next === null || passed };
}

function secondOf(at: number): number {
  return Math.floor(at / SECOND);
}

/** The chain again from where it stands, under bounds of its own: its token was refused. The second that it stands in is read twice. */
export function reopenChain(chain: Chain): Chain {
  const to = chain.unordered ? chain.to : Math.min(chain.to, secondOf(chain.reached) * SECOND);
  return { ...beginChain(chain.floor, to + SECOND), reached: Math.min(chain.reached, to + SECOND), edge: chain.edge, again: chain.edge, pages: chain.pages };
}

/** Events of an hour, by what its chains have covered of it. Units: `span` and answer in milliseconds, events a millisecond; null before any page. */
export function densityOf(chains: readonly Chain[], events: number, span: number): number | null {
  const covered = span - chains.reduce((sum, { done, reached, floor }) => sum + (done ? 0 : Math.max(0, reached - floor)), 0);
  return covered <= 0 ? null : events / covered;
}

/** Pages that are left of a chain, by the density of its hour. */
export function pagesLeft(chain: Chain, density: number): number {
  return chain.done ? 0 : (Math.max(0, chain.reached - chain.floor) * density) / PAGE_EVENTS;
}

/**
 * Cuts what is left of a chain in two, where half of it is behind the cut. The first goes on under its own bounds down to the cut.
 * Shape: null when too little is left for a look-up more, or the chain is in no order.
 */
export function cutChain(chain: Chain, density: number): readonly [Chain, Chain] | null {
  // The page that is on its way, or comes next, is no reason for a cut.
  if (chain.unordered || pagesLeft(chain, density) - 1 < MIN_PAGES_TO_CUT) return null;
  const cut = Math.ceil((chain.floor + chain.reached) / 2 / SECOND) * SECOND;
  if (cut >= chain.reached) return null;
  return [{ ...chain, floor: cut }, beginChain(chain.floor, cut)];
}
