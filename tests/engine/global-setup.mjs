import build from '../global-setup.mjs';

/** Refuses to start without the rig: a suite that skipped itself here would look green. */
export default function setup() {
  for (const name of ['TRINO_URL', 'AWS_ENDPOINT_URL', 'RIG_AWS_LOG']) {
    if (process.env[name] === undefined) throw new Error(`${name} is not set: this suite is run by tests/rigs/ask-in-athena`);
  }
  build();
}
