import { parse } from 'csv-parse/sync';
import { type Answer, type Cell, showAnswer } from '../../cli/answer.ts';

const HARD = ['plain', '', 'a,b', 'say "hi"', 'two\nlines', 'cr\r\nlf', "\u001b[31mred\u0007", 'turned \u202e around', 'nul\0del\x7fc1\x9b', '漢字😀 e\u0301', ' blanks '];

async function* each(rows: readonly (readonly Cell[])[]) {
  yield* rows;
}

function answerOf(names: readonly string[], rows: readonly (readonly Cell[])[], numbers: readonly string[] = [], booleans: readonly string[] = []): Answer {
  return { columns: names.map((name) => ({ name, isNumber: numbers.includes(name), isBoolean: booleans.includes(name) })), rows: each(rows), figures: async () => '' };
}

async function show(answer: Answer, format: 'table' | 'csv' | 'json', terminal: { isTTY?: true; columns?: number } = {}): Promise<string> {
  let text = '';
  await showAnswer(answer, format, { ...terminal, write: (part) => (text += part) });
  return text;
}

describe('an answer', () => {
  it('as CSV is RFC 4180, with NULL and the empty text apart', async () => {
    const text = await show(answerOf(['id', 'text'], [...HARD.map((cell, index) => [String(index), cell]), ['x', null]]), 'csv');

    expect(parse(text, { record_delimiter: '\r\n' })).toEqual([['id', 'text'], ...HARD.map((cell, index) => [String(index), cell]), ['x', '']]);
    expect(text).toContain('\r\n1,""\r\n');
    expect(text).toMatch(/\r\nx,\r\n$/);
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
