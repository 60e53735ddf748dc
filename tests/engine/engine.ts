/** Athena's engine, and the deployed stacks that it reads, as tests/rigs/ask-in-athena has started them. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { DeleteObjectsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { createS3Store } from '#adapters/s3-store';
import { type Format, hourFolder, reportName } from '#core/partition';
import type { ReportStore } from '#core/ports';
import type { Row } from '#core/row';
import { encoders } from '#encoders/index';
import { tableNameOf } from '#glue/catalog';
import { COLUMNS, type Column } from '#glue/columns';
import { encode } from '../properties/report-bytes.ts';

/** A stack's table and the place that it reads, by what was deployed. */
export interface Stack {
  readonly format: Format;
  readonly database: string;
  readonly table: string;
  readonly bucket: string;
  /** Below the bucket. Shape: empty, or ends with `/`. */
  readonly prefix: string;
  readonly store: ReportStore;
}

/** Finds the stack of a format: where its reports lie, its table says. */
export async function openStack(format: Format): Promise<Stack> {
  const [database, table] = [`ask_${format}`, tableNameOf(format)];
  const glue = new GlueClient({});
  try {
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(Table?.StorageDescriptor?.Location ?? '') ?? [];
    return { format, database, table, bucket, prefix, store: createS3Store(new S3Client({}), bucket, prefix) };
  } finally {
    glue.destroy();
  }
}

/** Removes every object of the stack's bucket: a suite begins with none. */
export async function empty({ bucket }: Stack): Promise<void> {
  const client = new S3Client({});
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    if (Contents.length > 0) await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }));
  }
  client.destroy();
}

/** Writes an hour's report, by the encoder of the stack's format. Shape: its name below the root. */
export async function writeReport({ format, store }: Stack, day: string, hour: string, rows: readonly Row[]): Promise<string> {
  const name = `${hourFolder(day, hour)}${reportName(day, hour, format)}`;
  await store.write(name, await encode(format, rows), encoders[format].contentType);
  return name;
}

/** Runs the built command into the stack's bucket, as a person would. `args` say of what. */
export async function runTracker({ format, bucket }: Stack, ...args: readonly string[]): Promise<void> {
  const command = join(__dirname, '..', '..', 'dist/cli/index.mjs');
  await promisify(execFile)(process.execPath, [command, 'run', '--to', `s3://${bucket}`, '--format', format, ...args], { cwd: join(__dirname, '..', '..') });
}

/** What the engine answers. Shape: values in its own types of JSON, columns with its names of the types. */
export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/** A page of the engine. Source: https://trino.io/docs/current/develop/client-protocol.html */
interface Page {
  readonly columns?: Answer['columns'];
  readonly data?: unknown[][];
  readonly nextUri?: string;
  readonly error?: { readonly errorName: string; readonly message: string; readonly failureInfo?: Failure };
}

interface Failure {
  readonly message?: string;
  readonly cause?: Failure;
}

/** Asks the engine, in the stack's database. Errors: Error with the engine's name of the error, its words, and those of its causes. */
export async function ask({ database }: Pick<Stack, 'database'>, sql: string): Promise<Answer> {
  const headers = { 'X-Trino-User': 'test', 'X-Trino-Catalog': 'awsdatacatalog', 'X-Trino-Schema': database, 'X-Trino-Time-Zone': 'UTC' };
  let page = await read(fetch(`${process.env['TRINO_URL']}/v1/statement`, { method: 'POST', headers, body: sql }));
  let columns: Answer['columns'] = [];
  const rows: unknown[][] = [];
  for (;;) {
    if (page.error !== undefined) throw new Error([`${page.error.errorName}: ${page.error.message}`, ...causes(page.error.failureInfo?.cause)].join('\n'));
    columns = page.columns ?? columns;
    for (const row of page.data ?? []) rows.push(row);
    if (page.nextUri === undefined) return { columns, rows };
    page = await read(fetch(page.nextUri));
  }
}

async function read(pending: Promise<Response>): Promise<Page> {
  const answer = await pending;
  if (!answer.ok) throw new Error(`the engine answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Page;
}

function causes(failure: Failure | undefined): string[] {
  return failure === undefined ? [] : [failure.message ?? '', ...causes(failure.cause)];
}

/** The folders that a question has made the engine list, by the rig's own log of requests. Shape: prefixes of keys, as often as they were listed. */
export async function listedBy<T>(question: () => Promise<T>): Promise<{ readonly answer: T; readonly listed: string[] }> {
  const before = await requests();
  const answer = await question();
  const lists = (await requests()).slice(before.length).filter((line) => line.includes('list-type=2'));
  return { answer, listed: lists.map((line) => decodeURIComponent(/[?&]prefix=([^& ]*)/.exec(line)?.[1] ?? '')) };
}

async function requests(): Promise<string[]> {
  return (await readFile(process.env['RIG_AWS_LOG'] ?? '', 'utf8')).split('\n').slice(0, -1);
}

/** A row's value as the engine gives it. */
export function toCell(row: Row, { name, type }: Pick<Column, 'type'> & { readonly name: keyof Row }): unknown {
  const value = row[name];
  return type === 'timestamp' && value !== null ? new Date(Number(value)).toISOString().replace('T', ' ').replace('Z', '') : value;
}

/** The report's columns as a list of SELECT. */
export const ALL_COLUMNS = COLUMNS.map(({ name }) => name).join(', ');
