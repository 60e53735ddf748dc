/**
 * One hour of 3,000 rows from a folder, by the command itself, in each format: `node bench/hour.mjs [rows]`.
 * Limit: 2 s. The records and Athena's side are made first, as files of the shapes that AWS's tools print.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rows = Number(process.argv[2] ?? 3000);
const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'bench-hour-'));
const id = (kind, n) => `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const sql = (n) => `SELECT customer_id, sum(amount) AS total -- query ${n}\nFROM sales.orders\nWHERE order_date BETWEEN date '2026-01-01' AND date '2026-11-20'\n${'  AND region <> \'unknown\' -- padding to a believable length\n'.repeat(32)}GROUP BY 1`;
const records = Array.from({ length: rows }, (_, n) => ({
  eventVersion: '1.11',
  userIdentity: { type: 'AssumedRole', principalId: `AROAEXAMPLE:person${n % 40}@example.com`, arn: `arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Analyst_0123456789abcdef/person${n % 40}@example.com`, accountId: '111122223333' },
  eventTime: new Date(Date.UTC(2026, 10, 20, 15, 0, n % 3600)).toISOString().replace('.000', ''),
  eventSource: 'athena.amazonaws.com',
  eventName: 'StartQueryExecution',
  awsRegion: 'us-east-1',
  requestParameters: { queryString: '***OMITTED***', workGroup: 'primary' },
  responseElements: { queryExecutionId: id('a', n) },
  eventID: id('e', n),
  recipientAccountId: '111122223333',
}));
const executions = records.map((record, n) => ({
  QueryExecutionId: id('a', n),
  Query: sql(n),
  WorkGroup: 'primary',
  Status: { State: 'SUCCEEDED', SubmissionDateTime: record.eventTime, CompletionDateTime: record.eventTime },
  Statistics: { DataScannedInBytes: n * 1000, TotalExecutionTimeInMillis: n },
}));

try {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--quiet'], { stdio: 'inherit' });
  mkdirSync(join(work, 'in'));
  writeFileSync(join(work, 'in/trail.json'), JSON.stringify({ Records: records }));
  for (let at = 0; at < rows; at += 50) writeFileSync(join(work, `in/athena-${at}.json`), JSON.stringify({ QueryExecutions: executions.slice(at, at + 50) }));
  for (const format of ['csv', 'json', 'parquet']) {
    const times = Array.from({ length: 5 }, (_, run) => {
      const args = ['run', '--from', join(work, 'in'), '--date', '2026-11-20', '--hour', '10', '--as-of', '2026-11-21T06:00:00Z', '--format', format, '--to', join(work, `out-${format}-${run}`)];
      const from = performance.now();
      execFileSync(process.execPath, [join(root, 'dist/cli/index.mjs'), ...args], { stdio: 'ignore' });
      return (performance.now() - from) / 1000;
    }).sort((a, b) => a - b);
    console.log(`${rows} rows as ${format}: ${times[0].toFixed(2)} / ${times[2].toFixed(2)} / ${times[4].toFixed(2)} s (min / median / max of 5, whole process)`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
