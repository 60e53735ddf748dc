/** Runs release-check.ts: `node scripts/release-check.mjs [--freeze]`. */
import { importScript } from './import-script.mjs';

const { root, module } = await importScript('release-check.ts');
const { text, code } = module.checkRelease(root, process.argv.includes('--freeze'));
process.stdout.write(text);
process.exitCode = code;
