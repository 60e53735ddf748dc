/** Function and state machine of the design that was replaced; bench/predecessor.mjs says what is assumed of it. */

/** The function's figures, and the machine around it. Input: `{windows}`, as the product plans them. */
export const PREDECESSOR = {
  function: { memoryMb: 1024, timeoutMs: 900_000, environment: {} },
  definition: {
    StartAt: 'Hours',
    States: {
      Hours: {
        Type: 'Map',
        ItemsPath: '$.windows',
        MaxConcurrency: 0,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Hour',
          States: {
            Hour: {
              Type: 'Task',
              Resource: 'arn:aws:states:::lambda:invoke',
              Parameters: { FunctionName: 'Predecessor', 'Payload.$': '$' },
              OutputPath: '$.Payload',
              TimeoutSeconds: 930,
              Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 6, BackoffRate: 2 }],
              Catch: [{ ErrorEquals: ['States.ALL'], Next: 'GivenUp' }],
              End: true,
            },
            GivenUp: { Type: 'Pass', Result: { failed: true }, End: true },
          },
        },
        End: true,
      },
    },
  },
};
