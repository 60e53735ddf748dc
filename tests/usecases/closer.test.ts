import { InvalidInputError } from '#core/errors';
import type { Counts } from '#core/manifest';
import { close } from '../../functions/closer/closer.ts';

const COUNTS: Counts = { read: 10, rows: 4, duplicates: 1, outside: 2, skipped: 2, malformed: 1 };
const LABELS = ['00', '01', '02'] as const;
const windows = LABELS.map((hour) => ({ hour, start: `2026-11-20T${hour}:00:00Z`, end: `2026-11-20T${hour}:59:59Z` }));

/** What the worker answers. */
function written(hour: string, edit: Readonly<Record<string, unknown>> = {}) {
  return { day: '2026-11-20', hour, source: 'lookup', report: null, manifest: `hour=${hour}/_manifest.json`, counts: COUNTS, states: {}, missing: {}, ...edit };
}

/** What the state machine keeps of an hour that failed. */
function failed(hour: string, error: string, cause: unknown) {
  return { hour, error, cause: typeof cause === 'string' ? cause : JSON.stringify(cause) };
}

function dayOf(hours: unknown, edit: Readonly<Record<string, unknown>> = {}) {
  return { day: '2026-11-20', asOf: '2026-11-21T06:00:00Z', config: {}, windows, hours, ...edit };
}

function backfillOf(days: readonly string[], results: unknown) {
  return { days: days.map((day) => ({ day, windows })), results };
}

describe('the verdict over a day', () => {
  it('is complete when every hour was written', () => {
    const verdict = close(dayOf(LABELS.map((hour) => written(hour))));

    expect(verdict).toEqual({
      day: '2026-11-20',
      hours: 3,
      written: 3,
      counts: { read: 30, rows: 12, duplicates: 3, outside: 6, skipped: 6, malformed: 3 },
      verdict: 'complete',
      failed: [],
    });
  });

  it('adds the scan of files up once: outside is what belongs to none of the hours', () => {
    const verdict = close(dayOf(LABELS.map((hour) => written(hour, { source: 'files', counts: { read: 20, rows: 4, duplicates: 1, outside: 12, skipped: 2, malformed: 1 } }))));

    expect(verdict).toMatchObject({ verdict: 'complete', counts: { read: 20, rows: 12, duplicates: 3, outside: 2, skipped: 2, malformed: 1 } });
  });

  it('is incomplete when hours failed: names each, with error and message, and what the execution fails with', () => {
    const verdict = close(
      dayOf([
        failed('00', 'UpstreamThrottledError', { errorType: 'UpstreamThrottledError', errorMessage: 'LookupEvents: throttled', trace: ['at …'] }),
        written('01'),
        failed('02', 'States.Timeout', 'the task took longer than 930 s'),
      ]),
    );

    expect(verdict).toEqual({
      day: '2026-11-20',
      hours: 3,
      written: 1,
      counts: COUNTS,
      verdict: 'incomplete',
      failed: [
        { of: '00', error: 'UpstreamThrottledError', message: 'LookupEvents: throttled' },
        { of: '02', error: 'States.Timeout', message: 'the task took longer than 930 s' },
      ],
      error: 'DayIncomplete',
      cause: '2 of 3 hours failed: 00 (UpstreamThrottledError: LookupEvents: throttled); 02 (States.Timeout: the task took longer than 930 s)',
    });
  });

  it.each<[string, unknown, { error: string; message: string }]>([
    ["Lambda's JSON", failed('01', 'Lambda.Unknown', { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: 1 Error: exited' }), { error: 'Runtime.ExitError', message: 'RequestId: 1 Error: exited' }],
    ["Lambda's JSON without a type", failed('01', 'Sandbox.Timedout', { errorMessage: 'Task timed out after 900.00 seconds' }), { error: 'Sandbox.Timedout', message: 'Task timed out after 900.00 seconds' }],
    ['plain words', failed('01', 'States.DataLimitExceeded', 'the state was too large'), { error: 'States.DataLimitExceeded', message: 'the state was too large' }],
    ['JSON of another shape', failed('01', 'States.TaskFailed', ['a', 'b']), { error: 'States.TaskFailed', message: '["a","b"]' }],
    ['no cause', { hour: '01', error: 'States.TaskFailed' }, { error: 'States.TaskFailed', message: 'no cause was given' }],
    ['an empty cause', failed('01', 'States.TaskFailed', ''), { error: 'States.TaskFailed', message: 'no cause was given' }],
  ])('reads error and message out of %s', (_cause, result, expected) => {
    const verdict = close(dayOf([written('00'), result, written('02')]));

    expect(verdict.failed).toEqual([{ of: '01', ...expected }]);
  });

  it.each<[string, unknown[], { error: string; message: string }]>([
    ['the Map brought no result for it', [written('00'), written('02')], { error: 'NoResult', message: 'the run brought no result for it' }],
    ['its result is nothing', [written('00'), null, written('02')], { error: 'NoResult', message: 'the run brought no result for it' }],
    ['its result names no manifest', [written('00'), written('01', { manifest: null }), written('02')], { error: 'NoResult', message: 'no cause was given' }],
    ['its result has no counts', [written('00'), written('01', { counts: undefined }), written('02')], { error: 'NoResult', message: 'no cause was given' }],
    ['its result has an error beside its manifest', [written('00'), written('01', { error: 'Half' }), written('02')], { error: 'Half', message: 'no cause was given' }],
  ])('names an hour without a good result: %s', (_why, hours, expected) => {
    const verdict = close(dayOf(hours));

    expect(verdict).toMatchObject({ verdict: 'incomplete', written: 2, failed: [{ of: '01', ...expected }], error: 'DayIncomplete' });
  });

  it('does not depend on the order of the results', () => {
    const hours = [written('00'), failed('01', 'ConfigError', 'no'), written('02')];

    const verdict = close(dayOf([...hours].reverse()));

    expect(verdict).toEqual(close(dayOf(hours)));
  });

  it('keeps the cause short enough to be read, and the failures whole', () => {
    const long = 'x'.repeat(3000);

    const verdict = close(dayOf(LABELS.map((hour) => failed(hour, 'UpstreamDeniedError', long))));

    expect(verdict.cause).toHaveLength(4000);
    expect(verdict.cause).toMatch(/^3 of 3 hours failed: 00 \(UpstreamDeniedError: x{3000}\); 01/);
    expect(verdict.failed).toEqual(LABELS.map((of) => ({ of, error: 'UpstreamDeniedError', message: long })));
  });
});

describe('the verdict over a backfill', () => {
  it('is complete when every day is', () => {
    const verdict = close(backfillOf(['2026-11-20', '2026-11-19'], [{ day: '2026-11-19', verdict: 'complete' }, { day: '2026-11-20', verdict: 'complete' }]));

    expect(verdict).toEqual({
      days: [{ day: '2026-11-20', verdict: 'complete' }, { day: '2026-11-19', verdict: 'complete' }],
      verdict: 'complete',
      failed: [],
    });
  });

  it('is incomplete when a day failed: names it, and the execution that has the reason', () => {
    const verdict = close(backfillOf(['2026-11-20', '2026-11-19'], [{ day: '2026-11-20', error: 'States.TaskFailed', execution: '2026-11-20_run' }, { day: '2026-11-19', verdict: 'complete' }]));

    expect(verdict).toEqual({
      days: [{ day: '2026-11-20', verdict: 'incomplete' }, { day: '2026-11-19', verdict: 'complete' }],
      verdict: 'incomplete',
      failed: [{ of: '2026-11-20', error: 'States.TaskFailed', message: 'the execution 2026-11-20_run has the reason' }],
      error: 'BackfillIncomplete',
      cause: '1 of 2 days failed: 2026-11-20 (States.TaskFailed: the execution 2026-11-20_run has the reason)',
    });
  });

  it.each([
    ['it has no result', [{ day: '2026-11-20', verdict: 'complete' }], 'the run brought no result for it'],
    ['its verdict is not complete', [{ day: '2026-11-20', verdict: 'complete' }, { day: '2026-11-19', verdict: 'incomplete' }], 'no cause was given'],
    ['it has no verdict', [{ day: '2026-11-20', verdict: 'complete' }, { day: '2026-11-19' }], 'no cause was given'],
  ])('names a day as failed when %s', (_why, results, message) => {
    const verdict = close(backfillOf(['2026-11-20', '2026-11-19'], results));

    expect(verdict).toMatchObject({ verdict: 'incomplete', failed: [{ of: '2026-11-19', error: 'NoResult', message }] });
  });
});

describe('an event', () => {
  const neither = 'event: neither a day (windows, hours) nor a backfill (days, results), expected the input of the state machine, such as events/closer.day.json';

  it.each<[string, unknown, string]>([
    ['nothing', undefined, neither],
    ['null', null, neither],
    ['a list', [], neither],
    ['an empty object', {}, neither],
    ['windows that are no list', dayOf([], { windows: 24 }), neither],
    ['a day without its name', dayOf([], { day: undefined }), 'day: missing, expected the day, YYYY-MM-DD'],
    ['a day without hours', dayOf([], { windows: [] }), 'windows: none, expected the hours of 2026-11-20'],
    ['a day without results', dayOf(undefined), 'hours: missing, expected the results of the Map'],
    ['a day with results that are no list', dayOf({ hour: '00' }), 'hours: {"hour":"00"}, expected the results of the Map'],
    ['a backfill without days', backfillOf([], []), 'days: none, expected at least one'],
    ['a backfill without results', backfillOf(['2026-11-20'], undefined), 'results: missing, expected the results of the Map'],
  ])('that is %s is refused', (_case, event, message) => {
    const closing = () => close(event);

    expect(closing).toThrow(new InvalidInputError(message));
    expect(closing).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
  });

  it('of a day of one hour is taken', () => {
    const verdict = close(dayOf([written('00')], { windows: windows.slice(0, 1) }));

    expect(verdict).toMatchObject({ verdict: 'complete', hours: 1 });
  });
});
