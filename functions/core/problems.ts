/** What a schema found wrong with a value: where, what, and what it expected. The shape of valibot's issues. */
interface Issue {
  readonly message: string;
  readonly input: unknown;
  readonly path?: readonly { readonly key: unknown }[] | undefined;
}

/** Problems for people. Shape: `hour: "7", expected an hour label, 00 to 23`, a line each. */
export function toProblems(issues: readonly Issue[]): string[] {
  return issues.map(({ message, input, path }) => {
    const where = path?.map((item) => String(item.key)).join('.') ?? 'event';
    const value = input === undefined ? 'missing' : (JSON.stringify(input) ?? String(input)).slice(0, 80);
    return `${where}: ${value}, expected ${message}`;
  });
}
