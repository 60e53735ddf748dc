/** The answer to a question, whoever gives it, and how it is shown: a table for people, CSV or JSON lines for machines. */
import type { ProgressOutput } from './progress.ts';

/** A value as text, as Athena writes it; NULL is null. */
export type Cell = string | null;

/** A column of an answer. */
export interface AnswerColumn {
  readonly name: string;
  /** Integers, doubles and decimals. */
  readonly isNumber: boolean;
  readonly isBoolean: boolean;
}

/** An answer; its rows can be gone through once. */
export interface Answer {
  readonly columns: readonly AnswerColumn[];
  readonly rows: AsyncIterable<readonly Cell[]>;
  /** Who answered and what it cost, once all rows are there. */
  readonly figures: () => Promise<string>;
}

/** How an answer can be shown. */
export const ANSWER_FORMATS = ['table', 'csv', 'json'] as const;
/** How an answer can be shown. */
export type AnswerFormat = (typeof ANSWER_FORMATS)[number];

/** Rows that the widths of a table are taken from; those after it are cut to fit. */
const MEASURED_ROWS = 1000;
/** Narrower than this a column says nothing. */
const LEAST_WIDTH = 8;
/** As a column of its own, longer text is for the formats of machines. */
const MOST_WIDTH = 120;

/** What acts on a terminal or turns the order of letters around: C0, DEL, C1, bidirectional controls. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g;

/** Visible signs in place of control characters, which would act on the terminal. */
function visible(text: string): string {
  return text.replace(CONTROL, (sign) => (sign < ' ' ? String.fromCharCode(0x2400 + sign.charCodeAt(0)) : sign === '\u007f' ? '␡' : '�'));
}

/** Writes an answer; CSV byte for byte, or, `forSpreadsheet`, so that no text is taken for a formula. Shape: the number of rows. */
export async function showAnswer({ columns, rows }: Answer, format: AnswerFormat, output: ProgressOutput, forSpreadsheet = false): Promise<number> {
  if (format === 'table') return showTable(columns, rows, output);
  let count = 0;
  const write = format === 'json' ? jsonLine(columns) : forSpreadsheet ? guardedLine(columns) : csvLine;
  // Exact for a pipe or a file; on a terminal nothing acts.
  const end = format === 'csv' ? '\r\n' : '\n';
  const put = (line: string) => output.write((output.isTTY === true ? visible(line) : line) + end);
  // Excel takes UTF-8 for what it is by its mark only.
  if (format === 'csv') put(forSpreadsheet ? `\uFEFF${csvLine(columns.map(({ name }) => guarded(name)))}` : csvLine(columns.map(({ name }) => name)));
  for await (const row of rows) {
    count += 1;
    put(write(row));
  }
  return count;
}

/** RFC 4180. NULL is an empty cell, the empty text a quoted one. */
function csvLine(cells: readonly Cell[]): string {
  return cells.map((cell) => (cell === null ? '' : cell === '' || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
}

/**
 * Where a spreadsheet could begin a cell, and sees a formula there: at the beginning, and behind each sign that ends a cell or a line in a
 * country whose Excel separates by semicolons, where the quotes of this file are none. Full width counts: Excel in East Asia reads it so.
 * Source: https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^(?=["' ]*[=+\-@\t\r\n\0＝＋－＠])|(?<=[;\t\r\n])(?=["' ]*[=+\-@＝＋－＠])/g;

/** A text with an apostrophe before all that would be a formula. */
function guarded(text: string): string {
  return text.replace(FORMULA, "'");
}

/** A line of CSV for a spreadsheet: numbers by the column's type stay numbers. */
function guardedLine(columns: readonly AnswerColumn[]): (cells: readonly Cell[]) => string {
  const number = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
  return (cells) => csvLine(cells.map((cell, index) => (cell === null || (columns[index]?.isNumber === true && number.test(cell)) ? cell : guarded(cell))));
}

/** A line of JSON. Numbers keep all their digits. */
function jsonLine(columns: readonly AnswerColumn[]): (cells: readonly Cell[]) => string {
  const string = (text: string) => JSON.stringify(text).replace(CONTROL, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const bare = /^(-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false)$/;
  return (cells) =>
    `{${columns
      .map(({ name, isNumber, isBoolean }, index) => {
        const cell = cells[index] ?? null;
        return `${string(name)}:${cell === null ? 'null' : (isNumber || isBoolean) && bare.test(cell) ? cell : string(cell)}`;
      })
      .join(',')}}`;
}

async function showTable(columns: readonly AnswerColumn[], rows: AsyncIterable<readonly Cell[]>, output: ProgressOutput): Promise<number> {
  const head = columns.map(({ name }) => visible(name));
  let widths: readonly number[] | null = null;
  let kept: string[][] = [];
  let count = 0;
  const put = (cells: readonly string[], fill = ' ') => {
    const at = widths ?? [];
    const line = cells.map((cell, index) => toWidth(cell, at[index] ?? 0, columns[index]?.isNumber === true && fill === ' ', fill)).join('  ');
    output.write(`${line.trimEnd()}\n`);
  };
  const begin = () => {
    widths = toWidths([head, ...kept], output.isTTY === true ? (output.columns ?? 80) : Number.POSITIVE_INFINITY);
    put(head);
    put(head.map(() => ''), '─');
    for (const cells of kept) put(cells);
    kept = [];
  };
  for await (const row of rows) {
    count += 1;
    const cells = row.map((cell) => (cell === null ? 'NULL' : visible(cell)));
    if (widths !== null) put(cells);
    else if (kept.push(cells) === MEASURED_ROWS) begin();
  }
  if (widths === null) begin();
  return count;
}

/** The widths of a table's columns: the widest give way until the line fits. */
function toWidths(rows: readonly (readonly string[])[], line: number): number[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.min(MOST_WIDTH, Math.max(1, ...rows.map((cells) => widthOf(cells[index] ?? '')))));
  for (let over = widths.reduce((sum, width) => sum + width + 2, -2) - line; over > 0; over -= 1) {
    const widest = Math.max(...widths);
    if (widest <= LEAST_WIDTH) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
  }
  return widths;
}

/** Cut or filled to a width. */
function toWidth(text: string, width: number, right: boolean, fill: string): string {
  const missing = width - widthOf(text);
  if (missing >= 0) return right ? fill.repeat(missing) + text : text + fill.repeat(missing);
  let cut = '';
  let left = width - 1;
  for (const sign of text) {
    left -= widthOf(sign);
    if (left < 0) break;
    cut += sign;
  }
  return `${cut}…`.padEnd(width);
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/gu;
const WITHOUT_WIDTH = /\p{M}|\p{Cf}/gu;

/** Cells of a terminal that a text takes. */
function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  const signs = text.replace(WITHOUT_WIDTH, '');
  return [...signs].length + (signs.match(WIDE)?.length ?? 0);
}
