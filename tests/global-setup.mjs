import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Makes the bundles once, before any suite runs: end-to-end tests use them while others run beside. */
export default function setup() {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  if (process.env.TRINO_URL === undefined) process.stderr.write("left out: the reports asked on Athena's own engine, by tests/rigs/ask-in-athena\n");
  execFileSync(process.execPath, [fileURLToPath(new URL('../scripts/build.mjs', import.meta.url)), '--quiet'], { stdio: 'inherit' });
}
