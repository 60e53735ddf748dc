/** A small day, written hour by hour by the worker itself, with the event that the state machine then gives to the closer. */
import { readZone } from '#adapters/zones';
import type { ReportStore } from '#core/ports';
import type { QueryExecutionAnswer } from '#core/query-execution';
import { planDay } from '#core/window';
import type { WorkerPorts } from '../../functions/worker/worker.ts';
import { answerOf, pageOf, sourceOf } from './records.ts';
import { runHour } from './run-hour.ts';

/** The day of these tests, and the instants of a run that does not settle it and of one that does. */
export const DAY = '2026-11-20';
export const UNSETTLED = '2026-11-21T06:00:00.000Z';
export const SETTLED = '2026-11-22T06:00:00.000Z';
export const ZONE = 'America/New_York';
export const FOLDER = 'year=2026/month=11/day=20/';

/** What a run of a day is given; all of it may be left out. */
export interface GivenDay {
  readonly day?: string;
  readonly records?: readonly unknown[];
  /** What Athena answers; ids that are not in it have ended well. */
  readonly answers?: Readonly<Record<string, QueryExecutionAnswer>>;
  readonly asOf?: string;
  /** Only these hours. */
  readonly hours?: readonly string[];
  /** Of files, unless it is a look-up. */
  readonly source?: 'lookup' | 'files';
}

/** Writes the hours and makes the closer's event of it. */
export async function writeDay(store: ReportStore, { day = DAY, records = [], answers = {}, asOf = UNSETTLED, hours, source = 'lookup' }: GivenDay = {}) {
  const plan = planDay(day, readZone(ZONE));
  const windows = plan.windows.filter(({ hour }) => hours?.includes(hour) ?? true);
  const ports: WorkerPorts = {
    source: sourceOf([pageOf(records)], source === 'lookup' ? { kind: 'lookup' } : { kind: 'files', files: 1, passedOver: 0, athenaSide: true }),
    readQueryExecutions: async (ids) => new Map(ids.map((id) => [id, answers[id] ?? answerOf(id)])),
    lookUps: null,
    readAssumption: null,
    store,
    encode: async function* (batches) {
      for await (const rows of batches) for (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
    },
    contentType: 'application/x-ndjson',
    format: 'json',
    timeZone: ZONE,
  };
  const results: unknown[] = [];
  for (const window of windows) results.push(await runHour(ports, { day, offsets: plan.offsets, ...window }, asOf));
  return { day, offsets: plan.offsets, windows, asOf, config: {}, hours: results };
}
