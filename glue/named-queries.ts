/** The saved queries: files of SQL with a header, `-- What it answers.` and `-- Parameters: …`. */

/** What a `?` of a saved query stands for, in its order. */
export const PARAMETERS = ['first day', 'last day', 'actor', 'from time', 'until time'] as const;
/** What a `?` stands for. */
export type Parameter = (typeof PARAMETERS)[number];

/** A saved query. */
export interface NamedQuery {
  readonly name: string;
  readonly description: string;
  /** One for each `?`, in their order. */
  readonly parameters: readonly Parameter[];
  /** Without the header. */
  readonly sql: string;
}

/** Reads a saved query. Errors: Error that names the file and what its header lacks. */
export function parseNamedQuery(name: string, text: string): NamedQuery {
  const [, header = '', sql = ''] = /^((?:--[^\n]*\n)*)([\s\S]*)$/.exec(text) ?? [];
  const lines = header.split('\n').map((line) => line.replace(/^-- ?/, '').trim()).filter((line) => line !== '');
  const parameters = (lines.at(-1)?.startsWith('Parameters: ') === true ? lines.pop() : undefined)?.replace('Parameters: ', '').split(', ') ?? [];
  const unknown = parameters.filter((parameter) => !PARAMETERS.some((known) => known === parameter));
  const marks = sql.replace(/--[^\n]*|'(?:[^']|'')*'/g, '').split('?').length - 1;
  if (lines.length === 0) throw new Error(`${name}.sql: no description, expected a first line such as -- What it answers.`);
  if (unknown.length > 0) throw new Error(`${name}.sql: parameters ${unknown.join(', ')}, expected some of ${PARAMETERS.join(', ')}`);
  if (marks !== parameters.length) throw new Error(`${name}.sql: ${marks} ? for ${parameters.length} parameters`);
  return { name, description: lines.join(' '), parameters: parameters as Parameter[], sql: sql.trim() };
}
