/**
 * Stand-ins of CloudTrail and Athena for two nights, as a process: prints its address, delivers what is late when a line comes in,
 * and prints how often each operation was called.
 *
 * Three queries a day from 18 to 21 November 2026, in New York. Of the 20th, CloudTrail has not told of one in the first night, and
 * one still runs. Of the 19th, one is submitted in the last second of the day and recorded in the next one.
 */
import { createInterface } from 'node:readline';
import type { StoredExecution } from '../fakes/athena-api.ts';
import { startAwsApis, UNTHROTTLED } from '../fakes/aws-apis.ts';
import type { LookupEntry } from '../fakes/cloudtrail-api.ts';
import { executionOf, idOf, startNumber } from '../fakes/records.ts';

const LATE = 203;
const RUNNING = 202;

function entryOf(number: number, eventTime: string): LookupEntry {
  const record = startNumber(number, { eventTime });
  return { EventId: String(record['eventID']), EventName: 'StartQueryExecution', EventSource: 'athena.amazonaws.com', EventTime: Date.parse(eventTime) / 1000, Username: 'ada', Resources: [], CloudTrailEvent: JSON.stringify(record) };
}

function executed(number: number, submitted: string, state = 'SUCCEEDED'): StoredExecution {
  const SubmissionDateTime = Date.parse(submitted) / 1000;
  const ended = state === 'RUNNING' ? {} : { CompletionDateTime: SubmissionDateTime + 2 };
  return executionOf(idOf(number), { Status: { State: state, SubmissionDateTime, ...ended } }) as unknown as StoredExecution;
}

const queries = [18, 19, 20, 21].flatMap((day) => ['09:10:00', '14:20:00', '22:30:00'].map((time, index) => ({ number: day * 10 + index + 1, at: `2026-11-${day}T${time}.000Z` })));
// The first stack keeps to two look-ups a second by itself; the second one is told not to, which saves a minute.
const apis = await startAwsApis({
  rates: UNTHROTTLED,
  events: [...queries.filter(({ number }) => number !== LATE).map(({ number, at }) => entryOf(number, at)), entryOf(195, '2026-11-20T05:00:00.000Z')],
  executions: [...queries.map(({ number, at }) => executed(number, at, number === RUNNING ? 'RUNNING' : 'SUCCEEDED')), executed(195, '2026-11-20T04:59:59.600Z')],
  workgroups: ['quiet'],
});
console.log(apis.url);

for await (const _line of createInterface({ input: process.stdin })) {
  const operations = apis.calls().map(({ operation }) => operation);
  apis.deliver([entryOf(LATE, '2026-11-20T22:30:00.000Z')]);
  apis.store([executed(RUNNING, '2026-11-20T14:20:00.000Z')]);
  console.log(JSON.stringify(Object.fromEntries([...new Set(operations)].map((name) => [name, operations.filter((one) => one === name).length]))));
}
await apis.stop();
