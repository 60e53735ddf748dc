import type { ReportStore } from '#core/ports';

/** Adds one to the number that an object holds, as often as it takes until nobody was in between. Shape: how often that was. */
export async function countUp(store: ReportStore, name: string): Promise<number> {
  for (let tries = 1; ; tries++) {
    const found = await store.readVersion(name);
    const count = found === null ? 0 : Number(new TextDecoder().decode(found.bytes));
    const written = await store.writeIf(name, new TextEncoder().encode(String(count + 1)), 'text/plain', found?.version ?? null);
    if (written !== null) return tries;
  }
}
