/**
 * A process in which functions are invoked as in Lambda: `DIST`, then a message `{name, event}` an invocation. It writes what Lambda would
 * log: what the function writes, and of an error all that there is of it, causes as well (Lambda's own runtime logs less).
 */
import { inspect } from 'node:util';

const context = { awsRequestId: '11111111-2222-4333-8444-555555555555', getRemainingTimeInMillis: () => 300_000 };

process.on('message', async ({ name, event }) => {
  try {
    const { handler } = await import(`${process.argv[2]}/${name}/index.mjs`);
    process.send({ result: await handler(event, context) });
  } catch (error) {
    console.error('Invoke Error', inspect(error, { depth: 10, breakLength: 120 }));
    process.send({ error: { name: error.name, message: error.message } });
  }
});
