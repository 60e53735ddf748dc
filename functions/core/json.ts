/** Careful reading of JSON that nobody promised us: a member of the wrong type is an unknown, not an error. */

/** A JSON object whose members are not known. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object (no array, not null). */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that should be an object. Shape: an empty object when it is absent, null or of another type. */
export function member(value: unknown, key: string): Json {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

/** A text. Shape: null when absent, empty or of another type: AWS writes "" for what it does not know. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A number, or null. */
export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A boolean, or the given value; CloudTrail writes some of them as text. */
export function boolOr<T>(value: unknown, otherwise: T): boolean | T {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : otherwise;
}

/** A whole number that a double keeps exactly, or null: a bigint column takes nothing else. */
export function integer(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}

/** A whole number of 32 bits, or null. */
export function int(value: unknown): number | null {
  return integer(value) === (Number(value) | 0) ? (value as number) : null;
}

/** First and last instant that a timestamp column is given: 1970 to 2999. Units: epoch milliseconds. */
const LAST_INSTANT = Date.UTC(3000, 0, 1) - 1;

/** An instant as epoch milliseconds, or null when it is none or lies outside of 1970 to 2999. */
export function instant(ms: number): number | null {
  return Number.isInteger(ms) && ms >= 0 && ms <= LAST_INSTANT ? ms : null;
}

/** Parses JSON, as text or in UTF-8. Shape: undefined when it is none. */
export function parseJson(json: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof json === 'string' ? json : new TextDecoder().decode(json));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
