import type { ActorKind } from '#core/actor';
import { MAX_IDS, type Manifest } from '#core/manifest';
import type { Row } from '#core/row';

/** What the manifest says of the rows. */
export class Tally {
  readonly #states = new Map<string, number>();
  readonly #missing = new Map<string, number>();
  readonly #unanswered = new Set<string>();
  readonly #actors = new Map<string, { actor: string; kind: ActorKind; rows: number }>();

  add(row: Row): void {
    const state = row.state ?? 'UNKNOWN';
    this.#states.set(state, (this.#states.get(state) ?? 0) + 1);
    if (row.missing_reason !== null) this.#missing.set(row.missing_reason, (this.#missing.get(row.missing_reason) ?? 0) + 1);
    if (row.missing_reason === 'throttled_out' && row.query_execution_id !== null && this.#unanswered.size < MAX_IDS) this.#unanswered.add(row.query_execution_id);
    if (row.actor === null) return;
    const kind = row.actor_kind as ActorKind;
    const key = `${kind} ${row.actor}`;
    const known = this.#actors.get(key);
    if (known === undefined) this.#actors.set(key, { actor: row.actor, kind, rows: 1 });
    else known.rows += 1;
  }

  /** In an order that does not depend on that of the rows. */
  result(): Pick<Manifest, 'states' | 'missing' | 'unanswered' | 'actors'> {
    const sorted = (counts: Map<string, number>) => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { states: sorted(this.#states), missing: sorted(this.#missing), unanswered: [...this.#unanswered], actors: [...this.#actors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, actor]) => actor) };
  }
}
