/** What an hour's runs know of each event: its records, Athena's answer, an earlier start, who assumed the role. */
import { type Assumption, type Fact, mergeExecution } from '#core/facts';
import type { ReadQueryExecutions, ReportStore } from '#core/ports';
import type { QueryExecutionAnswer } from '#core/query-execution';
import type { QueryStart } from '#core/record';
import type { ReadAssumption } from '#core/role-chain';
import type { HourWindow } from '#core/window';
import type { FindEarlierStart } from './earlier-start.ts';
import type { HourEntries } from './hour-entries.ts';
import { type Known, readFacts } from './known.ts';
import type { Ledger } from './ledger.ts';
import { answerOf, type Group, mergeSides } from './merge.ts';

/** What learning asks of the world. */
interface LearningPorts {
  readonly readQueryExecutions: ReadQueryExecutions;
  readonly readAssumption: ReadAssumption | null;
  readonly store: ReportStore;
}

/** One run on one hour, as far as its facts go. */
export interface Learning {
  readonly ports: LearningPorts;
  readonly window: HourWindow;
  readonly read: HourEntries;
  /** What Athena has said of executions that no entry has an answer about; of the batch in hand, because an hour may have many. */
  readonly answers: Map<string, QueryExecutionAnswer>;
  /** What could not be asked, for the manifest. */
  readonly notes: Set<string>;
  /** The doubt about the facts that the first attempt found; undefined before it. */
  doubt: string | null | undefined;
  readonly findEarlierStart: FindEarlierStart;
  /** Whether half of the invocation's time is left: the report has to be written as well. */
  readonly mayLookUp: () => boolean;
}

/** Events that are taken together, for Athena to be asked about in full questions. */
const GROUPS_PER_BATCH = 500;

/** What is known now, of earlier runs and of this one, event by event in the order of the report. Errors: FactsChanged, and those of the ports. */
export async function* learn(hour: Learning, known: Known, ledger: Ledger): AsyncGenerator<Fact> {
  const { ports, window, read } = hour;
  const groups = mergeSides({
    entries: read.entries,
    facts: () => readFacts(ports.store, window, known.version),
    corrections: [...read.corrections, ...known.corrections],
    ordered: known.ordered,
    vouched: known.doubt === null,
  });
  const first = new Map<string, string>();
  const seen = new Set<string>();
  for await (const batch of inBatches(groups)) {
    const answers = await askAthena(hour, batch);
    for (const group of batch) {
      const { start } = group;
      // A copy of another instant, without being a correction: nobody sends such, and no event is two rows.
      if (seen.has(start.eventId)) continue;
      seen.add(start.eventId);
      const id = start.queryExecutionId;
      const answer = id === null ? undefined : (answerOf(group) ?? answers.get(id));
      const { execution, kept } = mergeExecution(group.fact?.execution ?? null, answer);
      const retryOf = id === null ? null : (first.get(id) ?? (await foundOnce(hour, group.fact?.retryOf, () => hour.findEarlierStart(start, id, execution?.submittedAt ?? null))));
      if (id !== null && !first.has(id)) first.set(id, retryOf ?? start.eventId);
      const assumption = await foundOnce(hour, group.fact?.assumption, async () => findAssumption(hour, start));
      const fact: Fact = { start, execution, retryOf, assumption };
      ledger.enter(fact, group, answer, kept);
      yield fact;
    }
  }
}

/** Who assumed the role behind a start, as long as there is time; the runs that come back to the hour go on. */
async function findAssumption({ ports, notes, mayLookUp }: Learning, start: QueryStart): Promise<Assumption | null> {
  if (ports.readAssumption === null) return null;
  if (mayLookUp()) return ports.readAssumption(start, (words) => notes.add(words));
  notes.add('assumed_by: not looked up for all sessions, for lack of time; a later run goes on');
  return null;
}

/** What was found by a look-up once is not looked up again while it is trusted, and stays when it is not found again. */
async function foundOnce<T>({ doubt }: Learning, known: T | null | undefined, find: () => Promise<T | null>): Promise<T | null> {
  return (doubt === null ? known : null) ?? (await find()) ?? known ?? null;
}

/** Asks for what has not been asked in this run. Facts of earlier runs are asked for again: Athena may know the end by now. */
async function askAthena({ ports, answers }: Learning, groups: readonly Group[]): Promise<ReadonlyMap<string, QueryExecutionAnswer>> {
  const open = new Map<string, string | null>();
  for (const group of groups) {
    const { queryExecutionId: id, workgroup } = group.start;
    if (id !== null && answerOf(group) === undefined && !answers.has(id)) open.set(id, workgroup);
  }
  if (open.size > 0) {
    answers.clear();
    for (const [id, answer] of await ports.readQueryExecutions([...open.keys()], (id) => open.get(id) ?? null)) answers.set(id, answer);
  }
  // An entry that is held over the attempts is not asked about again.
  for (const group of groups) for (const entry of group.entries) entry.answer = answers.get(entry.start.queryExecutionId ?? '') ?? entry.answer;
  return answers;
}

async function* inBatches(groups: AsyncIterable<Group>): AsyncGenerator<Group[]> {
  let batch: Group[] = [];
  for await (const group of groups) {
    batch.push(group);
    if (batch.length < GROUPS_PER_BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
