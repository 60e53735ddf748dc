/** One execution environment of bench/lambda.mjs: loads the bundle, then answers one event after another. */
import { pathToFileURL } from 'node:url';

process.on('disconnect', () => process.exit());
const { handler } = await import(pathToFileURL(process.argv[2] ?? '').href);
const functionName = process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '';

process.on('message', async ({ event, awsRequestId, deadline }) => {
  const context = {
    awsRequestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${process.env['AWS_REGION']}:000000000000:function:${functionName}`,
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  const peakMb = () => process.resourceUsage().maxRSS / 1024;
  try {
    const result = JSON.stringify((await handler(JSON.parse(event), context)) ?? null);
    process.send?.({ result, peakMb: peakMb() });
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    process.send?.({ error: { errorType: name, errorMessage: message, trace: String(stack).split('\n') }, peakMb: peakMb() });
  }
});
process.send?.({ ready: true });
