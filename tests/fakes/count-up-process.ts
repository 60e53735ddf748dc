/** A process that counts up an object of a folder, many times at once: `FOLDER NAME TIMES`. It begins at a word and says how often it tried. */
import { createFolderStore } from '#adapters/folder-store';
import { countUp } from './count-up.ts';

const [folder = '', name = '', times = ''] = process.argv.slice(2);
const store = createFolderStore(folder, '');
process.once('message', async () => {
  const tries = await Promise.all(Array.from({ length: Number(times) }, () => countUp(store, name)));
  process.send?.(tries, () => process.disconnect());
});
process.send?.('ready');
