import { closest, distance } from 'fastest-levenshtein';

/**
 * The known word that a misspelt one was meant to be.
 * Shape: null when none is near: more than a third of the letters differ, and they are not the same letters in another order.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const lower = word.toLowerCase();
  const found = closest(lower, known.map((name) => name.toLowerCase()));
  const name = known.find((candidate) => candidate.toLowerCase() === found);
  const isNear = distance(lower, found) <= Math.max(1, Math.floor(found.length / 3)) || letters(lower) === letters(found);
  return name !== undefined && isNear ? name : null;
}

/** Fingers swap letters: `cvs` is two edits away from `csv`. */
function letters(word: string): string {
  return [...word].sort().join('');
}

/** The end of an error message that names the nearest known word. Shape: `; did you mean csv?` or empty. */
export function didYouMean(word: string, known: readonly string[]): string {
  const name = nearest(word, known);
  return name === null ? '' : `; did you mean ${name}?`;
}
