/** The parts of template.yaml that follow from the schema and the saved queries. `npm run template` writes them; a test holds the template to them. */

import { DECODE, queriesView, selectColumns, viewDefinition, viewSql } from './catalog.ts';
import { COLUMNS, type Column } from './columns.ts';

/** A saved query as the template takes it. */
export interface TemplateQuery {
  readonly name: string;
  readonly description: string;
  /** The file as it is, with its header. */
  readonly text: string;
}

/** Writes the parts into a template: each between its two marks, which stay. Errors: Error when a mark is not there. */
export function writeParts(template: string, queries: readonly TemplateQuery[]): string {
  const parts = { columns: COLUMNS.map(columnLine), view: viewLines(), queries: queries.flatMap(queryLines) };
  return Object.entries(parts).reduce((text, [name, lines]) => {
    const marks = new RegExp(`^( *# <${name}> .*\\n)[\\s\\S]*?^( *# </${name}>\\n)`, 'm');
    if (!marks.test(text)) throw new Error(`template.yaml: no # <${name}> … # </${name}>`);
    return text.replace(marks, (_, begin: string, end: string) => `${begin}${lines.map((line) => `${line}\n`).join('')}${end}`);
  }, template);
}

const COLUMN = '            ';

function columnLine({ name, type, meaning, source }: Column): string {
  return `${COLUMN}- { Name: ${name}, Type: ${type === 'string' ? 'string' : `!If [IsCsv, string, ${type}]`}, Comment: ${scalar(`${meaning} (${source})`)} }`;
}

/** A plain scalar of a flow mapping where YAML allows it, else a quoted one. */
function scalar(text: string): string {
  return /^[A-Za-z][^,:#[\]{}'"]*$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** A name that CloudFormation's Sub puts the value in for. */
function sub(name: string): string {
  return `$\{${name}}`;
}

/**
 * The view's definition, by CloudFormation's own means: what stands around a text cell is said once and put in by Sub, so that the
 * template stays below what CloudFormation takes without a bucket.
 */
function viewLines(): string[] {
  const sql = viewSql('csv', `stack ${sub('AWS::StackName')}`, sub('Columns'), sub('ReportTable'), sub('OutputType'));
  const { StorageDescriptor } = queriesView('');
  const definition = JSON.stringify(viewDefinition(sub('ReportDatabase'), sql)).replaceAll('},{', '}, {');
  const csv = selectColumns('csv', [sub('a'), sub('b'), sub('c')]);
  const [before, between, after] = DECODE.map((part) => JSON.stringify(part).slice(1, -1));
  return [
    ...folded(`          Columns: [${StorageDescriptor.Columns.map(({ Name, Type }) => `{Name: ${Name}, Type: ${Type}}`).join(', ')}]`, '            ', '}, '),
    '        ViewOriginalText: !Join',
    "          - ''",
    "          - - '/* Presto View: '",
    '            - Fn::Base64: !Sub',
    ...folded(`              - ${quoted(definition)}`, '                ', '}, '),
    '              - Columns: !If',
    '                  - IsCsv',
    '                  - !Sub',
    ...folded(`                    - ${quoted(csv)}`, '                      ', / AS \w+, /g),
    `                    - a: ${quoted(before ?? '')}`,
    `                      b: ${quoted(between ?? '')}`,
    `                      c: ${quoted(after ?? '')}`,
    ...folded(`                  - ${quoted(selectColumns('json'))}`, '                    ', ', '),
    "            - ' */'",
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const LINE = 140;

/** A long line broken behind some of its ends, as YAML folds it back: a line break is one blank, which each end has last. */
function folded(line: string, indent: string, end: string | RegExp): string[] {
  const pieces = line.replace(typeof end === 'string' ? new RegExp(end, 'g') : end, (found) => `${found}\n`).split('\n');
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + piece.length <= LINE) lines[lines.length - 1] = last + piece;
    else lines.push(last === undefined ? piece : `${indent}${piece}`);
  }
  return lines.map((folded) => folded.trimEnd());
}

function queryLines({ name, description, text }: TemplateQuery): string[] {
  const id = name.split('-').map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('');
  return [
    `  ${id}Query:`,
    '    Type: AWS::Athena::NamedQuery',
    '    Properties:',
    `      Name: ${name}`,
    `      Description: ${quoted(description)}`,
    '      Database: !Ref ReportDatabase',
    '      WorkGroup: !Ref QueryWorkgroup',
    '      QueryString: |',
    ...text.trimEnd().split('\n').map((line) => (line === '' ? '' : `        ${line}`)),
  ];
}

