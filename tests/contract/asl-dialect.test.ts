import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as errors from '#core/errors';
import { type Json, LAMBDA_ERRORS, type OwnErrors, problemsOf } from './asl-dialect.ts';

const FOLDER = join(__dirname, '../../statemachine');
const FILES = readdirSync(FOLDER);
const OWN: OwnErrors = {
  retried: ['UpstreamThrottledError', 'UpstreamUnavailableError'],
  neverRetried: ['ConfigError', 'InvalidInputError', 'UpstreamDeniedError', 'MalformedRecordError'],
};
const WORKER = ['States', 'Hours', 'ItemProcessor', 'States', 'Worker'];
const DAY = ['States', 'Days', 'ItemProcessor', 'States', 'Day'];

function read(file: string): Json {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Json;
}

/** A copy of a definition with one place changed; undefined takes the field out. */
function edit(file: string, path: readonly (string | number)[], value: unknown): Json {
  const machine = structuredClone(read(file));
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1).reduce<Record<string | number, unknown>>((at, key) => at[key] as Record<string | number, unknown>, machine);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return machine;
}

describe('the state machines', () => {
  it('are these', () => {
    expect(FILES.sort()).toEqual(['backfill.asl.json', 'day.asl.json']);
  });

  it.each(FILES)('%s keeps to the dialect that AWS and both local interpreters run alike', (file) => {
    expect(problemsOf(read(file), OWN)).toEqual([]);
  });

  it('decide for each class of error whether a further try can help', () => {
    const classes = Object.values(errors).map((Class) => Class.name);

    expect([...OWN.retried, ...OWN.neverRetried].sort()).toEqual(classes.sort());
  });

  it('know the errors by the names that leave the functions', () => {
    const thrown = [new errors.ConfigError([]), new errors.InvalidInputError(), new errors.UpstreamDeniedError(), new errors.MalformedRecordError()];

    expect(thrown.map(({ name }) => name)).toEqual(OWN.neverRetried);
    expect([new errors.UpstreamThrottledError(), new errors.UpstreamUnavailableError()].map(({ name }) => name)).toEqual(OWN.retried);
  });
});

describe('the dialect refuses', () => {
  it.each<[string, string, readonly (string | number)[], unknown, string]>([
    ['another query language', 'day', ['QueryLanguage'], 'JSONata', 'machine: the field QueryLanguage is outside the dialect'],
    ['a machine without a comment', 'day', ['Comment'], undefined, 'machine: the field Comment is missing'],
    ['variables', 'day', [...WORKER, 'Assign'], { hour: '$.hour' }, 'Hours.Worker: the field Assign is outside the dialect'],
    ['a misspelt field', 'day', ['States', 'Hours', 'MaxConcurency'], 2, 'Hours: the field MaxConcurency is outside the dialect'],
    ['a Map without a stated concurrency', 'day', ['States', 'Hours', 'MaxConcurrencyPath'], undefined, 'Hours: expected exactly one of MaxConcurrency, MaxConcurrencyPath'],
    ['both forms of concurrency', 'day', ['States', 'Hours', 'MaxConcurrency'], 2, 'Hours: expected exactly one of MaxConcurrency, MaxConcurrencyPath'],
    ['a concurrency that AWS caps', 'backfill', ['States', 'Days', 'MaxConcurrency'], 41, 'Days: MaxConcurrency is 41, expected 1 to 40'],
    ['a Distributed Map', 'day', ['States', 'Hours', 'ItemProcessor', 'ProcessorConfig', 'Mode'], 'DISTRIBUTED', 'Hours: ProcessorConfig, expected {"Mode":"INLINE"}'],
    ['a Parallel state', 'day', ['States', 'DayComplete'], { Type: 'Parallel', Branches: [], End: true }, 'DayComplete: the type Parallel is outside the dialect'],
    ['a Task without a timeout', 'day', [...WORKER, 'TimeoutSeconds'], undefined, 'Hours.Worker: the field TimeoutSeconds is missing'],
    ['a timeout of nothing', 'day', [...WORKER, 'TimeoutSeconds'], 0, 'Hours.Worker: TimeoutSeconds is 0, expected seconds'],
    ['a Task that nothing retries', 'day', [...WORKER, 'Retry'], undefined, 'Hours.Worker: the field Retry is missing'],
    ['a Task that nothing catches', 'backfill', [...DAY, 'Catch'], undefined, 'Days.Day: the field Catch is missing'],
    ['an empty list of catches', 'backfill', [...DAY, 'Catch'], [], 'Days.Day: nothing is caught'],
    ['another integration', 'day', [...WORKER, 'Resource'], 'arn:aws:states:::dynamodb:putItem', 'Hours.Worker: the resource arn:aws:states:::dynamodb:putItem is outside the dialect'],
    ['an invocation of nobody', 'day', [...WORKER, 'Parameters', 'FunctionName'], undefined, 'Hours.Worker: the parameter FunctionName is missing'],
    ['a day without a name to know it by', 'backfill', [...DAY, 'Parameters', 'Name.$'], undefined, 'Days.Day: the parameter Name.$ is missing'],
    ['a retry that misses one of ours', 'day', [...WORKER, 'Retry', 0, 'ErrorEquals'], ['UpstreamThrottledError'], 'Hours.Worker: UpstreamUnavailableError is not retried'],
    ['a retry that misses a dead function', 'day', [...WORKER, 'Retry', 1, 'ErrorEquals'], LAMBDA_ERRORS.slice(0, -1), 'Hours.Worker: Runtime.ExitError is not retried'],
    ['a retry of what will fail again', 'day', [...WORKER, 'Retry', 0, 'ErrorEquals'], [...OWN.retried, 'ConfigError'], 'Hours.Worker: ConfigError is retried, and would fail again'],
    ['a retry of everything', 'day', [...WORKER, 'Retry', 0, 'ErrorEquals'], [...OWN.retried, 'States.ALL'], 'Hours.Worker: nobody throws States.ALL'],
    ['a retry of an error that nobody throws', 'day', [...WORKER, 'Retry', 0, 'ErrorEquals'], [...OWN.retried, 'ThrottledError'], 'Hours.Worker: nobody throws ThrottledError'],
    ['retries in step', 'day', [...WORKER, 'Retry', 0, 'JitterStrategy'], 'NONE', 'Hours.Worker.Retry[0]: JitterStrategy is not FULL'],
    ['a misspelt field of a retry', 'day', [...WORKER, 'Retry', 0, 'Backoff'], 2, 'Hours.Worker.Retry[0]: the field Backoff is outside the dialect'],
    ['a retry without a cap', 'day', [...WORKER, 'Retry', 0, 'MaxDelaySeconds'], undefined, 'Hours.Worker.Retry[0]: the field MaxDelaySeconds is missing'],
    ['a cap below the first wait', 'day', [...WORKER, 'Retry', 0, 'MaxDelaySeconds'], 4, 'Hours.Worker.Retry[0]: IntervalSeconds and MaxDelaySeconds, expected 0 < interval <= most'],
    ['a backoff that grows shorter', 'day', [...WORKER, 'Retry', 0, 'BackoffRate'], 0.5, 'Hours.Worker.Retry[0]: BackoffRate, expected at least 1'],
    ['States.ALL beside others', 'day', [...WORKER, 'Catch', 0, 'ErrorEquals'], ['States.ALL', 'ConfigError'], 'Hours.Worker.Catch[0]: States.ALL stands alone and last'],
    ['a catch that lets some errors through', 'day', [...WORKER, 'Catch', 0, 'ErrorEquals'], ['States.TaskFailed'], 'Hours.Worker.Catch[0]: States.ALL stands alone and last'],
    ['States.ALL before others', 'day', [...WORKER, 'Catch', 1], { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'HourFailed' }, 'Hours.Worker.Catch[0]: States.ALL stands alone and last'],
    ['a catch that overwrites the input', 'day', [...WORKER, 'Catch', 0, 'ResultPath'], '$', 'Hours.Worker.Catch[0]: ResultPath would overwrite the input'],
    ['a failure that ends green', 'day', ['States', 'Closer', 'Catch', 0, 'Next'], 'DayComplete', 'Closer: Catch leads to DayComplete, expected a Fail'],
    ['a verdict that is green by default', 'day', ['States', 'Verdict', 'Default'], 'DayComplete', 'Verdict: Default leads to DayComplete, expected a Fail'],
    ['a Map whose failures nobody counts', 'day', ['States', 'Hours', 'Next'], 'DayComplete', "Hours: a Map's failures are counted by the Task after it"],
    ['a target that is not there', 'day', ['States', 'Hours', 'Next'], 'Close', 'machine: there is no state "Close" here'],
    ['a target outside the iteration', 'day', [...WORKER, 'Catch', 0, 'Next'], 'DayIncomplete', 'Hours.: there is no state "DayIncomplete" here'],
    ['a state that nothing leads to', 'day', ['States', 'Orphan'], { Type: 'Succeed' }, 'Orphan: nothing leads here'],
    ['a state that leads nowhere', 'day', [...WORKER, 'Next'], undefined, 'Hours.Worker: expected exactly one of Next, End'],
    ['a wildcard', 'day', ['States', 'Hours', 'ItemsPath'], '$.windows[*]', 'Hours: ItemsPath "$.windows[*]" is outside the dialect'],
    ['a filter', 'day', [...WORKER, 'Parameters', 'Payload.$'], '$.windows[?(@.hour==1)]', 'Hours.Worker.Parameters.Payload.$: $.windows[?(@.hour==1)] is outside the dialect'],
    ['a slice', 'day', [...WORKER, 'Parameters', 'Payload.$'], '$.windows[0:2]', 'Hours.Worker.Parameters.Payload.$: $.windows[0:2] is outside the dialect'],
    ['the clock of the execution', 'day', ['States', 'Hours', 'ItemSelector', 'asOf.$'], '$$.Execution.StartTime', 'Hours.ItemSelector.asOf.$: $$.Execution.StartTime is outside the dialect'],
    ['the item inside an iteration', 'day', [...WORKER, 'Parameters', 'Payload.$'], '$$.Map.Item.Value', 'Hours.Worker.Parameters.Payload.$: $$.Map.Item.Value is outside the dialect'],
    ['the context of a state', 'day', [...WORKER, 'Parameters', 'Payload.$'], '$$.State.Name', 'Hours.Worker.Parameters.Payload.$: $$.State.Name is outside the dialect'],
    ['another intrinsic', 'day', ['States', 'Hours', 'ItemSelector', 'asOf.$'], 'States.JsonMerge($.a, $.b, false)', 'Hours.ItemSelector.asOf.$: States.JsonMerge($.a, $.b, false) is outside the dialect'],
    ['an escape in a format', 'backfill', ['States', 'Days', 'ItemSelector', 'name.$'], "States.Format('\\{{}', $.asOf)", "Days.ItemSelector.name.$: States.Format('\\{{}', $.asOf) is outside the dialect"],
    ['a format with a gap too many', 'backfill', ['States', 'Days', 'ItemSelector', 'name.$'], "States.Format('{}_{}', $.asOf)", 'Days.ItemSelector.name.$: 2 gaps for 1 values'],
    ['an intrinsic in a cause', 'day', ['States', 'DayIncomplete', 'CausePath'], "States.Format('{}', $.cause)", `DayIncomplete: CausePath "States.Format('{}', $.cause)" is outside the dialect`],
    ['a path that is taken for text', 'day', [...WORKER, 'Parameters', 'Payload'], '$.hour', 'Hours.Worker.Parameters.Payload: $.hour is text here, expected a name that ends with .$'],
    ['a Choice on a field that may be missing', 'day', ['States', 'Verdict', 'Choices', 0, 'IsPresent'], true, 'Verdict.Choices[0]: the field IsPresent is outside the dialect'],
    ['a Choice by path', 'day', ['States', 'Verdict', 'Choices', 0, 'Variable'], '$$.Execution.Name', 'Verdict.Choices[0]: Variable $$.Execution.Name is no plain path'],
  ])('%s', (_name, file, path, value, problem) => {
    const problems = problemsOf(edit(`${file}.asl.json`, path, value), OWN);

    expect(problems).toContain(problem);
  });
});
