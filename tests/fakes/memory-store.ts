import { createHash } from 'node:crypto';
import type { ReportStore } from '#core/ports';

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
  return {
    root: 'memory://reports/',
    read: async (name) => {
      const bytes = held.get(name);
      return bytes === undefined ? null : Uint8Array.from(bytes);
    },
    write: async (name, content) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content instanceof Uint8Array ? [content] : content) chunks.push(chunk);
      const whole = Buffer.concat(chunks);
      held.set(name, whole);
      changes.push(`write ${name}`);
      return { bytes: whole.byteLength, sha256: createHash('sha256').update(whole).digest('hex') };
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
