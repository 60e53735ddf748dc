import { readZone } from '#adapters/zones';
import { ConfigError, InvalidInputError, UpstreamDeniedError } from '#core/errors';
import { addDays, type DayPlan, planDay } from '#core/window';
import { createDispatcher, type DispatcherSettings } from '../../functions/dispatcher/dispatcher.ts';

const DAY_MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:Day';
const BACKFILL_MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:Backfill';
const REQUEST_ID = '4f8b1c0e-6a53-4d0e-9a55-0d7f5c3b2a10';
/** The schedule's 01:00 in New York. */
const SCHEDULED = '2026-11-22T06:00:00Z';
/** Most bytes of an execution's input. */
const MAX_INPUT_BYTES = 262_144;

interface Started {
  readonly arn: string;
  readonly name: string;
  readonly input: unknown;
}

interface Given extends Partial<Omit<DispatcherSettings, 'config'>> {
  readonly zone?: string;
  readonly source?: string;
  readonly settleHours?: number;
  readonly now?: string;
}

/** A dispatcher of these settings, and what it started; a name that was used starts nothing. */
function createTracked({ zone = 'America/New_York', source = 'lookup', settleHours = 24, now = SCHEDULED, ...settings }: Given = {}) {
  const started: Started[] = [];
  const dispatch = createDispatcher({
    readSettings: async () => ({ config: { source, timeZone: zone, settleHours }, recheckDays: 2, testStartDate: null, testEndDate: null, stateMachineArn: DAY_MACHINE, backfillStateMachineArn: BACKFILL_MACHINE, years: null, ...settings }),
    readZone,
    startExecution: async (arn, name, input) => {
      const already = started.some((execution) => execution.name === name);
      if (!already) started.push({ arn, name, input });
      return { executionArn: `${arn.replace(':stateMachine:', ':execution:')}:${name}`, already };
    },
    now: () => new Date(now),
  });
  return { started, dispatch: (event: unknown) => dispatch(event, REQUEST_ID) };
}

function inputOf({ started }: { readonly started: readonly Started[] }): Record<string, unknown> {
  return started[0]?.input as Record<string, unknown>;
}

function plansOf(tracked: { readonly started: readonly Started[] }): DayPlan[] {
  return inputOf(tracked)['days'] as DayPlan[];
}

/** Asserts that an event is refused by class and message, and that nothing was started. */
async function expectRefused(tracked: ReturnType<typeof createTracked>, event: unknown, error: Error): Promise<void> {
  const dispatching = tracked.dispatch(event);

  await expect(dispatching).rejects.toThrow(error);
  await expect(dispatching).rejects.toMatchObject({ name: error.name });
  expect(tracked.started).toEqual([]);
}

describe('the schedule', () => {
  it.each([
    ['in winter', 'America/New_York', '2026-11-22T06:00:00Z', '2026-11-21', 24, '2026-11-21T05:00:00Z', '2026-11-22T05:00:00Z'],
    ['after the spring change', 'America/New_York', '2026-03-09T05:00:00Z', '2026-03-08', 23, '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
    ['on the morning of the spring change', 'America/New_York', '2026-03-08T06:00:00Z', '2026-03-07', 24, '2026-03-07T05:00:00Z', '2026-03-08T05:00:00Z'],
    ['after the autumn change', 'America/New_York', '2026-11-02T06:00:00Z', '2026-11-01', 24, '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    ['on the morning of the autumn change', 'America/New_York', '2026-11-01T05:00:00Z', '2026-10-31', 24, '2026-10-31T04:00:00Z', '2026-11-01T04:00:00Z'],
    ['east of UTC', 'Asia/Kolkata', '2026-11-21T19:30:00Z', '2026-11-21', 24, '2026-11-20T18:30:00Z', '2026-11-21T18:30:00Z'],
    ['farthest east', 'Pacific/Kiritimati', '2026-11-21T11:00:00Z', '2026-11-21', 24, '2026-11-20T10:00:00Z', '2026-11-21T10:00:00Z'],
    ['farthest west', 'Pacific/Pago_Pago', '2026-11-22T12:00:00Z', '2026-11-21', 24, '2026-11-21T11:00:00Z', '2026-11-22T11:00:00Z'],
    ['in UTC', 'UTC', '2026-11-22T00:00:00Z', '2026-11-21', 24, '2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z'],
    ['of another zone than the days (01:00 in New York, days in Tokyo)', 'Asia/Tokyo', '2026-11-22T06:00:00Z', '2026-11-21', 24, '2026-11-20T15:00:00Z', '2026-11-21T15:00:00Z'],
  ])('runs the local day before, %s', async (_case, zone, scheduledTime, day, hours, start, end) => {
    const tracked = createTracked({ zone, now: scheduledTime });

    const result = await tracked.dispatch({ scheduledTime });

    const { windows = [] } = plansOf(tracked)[0] ?? {};
    expect(result).toMatchObject({ already: false, warnings: [] });
    expect(result.days[0]).toBe(day);
    expect(plansOf(tracked)[0]).toMatchObject({ day });
    expect(windows).toHaveLength(hours);
    expect([windows[0]?.start, windows.at(-1)?.end]).toEqual([start, end]);
  });

  it('starts one run of yesterday and of the days before it, with their plans, their span, the instant it was due and the configuration', async () => {
    const tracked = createTracked({ now: '2026-11-22T06:03:07Z' });

    const result = await tracked.dispatch({ scheduledTime: SCHEDULED });

    expect(tracked.started).toMatchObject([{ arn: BACKFILL_MACHINE, name: '2026-11-19_2026-11-21_20261122T060000Z' }]);
    expect(inputOf(tracked)).toEqual({
      days: ['2026-11-21', '2026-11-20', '2026-11-19'].map((day) => planDay(day, readZone('America/New_York'))),
      span: { from: '2026-11-19T05:00:00Z', to: '2026-11-22T05:00:00Z' },
      asOf: '2026-11-22T06:00:00.000Z',
      // The run's name is what its logs are found by.
      config: { source: 'lookup', timeZone: 'America/New_York', settleHours: 24, runId: '2026-11-19_2026-11-21_20261122T060000Z' },
    });
    expect(result).toEqual({
      name: '2026-11-19_2026-11-21_20261122T060000Z',
      executionArn: 'arn:aws:states:us-east-1:111122223333:execution:Backfill:2026-11-19_2026-11-21_20261122T060000Z',
      already: false,
      days: ['2026-11-21', '2026-11-20', '2026-11-19'],
      asOf: '2026-11-22T06:00:00.000Z',
      warnings: [],
    });
  });

  it.each([
    ['as many as it is told to', { recheckDays: 4 }, ['2026-11-21', '2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17']],
    ['one at least', { recheckDays: 1 }, ['2026-11-21', '2026-11-20']],
    ['more when a day settles only then', { recheckDays: 1, settleHours: 49 }, ['2026-11-21', '2026-11-20', '2026-11-19', '2026-11-18']],
    ['no more when it settles just in time', { recheckDays: 1, settleHours: 24 }, ['2026-11-21', '2026-11-20']],
  ])('takes days again, %s', async (_case, settings, days) => {
    const result = await createTracked(settings).dispatch({ scheduledTime: SCHEDULED });

    expect(result.days).toEqual(days);
  });

  it.each([
    ['America/New_York', '2026-03-07', 24],
    ['America/New_York', '2026-10-31', 24],
    ['America/Havana', '2026-03-07', 24],
    ['Australia/Lord_Howe', '2026-10-03', 24],
    ['America/New_York', '2026-03-07', 30],
    ['America/New_York', '2026-03-07', 720],
  ])('settles every day: in %s the last night that takes %s again comes at least %d h after its end', async (zone, day, settleHours) => {
    const readOffsets = readZone(zone);
    const end = Date.parse(planDay(day, readOffsets).windows.at(-1)?.end ?? '');
    const nights = Array.from({ length: 45 }, (_, index) => {
      const { windows } = planDay(addDays(day, index + 1), readOffsets);
      return windows.find(({ hour }) => hour === '01')?.start ?? '';
    });
    const taken: string[] = [];
    for (const scheduledTime of nights) {
      const { days } = await createTracked({ zone, now: scheduledTime, recheckDays: 1, settleHours }).dispatch({ scheduledTime });
      if (days.includes(day)) taken.push(scheduledTime);
    }

    expect(Date.parse(taken.at(-1) ?? '') - end).toBeGreaterThanOrEqual(settleHours * 3_600_000);
  });

  it('starts nothing twice when it fires twice', async () => {
    const tracked = createTracked();
    const first = await tracked.dispatch({ scheduledTime: SCHEDULED });

    const second = await tracked.dispatch({ scheduledTime: '2026-11-22T01:00:00.000-05:00' });

    expect(tracked.started).toHaveLength(1);
    expect(first).toMatchObject({ already: false });
    expect(second).toEqual({ ...first, already: true });
  });

  it('starts the next night under the next name', async () => {
    const tracked = createTracked();
    await tracked.dispatch({ scheduledTime: SCHEDULED });

    const next = await tracked.dispatch({ scheduledTime: '2026-11-23T06:00:00Z' });

    expect(next).toMatchObject({ name: '2026-11-20_2026-11-22_20261123T060000Z', already: false });
    expect(tracked.started).toHaveLength(2);
  });
});

describe('a person', () => {
  it.each([
    ['nothing', {}, ['2026-11-21'], `2026-11-21_${REQUEST_ID}`],
    ['no event at all', undefined, ['2026-11-21'], `2026-11-21_${REQUEST_ID}`],
    ['one day', { startDate: '2026-11-18' }, ['2026-11-18'], `2026-11-18_${REQUEST_ID}`],
    ['one day twice', { startDate: '2026-11-18', endDate: '2026-11-18' }, ['2026-11-18'], `2026-11-18_${REQUEST_ID}`],
    ['a range', { startDate: '2026-11-18', endDate: '2026-11-20' }, ['2026-11-20', '2026-11-19', '2026-11-18'], `2026-11-18_2026-11-20_${REQUEST_ID}`],
    ['single days', { days: ['2026-11-10', '2026-11-20', '2026-11-10'] }, ['2026-11-20', '2026-11-10'], `2026-11-10_2026-11-20_2d_${REQUEST_ID}`],
    ['a run by name', { startDate: '2026-11-18', runId: 'mended_2' }, ['2026-11-18'], '2026-11-18_mended_2'],
  ])('asks for %s and gets those days, newest first', async (_case, event, days, name) => {
    const tracked = createTracked();

    const result = await tracked.dispatch(event);

    expect(result).toMatchObject({ days, name, asOf: '2026-11-22T06:00:00.000Z' });
    expect(tracked.started).toHaveLength(1);
  });

  it('starts the parent once for several days, with the plan of each', async () => {
    const tracked = createTracked();

    await tracked.dispatch({ startDate: '2026-10-31', endDate: '2026-11-02' });

    expect(tracked.started).toMatchObject([{ arn: BACKFILL_MACHINE }]);
    expect(plansOf(tracked).map(({ day, windows }) => [day, windows.length])).toEqual([['2026-11-02', 24], ['2026-11-01', 24], ['2026-10-31', 24]]);
    expect(plansOf(tracked).map(({ offsets }) => offsets.map(({ minutes }) => minutes))).toEqual([[-300], [-240, -300], [-240]]);
    expect(inputOf(tracked)).toMatchObject({ asOf: '2026-11-22T06:00:00.000Z', config: { source: 'lookup' } });
  });

  it('starts nothing twice under one runId', async () => {
    const tracked = createTracked();
    await tracked.dispatch({ startDate: '2026-11-18', endDate: '2026-11-20', runId: 'again' });

    const second = await tracked.dispatch({ startDate: '2026-11-18', endDate: '2026-11-20', runId: 'again' });

    expect(second).toMatchObject({ already: true, name: '2026-11-18_2026-11-20_again' });
    expect(tracked.started).toHaveLength(1);
  });

  it('may say what is now', async () => {
    const tracked = createTracked({ now: '2027-06-01T00:00:00Z' });

    const result = await tracked.dispatch({ asOf: '2026-11-21T06:00:00Z' });

    expect(result).toMatchObject({ days: ['2026-11-20'], asOf: '2026-11-21T06:00:00.000Z' });
  });

  it.each([
    ['one of a day', { startDate: '2026-11-20', hour: '09' }, [['09']]],
    ['one of each day', { startDate: '2026-11-19', endDate: '2026-11-20', hour: '00' }, [['00'], ['00']]],
    ['the one that came twice, which is one window', { startDate: '2026-11-01', hour: '01' }, [['01']]],
    ['the one after the hour that spring skips', { startDate: '2026-03-08', asOf: '2026-03-10T00:00:00Z', hour: '03' }, [['03']]],
  ])('asks for one hour: %s', async (_case, event, hours) => {
    const tracked = createTracked();

    await tracked.dispatch(event);

    const plans = plansOf(tracked) ?? [inputOf(tracked) as unknown as DayPlan];
    expect(plans.map(({ windows }) => windows.map(({ hour }) => hour))).toEqual(hours);
  });

  it('is told when spring skips the hour', async () => {
    await expectRefused(createTracked(), { startDate: '2026-03-08', asOf: '2026-03-10T00:00:00Z', hour: '02' }, new InvalidInputError('hour: 2026-03-08 has no hour 02 in this time zone, which skips it'));
  });
});

describe('TEST_START_DATE and TEST_END_DATE', () => {
  it.each([
    ['a range', { testStartDate: '2026-11-18', testEndDate: '2026-11-19' }, ['2026-11-19', '2026-11-18']],
    ['a start alone, which is one day', { testStartDate: '2026-11-18' }, ['2026-11-18']],
  ])('are what an empty event runs: %s', async (_case, settings, days) => {
    const tracked = createTracked(settings);

    const result = await tracked.dispatch({});

    expect(result).toMatchObject({ days, warnings: [] });
  });

  it('give way to the dates of an event', async () => {
    const tracked = createTracked({ testStartDate: '2026-11-18', testEndDate: '2026-11-19' });

    const result = await tracked.dispatch({ startDate: '2026-11-10' });

    expect(result).toMatchObject({ days: ['2026-11-10'], warnings: [] });
  });

  it('are run by the schedule as well as yesterday, with a warning', async () => {
    const tracked = createTracked({ testStartDate: '2026-11-16', testEndDate: '2026-11-17' });

    const result = await tracked.dispatch({ scheduledTime: SCHEDULED });

    expect(result).toMatchObject({
      name: '2026-11-16_2026-11-21_5d_20261122T060000Z',
      days: ['2026-11-21', '2026-11-20', '2026-11-19', '2026-11-17', '2026-11-16'],
      warnings: ['TEST_START_DATE and TEST_END_DATE are still set: this scheduled run takes 2026-11-16 to 2026-11-17 as well as 2026-11-19 to 2026-11-21'],
    });
    expect(tracked.started).toMatchObject([{ arn: BACKFILL_MACHINE }]);
  });

  it('run a day that the schedule takes anyhow only once', async () => {
    const tracked = createTracked({ testStartDate: '2026-11-20' });

    const result = await tracked.dispatch({ scheduledTime: SCHEDULED });

    expect(result).toMatchObject({ days: ['2026-11-21', '2026-11-20', '2026-11-19'] });
    expect(tracked.started).toMatchObject([{ arn: BACKFILL_MACHINE }]);
  });

  const refused = [
    ['upside-down', { testStartDate: '2026-11-19', testEndDate: '2026-11-18' }, new InvalidInputError('TEST_START_DATE: 2026-11-19 is after TEST_END_DATE 2026-11-18, expected a day not after it')],
    ['not over yet', { testStartDate: '2026-11-19', testEndDate: '2026-11-22' }, new InvalidInputError('TEST_START_DATE: 2026-11-22 is not over yet, expected a day up to 2026-11-21 (it is 2026-11-22T06:00:00.000Z)')],
    ['too old', { testStartDate: '2026-08-01', testEndDate: '2026-08-02' }, new InvalidInputError('TEST_START_DATE: 2026-08-01 is older than the 90 days that CloudTrail keeps for look-ups; nothing of the range is left')],
    ['without a start', { testEndDate: '2026-11-18' }, new ConfigError(['TEST_START_DATE: missing, expected beside TEST_END_DATE 2026-11-18'])],
  ] as const;

  it.each(refused)('are refused to a person when they are %s', async (_case, settings, error) => {
    await expectRefused(createTracked(settings), {}, error);
  });

  it.each(refused)('never stop the schedule when they are %s: yesterday is run, with a warning', async (_case, settings, error) => {
    const tracked = createTracked(settings);

    const result = await tracked.dispatch({ scheduledTime: SCHEDULED });

    expect(result).toMatchObject({ days: ['2026-11-21', '2026-11-20', '2026-11-19'], warnings: [`${error.message}; this scheduled run takes only 2026-11-19 to 2026-11-21`] });
    expect(tracked.started).toMatchObject([{ arn: BACKFILL_MACHINE, name: '2026-11-19_2026-11-21_20261122T060000Z' }]);
  });
});

describe('a fault of our own', () => {
  it('is not taken for a refusal of TEST_START_DATE', async () => {
    const fault = new RangeError('no data');
    const dispatch = createDispatcher({
      readSettings: async () => ({ config: { source: 'lookup', timeZone: 'UTC', settleHours: 24 }, recheckDays: 2, testStartDate: '2026-11-01', testEndDate: null, stateMachineArn: DAY_MACHINE, backfillStateMachineArn: BACKFILL_MACHINE, years: null }),
      readZone: () => (from) => {
        if (from < new Date('2026-11-10T00:00:00Z')) throw fault;
        return [{ from: from.toISOString(), minutes: 0 }];
      },
      startExecution: async () => ({ executionArn: '', already: false }),
      now: () => new Date(SCHEDULED),
    });

    const dispatching = dispatch({ scheduledTime: SCHEDULED }, REQUEST_ID);

    await expect(dispatching).rejects.toBe(fault);
  });
});

describe('a range', () => {
  it.each([
    ['is upside-down', { startDate: '2026-11-20', endDate: '2026-11-19' }, 'startDate: 2026-11-20 is after endDate 2026-11-19, expected a day not after it'],
    ['is not over yet', { startDate: '2026-11-20', endDate: '2026-11-22' }, 'startDate: 2026-11-22 is not over yet, expected a day up to 2026-11-21 (it is 2026-11-22T06:00:00.000Z)'],
    ['names a day that is not over yet', { days: ['2026-11-22', '2026-11-20'] }, 'days: 2026-11-22 is not over yet, expected a day up to 2026-11-21 (it is 2026-11-22T06:00:00.000Z)'],
    ['begins too long ago', { startDate: '2026-08-24', endDate: '2026-11-21' }, 'startDate: 2026-08-24 is older than the 90 days that CloudTrail keeps for look-ups; left of the range is 2026-08-25 to 2026-11-21'],
    ['lies too long ago', { startDate: '2026-08-20', endDate: '2026-08-24' }, 'startDate: 2026-08-20 is older than the 90 days that CloudTrail keeps for look-ups; nothing of the range is left'],
    ['is longer than anybody means', { startDate: '1976-11-20', endDate: '2026-11-20' }, 'startDate: 1976-11-20 to 2026-11-20 are 18263 days, expected at most 3660'],
  ])('is refused when it %s', async (_case, event, message) => {
    await expectRefused(createTracked(), event, new InvalidInputError(message));
  });

  it('may begin on the oldest day that CloudTrail still holds as a whole', async () => {
    const tracked = createTracked();

    const result = await tracked.dispatch({ startDate: '2026-08-25', endDate: '2026-11-21' });

    expect(result.days).toHaveLength(89);
    expect([result.days[0], result.days.at(-1)]).toEqual(['2026-11-21', '2026-08-25']);
  });

  it('is judged against the oldest instant that CloudTrail holds', async () => {
    const now = (at: string) => createTracked({ now: at }).dispatch({ startDate: '2026-08-24' });

    await expect(now('2026-11-22T04:00:00Z')).resolves.toMatchObject({ days: ['2026-08-24'] });
    await expect(now('2026-11-22T04:00:01Z')).rejects.toThrow('2026-08-24 is older than the 90 days');
  });

  it('is over with the last instant of its last hour', async () => {
    const now = (at: string) => createTracked({ now: at }).dispatch({ startDate: '2026-11-21' });

    await expect(now('2026-11-22T04:59:59Z')).rejects.toThrow('2026-11-21 is not over yet');
    await expect(now('2026-11-22T05:00:00Z')).resolves.toMatchObject({ days: ['2026-11-21'] });
  });

  it('of files has no age limit', async () => {
    const tracked = createTracked({ source: 'trail-files' });

    const result = await tracked.dispatch({ startDate: '2019-01-01', endDate: '2019-01-02' });

    expect(result.days).toEqual(['2019-01-02', '2019-01-01']);
  });

  it('of files may be ten years long', async () => {
    const tracked = createTracked({ source: 'trail-files', zone: 'UTC' });

    const result = await tracked.dispatch({ startDate: '2016-11-14', endDate: '2026-11-21' });

    expect(result.days).toHaveLength(3660);
  });

  it.each([
    ['by event', 'startDate', { startDate: '2011-12-30' }, {}],
    ['by configuration', 'TEST_START_DATE', {}, { testStartDate: '2011-12-30' }],
  ])('of a day that the zone left out is refused (%s)', async (_case, field, event, settings) => {
    await expectRefused(createTracked({ zone: 'Pacific/Apia', source: 'trail-files', ...settings }), event, new InvalidInputError(`${field}: 2011-12-30 does not exist in this time zone, which left it out`));
  });

  it('passes over a day that the zone left out', async () => {
    const tracked = createTracked({ zone: 'Pacific/Apia', source: 'trail-files' });

    const result = await tracked.dispatch({ startDate: '2011-12-29', endDate: '2011-12-31' });

    expect(result.days).toEqual(['2011-12-31', '2011-12-29']);
  });

  it('of that day elsewhere is run', async () => {
    const tracked = createTracked({ source: 'trail-files' });

    const result = await tracked.dispatch({ startDate: '2011-12-30' });

    expect(result.days).toEqual(['2011-12-30']);
  });
});

describe('the years that the table looks for', () => {
  const outside = (day: string, field: string) => new InvalidInputError(`${field}: ${day} is outside the years that the table looks for, expected a day from 2026 to 2026; deploy with another FirstYear or LastYear`);

  it.each([
    ['before', { startDate: '2025-12-31' }, '2026-01-20T06:00:00Z', outside('2025-12-31', 'startDate')],
    ['in part before', { startDate: '2025-12-31', endDate: '2026-01-02' }, '2026-01-20T06:00:00Z', outside('2025-12-31', 'startDate')],
    ['after', { days: ['2026-12-31', '2027-01-01'] }, '2027-01-20T06:00:00Z', outside('2027-01-01', 'days')],
    ['after, by the schedule', { scheduledTime: '2027-01-02T06:00:00Z' }, '2027-01-02T06:00:00Z', outside('2027-01-01', 'scheduledTime')],
  ])('refuses days %s', async (_name, event, now, error) => {
    await expectRefused(createTracked({ now, years: { first: 2026, last: 2026 } }), event, error);
  });

  it.each([
    ['2027-01-01T06:00:00Z', { first: 2026, last: 2026 }, ['2026-12-31', '2026-12-30', '2026-12-29']],
    ['2026-01-02T06:00:00Z', { first: 2026, last: 2035 }, ['2026-01-01']],
    ['2026-01-02T06:00:00Z', null, ['2026-01-01', '2025-12-31', '2025-12-30']],
  ])('let the night of %s take again only what they hold', async (scheduledTime, years, days) => {
    const tracked = createTracked({ now: scheduledTime, years });

    expect(await tracked.dispatch({ scheduledTime })).toMatchObject({ days });
  });

  it('leave the schedule its day when a range in the configuration is outside', async () => {
    const tracked = createTracked({ years: { first: 2026, last: 2026 }, testStartDate: '2025-12-31' });
    const { warnings } = await tracked.dispatch({ scheduledTime: SCHEDULED });

    expect(warnings.join()).toContain('TEST_START_DATE: 2025-12-31 is outside the years that the table looks for');
  });
});

describe('an execution', () => {
  it.each([
    ['of the schedule', { scheduledTime: SCHEDULED }],
    ['of a day', { startDate: '2026-11-20' }],
    ['of the longest run key', { startDate: '2026-11-20', runId: 'x'.repeat(36) }],
    ['of a range', { startDate: '2026-11-18', endDate: '2026-11-20' }],
    ['of a range with the longest run key', { startDate: '2026-11-18', endDate: '2026-11-20', runId: 'x'.repeat(36) }],
  ])('has a name that Step Functions takes, and so have the days of a range (%s)', async (_case, event) => {
    const tracked = createTracked();

    const { name, days } = await tracked.dispatch(event);

    const names = days.length === 1 ? [name] : [name, ...days.map((day) => `${day}_${name}`)];
    expect(names.filter((each) => !/^[0-9A-Za-z_-]{1,80}$/.test(each))).toEqual([]);
    expect(tracked.started).toMatchObject([{ name }]);
  });

  it('of 90 days stays below the largest input, with room for its configuration', async () => {
    const tracked = createTracked({ source: 'trail-files' });

    const { days } = await tracked.dispatch({ startDate: '2026-08-24', endDate: '2026-11-21' });

    const bytes = Buffer.byteLength(JSON.stringify(inputOf(tracked)));
    expect(days).toHaveLength(90);
    expect(plansOf(tracked).flatMap(({ windows }) => windows)).toHaveLength(90 * 24);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(MAX_INPUT_BYTES - 20_000);
  });

  it.each([
    ['day', 'STATE_MACHINE_ARN', 'stateMachineArn', 'the day machine', { startDate: '2026-11-20' }],
    ['range', 'BACKFILL_STATE_MACHINE_ARN', 'backfillStateMachineArn', 'the machine that runs several days', { startDate: '2026-11-19', endDate: '2026-11-20' }],
  ])('of a %s needs %s', async (_case, setting, missing, machine, event) => {
    const problem = `${setting}: missing, expected the ARN of ${machine}`;

    await expectRefused(createTracked({ [missing]: null }), event, new ConfigError([problem]));
  });

  it.each([
    ['day', { backfillStateMachineArn: null }, { startDate: '2026-11-20' }],
    ['range', { stateMachineArn: null }, { startDate: '2026-11-19', endDate: '2026-11-20' }],
  ])('of a %s does not need the other machine', async (_case, settings, event) => {
    const tracked = createTracked(settings);

    await tracked.dispatch(event);

    expect(tracked.started).toHaveLength(1);
  });

  it('that cannot be started fails the dispatcher with the error of the port', async () => {
    const failure = new UpstreamDeniedError('states:StartExecution: access denied', { cause: new Error('AccessDeniedException') });
    const dispatch = createDispatcher({
      readSettings: async () => ({ config: { source: 'lookup', timeZone: 'UTC', settleHours: 24 }, recheckDays: 2, testStartDate: null, testEndDate: null, stateMachineArn: DAY_MACHINE, backfillStateMachineArn: null, years: null }),
      readZone,
      startExecution: () => Promise.reject(failure),
      now: () => new Date(SCHEDULED),
    });

    const dispatching = dispatch({}, REQUEST_ID);

    await expect(dispatching).rejects.toBe(failure);
  });
});

describe('an hour of several days', () => {
  it('leaves out the day that skips it, with a warning', async () => {
    const tracked = createTracked({ now: '2026-03-20T12:00:00Z' });

    const result = await tracked.dispatch({ startDate: '2026-03-07', endDate: '2026-03-09', hour: '02' });

    expect(result).toMatchObject({ days: ['2026-03-09', '2026-03-07'], warnings: ['2026-03-08 has no hour 02 in this time zone, which skips it'] });
  });
});

describe('an instant that is ahead of the clock', () => {
  it('is taken as now, with a warning', async () => {
    const tracked = createTracked({ now: '2026-11-22T06:00:00Z' });

    const result = await tracked.dispatch({ startDate: '2026-11-22', asOf: '2026-11-25T00:00:00Z' });

    expect(result).toMatchObject({ days: ['2026-11-22'], warnings: ['asOf: 2026-11-25T00:00:00.000Z is ahead of the clock'] });
  });
});

describe('an event', () => {
  it.each<[string, unknown, string | RegExp]>([
    ['an unknown field', { startdate: '2026-11-20' }, /^startdate: .*, expected one of scheduledTime, startDate, endDate, days, hour, runId, asOf$/],
    ['a list', ['2026-11-20'], 'event: ["2026-11-20"], expected an object such as {"startDate": "2026-11-18", "endDate": "2026-11-20"}'],
    ['an empty list', [], 'event: [], expected an object such as {"startDate": "2026-11-18", "endDate": "2026-11-20"}'],
    ['a text', '2026-11-20', 'event: "2026-11-20", expected an object such as {"startDate": "2026-11-18", "endDate": "2026-11-20"}'],
    ['no day of the calendar', { startDate: '2026-02-30' }, 'startDate: "2026-02-30", expected a day, YYYY-MM-DD'],
    ['an end alone', { endDate: '2026-11-20' }, /^startDate: .*, expected startDate beside endDate$/],
    ['days and a range', { days: ['2026-11-20'], startDate: '2026-11-20' }, /^days: .*, expected either days or startDate$/],
    ['no days', { days: [] }, 'days: [], expected at least one day'],
    ['an hour of one digit', { startDate: '2026-11-20', hour: '7' }, 'hour: "7", expected an hour label, 00 to 23'],
    ['an hour of no clock', { startDate: '2026-11-20', hour: '24' }, 'hour: "24", expected an hour label, 00 to 23'],
    ['a run id of too many characters', { runId: 'x'.repeat(37) }, `runId: "${'x'.repeat(37)}", expected 1 to 36 of 0-9, A-Z, a-z, _ and -`],
    ['a run id with a colon', { runId: 'a:b' }, 'runId: "a:b", expected 1 to 36 of 0-9, A-Z, a-z, _ and -'],
    ['a time without zone', { scheduledTime: '2026-11-22T06:00:00' }, 'scheduledTime: "2026-11-22T06:00:00", expected an instant, such as 2026-11-22T06:00:00Z'],
    ['a time of no clock', { asOf: '2026-11-22T25:00:00Z' }, 'asOf: "2026-11-22T25:00:00Z", expected an instant, such as 2026-11-22T06:00:00Z'],
    ['two mistakes, both named', { startDate: 'today', hour: 9 }, 'startDate: "today", expected a day, YYYY-MM-DD; hour: 9, expected an hour label, 00 to 23'],
  ])('is refused with %s', async (_case, event, message) => {
    const tracked = createTracked();

    const dispatching = tracked.dispatch(event);

    await expect(dispatching).rejects.toThrow(typeof message === 'string' ? new InvalidInputError(message) : message);
    await expect(dispatching).rejects.toMatchObject({ name: 'InvalidInputError' });
    expect(tracked.started).toEqual([]);
  });

  it('with all its fields is taken', async () => {
    const tracked = createTracked();

    const result = await tracked.dispatch({ scheduledTime: SCHEDULED, startDate: '2026-11-19', endDate: '2026-11-20', hour: '07', runId: 'all', asOf: '2026-11-22T07:00:00Z' });

    expect(result).toMatchObject({ name: '2026-11-19_2026-11-20_h07_all', days: ['2026-11-20', '2026-11-19'], asOf: '2026-11-22T07:00:00.000Z' });
  });
});
