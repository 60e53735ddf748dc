/** `doctor`: compares what is deployed with what this version expects, and says what to do. It changes nothing; the canary removes what it wrote. */
import { styleText } from 'node:util';
import type { Catalog } from '#adapters/glue-catalog';
import type { Workgroup } from '#adapters/workgroup';
import { certificateOf, parseCertificate } from '#core/certificate';
import { parseJson } from '#core/json';
import { parseLayout } from '#core/layout';
import { FORMATS, type Format, LAYOUT_NAME } from '#core/partition';
import type { ReportStore } from '#core/ports';
import { addDays, localDay, type ReadOffsets } from '#core/window';
import { queriesView, reportTable, tableNameOf, toViewText, VIEW_NAME, viewDefinition, viewSql, WORKGROUP } from '#glue/catalog';
import { SCHEMA_VERSION } from '#glue/columns';
import { compareTable, type FoundTable, makerOf } from '#glue/compare';
import { type AskRows, flyCanary } from './canary.ts';
import type { ProgressOutput } from './progress.ts';
import { fromBase64, toBase64, yearsOf } from './provision.ts';

/** The options of `doctor`, parsed. */
export interface DoctorOptions {
  readonly database: string;
  readonly workgroup?: string;
  readonly canary?: true;
}

/** Something that can be asked without changing anything, and the permission it needs. */
export interface Probe {
  readonly action: string;
  readonly call: () => Promise<unknown>;
}

/** The ends of the command. */
export interface DoctorEnds {
  readonly catalog: Catalog;
  /** Null when there is no such workgroup. */
  readonly readWorkgroup: (name: string) => Promise<Workgroup | null>;
  /** The store of a root, `s3://BUCKET/PREFIX/`. */
  readonly openRoot: (root: string) => Pick<ReportStore, 'read' | 'write' | 'remove' | 'root'>;
  readonly ask: (workgroup: string, database: string) => AskRows;
  readonly probes: readonly Probe[];
  readonly readZone: (name: string) => ReadOffsets;
  readonly now: () => Date;
  readonly output: ProgressOutput;
  readonly command: string;
}

/** One thing that was looked at. */
export interface Finding {
  readonly status: 'ok' | 'warning' | 'wrong';
  readonly what: string;
  readonly detail: string;
  /** What to do. */
  readonly advice?: string;
}

interface Root {
  readonly format: Format;
  readonly table: FoundTable;
  readonly location: string;
}

/** Looks at everything and prints it. Shape: the exit code: 1 when something is wrong, else 0. Errors: the upstream classes of what nothing goes on without. */
export async function doctor(options: DoctorOptions, ends: DoctorEnds): Promise<number> {
  const findings: Finding[] = [];
  const report = (finding: Finding) => {
    findings.push(finding);
    ends.output.write(toText(finding, ends.output.isTTY === true));
  };
  await examine(options, ends, report);
  const wrong = findings.filter(({ status }) => status === 'wrong').length;
  const warnings = findings.filter(({ status }) => status === 'warning').length;
  ends.output.write(`\n${wrong === 0 ? 'Nothing is wrong' : `${wrong} wrong`}${warnings === 0 ? '' : `, ${warnings} to look at`}.\n`);
  return wrong === 0 ? 0 : 1;
}

type Report = (finding: Finding) => void;

async function examine(options: DoctorOptions, ends: DoctorEnds, report: Report): Promise<void> {
  const { database } = options;
  const parameters = await ends.catalog.readDatabase(database);
  if (parameters === null) {
    report({ status: 'wrong', what: `database ${database}`, detail: 'there is none of this name in this account and Region', advice: `deploy the stack, or: ${ends.command} provision --to s3://BUCKET; another name: --database` });
    await probe(ends.probes, report);
    return;
  }
  report({ status: 'ok', what: `database ${database}`, detail: 'is there' });
  const tables = await ends.catalog.readTables(database, 'athena_quer');
  const roots = FORMATS.flatMap((format): Root[] => {
    const table = tables.find(({ Name }) => Name === tableNameOf(format));
    return table === undefined ? [] : [{ format, table, location: table.StorageDescriptor?.Location ?? '' }];
  });
  if (roots.length === 0) report({ status: 'wrong', what: 'tables', detail: `no ${tableNameOf('csv')}, nor of another format`, advice: `deploy the stack again, or: ${ends.command} provision --to s3://BUCKET --database ${database}` });
  for (const root of roots) {
    examineTable(root, ends, report);
    await examineRoot(root, ends, report);
  }
  const asked = examineView(database, tables.find(({ Name }) => Name === VIEW_NAME), roots, ends, report);
  const workgroup = options.workgroup ?? parameters[WORKGROUP];
  await examineWorkgroup(workgroup, roots, ends, report);
  await probe(ends.probes, report);
  if (options.canary !== undefined) await examineByCanary(asked, workgroup ?? 'primary', database, ends, report);
}

/** What brings a table or view to what this version expects. */
function mendOf(maker: string | null, { format, location }: Pick<Root, 'format' | 'location'>, command: string): string {
  if (maker?.startsWith('stack ') === true) return `deploy ${maker} again with this version`;
  if (maker === null) return 'it was not made by this version of the tracker: deploy the stack again, or name another --database';
  return `${command} provision --to ${location} --format ${format}`;
}

function examineTable({ format, table, location }: Root, { command, now }: DoctorEnds, report: Report): void {
  const what = `table ${tableNameOf(format)}`;
  const maker = makerOf(table, fromBase64);
  const years = yearsOf(table);
  const shape = /^s3:\/\/[^/]+\/(.*\/)?$/.test(location) ? [] : [`location is ${location}, expected s3://BUCKET/PREFIX/ with a slash at the end`];
  const differences = [...shape, ...compareTable(table, reportTable(format, location, years ?? { first: 2026, last: 2035 }, maker ?? ''), fromBase64)];
  if (differences.length > 0) report({ status: 'wrong', what, detail: differences.join('; '), advice: mendOf(maker, { format, location }, command) });
  else report({ status: 'ok', what, detail: `columns, SerDe and projection are those of this version; it reads ${location}` });
  if (years === null) return;
  const left = years.last - now().getUTCFullYear();
  const later = maker?.startsWith('stack ') === true ? `deploy ${maker} with a greater LastYear` : `${command} provision --to ${location} --format ${format} --last-year ${years.last + 10}`;
  if (left < 0) report({ status: 'wrong', what: `${what}, years`, detail: `it looks for ${years.first} to ${years.last}: no report of this year is found`, advice: later });
  else if (left < 1) report({ status: 'warning', what: `${what}, years`, detail: `it looks for ${years.first} to ${years.last}: from 2 January ${years.last + 1} on, days are refused`, advice: later });
}

async function examineRoot({ format, location }: Root, ends: DoctorEnds, report: Report): Promise<void> {
  const what = `root ${location}`;
  const store = ends.openRoot(location);
  const bytes = await attempt(what, () => store.read(LAYOUT_NAME), report);
  if (bytes === undefined) return;
  const layout = bytes === null ? null : parseLayout(bytes);
  if (bytes === null) return report({ status: 'warning', what, detail: `no ${LAYOUT_NAME}: no run has written here yet`, advice: `invoke the Dispatcher, or: ${ends.command} run --to ${location} --format ${format}` });
  if (layout === null) return report({ status: 'wrong', what, detail: `${LAYOUT_NAME} is none of this tracker`, advice: 'remove it if the root is the tracker\'s to use' });
  if (layout.format !== format) return report({ status: 'wrong', what, detail: `it holds ${layout.format} reports, and the table reads ${format}`, advice: 'give each format a root of its own (REPORT_PREFIX)' });
  if (layout.schemaVersion > SCHEMA_VERSION) return report({ status: 'wrong', what, detail: `reports of schema version ${layout.schemaVersion}, this version knows ${SCHEMA_VERSION}`, advice: 'use the newer version' });
  report({ status: 'ok', what, detail: `${format} reports, days of ${layout.timeZone}` });
  const now = ends.now();
  const yesterday = addDays(localDay(ends.readZone(layout.timeZone)(now, now), now), -1);
  const certificate = await attempt(`day ${yesterday}`, () => store.read(certificateOf(yesterday)), report);
  if (certificate === undefined) return;
  const verdict = certificate === null ? null : (parseCertificate(parseJson(certificate), yesterday)?.verdict ?? null);
  if (verdict === null) report({ status: 'warning', what: `day ${yesterday}`, detail: `yesterday has no certificate in ${format}`, advice: 'it is reported at 01:00 in its time zone, if the schedule is enabled and this format is the one that is written' });
  else report({ status: verdict === 'incomplete' ? 'wrong' : 'ok', what: `day ${yesterday}`, detail: `its certificate says ${verdict}`, ...(verdict === 'incomplete' ? { advice: `${ends.command} verify --date ${yesterday} --to ${location} --format ${format}` } : {}) });
}

/** Shape: the root that the view reads; null when it reads none. */
function examineView(database: string, view: FoundTable | undefined, roots: readonly Root[], { command }: DoctorEnds, report: Report): Root | null {
  const what = `view ${VIEW_NAME}`;
  const [first] = roots;
  if (view === undefined) {
    report({ status: 'wrong', what, detail: 'there is none', ...(first === undefined ? {} : { advice: mendOf(makerOf(first.table, fromBase64), first, command) }) });
    return null;
  }
  const maker = makerOf(view, fromBase64) ?? '';
  const compared = roots.map((root) => ({ root, differences: compareTable(view, queriesView(toViewText(viewDefinition(database, viewSql(root.format, maker)), toBase64)), fromBase64) }));
  const [closest] = compared.sort((a, b) => a.differences.length - b.differences.length);
  if (closest === undefined) {
    report({ status: 'wrong', what, detail: 'there is no table for it to read' });
    return null;
  }
  const { root, differences } = closest;
  if (differences.length > 0) {
    report({ status: 'wrong', what, detail: differences.join('; '), advice: mendOf(maker === '' ? null : maker, root, command) });
    return null;
  }
  const others = roots.filter((other) => other !== root).map(({ format }) => tableNameOf(format));
  report({ status: 'ok', what, detail: `is that of this version and reads ${tableNameOf(root.format)}${others.length === 0 ? '' : `, not ${others.join(', ')}: docs/athena.md says how to bring those days over`}` });
  return root;
}

async function examineWorkgroup(name: string | undefined, roots: readonly Root[], { readWorkgroup }: DoctorEnds, report: Report): Promise<void> {
  if (name === undefined) return report({ status: 'warning', what: 'workgroup', detail: 'the database names none, so questions are asked in primary, as it is set up', advice: 'name one with --workgroup' });
  const what = `workgroup ${name}`;
  const workgroup = await attempt(what, () => readWorkgroup(name), report);
  if (workgroup === undefined) return;
  if (workgroup === null) return report({ status: 'wrong', what, detail: 'there is none of this name', advice: 'deploy the stack again, or name one with --workgroup' });
  const inside = roots.find(({ location }) => workgroup.outputLocation?.startsWith(location) === true);
  const problems = [
    ...(workgroup.enabled ? [] : ['it is disabled']),
    ...(workgroup.outputLocation === null && !workgroup.managedResults ? ['it has no place for answers'] : []),
    ...(inside === undefined ? [] : [`its answers are written to ${workgroup.outputLocation}, inside the reports of ${inside.location}`]),
  ];
  const open = [
    ...(workgroup.enforced ? [] : ['settings of clients override it']),
    ...(workgroup.scanLimitBytes === null ? ['it has no scan limit'] : []),
    ...(workgroup.encrypted || workgroup.managedResults ? [] : ['it does not encrypt answers by itself']),
  ];
  if (problems.length > 0) report({ status: 'wrong', what, detail: [...problems, ...open].join('; '), advice: 'deploy the stack again, or mend it in the Athena console' });
  else if (open.length > 0) report({ status: 'warning', what, detail: open.join('; '), advice: 'the workgroup of the stack has all of these' });
  else report({ status: 'ok', what, detail: `answers encrypted at ${workgroup.outputLocation ?? 'Athena'}, at most ${workgroup.scanLimitBytes?.toLocaleString('en-US')} bytes a query` });
}

async function probe(probes: readonly Probe[], report: Report): Promise<void> {
  for (const { action, call } of probes) {
    const what = `permission ${action}`;
    const answer = await attempt(what, async () => [await call()], report);
    if (answer !== undefined) report({ status: 'ok', what, detail: 'is granted to you' });
  }
}

async function examineByCanary(root: Root | null, workgroup: string, database: string, ends: DoctorEnds, report: Report): Promise<void> {
  const what = 'canary';
  const years = root === null ? null : yearsOf(root.table);
  if (root === null || years === null) return report({ status: 'wrong', what, detail: 'not flown: view or table is not as it should be', advice: 'mend what is named above first' });
  const differences = await attempt(what, () => flyCanary(ends.openRoot(root.location), ends.ask(workgroup, database), root.format, years.last), report);
  if (differences === undefined) return;
  if (differences.length === 0) report({ status: 'ok', what, detail: `a row of hard texts came back from Athena exactly as it was written, in ${root.format}; it is removed again` });
  else report({ status: 'wrong', what, detail: differences.join('; '), advice: 'Athena reads the reports otherwise than this version expects: please report it with these lines' });
}

const EXPECTED = new Set(['UpstreamDeniedError', 'UpstreamThrottledError', 'UpstreamUnavailableError', 'ConfigError', 'InvalidInputError']);

/** What fails for a reason of AWS is a finding, and the rest is still looked at. Shape: undefined when it failed. */
async function attempt<T>(what: string, call: () => Promise<T>, report: Report): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error) || !EXPECTED.has(error.name)) throw error;
    report({ status: 'wrong', what, detail: error.message });
    return undefined;
  }
}

const MARKS = { ok: ['ok', 'green'], warning: ['look', 'yellow'], wrong: ['wrong', 'red'] } as const;

/** Words of others reach the terminal here: none of their control characters does. */
function toText({ status, what, detail, advice }: Finding, colour: boolean): string {
  const [word, hue] = MARKS[status];
  const mark = word.padEnd(6);
  const line = `${what}: ${detail}`.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·');
  return `${colour ? styleText(hue, mark) : mark} ${line}\n${advice === undefined ? '' : `       → ${advice}\n`}`;
}
