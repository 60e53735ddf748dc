import { didYouMean, nearest } from '#runtime/nearest';

const KNOWN = ['csv', 'json', 'parquet', 'America/New_York'];

describe('nearest', () => {
  it.each([
    { name: 'two letters that changed places', word: 'parqeut', found: 'parquet' },
    { name: 'two letters of a short word that changed places', word: 'cvs', found: 'csv' },
    { name: 'another case', word: 'CSV', found: 'csv' },
    { name: 'a missing letter of a short word', word: 'cs', found: 'csv' },
    { name: 'a known word', word: 'json', found: 'json' },
    { name: 'a misspelt zone', word: 'america/newyork', found: 'America/New_York' },
    { name: 'a word of which more than a third differs', word: 'packet', found: null },
    { name: 'a word that is near to none', word: 'xml', found: null },
    { name: 'no letters', word: '', found: null },
  ])('finds $found for $name', ({ word, found }) => {
    expect(nearest(word, KNOWN)).toBe(found);
  });

  it('finds nothing where nothing is known', () => {
    expect(nearest('csv', [])).toBeNull();
  });
});

describe('didYouMean', () => {
  it('asks after the nearest word', () => {
    expect(didYouMean('parqet', KNOWN)).toBe('; did you mean parquet?');
  });

  it('says nothing when none is near', () => {
    expect(didYouMean('xml', KNOWN)).toBe('');
  });
});
