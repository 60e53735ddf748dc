import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { type Answer, type Cell, showAnswer } from '../../cli/answer.ts';

const HARD = ['plain', '', 'a,b', 'say "hi"', 'two\nlines', 'cr\r\nlf', "\u001b[31mred\u0007", 'turned \u202e around', 'nul\0del\x7fc1\x9b', '漢字😀 e\u0301', ' blanks '];

async function* each(rows: readonly (readonly Cell[])[]) {
  yield* rows;
}

function answerOf(names: readonly string[], rows: readonly (readonly Cell[])[], numbers: readonly string[] = [], booleans: readonly string[] = []): Answer {
  return { columns: names.map((name) => ({ name, isNumber: numbers.includes(name), isBoolean: booleans.includes(name) })), rows: each(rows), figures: async () => '' };
}

async function show(answer: Answer, format: 'table' | 'csv' | 'json', terminal: { isTTY?: true; columns?: number } = {}, forSpreadsheet?: true): Promise<string> {
  let text = '';
  await showAnswer(answer, format, { ...terminal, write: (part) => (text += part) }, forSpreadsheet);
  return text;
}

describe('an answer', () => {
  it('as CSV is RFC 4180, with NULL and the empty text apart', async () => {
    const text = await show(answerOf(['id', 'text'], [...HARD.map((cell, index) => [String(index), cell]), ['x', null]]), 'csv');

    expect(parse(text, { record_delimiter: '\r\n' })).toEqual([['id', 'text'], ...HARD.map((cell, index) => [String(index), cell]), ['x', '']]);
    expect(text).toContain('\r\n1,""\r\n');
    expect(text).toMatch(/\r\nx,\r\n$/);
  });

  it.each([
    ['=1+1', "'=1+1"], ['+1', "'+1"], ['-1', "'-1"], ['@SUM(A1)', "'@SUM(A1)"], ['\t=1', "'\t'=1"], ['\r=1', "'\r'=1"], ['\0', "'\0"],
    ['＝1', "'＝1"], ['＋1', "'＋1"], ['－1', "'－1"], ['＠x', "'＠x"],
    [' =1', "' =1"], ['"=1', "'\"=1"], ['x;=1+1', "x;'=1+1"], ['a\n@b', "a\n'@b"], ['x;"=1', "x;'\"=1"], ["'=1", "''=1"],
  ])('as CSV for a spreadsheet has no formula in %j', async (cell, guarded) => {
    const text = await show(answerOf(['text'], [[cell]]), 'csv', {}, true);

    expect(parse(text, { record_delimiter: '\r\n', bom: true })).toEqual([['text'], [guarded]]);
  });

  it('as CSV for a spreadsheet leaves alone what is none: numbers by their type, plain texts, NULL', async () => {
    const rows = [['-5', 'SELECT a - 1 = b', null], ['-1.5E-7', '2026-11-20 09:00:00.000', ''], ['-1+2', 'ana@example.com', 'x']];
    const text = await show(answerOf(['n', '=text', 'other'], rows, ['n']), 'csv', {}, true);

    // What is no number is guarded in a column of numbers as well.
    expect(text).toBe("\uFEFFn,'=text,other\r\n-5,SELECT a - 1 = b,\r\n-1.5E-7,2026-11-20 09:00:00.000,\"\"\r\n'-1+2,ana@example.com,x\r\n");
  });

  it('as CSV has no apostrophe and no mark unless it is for a spreadsheet', async () => {
    expect(await show(answerOf(['=a'], [['=1+1'], ['-1']]), 'csv')).toBe('=a\r\n=1+1\r\n-1\r\n');
  });

  it('as CSV for a spreadsheet begins no cell with a formula, whatever separates cells there', async () => {
    const texts = fc.array(fc.constantFrom('=', '+', '-', '@', '＝', '"', "'", ';', ',', '\t', '\r', '\n', ' ', 'a', '1', '|'), { maxLength: 8 }).map((parts) => parts.join(''));
    await fc.assert(fc.asyncProperty(fc.array(texts, { minLength: 2, maxLength: 3 }), async (cells) => {
      const text = (await show(answerOf(cells.map((_, index) => `c${index}`), [cells]), 'csv', {}, true)).slice(1);

      // Split at the comma by the quotes, and as where semicolons, tabs and line breaks separate and quotes mean nothing.
      const starts = [...(parse(text, { record_delimiter: '\r\n', relax_quotes: false }) as string[][]).flat(), ...text.split(/[;\t\r\n]/)];
      expect(starts.filter((cell) => /^["' ]*[=+\-@＝＋－＠]/.test(cell) && !/^["]*'/.test(cell))).toEqual([]);
    }), { seed: 20261120, numRuns: 2000 });
  });

  it('as JSON has a line for each row, numbers with all their digits, and NULL as null', async () => {
    const rows = [['9007199254740993', '0.1', 'true', 'true'], ['NaN', '1E-7', null, '1']];
    const text = await show(answerOf(['big', 'double', 'flag', 'text'], rows, ['big', 'double'], ['flag']), 'json');

    expect(text).toBe('{"big":9007199254740993,"double":0.1,"flag":true,"text":"true"}\n{"big":"NaN","double":1E-7,"flag":null,"text":"1"}\n');
  });

  it('as JSON is every text exactly, in ASCII where a sign would act', async () => {
    const text = await show(answerOf(['text'], HARD.map((cell) => [cell])), 'json');

    expect(text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { text: string }).text)).toEqual(HARD);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it.each(['table', 'csv', 'json'] as const)('as %s sends no control character to a terminal', async (format) => {
    const text = await show(answerOf(['te\u001bxt'], HARD.map((cell) => [cell])), format, { isTTY: true, columns: 80 });

    expect(text.replace(/\r?\n/g, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('as a table stands in columns, numbers to the right', async () => {
    expect(await show(answerOf(['actor', 'n'], [['ana', '5'], ['漢字', '12345'], [null, null]], ['n']), 'table')).toBe('actor      n\n─────  ─────\nana        5\n漢字   12345\nNULL    NULL\n');
  });

  it('as a table fits a terminal, the widest column giving way', async () => {
    const text = await show(answerOf(['actor', 'query'], [['ana', 'x'.repeat(500)], ['ben', `${'漢'.repeat(60)}`]]), 'table', { isTTY: true, columns: 40 });

    expect(text.split('\n').map((line) => line.length).sort((a, b) => b - a)[0]).toBeLessThanOrEqual(40);
    expect(text).toContain(`ana    ${'x'.repeat(32)}…`);
  });

  it('as a table of many rows does not wait for the last', async () => {
    const lines: string[] = [];
    let taken = 0;
    async function* many() {
      for (; taken < 3000; taken += 1) yield [taken === 2500 ? 'a much longer text' : 'short'];
    }
    let before = 0;
    const count = await showAnswer({ ...answerOf(['t'], []), rows: many() }, 'table', { write: (line) => { if (lines.push(line) === 1) before = taken; } });

    expect([count, lines.length, before < 1100]).toEqual([3000, 3002, true]);
    expect(lines[2502]).toBe('a mu…\n');
  });

  it('without a row still has its head', async () => {
    expect(await show(answerOf(['actor', 'n'], []), 'table')).toBe('actor  n\n─────  ─\n');
    expect(await show(answerOf(['actor', 'n'], []), 'csv')).toBe('actor,n\r\n');
    expect(await show(answerOf(['actor', 'n'], []), 'json')).toBe('');
  });
});
