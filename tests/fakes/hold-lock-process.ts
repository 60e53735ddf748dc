/** A process that holds the lock of a file until it is killed: `PATH`. It says when it has it. */
import { withLock } from '#adapters/file-lock';

const [path = ''] = process.argv.slice(2);
void withLock(path, () => new Promise(() => process.send?.('held')));
// The channel keeps the process alive, and it ends with the test that started it.
process.once('disconnect', () => process.exit());
