import { ExecutionAlreadyExists, InvalidArn, SFNClient, SFNServiceException, StartExecutionCommand, StateMachineDoesNotExist } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { createStartExecution } from '#adapters/states';
import 'aws-sdk-client-mock-jest';

const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:Day';
const EXECUTION = 'arn:aws:states:us-east-1:111122223333:execution:Day:2026-11-21_run';
const NAME = '2026-11-21_run';
const MAX_INPUT_BYTES = 262_144;

const client = new SFNClient({ region: 'us-east-1' });
const states = mockClient(client);
const start = (input: unknown = { day: '2026-11-21' }) => createStartExecution(client)(MACHINE, NAME, input);

function serviceError(name: string, httpStatusCode: number): SFNServiceException {
  return new SFNServiceException({ name, message: 'the words of AWS', $fault: httpStatusCode < 500 ? 'client' : 'server', $metadata: { httpStatusCode } });
}

/** An input whose JSON has this many bytes; its text has fewer characters. */
function inputOf(bytes: number): { text: string } {
  const shell = Buffer.byteLength(JSON.stringify({ text: 'ü' }));
  return { text: `ü${'x'.repeat(bytes - shell)}` };
}

beforeEach(() => {
  states.reset();
});

describe('a start', () => {
  it('is made by machine and name, with its input as JSON', async () => {
    states.on(StartExecutionCommand).resolves({ executionArn: EXECUTION, startDate: new Date() });

    const started = await start({ day: '2026-11-21', asOf: '2026-11-22T06:00:00Z' });

    expect(started).toEqual({ executionArn: EXECUTION, already: false });
    expect(states.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input)).toEqual([{ stateMachineArn: MACHINE, name: NAME, input: '{"day":"2026-11-21","asOf":"2026-11-22T06:00:00Z"}' }]);
  });

  it('of a name that was started before is that execution', async () => {
    states.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists({ message: 'Execution Already Exists', $metadata: { httpStatusCode: 400 } }));

    const started = await start();

    expect(started).toEqual({ executionArn: EXECUTION, already: true });
  });

  it('takes an input of the largest size', async () => {
    states.on(StartExecutionCommand).resolves({ executionArn: EXECUTION });

    const started = await start(inputOf(MAX_INPUT_BYTES));

    expect(started.already).toBe(false);
    expect(Buffer.byteLength(states.commandCalls(StartExecutionCommand)[0]?.args[0].input.input ?? '')).toBe(MAX_INPUT_BYTES);
  });

  it('of an input that is a byte larger is refused before AWS is asked', async () => {
    const starting = start(inputOf(MAX_INPUT_BYTES + 1));

    await expect(starting).rejects.toThrow('days: the range makes an execution input of 262145 bytes, Step Functions takes 262144; ask for it in parts of at most 90 days');
    await expect(starting).rejects.toMatchObject({ name: 'InvalidInputError' });
    expect(states.calls()).toEqual([]);
  });

  it.each([
    ['does not exist', new StateMachineDoesNotExist({ message: 'State Machine Does Not Exist', $metadata: { httpStatusCode: 400 } })],
    ['is no ARN', new InvalidArn({ message: 'Invalid Arn', $metadata: { httpStatusCode: 400 } })],
  ])('of a machine that %s is a problem of the configuration', async (_why, cause) => {
    states.on(StartExecutionCommand).rejects(cause);

    const starting = start();

    await expect(starting).rejects.toThrow(`STATE_MACHINE_ARN: "${MACHINE}" is no state machine of this account and Region`);
    await expect(starting).rejects.toMatchObject({ name: 'ConfigError', cause });
  });

  it.each([
    ['throttled', serviceError('ThrottlingException', 400), 'UpstreamThrottledError', `states:StartExecution on ${MACHINE}: throttled (ThrottlingException: the words of AWS)`],
    ['denied', serviceError('AccessDeniedException', 400), 'UpstreamDeniedError', `states:StartExecution on ${MACHINE}: access denied; grant states:StartExecution (AccessDeniedException: the words of AWS)`],
    ['answered by a fault of the service', serviceError('InternalFailure', 500), 'UpstreamUnavailableError', `states:StartExecution on ${MACHINE}: InternalFailure: the words of AWS`],
    ['cut off by the network', new Error('connect ECONNREFUSED'), 'UpstreamUnavailableError', `states:StartExecution on ${MACHINE}: Error: connect ECONNREFUSED`],
  ])('that is %s is that error, with the cause', async (_why, cause, name, message) => {
    states.on(StartExecutionCommand).rejects(cause);

    const starting = start();

    await expect(starting).rejects.toThrow(message);
    await expect(starting).rejects.toMatchObject({ name, message, cause });
  });
});
