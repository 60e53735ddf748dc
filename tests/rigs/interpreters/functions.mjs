/**
 * The day machine's functions, which do what `config.script` says of an hour, or of the Closer: what the two interpreters are asked
 * with. Of an hour: fail, throttle (once), continue (once), empty; else it has three rows.
 */
const asked = new Set();

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

/** Reads ahead all there is. */
export async function reader() {
  return { more: false, read: 3, unread: [] };
}

/** One hour, as the script has it. */
export async function worker(event) {
  const { hour, run, config, from } = event;
  const part = config.script[hour];
  const first = !asked.has(`${run} ${hour}`);
  asked.add(`${run} ${hour}`);
  if (part === 'fail') throw named('InvalidInputError', `hour ${hour} is not to be had`);
  if (part === 'throttle' && first) throw named('UpstreamThrottledError', 'too many requests');
  if (part === 'continue' && from === undefined) return { ...event, more: true, from: 100 };
  return { more: false, hour, counts: { rows: part === 'empty' ? 0 : 3 }, went: { on: from ?? null } };
}

/** Counts the hours; a day with a failed one is incomplete, and names it. */
export async function closer(event) {
  const { day, hours, config, after } = event;
  if (config.script.closer === 'continue' && after === undefined) return { ...event, more: true, after: 1 };
  const failed = hours.filter(({ error }) => error !== undefined);
  const counted = { more: false, day, hours: hours.length, rows: hours.reduce((sum, { counts }) => sum + (counts?.rows ?? 0), 0) };
  if (failed.length === 0) return { ...counted, verdict: 'complete' };
  return { ...counted, verdict: 'incomplete', error: 'DayIncomplete', cause: failed.map(({ hour, error }) => `hour ${hour}: ${error}`).join('; ') };
}
