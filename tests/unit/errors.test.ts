import { ConfigError, InvalidInputError, MalformedRecordError, UpstreamDeniedError, UpstreamThrottledError, UpstreamUnavailableError } from '#core/errors';
import { toProblems } from '#core/problems';

describe('errors', () => {
  it.each([
    { name: 'InvalidInputError', error: InvalidInputError },
    { name: 'UpstreamThrottledError', error: UpstreamThrottledError },
    { name: 'UpstreamUnavailableError', error: UpstreamUnavailableError },
    { name: 'UpstreamDeniedError', error: UpstreamDeniedError },
    { name: 'MalformedRecordError', error: MalformedRecordError },
  ])('$name has the name that the state machine matches, its message and its cause', ({ name, error: Class }) => {
    const cause = new Error('first');

    const error = new Class('what failed', { cause });

    expect(error).toMatchObject({ name, message: 'what failed', cause });
    expect(error).toBeInstanceOf(Error);
  });

  it('ConfigError lists every problem at once', () => {
    const cause = new Error('first');

    const error = new ConfigError(['A: missing', 'B: wrong'], { cause });

    expect(error).toMatchObject({ name: 'ConfigError', message: 'A: missing; B: wrong', problems: ['A: missing', 'B: wrong'], cause });
  });
});

describe('toProblems', () => {
  it.each([
    { name: 'a value at a path', issue: { message: 'a day', input: '7', path: [{ key: 'days', value: ['7'] }, { key: 0, value: '7' }] }, problem: 'days.0: "7", expected a day' },
    { name: 'a value that is missing', issue: { message: 'a day', input: undefined, path: [{ key: 'day', value: undefined }] }, problem: 'day: missing, expected a day' },
    { name: 'the whole event', issue: { message: 'an object', input: 7 }, problem: 'event: 7, expected an object' },
    { name: 'the field of a check over the whole event', issue: { message: 'a day after it', input: { a: 1, b: 2 }, path: [{ key: 'b', value: 2 }] }, problem: 'b: 2, expected a day after it' },
    { name: 'a value that JSON does not know', issue: { message: 'text', input: Symbol.for('x'), path: [{ key: 'a', value: Symbol.for('x') }] }, problem: 'a: Symbol(x), expected text' },
    { name: 'a long value, cut', issue: { message: 'less', input: 'x'.repeat(100), path: [{ key: 'a', value: 'x'.repeat(100) }] }, problem: `a: "${'x'.repeat(79)}, expected less` },
  ])('names $name', ({ issue, problem }) => {
    expect(toProblems([issue])).toEqual([problem]);
  });

  it('names all of them', () => {
    expect(toProblems([{ message: 'x', input: 1, path: [{ key: 'a', value: 1 }] }, { message: 'y', input: 2, path: [{ key: 'b', value: 2 }] }])).toHaveLength(2);
  });
});
