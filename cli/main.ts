/** The command: athena-query-tracker. */
import { AthenaClient, ListWorkGroupsCommand } from '@aws-sdk/client-athena';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { Command, CommanderError, Option } from 'commander';
import { askAthena } from '#adapters/athena-sql';
import { CLIENT_OPTIONS } from '#adapters/clients';
import { createReadConfigObject } from '#adapters/config-object';
import { createCatalog } from '#adapters/glue-catalog';
import { openStore } from '#adapters/open-store';
import { toUpstreamError } from '#adapters/upstream';
import { readWorkgroup } from '#adapters/workgroup';
import { readZone, zoneNames } from '#adapters/zones';
import { FORMATS } from '#core/partition';
import { DEFAULT_DATABASE } from '#glue/catalog';
import { ANSWER_FORMATS } from './answer.ts';
import { type ConfigOptions, config } from './config.ts';
import { type DoctorOptions, doctor } from './doctor.ts';
import { parseBucket, parseChoice, parseDatabase, parseDay, parseDestination, parseHour, parseInstant, parseLocalTime, parseSource, parseYear, splitAddress } from './options.ts';
import { type ProvisionOptions, provision, rootOf } from './provision.ts';
import { type QueryOptions, query } from './query.ts';
import { type RunOptions, run } from './run.ts';
import { type VerifyOptions, verify } from './verify.ts';

/** Called through npm, the command is `npm run -s tracker --`. */
const command = process.env['npm_lifecycle_event'] === undefined ? 'athena-query-tracker' : 'npm run -s tracker --';
/** This file is dist/cli/index.mjs. */
const root = new URL('../../', import.meta.url);

/** Errors of use, of configuration and of AWS: a line for people. Anything else is a fault of ours, with its stack. */
const EXPECTED = new Set(['InvalidInputError', 'ConfigError', 'UpstreamDeniedError', 'UpstreamThrottledError', 'UpstreamUnavailableError']);
/** What the functions call a thing, and what it is called here. */
const OPTION_OF: Readonly<Record<string, string>> = { days: '--date', startDate: '--date', endDate: '--end-date', TIME_ZONE: '--time-zone', OUTPUT_TYPE: '--format', S3_BUCKET: '--to', REPORT_PREFIX: '--to', REPORT_FOLDER: '--to', UNCOMPARED_WORKGROUPS: '--uncompared-workgroups', EVENT_SOURCE: '--from', hour: '--hour', asOf: '--as-of' };

/** By these words the tracker's own questions are known in the reports: `user_agent LIKE '%athena-query-tracker%'`. */
const ASKING_OPTIONS = { ...CLIENT_OPTIONS, customUserAgent: 'athena-query-tracker' };

/** Aborted by the first Ctrl-C, so that a query in Athena is stopped before the command ends; the second ends it at once. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}

const program = new Command('athena-query-tracker')
  .description('One row for every Amazon Athena query: who ran it, when, where, the whole text and what it cost.')
  .showSuggestionAfterError()
  .exitOverride()
  .hook('preAction', () => {
    // What a later SDK will ask of Node is no matter of the person who runs this version.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  })
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'athena-query-tracker: ')) });

program
  .command('run')
  .description('Write the reports of a day, or of several')
  .addOption(new Option('--date <day>', 'local day, YYYY-MM-DD (default: yesterday; with files: the days found in them)').argParser(parseDay))
  .addOption(new Option('--end-date <day>', 'last day of a range, YYYY-MM-DD, inclusive (default: that one day)').argParser(parseDay))
  .addOption(new Option('--hour <hour>', 'one hour label only, 00 to 23').argParser(parseHour))
  .addOption(new Option('--from <source>', 'lookup for the live APIs of AWS, or the path of a file or folder with CloudTrail records').argParser(parseSource).default('lookup'))
  .addOption(new Option('--to <place>', 's3://BUCKET[/PREFIX], or a folder').argParser(parseDestination).default({ folder: 'reports' }, 'reports'))
  .addOption(new Option('--format <format>', 'csv, json or parquet').argParser(parseChoice(FORMATS)).default('csv'))
  .addOption(new Option('--time-zone <zone>', 'time zone of days and hours').argParser(parseChoice(zoneNames(), 'America/New_York')).default('America/New_York'))
  .addOption(new Option('--as-of <instant>', 'the instant to take as now (default: the clock)').argParser(parseInstant))
  .addOption(new Option('--resolve-role-chain', 'look up who assumed the role behind each session (more look-ups)'))
  .addOption(new Option('--uncompared-workgroups <names>', "workgroups not to hold against Athena's own list of executions, with commas between them; * for all"))
  .addOption(new Option('--verbose', "show the functions' own logs"))
  .addHelpText(
    'after',
    `
Examples:
  ${command} run                                            yesterday, from your account into ./reports
  ${command} run --date 2026-11-20 --to s3://my-reports     one day into a bucket
  ${command} run --from trail-files --format parquet        every day found in a folder of trail files

AWS is reached as every AWS tool does: AWS_PROFILE, AWS_REGION, SSO, AWS_ENDPOINT_URL_*.
Exit code: 0 when all hours of all days were written, 1 when one is missing, 2 when the command was not understood.`,
  )
  .action(async (options: RunOptions & { verbose?: true }) => {
    // The functions log JSON for CloudWatch; a person wants the summary.
    if (options.verbose === undefined) process.env['POWERTOOLS_LOG_LEVEL'] = 'SILENT';
    // Its figures are on the screen, and no CloudWatch reads them.
    process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';
    process.exitCode = await run(options, { bundles: new URL('dist/', root), machines: new URL('statemachine/', root), progress: process.stderr, summary: process.stdout, command });
  });

program
  .command('verify')
  .description('Check days again, from what lies in the bucket or folder')
  .requiredOption('--date <day>', 'local day, YYYY-MM-DD', parseDay)
  .addOption(new Option('--end-date <day>', 'last day of a range, YYYY-MM-DD, inclusive (default: that one day)').argParser(parseDay))
  .addOption(new Option('--to <place>', 's3://BUCKET[/PREFIX], or a folder: where the reports are').argParser(parseDestination).default({ folder: 'reports' }, 'reports'))
  .addOption(new Option('--format <format>', 'csv, json or parquet').argParser(parseChoice(FORMATS)).default('csv'))
  .addOption(new Option('--time-zone <zone>', 'time zone of days and hours').argParser(parseChoice(zoneNames(), 'America/New_York')).default('America/New_York'))
  .addOption(new Option('--as-of <instant>', 'the instant to take as now (default: the clock)').argParser(parseInstant))
  .addHelpText(
    'after',
    `
Reads every manifest, report and fact of the day, hashes and counts them anew, and looks for objects that do not belong there.
The certificate is not trusted; only what Athena said is taken from it, and shown as such.

Examples:
  ${command} verify --date 2026-11-20                        one day in ./reports
  ${command} verify --date 2026-11-20 --to s3://my-reports   one day in a bucket

Exit code: 0 complete, 3 pending (nothing is wrong yet, and the day is not settled), 1 incomplete, 2 when the command was not understood.`,
  )
  .action(async (options: VerifyOptions) => {
    process.exitCode = await verify(options, { output: process.stdout, command });
  });

program
  .command('provision')
  .description('Make database, table and view over reports in S3, without the stack')
  .requiredOption('--to <place>', 's3://BUCKET[/PREFIX]: where the reports are', parseBucket)
  .addOption(new Option('--format <format>', 'csv, json or parquet').argParser(parseChoice(FORMATS)).default('csv'))
  .addOption(new Option('--database <name>', 'Glue database').argParser(parseDatabase).default(DEFAULT_DATABASE))
  .addOption(new Option('--first-year <year>', 'first year that the table looks for (default: as it is, or 2026)').argParser(parseYear))
  .addOption(new Option('--last-year <year>', 'last year, included (default: as it is, or 2035)').argParser(parseYear))
  .addOption(new Option('--dry-run', 'show what would change, and change nothing'))
  .addHelpText(
    'after',
    `
Makes what the stack would make, through the Glue API; a second call changes nothing. A table or view that this command did not
make is left as it is, and the command ends with an error.

Examples:
  ${command} provision --to s3://my-reports --dry-run
  ${command} provision --to s3://my-reports/athena --format parquet --database queries`,
  )
  .action(async (options: ProvisionOptions) => {
    const root = rootOf(options.to, options.format);
    const store = openStore({ bucket: options.to.bucket, folder: null, prefix: root.slice(`s3://${options.to.bucket}/`.length) }, new S3Client(CLIENT_OPTIONS));
    await provision(options, { catalog: createCatalog(new GlueClient(CLIENT_OPTIONS)), store, output: process.stdout, command });
  });

program
  .command('doctor')
  .description('Compare what is deployed with what this version expects')
  .addOption(new Option('--database <name>', 'Glue database').argParser(parseDatabase).default(DEFAULT_DATABASE))
  .addOption(new Option('--workgroup <name>', 'workgroup to look at and to ask in (default: the one that the database names)'))
  .addOption(new Option('--canary', 'write a row of hard texts, ask it back in Athena, compare, remove it'))
  .addHelpText(
    'after',
    `
Looks at database, tables, view, roots, workgroup, yesterday's certificate and your own permissions. It changes nothing; the canary
writes one report of 31 February of the table's last year, and removes it.

Exit code: 0 when nothing is wrong, 1 when something is, 2 when the command was not understood.`,
  )
  .action(async (options: DoctorOptions) => {
    const athena = new AthenaClient(ASKING_OPTIONS);
    const cloudtrail = new CloudTrailClient(CLIENT_OPTIONS);
    const s3 = new S3Client(CLIENT_OPTIONS);
    const probed = (action: string, call: () => Promise<unknown>) => ({ action, call: () => call().catch((error: unknown) => { throw toUpstreamError(error, action, '*'); }) });
    process.exitCode = await doctor(options, {
      catalog: createCatalog(new GlueClient(CLIENT_OPTIONS)),
      readWorkgroup: (name) => readWorkgroup(athena, name),
      openRoot: (place) => {
        const { bucket, prefix } = splitAddress(place) ?? parseBucket(place);
        return openStore({ bucket, folder: null, prefix }, s3);
      },
      ask: (workgroup, database) => async (sql) => {
        const rows: (readonly (string | null)[])[] = [];
        for await (const row of (await askAthena(athena, { workgroup, database }, sql, [], interrupted())).rows) rows.push(row);
        return rows;
      },
      probes: [
        probed('cloudtrail:LookupEvents', () => cloudtrail.send(new LookupEventsCommand({ MaxResults: 1 }))),
        probed('athena:ListWorkGroups', () => athena.send(new ListWorkGroupsCommand({ MaxResults: 1 }))),
      ],
      readZone,
      now: () => new Date(),
      output: process.stdout,
      command,
    });
  });

program
  .command('query')
  .description('Ask the reports: SQL, or the name of a saved query')
  .argument('[question]', 'SQL over the view athena_queries, in quotes, or the name of a saved query')
  .addOption(new Option('--from <place>', 's3://BUCKET[/PREFIX] to ask Athena, or a folder to ask DuckDB').argParser(parseDestination).default({ folder: 'reports' }, 'reports'))
  .addOption(new Option('--date <day>', 'first day for a saved query, YYYY-MM-DD').argParser(parseDay))
  .addOption(new Option('--end-date <day>', 'last day, inclusive (default: that one day)').argParser(parseDay))
  .addOption(new Option('--actor <name>', 'whose queries, for one-person'))
  .addOption(new Option('--from-time <time>', 'local time, YYYY-MM-DDTHH:MM (default: the first day\'s beginning)').argParser(parseLocalTime))
  .addOption(new Option('--until-time <time>', 'local time, not included (default: the last day\'s end)').argParser(parseLocalTime))
  .addOption(new Option('--database <name>', 'Glue database').argParser(parseDatabase).default(DEFAULT_DATABASE))
  .addOption(new Option('--workgroup <name>', 'workgroup to ask in (default: the one that the database names, else primary)'))
  .addOption(new Option('--format <format>', 'table, csv or json').argParser(parseChoice(ANSWER_FORMATS)).default('table'))
  .addOption(new Option('--for-spreadsheet', 'CSV for Excel and the like: an apostrophe before all that would be a formula (default: byte for byte)'))
  .addOption(new Option('--list', 'the saved queries, with what they answer'))
  .addHelpText(
    'after',
    `
The same view, columns and saved queries in Athena and in a folder. What it cost is said beside the answer, on stderr.

Examples:
  ${command} query --list
  ${command} query who-scanned-most --from reports/example --date 2026-11-20
  ${command} query one-person --date 2026-11-20 --actor ana@example.com --from s3://my-reports
  ${command} query "SELECT actor, count(*) FROM athena_queries WHERE dt = '2026-11-20' GROUP BY 1" --format json

Exit code: 0 when it was answered, 1 when AWS did not, 2 when the question was not understood.`,
  )
  .action(async (question: string | undefined, options: QueryOptions) => {
    await query(question, options, {
      queries: new URL('glue/queries/', root),
      openAws: () => {
        const athena = new AthenaClient(ASKING_OPTIONS);
        const signal = interrupted();
        return { catalog: createCatalog(new GlueClient(CLIENT_OPTIONS)), ask: (place, sql, parameters) => askAthena(athena, place, sql, parameters, signal) };
      },
      output: process.stdout,
      notes: process.stderr,
    });
  });

program
  .command('config')
  .description('Check a config.json as the deployed functions will read it')
  .addOption(new Option('--check <file>', 'path of the file, or s3://BUCKET/KEY'))
  .addOption(new Option('--environment <file>', 'the variables of the deployed Dispatcher as JSON, which the file may not contradict'))
  .addOption(new Option('--schema', 'print the JSON Schema of config.json, for editors'))
  .addHelpText(
    'after',
    `
Names every problem: the setting, its value, what is allowed. Prints what the settings come to when there is none.

Examples:
  ${command} config --check config.json
  ${command} config --check s3://my-settings/config.json
  ${command} config --schema > config.schema.json

Against a stack, with what its Dispatcher has (the name is an output of the stack):
  aws lambda get-function-configuration --function-name NAME --query Environment.Variables > environment.json
  ${command} config --check config.json --environment environment.json

Exit code: 0 when it is accepted, 1 when it is refused, 2 when there was nothing to check.`,
  )
  .action(async (options: ConfigOptions) => {
    process.exitCode = await config(options, { readConfigObject: createReadConfigObject(new S3Client(CLIENT_OPTIONS)), zones: zoneNames(), output: process.stdout });
  });

program.addHelpText('after', `
Examples:
  ${command} run --from examples --to reports --date 2026-11-20 --as-of 2026-11-21T06:00:00Z
  ${command} verify --date 2026-11-20 --to reports
  ${command} query who-scanned-most --date 2026-11-20 --from reports
  ${command} run --help`);

// `tracker run | head` closes the pipe: no fault, and no stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = toExitCode(error);
}

function toExitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof Error) || !EXPECTED.has(error.name)) throw error;
  const message = error.message.replace(/(?<=^|; )\w+(?=[:.])|\bendDate\b/g, (word) => OPTION_OF[word] ?? word);
  process.stderr.write(`athena-query-tracker: ${message}\n`);
  return error.name === 'InvalidInputError' || error.name === 'ConfigError' ? 2 : 1;
}
