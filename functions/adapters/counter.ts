import { createHash } from 'node:crypto';
import type { WrittenObject } from '#core/ports';

/** Counts and hashes what passes: `result` is of what has passed so far. */
export interface Counter {
  readonly count: (content: AsyncIterable<Uint8Array> | Uint8Array) => AsyncGenerator<Uint8Array>;
  readonly result: () => WrittenObject;
}

/** Makes one. */
export function createCounter(): Counter {
  const sha256 = createHash('sha256');
  let bytes = 0;
  return {
    count: async function* (content) {
      for await (const chunk of content instanceof Uint8Array ? [content] : content) {
        sha256.update(chunk);
        bytes += chunk.byteLength;
        yield chunk;
      }
    },
    result: () => ({ bytes, sha256: sha256.copy().digest('hex') }),
  };
}

/** Size and hash of a stream that is read for nothing else. */
export async function countThrough(chunks: AsyncIterable<Uint8Array>): Promise<WrittenObject> {
  const counter = createCounter();
  for await (const _chunk of counter.count(chunks));
  return counter.result();
}
