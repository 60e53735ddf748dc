/**
 * A process that runs an hour or closes the day, into a folder, and stands still at one write: before it, in the middle of it, or
 * after it. It says when it stands there, to be killed: `FOLDER URL hour|day NAME before|during|after [CURSOR]`.
 */
import { createFolderStore } from '#adapters/folder-store';
import { createFolderListing } from '#adapters/listing';
import type { ReportStore } from '#core/ports';
import { BUSY, connect, createDayOverHttp, LATER_AT } from './day-over-http.ts';

const [folder = '', url = '', job = '', name = '', moment = '', cursor] = process.argv.slice(2);
const store = haltAt(createFolderStore(folder, ''));
const { runHour, closeDay } = createDayOverHttp(store, createFolderListing(folder, ''), connect({ url }));
// Whoever comes to the end has met no such write: the test that waits for a word is told by the exit.
void (job === 'hour' ? runHour(BUSY, LATER_AT) : closeDay(LATER_AT, cursor === undefined ? undefined : JSON.parse(cursor))).finally(() => process.exit(1));
process.once('disconnect', () => process.exit());

function halt(): Promise<never> {
  process.send?.('halted');
  return new Promise(() => {});
}

function haltAt(inner: ReportStore): ReportStore {
  async function halted<C, T>(of: string, content: C, write: (content: C) => Promise<T>): Promise<T> {
    if (!of.endsWith(name)) return write(content);
    if (moment === 'before') return halt();
    // The store takes chunks here as well, whatever it is given.
    if (moment === 'during') return write(firstHalf(content as Uint8Array | AsyncIterable<Uint8Array>) as C);
    await write(content);
    return halt();
  }
  return {
    ...inner,
    write: (of, content, contentType) => halted(of, content, (part) => inner.write(of, part, contentType)),
    writeIf: (of, content, contentType, version) => halted(of, content, (part) => inner.writeIf(of, part, contentType, version)),
  };
}

async function* firstHalf(content: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    yield chunk.subarray(0, Math.ceil(chunk.byteLength / 2));
    await halt();
  }
}
