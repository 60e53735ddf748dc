/** What a schema found wrong with a value: where, what, and what it expected. The shape of valibot's issues. */
interface Issue {
  readonly message: string;
  readonly input: unknown;
  readonly path?: readonly { readonly key: unknown; readonly value: unknown }[] | undefined;
}

/** Problems for people. Shape: `hour: "7", expected an hour label, 00 to 23`, a line each. */
export function toProblems(issues: readonly Issue[]): string[] {
  return issues.map(({ message, input, path }) => {
    const where = path?.map((item) => String(item.key)).join('.') ?? 'event';
    // A check over several fields has the whole event as its input, but names the field by its path.
    const last = path?.at(-1);
    const found = last === undefined ? input : last.value;
    const value = found === undefined ? 'missing' : (JSON.stringify(found) ?? String(found)).slice(0, 80);
    return `${where}: ${value}, expected ${message}`;
  });
}
