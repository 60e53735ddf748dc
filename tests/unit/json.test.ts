import { boolOr, isObject, member, number, text } from '#core/json';

describe('careful reading of JSON', () => {
  it.each([
    { name: 'an object', value: { a: 1 }, is: true },
    { name: 'an empty object', value: {}, is: true },
    { name: 'a list', value: [], is: false },
    { name: 'null', value: null, is: false },
    { name: 'text', value: '{}', is: false },
  ])('isObject says $is of $name', ({ value, is }) => {
    expect(isObject(value)).toBe(is);
  });

  it.each([
    { name: 'a member that is an object', value: { a: { b: 1 } }, found: { b: 1 } },
    { name: 'a member that is null', value: { a: null }, found: {} },
    { name: 'a member that is a list', value: { a: [1] }, found: {} },
    { name: 'an absent member', value: {}, found: {} },
    { name: 'a member of no object', value: 'a', found: {} },
  ])('member reads $name', ({ value, found }) => {
    expect(member(value, 'a')).toEqual(found);
  });

  it.each([
    { name: 'text', value: ' a ', found: ' a ' },
    { name: 'an empty text, which AWS writes for what it does not know', value: '', found: null },
    { name: 'a number', value: 1, found: null },
    { name: 'nothing', value: undefined, found: null },
  ])('text reads $name', ({ value, found }) => {
    expect(text(value)).toBe(found);
  });

  it.each([
    { name: 'zero', value: 0, found: 0 },
    { name: 'a fraction', value: 4.5, found: 4.5 },
    { name: 'no number', value: Number.NaN, found: null },
    { name: 'a number in text', value: '1', found: null },
  ])('number reads $name', ({ value, found }) => {
    expect(number(value)).toBe(found);
  });

  it.each([
    { name: 'true', value: true, found: true },
    { name: 'false', value: false, found: false },
    { name: 'true in text', value: 'true', found: true },
    { name: 'false in text', value: 'false', found: false },
    { name: 'other text', value: 'yes', found: null },
    { name: 'nothing', value: undefined, found: null },
  ])('boolOr reads $name', ({ value, found }) => {
    expect(boolOr(value, null)).toBe(found);
  });
});
