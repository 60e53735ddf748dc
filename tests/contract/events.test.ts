import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readZone } from '#adapters/zones';
import { planDay } from '#core/window';
import { close } from '../../functions/closer/closer.ts';
import { createDispatcher } from '../../functions/dispatcher/dispatcher.ts';
import { parseReaderEvent } from '../../functions/reader/event.ts';
import { parseWorkerEvent } from '../../functions/worker/event.ts';
import { ROOT, resourcesOf } from './cloudformation.ts';

const FOLDER = join(ROOT, 'events');
const FILES = readdirSync(FOLDER);
const REFUSED = ['dispatcher.upside-down-range.json', 'worker.bad-window.json'];
const newYork = readZone('America/New_York');

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
}

/** Lets the function's own code read the event; the dispatcher starts nothing here. */
async function accept(file: string): Promise<unknown> {
  const event = read(file);
  if (file.startsWith('worker.')) return parseWorkerEvent(event);
  if (file.startsWith('reader.')) return parseReaderEvent(event);
  if (file.startsWith('closer.')) return close(event);
  const machine = 'arn:aws:states:us-east-1:111122223333:stateMachine:day';
  const dispatch = createDispatcher({
    readSettings: () => Promise.resolve({ config: { source: 'lookup', timeZone: 'America/New_York', settleHours: 24 }, recheckDays: 2, testStartDate: null, testEndDate: null, stateMachineArn: machine, backfillStateMachineArn: machine, years: null }),
    readZone,
    startExecution: (stateMachineArn, name) => Promise.resolve({ executionArn: `${stateMachineArn}:${name}`, already: false }),
    now: () => new Date('2026-11-21T06:00:00Z'),
  });
  return dispatch(event, 'request');
}

describe('the sample events', () => {
  it('are each for a function of the template, and there are some for each', () => {
    const functions = resourcesOf('AWS::Serverless::Function').map(([id]) => id.toLowerCase());

    expect([...new Set(FILES.map((file) => file.split('.')[0]))].sort()).toEqual(functions.sort());
    for (const file of FILES) expect(file).toMatch(/^[a-z]+\.[a-z-]+\.json$/);
  });

  it.each(FILES.filter((file) => !REFUSED.includes(file)))('%s is accepted', async (file) => {
    await expect(accept(file)).resolves.toBeDefined();
  });

  it.each([
    ['dispatcher.upside-down-range.json', 'startDate: 2026-11-20 is after endDate 2026-11-18'],
    ['worker.bad-window.json', 'end'],
  ])('%s is refused', async (file, message) => {
    const refusal = accept(file);

    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toMatchObject({ name: 'InvalidInputError' });
  });

  it.each(['worker.hour.json', 'worker.autumn-hour.json'])('%s is the window that the dispatcher plans', (file) => {
    const { day, hour, start, end, offsets } = read(file) as Record<string, string>;
    const plan = planDay(day ?? '', newYork);

    expect(plan.windows).toContainEqual({ hour, start, end });
    expect(offsets).toEqual(plan.offsets);
  });

  it.each(['closer.day.json', 'closer.failed-hour.json'])('%s is the day that the dispatcher plans', (file) => {
    const { day, offsets, windows } = read(file) as Record<string, unknown>;

    expect({ day, offsets, windows }).toEqual(planDay('2026-11-20', newYork));
  });

  it.each(['closer.backfill.json', 'closer.failed-day.json'])('%s has the days that the dispatcher plans, newest first', (file) => {
    const { days } = read(file) as Record<string, unknown>;

    expect(days).toEqual(['2026-11-20', '2026-11-19'].map((day) => planDay(day, newYork)));
  });

  it.each([
    ['closer.day.json', 'complete', undefined],
    ['closer.failed-hour.json', 'incomplete', '1 of 24 hours failed: 13 (UpstreamThrottledError: cloudtrail:LookupEvents: ThrottlingException, Rate exceeded)'],
    ['closer.backfill.json', 'complete', undefined],
    ['closer.failed-day.json', 'incomplete', '1 of 2 days failed: 2026-11-19 (States.TaskFailed: the execution 2026-11-19_2026-11-19_2026-11-20_example has the reason)'],
  ])('%s closes as %s', (file, verdict, cause) => {
    expect(close(read(file))).toMatchObject({ verdict, ...(cause === undefined ? {} : { cause }) });
  });
});
