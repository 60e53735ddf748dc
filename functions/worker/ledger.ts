/** What a run finds out about an hour while its facts pass, one event at a time: for the manifest, and for the rows. */
import { type Fact, mergeExecution, mergeStarts } from '#core/facts';
import { type Changes, type Kept, MAX_IDS } from '#core/manifest';
import type { QueryExecutionAnswer } from '#core/query-execution';
import type { Known } from './known.ts';
import type { Group } from './merge.ts';

const MAX_NOTES = 20;
/** Row ids that are named; the number beside them counts all. */
const MAX_NAMED = 20;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** A number of ids, of which the first are named. */
class Ids {
  count = 0;
  readonly named: string[] = [];

  add(id: string): void {
    this.count += 1;
    if (this.named.length < MAX_IDS) this.named.push(id);
  }
}

/** What one pass finds out. */
export class Ledger {
  /** Rows, and those of them that were read now. */
  rows = 0;
  read = 0;
  /** Answers about executions that are not known, for the reasons in the rows. */
  readonly missing = new Map<string, QueryExecutionAnswer>();
  readonly #known: Known;
  /** The doubt about the facts with which the run began. */
  readonly #doubt: string | null;
  readonly #keptRows = new Ids();
  readonly #keptExecutions = new Ids();
  readonly #added = new Ids();
  readonly #learned = new Ids();
  readonly #unvouched = new Ids();
  readonly #notes = new Set<string>();

  constructor(known: Known, doubt: string | null) {
    this.#known = known;
    this.#doubt = doubt;
  }

  /** Enters a fact, with the group that it was made of and what Athena says now of its execution. */
  enter(fact: Fact, group: Group, answer: QueryExecutionAnswer | undefined, keptExecution: boolean): void {
    const { eventId, queryExecutionId: id, workgroup } = fact.start;
    this.rows += 1;
    if (group.entries.length > 0) this.read += 1;
    else this.#keptRows.add(eventId);
    if (keptExecution && id !== null) this.#keptExecutions.add(id);
    if (group.fact === null) this.#added.add(eventId);
    else if (JSON.stringify(group.fact) !== JSON.stringify(fact)) this.#learned.add(eventId);
    if (this.#doubt !== null || this.#known.unvouched.length > 0) {
      const [now] = mergeStarts([], group.entries.map((entry) => entry.start));
      const said = mergeExecution(null, answer).execution;
      if (JSON.stringify([fact.start, fact.execution]) !== JSON.stringify([now, said])) this.#unvouched.add(eventId);
    }
    if (id === null || answer === undefined || 'execution' in answer) return;
    if (fact.execution === null) this.missing.set(id, answer);
    if (answer.detail !== null) this.#note(answer, workgroup);
  }

  /** What an earlier run knew and this one did not find. */
  kept(): Kept {
    return { rows: this.#keptRows.count, executions: this.#keptExecutions.count, ids: [...this.#keptRows.named, ...this.#keptExecutions.named].slice(0, MAX_IDS) };
  }

  /** What this run has changed: rows that are new, and rows of which more is known. Shape: null when nothing, or when no run was here. */
  changes(): Changes | null {
    const [added, learned] = [this.#added, this.#learned];
    if (!this.#known.again || added.count + learned.count === 0) return null;
    return { added: added.count, learned: learned.count, addedIds: added.named, learnedIds: learned.named };
  }

  /** Which rows hold what neither CloudTrail nor Athena says now, and nobody vouches for. Shape: empty when none does. */
  unvouched(): readonly string[] {
    const { count, named } = this.#unvouched;
    if (count === 0) return [];
    if (this.#doubt === null) return this.#known.unvouched;
    const ids = `${named.slice(0, MAX_NAMED).join(', ')}${count > MAX_NAMED ? ', …' : ''}`;
    const words = `${this.#doubt}: a run was stopped, or somebody changed them; ${count} rows hold what only they say: ${ids}`;
    return [...new Set([...this.#known.unvouched, words])];
  }

  /** What Athena said of the ids that it did not give; of a refusal, in which workgroup and what to grant. */
  notes(): string[] {
    return [...this.#notes].sort().slice(0, MAX_NOTES);
  }

  #note(answer: Exclude<QueryExecutionAnswer, { readonly execution: unknown }>, workgroup: string | null): void {
    const grant = answer.missing !== 'access_denied' ? '' : `grant athena:BatchGetQueryExecution on ${workgroup === null ? 'the workgroup, which the record does not name' : `workgroup/${workgroup}`}; `;
    // The same words about many ids are one note.
    this.#notes.add(`${answer.missing}: ${grant}${(answer.detail ?? '').replaceAll(UUID, '…')}`);
  }
}
