import { createHash } from 'node:crypto';
import type { ReportStore, WrittenObject } from '#core/ports';

/** A ReportStore in memory that lets a test look in. */
export interface MemoryStore extends ReportStore {
  /** Names of all objects, sorted. */
  readonly names: () => string[];
  /** Text of an object. Errors: Error when there is no such object. */
  readonly text: (name: string) => string;
  /** Names in the order in which the objects were written or removed; a write that failed is none. Shape: `write NAME`, `remove NAME`. */
  readonly changes: () => readonly string[];
}

/** Creates a store. Objects are whole: content that breaks off leaves what was there before. */
export function createMemoryStore(objects: Readonly<Record<string, string>> = {}): MemoryStore {
  const held = new Map(Object.entries(objects).map(([name, text]) => [name, Buffer.from(text)]));
  const changes: string[] = [];
  const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const wholeOf = async (content: AsyncIterable<Uint8Array> | Uint8Array): Promise<Uint8Array> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content instanceof Uint8Array ? [content] : content) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const put = (name: string, bytes: Uint8Array): WrittenObject => {
    held.set(name, Buffer.from(bytes));
    changes.push(`write ${name}`);
    return { bytes: bytes.byteLength, sha256: sha256Of(bytes) };
  };
  return {
    root: 'memory://reports/',
    read: async (name) => {
      const bytes = held.get(name);
      return bytes === undefined ? null : Uint8Array.from(bytes);
    },
    write: async (name, content) => put(name, await wholeOf(content)),
    writeIf: async (name, content, _contentType, version) => {
      const whole = await wholeOf(content);
      const now = held.get(name);
      return (now === undefined ? null : sha256Of(now)) === version ? { ...put(name, whole), version: sha256Of(whole) } : null;
    },
    readVersion: async (name) => {
      const bytes = held.get(name);
      return bytes === undefined ? null : { bytes: Uint8Array.from(bytes), version: sha256Of(bytes), sha256: sha256Of(bytes) };
    },
    open: async (name) => {
      const bytes = held.get(name);
      if (bytes === undefined) return null;
      let read = 0;
      const chunks = async function* () {
        // In pieces, which break characters and lines anywhere.
        for (; read < bytes.byteLength; read = Math.min(read + 1000, bytes.byteLength)) yield Uint8Array.from(bytes.subarray(read, read + 1000));
      };
      return { version: sha256Of(bytes), chunks: chunks(), read: () => ({ bytes: read, sha256: sha256Of(bytes.subarray(0, read)) }) };
    },
    version: async (name) => {
      const bytes = held.get(name);
      return bytes === undefined ? null : sha256Of(bytes);
    },
    hash: async (name) => {
      const bytes = held.get(name);
      return bytes === undefined ? null : { bytes: bytes.byteLength, sha256: sha256Of(bytes) };
    },
    remove: async (name) => {
      if (held.delete(name)) changes.push(`remove ${name}`);
    },
    names: () => [...held.keys()].sort(),
    text: (name) => {
      const bytes = held.get(name);
      if (bytes === undefined) throw new Error(`${name}: no such object, there are ${[...held.keys()].join(', ')}`);
      return bytes.toString('utf8');
    },
    changes: () => changes,
  };
}
