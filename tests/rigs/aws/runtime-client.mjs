/**
 * A small client of Lambda's Runtime API: loads the handler and gives it one event after another, as AWS's own client does.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [module = '', name = ''] = (process.argv[2] ?? '').split('.');
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const { [name]: handler } = await import(pathToFileURL(join(process.cwd(), `${module}.mjs`)).href);

for (;;) {
  const next = await fetch(`${api}/next`);
  const awsRequestId = next.headers.get('lambda-runtime-aws-request-id');
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const answer = async (path, body) => fetch(`${api}/${awsRequestId}/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body ?? null) });
  try {
    await answer('response', await handler(await next.json(), { awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() }));
  } catch (error) {
    await answer('error', { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') });
  }
}
