/**
 * The dialect of the Amazon States Language in which AWS, aws-local-stepfunctions and moto agree. A local interpreter ignores what
 * it does not know without a word, so whatever is not listed here is refused: fields, state types, paths, intrinsics, resources.
 */

/** A JSON object of a definition. */
export type Json = { readonly [key: string]: unknown };

/** What the functions throw. */
export interface OwnErrors {
  readonly retried: readonly string[];
  readonly neverRetried: readonly string[];
}

/** Lambda's passing failures, and the three names under which a function that timed out or died may appear. */
export const LAMBDA_ERRORS = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'Runtime.ExitError',
] as const;

const STEP_FUNCTIONS_ERRORS = ['StepFunctions.ThrottlingException', 'StepFunctions.SdkClientException'];

const INVOKE = 'arn:aws:states:::lambda:invoke';
const START_EXECUTION = 'arn:aws:states:::states:startExecution.sync:2';

/** What a Task's Parameters hold, by its resource. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  [INVOKE]: ['FunctionName', 'Payload', 'Payload.$'],
  [START_EXECUTION]: ['StateMachineArn', 'Name.$', 'Input'],
};

interface Fields {
  readonly required: readonly string[];
  /** Lists of which exactly one is there. */
  readonly oneOf?: readonly (readonly string[])[];
  readonly optional?: readonly string[];
}

const NEXT = ['Next', 'End'];
const STATE_FIELDS: Readonly<Record<string, Fields>> = {
  Task: { required: ['Resource', 'Parameters', 'TimeoutSeconds', 'Retry', 'Catch'], oneOf: [NEXT], optional: ['ResultSelector', 'ResultPath', 'OutputPath'] },
  // How many at a time is written down: left out, AWS takes 40 and the interpreters other numbers.
  Map: { required: ['ItemsPath', 'ItemSelector', 'ItemProcessor'], oneOf: [['MaxConcurrency', 'MaxConcurrencyPath'], NEXT], optional: ['ResultPath'] },
  Choice: { required: ['Choices', 'Default'] },
  Pass: { required: [], oneOf: [NEXT], optional: ['Parameters', 'ResultPath'] },
  Wait: { required: ['Seconds'], oneOf: [NEXT] },
  Succeed: { required: [] },
  Fail: { required: [], oneOf: [['Error', 'ErrorPath'], ['Cause', 'CausePath']] },
};
const RETRY_FIELDS: Fields = { required: ['ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy'] };
const CATCH_FIELDS: Fields = { required: ['ErrorEquals', 'ResultPath', 'Next'] };
const COMPARISONS = ['StringEquals', 'NumericEquals', 'BooleanEquals'];
const CHOICE_FIELDS: Fields = { required: ['Variable', 'Next'], oneOf: [COMPARISONS] };

const REFERENCE = /^\$(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const SLOT = /^\$\.[A-Za-z_][A-Za-z0-9_]*$/;
const SUBSTITUTION = /^\$\{[A-Za-z][A-Za-z0-9]*\}$/;
const ITEM_CONTEXT = /^\$\$\.(Map\.Item\.(Index|Value(\.[A-Za-z_][A-Za-z0-9_]*)*)|Execution\.(Id|Name))$/;
const EXECUTION_ID = '$$.Execution.Id';
const FORMAT = /^States\.Format\('([^'\\]*)'((?:, \$[^,()]*)*)\)$/;

/**
 * What of a machine lies outside the dialect. Shape: empty for a good one; else `Hours.Worker: …`, a line for each problem.
 */
export function problemsOf(machine: Json, errors: OwnErrors): string[] {
  return [...fieldProblems('machine', machine, { required: ['Comment', 'StartAt', 'States'] }), ...scopeProblems('', machine, errors, false)];
}

/** The states of a machine or of a Map's iteration: targets stay inside, every state is reached. */
function scopeProblems(path: string, scope: Json, errors: OwnErrors, inMap: boolean): string[] {
  const states = objectOf(scope['States']);
  const named = Object.entries(states).map(([name, state]) => [name, objectOf(state)] as const);
  const targets = [scope['StartAt'], ...named.flatMap(([, state]) => targetsOf(state))];
  const lost = [...new Set(targets)].filter((target) => typeof target !== 'string' || !Object.hasOwn(states, target));
  const unreached = Object.keys(states).filter((name) => !targets.includes(name));
  return [
    ...lost.map((target) => `${path || 'machine'}: there is no state ${JSON.stringify(target)} here`),
    ...unreached.map((name) => `${path}${name}: nothing leads here`),
    ...named.flatMap(([name, state]) => stateProblems(`${path}${name}`, state, states, errors, inMap)),
  ];
}

function stateProblems(path: string, state: Json, siblings: Json, errors: OwnErrors, inMap: boolean): string[] {
  const type = String(state['Type']);
  const fields = STATE_FIELDS[type];
  if (fields === undefined) return [`${path}: the type ${type} is outside the dialect`];
  return [
    ...fieldProblems(path, state, { ...fields, optional: ['Type', 'Comment', ...(fields.optional ?? [])] }),
    ...pathProblems(path, state),
    ...['Parameters', 'ItemSelector', 'ResultSelector'].flatMap((field) => templateProblems(`${path}.${field}`, state[field], field === 'ItemSelector')),
    ...(type === 'Task' ? taskProblems(path, state, errors) : []),
    ...(type === 'Map' ? mapProblems(path, state, errors, inMap) : []),
    ...(type === 'Choice' ? listOf(state['Choices']).flatMap((choice, at) => choiceProblems(`${path}.Choices[${at}]`, choice)) : []),
    ...(type === 'Wait' && !isCount(state['Seconds']) ? [`${path}: Seconds is ${JSON.stringify(state['Seconds'])}, expected a number`] : []),
    ...(inMap ? [] : greenProblems(path, state, siblings)),
  ];
}

/** Outside a Map nothing may turn a failure into a green run: what is caught, or not chosen, ends in Fail, or is done again by a Map. */
function greenProblems(path: string, state: Json, siblings: Json): string[] {
  const caught = listOf(state['Catch']).map((entry) => ['Catch', entry['Next']] as const);
  const rest = state['Type'] === 'Choice' ? [['Default', state['Default']] as const] : [];
  const verdict = state['Type'] === 'Map' && objectOf(siblings[String(state['Next'])])['Type'] !== 'Task' ? [`${path}: a Map's failures are counted by the Task after it`] : [];
  const green = [...caught, ...rest].filter(([, next]) => !['Fail', 'Map'].includes(String(objectOf(siblings[String(next)])['Type'])));
  return [...verdict, ...green.map(([field, next]) => `${path}: ${field} leads to ${String(next)}, expected a Fail`)];
}

function taskProblems(path: string, task: Json, errors: OwnErrors): string[] {
  const resource = String(task['Resource']);
  const allowed = PARAMETERS[resource];
  if (allowed === undefined) return [`${path}: the resource ${resource} is outside the dialect`];
  const parameters = Object.keys(objectOf(task['Parameters']));
  const transient = resource === INVOKE ? [...errors.retried, ...LAMBDA_ERRORS] : STEP_FUNCTIONS_ERRORS;
  const retriers = listOf(task['Retry']);
  const retried = retriers.flatMap(({ ErrorEquals }) => (Array.isArray(ErrorEquals) ? ErrorEquals.map(String) : []));
  return [
    ...parameters.filter((name) => !allowed.includes(name)).map((name) => `${path}: the parameter ${name} is outside the dialect`),
    ...allowed.filter((name) => !name.startsWith('Payload') && !parameters.includes(name)).map((name) => `${path}: the parameter ${name} is missing`),
    ...(isCount(task['TimeoutSeconds']) && task['TimeoutSeconds'] > 0 ? [] : [`${path}: TimeoutSeconds is ${JSON.stringify(task['TimeoutSeconds'])}, expected seconds`]),
    ...transient.filter((error) => !retried.includes(error)).map((error) => `${path}: ${error} is not retried`),
    ...retried.filter((error) => errors.neverRetried.includes(error)).map((error) => `${path}: ${error} is retried, and would fail again`),
    ...retried.filter((error) => !transient.includes(error) && !errors.neverRetried.includes(error)).map((error) => `${path}: nobody throws ${error}`),
    ...retriers.flatMap((retrier, at) => retrierProblems(`${path}.Retry[${at}]`, retrier)),
    ...catchProblems(path, listOf(task['Catch'])),
  ];
}

function retrierProblems(path: string, retrier: Json): string[] {
  const { IntervalSeconds: interval, MaxDelaySeconds: most, MaxAttempts: attempts, BackoffRate: rate } = retrier;
  return [
    ...fieldProblems(path, retrier, RETRY_FIELDS),
    ...(retrier['JitterStrategy'] === 'FULL' ? [] : [`${path}: JitterStrategy is not FULL`]),
    ...(isCount(interval) && interval > 0 && isCount(most) && most >= interval ? [] : [`${path}: IntervalSeconds and MaxDelaySeconds, expected 0 < interval <= most`]),
    ...(isCount(attempts) && attempts > 0 ? [] : [`${path}: MaxAttempts, expected a number above 0`]),
    ...(typeof rate === 'number' && rate >= 1 ? [] : [`${path}: BackoffRate, expected at least 1`]),
  ];
}

function catchProblems(path: string, catchers: readonly Json[]): string[] {
  if (catchers.length === 0) return [`${path}: nothing is caught`];
  return catchers.flatMap((catcher, at) => {
    const names = Array.isArray(catcher['ErrorEquals']) ? catcher['ErrorEquals'] : [];
    const last = at === catchers.length - 1;
    return [
      ...fieldProblems(`${path}.Catch[${at}]`, catcher, CATCH_FIELDS),
      ...(SLOT.test(String(catcher['ResultPath'])) ? [] : [`${path}.Catch[${at}]: ResultPath would overwrite the input`]),
      ...(names.includes('States.ALL') === last && (!last || names.length === 1) ? [] : [`${path}.Catch[${at}]: States.ALL stands alone and last`]),
    ];
  });
}

function mapProblems(path: string, map: Json, errors: OwnErrors, inMap: boolean): string[] {
  const processor = objectOf(map['ItemProcessor']);
  const most = map['MaxConcurrency'];
  return [
    ...(inMap ? [`${path}: a Map inside a Map fills the history, start an execution instead`] : []),
    ...(most === undefined || (isCount(most) && most >= 1 && most <= 40) ? [] : [`${path}: MaxConcurrency is ${JSON.stringify(most)}, expected 1 to 40`]),
    ...fieldProblems(`${path}.ItemProcessor`, processor, { required: ['ProcessorConfig', 'StartAt', 'States'] }),
    ...(JSON.stringify(processor['ProcessorConfig']) === '{"Mode":"INLINE"}' ? [] : [`${path}: ProcessorConfig, expected {"Mode":"INLINE"}`]),
    ...scopeProblems(`${path}.`, processor, errors, true),
  ];
}

function choiceProblems(path: string, choice: Json): string[] {
  return [...fieldProblems(path, choice, CHOICE_FIELDS), ...(REFERENCE.test(String(choice['Variable'])) ? [] : [`${path}: Variable ${String(choice['Variable'])} is no plain path`])];
}

/** Fields that are paths: into the state's own input, without filters, wildcards, slices, context or intrinsics. */
function pathProblems(path: string, state: Json): string[] {
  const plain = ['ItemsPath', 'OutputPath', 'MaxConcurrencyPath', 'ErrorPath', 'CausePath'].filter((field) => field in state && !REFERENCE.test(String(state[field])));
  const slot = 'ResultPath' in state && !SLOT.test(String(state['ResultPath'])) ? ['ResultPath'] : [];
  return [...plain, ...slot].map((field) => `${path}: ${field} ${JSON.stringify(state[field])} is outside the dialect`);
}

/** Parameters and selectors: `name.$` takes a path or States.Format, other names take what is written. */
function templateProblems(path: string, template: unknown, isSelector: boolean): string[] {
  if (Array.isArray(template)) return template.flatMap((value, at) => templateProblems(`${path}[${at}]`, value, isSelector));
  if (typeof template === 'string') return template.startsWith('$') && !SUBSTITUTION.test(template) ? [`${path}: ${template} is text here, expected a name that ends with .$`] : [];
  return Object.entries(objectOf(template)).flatMap(([name, value]) =>
    name.endsWith('.$') ? expressionProblems(`${path}.${name}`, String(value), isSelector) : templateProblems(`${path}.${name}`, value, isSelector),
  );
}

function expressionProblems(path: string, expression: string, isSelector: boolean): string[] {
  const [, text, list = ''] = FORMAT.exec(expression) ?? [];
  const parts = text === undefined ? [expression] : list.split(', ').slice(1);
  const bad = parts.filter((part) => !REFERENCE.test(part) && part !== EXECUTION_ID && !(isSelector && ITEM_CONTEXT.test(part)));
  const gaps = text === undefined ? parts.length : text.split('{}').length - 1;
  return [
    ...bad.map((part) => `${path}: ${part} is outside the dialect`),
    ...(gaps === parts.length ? [] : [`${path}: ${gaps} gaps for ${parts.length} values`]),
  ];
}

function fieldProblems(path: string, value: Json, { required, oneOf = [], optional = [] }: Fields): string[] {
  const known = [...required, ...oneOf.flat(), ...optional];
  return [
    ...Object.keys(value).filter((field) => !known.includes(field)).map((field) => `${path}: the field ${field} is outside the dialect`),
    ...required.filter((field) => !(field in value)).map((field) => `${path}: the field ${field} is missing`),
    ...oneOf.filter((fields) => fields.filter((field) => field in value).length !== 1).map((fields) => `${path}: expected exactly one of ${fields.join(', ')}`),
  ];
}

function targetsOf(state: Json): unknown[] {
  const all = [state['Next'], state['Default'], ...listOf(state['Choices']).map(({ Next }) => Next), ...listOf(state['Catch']).map(({ Next }) => Next)];
  return all.filter((target) => target !== undefined);
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}
