/**
 * The encoders beside DuckDB: rows at hand -> a file, rows a second.
 *
 *   node bench/encoders.mjs                    50,000 and 200,000 rows, 5 rounds
 *   node bench/encoders.mjs 20000 --rounds 3 --format csv
 *
 * Every measurement is a process of its own, cold; the contenders of a format take turns, so that a busy machine hits all
 * alike; medians, with the extremes. The CPU column is of all threads and minds a busy machine less.
 * DuckDB runs on one thread: rows into a table by the Node appender, value by value (faster here than data chunks), then
 * COPY with its defaults. Its CSV is its own dialect, so it escapes less than ours.
 */
import { fork } from 'node:child_process';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { createRows } from './report-rows.mjs';

/** Rows that are all different; more are the same ones again, far enough apart that no row group sees one twice. */
const DISTINCT_ROWS = 50_000;
const BATCH_ROWS = 500;
/** By format, ours first. */
const CONTENDERS = { csv: ['tracker', 'json2csv', 'duckdb'], json: ['tracker', 'duckdb'], parquet: ['tracker', 'duckdb'] };
const COPY_OPTIONS = { csv: 'FORMAT csv, HEADER', json: 'FORMAT json', parquet: 'FORMAT parquet, COMPRESSION snappy' };
const SQL_TYPE = { string: 'VARCHAR', timestamp: 'TIMESTAMP_MS', bigint: 'BIGINT', int: 'INTEGER', double: 'DOUBLE', boolean: 'BOOLEAN' };

const root = fileURLToPath(new URL('..', import.meta.url));

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '5' }, format: { type: 'string' } } });
  const formats = Object.keys(CONTENDERS).filter((format) => format === (values.format ?? format));
  const folder = await mkdtemp(join(tmpdir(), 'bench-encoders-'));
  try {
    const bundle = join(folder, 'sources.mjs');
    const contents = `export { encoders } from './functions/encoders/index.ts'; export { encodeText } from './functions/encoders/csv.ts'; export { toDecimalText, toTimestampText } from './functions/encoders/values.ts'; export { COLUMNS } from './glue/columns.ts';`;
    await build({ stdin: { contents, resolveDir: root }, absWorkingDir: root, outfile: bundle, bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' });
    for (const rows of positionals.length > 0 ? positionals.map(Number) : [50_000, 200_000]) await compare(rows, Number(values.rounds), formats, bundle, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(rows, rounds, formats, bundle, folder) {
  console.log(`\n${rows.toLocaleString('en')} rows, ${rounds} rounds, Node ${process.version}\n`);
  console.log('format   by        rows/s (min - max)              of DuckDB   CPU us/row   file MB   peak MB');
  for (const format of formats) {
    const contenders = CONTENDERS[format];
    const results = new Map(contenders.map((contender) => [contender, []]));
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders) results.get(contender).push(await measure({ format, contender, rows, bundle, folder }));
    }
    const speeds = new Map([...results].map(([contender, runs]) => [contender, runs.map((run) => rows / run.seconds).sort((a, b) => a - b)]));
    const duckdb = median(speeds.get('duckdb'));
    for (const [contender, runs] of results) {
      const speed = speeds.get(contender);
      const whole = (number) => Math.round(number).toLocaleString('en');
      console.log(
        [
          format.padEnd(8),
          contender.padEnd(9),
          `${whole(median(speed))} (${whole(speed[0])} - ${whole(speed.at(-1))})`.padEnd(32),
          `${(median(speed) / duckdb).toFixed(2)}x`.padEnd(11),
          median(runs.map((run) => (run.cpuSeconds * 1e6) / rows).sort((a, b) => a - b)).toFixed(1).padEnd(12),
          (runs[0].bytes / 1e6).toFixed(1).padEnd(9),
          whole(Math.max(...runs.map((run) => run.peakMb))),
          contender === 'duckdb' ? `   COPY alone ${whole(median(runs.map((run) => rows / run.copySeconds).sort((a, b) => a - b)))} rows/s` : '',
        ].join(' '),
      );
    }
  }
}

function median(sorted) {
  return sorted[Math.floor(sorted.length / 2)];
}

function measure(job) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), { execArgv: ['--max-old-space-size=4096'], env: { ...process.env, BENCH_JOB: JSON.stringify(job) } });
    let answer;
    child.on('message', (message) => {
      answer = message;
    });
    child.on('exit', (code) => (answer === undefined ? reject(new Error(`${job.format} by ${job.contender} ended with ${code}`)) : resolve(answer)));
  });
}

async function run({ format, contender, rows: count, bundle, folder }) {
  const sources = await import(bundle);
  const distinct = createRows(Math.min(count, DISTINCT_ROWS));
  const rows = Array.from({ length: count }, (_, i) => distinct[i % distinct.length]);
  const file = join(folder, `${contender}.${format}`);
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  let copySeconds;
  if (contender === 'duckdb') copySeconds = await writeByDuckDb(rows, format, file, sources);
  else await writeChunks(contender === 'tracker' ? sources.encoders[format].encode(inBatches(rows)) : encodeByJson2csv(inBatches(rows), sources), file);
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const { size: bytes } = await stat(file);
  await rm(file);
  process.send({ seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6, copySeconds, bytes, peakMb: process.resourceUsage().maxRSS / 1024 });
}

async function* inBatches(rows) {
  for (let i = 0; i < rows.length; i += BATCH_ROWS) yield rows.slice(i, i + BATCH_ROWS);
}

async function writeChunks(chunks, file) {
  const handle = await open(file, 'w');
  for await (const chunk of chunks) await handle.write(chunk);
  await handle.close();
}

/** The same dialect by the library: a batch is one write (the transform spreads it), which is its fastest way. */
async function* encodeByJson2csv(batches, { COLUMNS, encodeText, toDecimalText, toTimestampText }) {
  const { Transform } = await import('@json2csv/node');
  const quote = (text) => `"${text}"`;
  const toCell = {
    string: (value) => quote(encodeText(value).replaceAll('"', '""')),
    timestamp: (value) => quote(toTimestampText(value)),
    bigint: (value) => quote(toDecimalText(value)),
    int: (value) => quote(toDecimalText(value)),
    double: (value) => quote(toDecimalText(value)),
    boolean: quote,
  };
  const asIs = (text) => text;
  const fields = COLUMNS.map(({ name, type }) => ({ label: name, value: (row) => (row[name] === null ? '' : toCell[type](row[name])) }));
  const options = { fields, formatters: { string: asIs, header: asIs }, transforms: [asIs], eol: '\n', withBOM: true, includeEmptyRows: true };
  const lines = Readable.from(batches).pipe(new Transform(options, {}, { objectMode: true, highWaterMark: 1 }));
  for await (const text of lines) yield Buffer.from(text);
  yield Buffer.from('\n');
}

/** Returns the seconds of COPY. */
async function writeByDuckDb(rows, format, file, { COLUMNS }) {
  const { DuckDBInstance, DuckDBTimestampMillisecondsValue } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE report (${COLUMNS.map(({ name, type }) => `"${name}" ${SQL_TYPE[type]}`).join(', ')})`);
  const appender = await connection.createAppender('report');
  const append = {
    string: (value) => appender.appendVarchar(value),
    timestamp: (value) => appender.appendTimestampMilliseconds(new DuckDBTimestampMillisecondsValue(BigInt(value))),
    bigint: (value) => appender.appendBigInt(BigInt(value)),
    int: (value) => appender.appendInteger(value),
    double: (value) => appender.appendDouble(value),
    boolean: (value) => appender.appendBoolean(value),
  };
  const columns = COLUMNS.map(({ name, type }) => ({ name, append: append[type] }));
  for (const row of rows) {
    for (const column of columns) {
      const value = row[column.name];
      if (value === null) appender.appendNull();
      else column.append(value);
    }
    appender.endRow();
  }
  appender.closeSync();
  const started = performance.now();
  await connection.run(`COPY report TO '${file}' (${COPY_OPTIONS[format]})`);
  const copySeconds = (performance.now() - started) / 1000;
  connection.closeSync();
  instance.closeSync();
  return copySeconds;
}

if (process.env['BENCH_JOB'] === undefined) await main();
else await run(JSON.parse(process.env['BENCH_JOB']));
