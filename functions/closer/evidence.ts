/** Gathers what lies of a day: the closer's evidence, and that of the command `verify`. */
import { FACTS_NAME, parseFactLine } from '#core/facts';
import { type HourEvidence, parseManifest, type RowTrace, toRowTrace } from '#core/hour-evidence';
import { linesOf } from '#core/lines';
import { hourFolder, MANIFEST_NAME } from '#core/partition';
import type { ReportStore } from '#core/ports';
import { addDays, type DayPlan } from '#core/window';

/** The hours that may lie next to a day; a zone that jumps over midnight has not all of them. */
const LAST_HOURS = ['22', '23'];
const FIRST_HOURS = ['00', '01'];

/** Reads what lies of every hour of a day, in their order. Errors: those of the store. */
export async function readHours(store: ReportStore, plan: DayPlan): Promise<HourEvidence[]> {
  const hours: HourEvidence[] = [];
  // One after another: the facts of a busy day are larger than what is kept of them.
  for (const { hour } of plan.windows) hours.push(await readHour(store, plan.day, hour));
  return hours;
}

/** The rows next to a day that have an execution: Athena's time and CloudTrail's may fall on two sides of midnight. */
export async function readNeighbours(store: ReportStore, day: string): Promise<RowTrace[]> {
  const rows: RowTrace[] = [];
  for (const [neighbour, hours] of [[addDays(day, -1), LAST_HOURS], [addDays(day, 1), FIRST_HOURS]] as const) {
    for (const hour of hours) {
      const found = await readRows(store, hourFolder(neighbour, hour));
      if (typeof found !== 'string') rows.push(...found);
    }
  }
  return rows;
}

async function readHour(store: ReportStore, day: string, hour: string): Promise<HourEvidence> {
  const folder = hourFolder(day, hour);
  const bytes = await store.read(`${folder}${MANIFEST_NAME}`);
  const manifest = bytes === null ? null : (parseManifest(bytes) ?? 'unreadable');
  const name = manifest === null || manifest === 'unreadable' ? undefined : manifest.report?.name;
  const report = name === undefined || !isName(name) ? null : `${folder}${name}`;
  const [manifestObject, reportObject, facts] = await Promise.all([
    store.hash(`${folder}${MANIFEST_NAME}`),
    report === null ? null : store.hash(report),
    store.hash(`${folder}${FACTS_NAME}`),
  ]);
  return { hour, manifest, manifestObject, report: reportObject, facts, rows: await readRows(store, folder) };
}

/** A manifest may have been altered: no name in it leads out of its folder. */
function isName(name: string): boolean {
  return /^\w[\w.-]*$/.test(name);
}

/** Shape: none when there are no facts; why, when they cannot be read. */
async function readRows(store: ReportStore, folder: string): Promise<RowTrace[] | string> {
  const opened = await store.open(`${folder}${FACTS_NAME}`);
  if (opened === null) return [];
  const rows: RowTrace[] = [];
  let lines = 0;
  for await (const line of linesOf(opened.chunks)) {
    lines += 1;
    const fact = parseFactLine(line);
    if (fact !== null) rows.push(toRowTrace(fact));
  }
  return rows.length === lines ? rows : `${lines - rows.length} of ${lines} lines are no facts of this tracker; run the hour again`;
}
