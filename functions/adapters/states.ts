/** Step Functions. Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { ConfigError, InvalidInputError } from '#core/errors';
import type { StartExecution } from '#core/ports';
import { errorName, toUpstreamError } from './upstream.ts';

/** Most bytes of an execution's input. Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_INPUT_BYTES = 262_144;

/**
 * Starts executions. A name that was used before is no error: the run was started already.
 * Errors: InvalidInputError when the input is too large, ConfigError when there is no such machine, and the upstream classes.
 */
export function createStartExecution(client: SFNClient): StartExecution {
  return async (stateMachineArn, name, input) => {
    const text = JSON.stringify(input);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_INPUT_BYTES) {
      throw new InvalidInputError(`days: the range makes an execution input of ${bytes} bytes, Step Functions takes ${MAX_INPUT_BYTES}; ask for it in parts of at most 90 days`);
    }
    try {
      const answer = await client.send(new StartExecutionCommand({ stateMachineArn, name, input: text }));
      return { executionArn: answer.executionArn ?? executionArn(stateMachineArn, name), already: false };
    } catch (error) {
      if (errorName(error) === 'ExecutionAlreadyExists') return { executionArn: executionArn(stateMachineArn, name), already: true };
      if (errorName(error) === 'StateMachineDoesNotExist' || errorName(error) === 'InvalidArn') {
        throw new ConfigError([`STATE_MACHINE_ARN, BACKFILL_STATE_MACHINE_ARN: ${JSON.stringify(stateMachineArn)} is no state machine of this account and Region`], { cause: error });
      }
      throw toUpstreamError(error, 'states:StartExecution', stateMachineArn);
    }
  };
}

function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
