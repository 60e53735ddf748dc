/** Athena's own list of executions. Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_ListQueryExecutions.html */
import { type AthenaClient, ListQueryExecutionsCommand, ListWorkGroupsCommand, type WorkGroupSummary } from '@aws-sdk/client-athena';
import { UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import type { HistoryCursor, HistorySink, HistorySpan, ListHistory } from '#core/history';
import type { ReadQueryExecutions } from '#core/ports';
import type { Pace } from './pace.ts';
import { errorName, isAccessDenied, toUpstreamError } from './upstream.ts';

/** Most names or ids of one page. */
const PAGE_SIZE = 50;
/**
 * A list is left when so many whole pages, one after another, are older than the span by the margin. AWS promises no order, so
 * it is checked on what was read, and a list out of order is read to its end. Units: milliseconds.
 */
const OLDER_PAGES = 2;
const MARGIN_MS = 3_600_000;
/** Calls of one invocation at least: a page of workgroups and one of ids. */
const MIN_CALLS = 2;
/** A row whose submission Athena does not tell has CloudTrail's time, which comes some seconds later. Units: milliseconds. */
const ORDER_SLACK_MS = 60_000;

/**
 * Makes the list of an account and Region. It gives ids only, newest first, and takes no dates: ids that are no rows are dated by
 * `readQueryExecutions`, a page at a time.
 *
 * `pace` is that of the lists, five a second. A workgroup that refuses its list, or the dates of its ids, is told to the sink
 * with Athena's words, and costs no other its place. `setAside` are workgroups that are not asked for. Errors: as `ListHistory`.
 */
export function createListHistory(client: AthenaClient, pace: Pace, readQueryExecutions: ReadQueryExecutions, setAside: readonly string[] = []): ListHistory {
  return async (span, sink, cursor, isLate) => {
    let pages = 0;
    const counted: Pace = async () => {
      pages += 1;
      await pace();
    };
    // Whoever is late from the start reads a page nevertheless: else a slow caller would go round for ever.
    const athena: Athena = { client, pace: counted, readQueryExecutions, setAside, span, sink, isLate: () => pages >= MIN_CALLS && isLate() };
    let at = cursor ?? BEGINNING;
    for (;;) {
      const { groups, next, restarted } = await listWorkgroups(athena, at.page);
      if (restarted) at = BEGINNING;
      // The workgroup in hand may have been deleted meanwhile: then its page is begun anew, and known things are told again.
      const from = Math.max(0, groups.findIndex(({ Name }) => Name === at.workgroup));
      for (const group of groups.slice(from)) {
        const workgroup = group.Name ?? '';
        const left = await listWorkgroup(athena, group, at.workgroup === workgroup ? at : { ...BEGINNING, page: at.page, workgroup });
        if (left !== null) return left;
        at = { ...BEGINNING, page: at.page };
      }
      if (next === null) return null;
      at = { ...BEGINNING, page: next };
    }
  };
}

const BEGINNING: HistoryCursor = { page: null, workgroup: null, token: null, older: 0, last: null, unordered: false };

interface Athena {
  readonly client: AthenaClient;
  readonly pace: Pace;
  readonly readQueryExecutions: ReadQueryExecutions;
  readonly setAside: readonly string[];
  readonly span: HistorySpan;
  readonly sink: HistorySink;
  readonly isLate: () => boolean;
}

/** A page of workgroups. A token that Athena does not know any more begins the listing anew. */
async function listWorkgroups({ client, pace, sink }: Athena, page: string | null): Promise<{ groups: readonly WorkGroupSummary[]; next: string | null; restarted: boolean }> {
  await pace();
  try {
    const { WorkGroups = [], NextToken: next } = await client.send(new ListWorkGroupsCommand({ MaxResults: PAGE_SIZE, ...(page === null ? {} : { NextToken: page }) }));
    return { groups: WorkGroups, next: next ?? null, restarted: false };
  } catch (error) {
    if (isAccessDenied(error)) {
      sink.onUnlisted({ workgroup: '*', reason: 'denied', said: wordsOf(error) });
      return { groups: [], next: null, restarted: false };
    }
    if (errorName(error) === 'InvalidRequestException' && page !== null) {
      return { ...(await listWorkgroups({ client, pace, sink } as Athena, null)), restarted: true };
    }
    throw toUpstreamError(error, 'athena:ListWorkGroups', 'the account');
  }
}

/** Lists one workgroup. Shape: null when it is done with; else where to go on. */
async function listWorkgroup(athena: Athena, group: WorkGroupSummary, from: HistoryCursor): Promise<HistoryCursor | null> {
  const { span, sink, setAside } = athena;
  const workgroup = group.Name ?? '';
  if (setAside.includes(workgroup)) {
    sink.onUnlisted({ workgroup, reason: 'set_aside', said: 'UNCOMPARED_WORKGROUPS' });
    return null;
  }
  const engine = group.EngineVersion?.EffectiveEngineVersion ?? '';
  if (/spark/i.test(engine)) {
    sink.onUnlisted({ workgroup, reason: 'spark', said: engine });
    return null;
  }
  let at = from;
  for (let restarts = 0; ; ) {
    if (athena.isLate()) return { ...at, workgroup };
    const page = await listPage(athena, workgroup, at.token);
    if (page === 'unlisted') return null;
    if (page === 'token refused') {
      if (++restarts > 1) throw new UpstreamUnavailableError(`athena:ListQueryExecutions on workgroup/${workgroup}: Athena refuses its own token`);
      at = { ...BEGINNING, page: at.page };
      continue;
    }
    const times = await dateIds(athena, workgroup, page.ids);
    if (times === 'denied') return null;
    at = follow(at, times, span, page.next);
    if (at.unordered) sink.onUnordered(workgroup);
    if (page.next === null || (at.older >= OLDER_PAGES && !at.unordered)) {
      sink.onWorkgroup(workgroup);
      return null;
    }
  }
}

async function listPage({ client, pace, sink }: Athena, workgroup: string, token: string | null): Promise<{ readonly ids: readonly string[]; readonly next: string | null } | 'unlisted' | 'token refused'> {
  await pace();
  try {
    const { QueryExecutionIds: ids = [], NextToken: next } = await client.send(new ListQueryExecutionsCommand({ WorkGroup: workgroup, MaxResults: PAGE_SIZE, ...(token === null ? {} : { NextToken: token }) }));
    return { ids, next: next ?? null };
  } catch (error) {
    const invalid = errorName(error) === 'InvalidRequestException';
    if (invalid && token !== null) return 'token refused';
    if (!invalid && !isAccessDenied(error)) throw toUpstreamError(error, 'athena:ListQueryExecutions', `workgroup/${workgroup}`);
    const said = wordsOf(error);
    sink.onUnlisted({ workgroup, reason: invalid && /not ?found|not exist/i.test(said) ? 'gone' : 'denied', said });
    return 'unlisted';
  }
}

/** Tells the sink of the ids of a page. Shape: their submissions as far as known, in the order of the list. */
async function dateIds({ readQueryExecutions, span, sink }: Athena, workgroup: string, ids: readonly string[]): Promise<number[] | 'denied'> {
  const known = new Map(ids.map((id) => [id, sink.readKnown(id)]));
  const open = ids.filter((id) => known.get(id) === undefined);
  const answers = open.length === 0 ? new Map<never, never>() : await readQueryExecutions(open, () => workgroup);
  const times: number[] = [];
  let refusal: string | null = null;
  for (const id of ids) {
    const answer = answers.get(id);
    const at = known.get(id);
    if (at !== undefined) {
      sink.onKnown(id);
      if (at !== null) times.push(at);
    } else if (answer !== undefined && 'execution' in answer) {
      const { submittedAt } = answer.execution;
      if (submittedAt === null) throw new UpstreamUnavailableError(`athena:BatchGetQueryExecution on ${id}: Athena does not say when it was submitted`);
      times.push(submittedAt);
      if (submittedAt >= span.from && submittedAt < span.to) sink.onUnknown({ id, submittedAt, workgroup });
    } else if (answer?.missing === 'access_denied') {
      refusal = answer.detail ?? 'no words';
    } else if (answer?.missing !== 'not_found') {
      // Without its date nobody can say whether it is of the day. What is listed and not found has expired between two calls.
      throw new UpstreamThrottledError(`athena:BatchGetQueryExecution on ${id}: ${answer?.detail ?? 'no answer'}`);
    }
  }
  if (refusal === null) return times;
  sink.onUnlisted({ workgroup, reason: 'denied', said: refusal });
  return 'denied';
}

/** Where the list stands after a page: its order, and how many whole pages were older than the span. */
function follow(at: HistoryCursor, times: readonly number[], span: HistorySpan, token: string | null): HistoryCursor {
  let { last, unordered } = at;
  for (const time of times) {
    if (last !== null && time > last + ORDER_SLACK_MS) unordered = true;
    last = last === null ? time : Math.min(last, time);
  }
  // A page without any date tells nothing of its age.
  const older = times.length === 0 ? at.older : times.every((time) => time < span.from - MARGIN_MS) ? at.older + 1 : 0;
  return { ...at, token, older, last, unordered };
}

function wordsOf(error: unknown): string {
  return `${errorName(error)}: ${error instanceof Error ? error.message : String(error)}`;
}
