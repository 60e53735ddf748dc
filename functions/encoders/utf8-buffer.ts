/** A growing buffer of UTF-8 that escapes while it copies: one pass over a text and no copy of it in between. */

const QUOTE = 0x22;

/** What a dialect writes instead of some characters. Built by `createEscapes`. */
export interface Escapes {
  /** For the 128 characters of ASCII, 1 where something else is written. Bytes, because this is looked up for every character. */
  readonly special: Uint8Array;
  /** What that is, by UTF-16 unit. */
  readonly written: ReadonlyMap<number, Uint8Array>;
  /** Most bytes that one UTF-16 unit becomes. */
  readonly widest: number;
}

/** Makes the tables of a dialect. Shape: from single characters (one UTF-16 unit each) to what is written instead. */
export function createEscapes(replacements: Iterable<readonly [character: string, replacement: string]>): Escapes {
  const special = new Uint8Array(128);
  const written = new Map<number, Uint8Array>();
  // Three bytes are the most that UTF-8 needs for one unit; a pair of surrogates takes four for two.
  let widest = 3;
  for (const [character, replacement] of replacements) {
    const bytes = new TextEncoder().encode(replacement);
    const code = character.charCodeAt(0);
    if (code < 128) special[code] = 1;
    written.set(code, bytes);
    widest = Math.max(widest, bytes.length);
  }
  return { special, written, widest };
}

/** Bytes in the making. `length` is what has been written since the last `take`. */
export class Utf8Buffer {
  length = 0;
  #bytes: Uint8Array;
  readonly #capacity: number;

  /** Units: bytes at hand at first and after each `take`; a text that needs more gets more. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#bytes = allocate(capacity);
  }

  /** Appends a text of ASCII characters as it is. */
  ascii(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** Appends a text between double quotes, escaped. Half a surrogate pair becomes U+FFFD, as TextEncoder has it. */
  quoted(text: string, escapes: Escapes): void {
    this.#reserve(text.length * escapes.widest + 2);
    const bytes = this.#bytes;
    const { special, written } = escapes;
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 128 && special[code] === 0) {
        bytes[at++] = code;
        continue;
      }
      const replacement = written.get(code);
      if (replacement !== undefined) {
        for (const byte of replacement) bytes[at++] = byte;
      } else {
        const scalar = scalarAt(text, i);
        if (scalar > 0xffff) i++;
        at = writeScalar(bytes, at, scalar);
      }
    }
    bytes[at++] = QUOTE;
    this.length = at;
  }

  /** Hands over what was written. The bytes are the caller's: the buffer goes on in new memory. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.length);
    this.#bytes = allocate(this.#capacity);
    this.length = 0;
    return taken;
  }

  #reserve(size: number): void {
    if (this.length + size <= this.#bytes.length) return;
    const larger = allocate(Math.max(this.#bytes.length * 2, this.length + size));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
}

/** Not from Node's pool: chunks are handed away and must not share memory. Not zeroed: only written bytes leave. */
function allocate(size: number): Uint8Array {
  return Buffer.allocUnsafeSlow(size);
}

/** The code point at `i`; U+FFFD for half a pair. */
function scalarAt(text: string, i: number): number {
  const point = text.codePointAt(i) ?? 0xfffd;
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

/** Writes a code point beyond ASCII in UTF-8 and returns where the next byte goes. */
function writeScalar(bytes: Uint8Array, start: number, scalar: number): number {
  let at = start;
  if (scalar < 0x800) {
    bytes[at++] = 0xc0 | (scalar >> 6);
  } else {
    if (scalar < 0x10000) {
      bytes[at++] = 0xe0 | (scalar >> 12);
    } else {
      bytes[at++] = 0xf0 | (scalar >> 18);
      bytes[at++] = 0x80 | ((scalar >> 12) & 0x3f);
    }
    bytes[at++] = 0x80 | ((scalar >> 6) & 0x3f);
  }
  bytes[at++] = 0x80 | (scalar & 0x3f);
  return at;
}
