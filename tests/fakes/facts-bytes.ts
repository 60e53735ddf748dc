import { type Fact, parseFactLine, toFactLine } from '#core/facts';

/** Facts as the bytes of their object. */
export function toFactsBytes(facts: readonly Fact[]): Uint8Array {
  return Buffer.from(facts.map(toFactLine).join(''));
}

/** Reads facts back from the bytes of their object. Shape: `strange` counts lines that are none. */
export function parseFacts(bytes: Uint8Array): { readonly facts: readonly Fact[]; readonly strange: number } {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const facts = lines.flatMap((line) => parseFactLine(Buffer.from(line, 'latin1')) ?? []);
  return { facts, strange: lines.length - facts.length };
}
