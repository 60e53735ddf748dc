/** Progress of a run: one line that changes on a terminal, plain lines elsewhere. */
import type { WorkerResult } from '../functions/worker/worker.ts';

/** Where progress is shown. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly write: (text: string) => unknown;
}

/** What a run reports of itself. */
export interface Progress {
  /** Hours that the run has in all. */
  readonly plan: (hours: number) => void;
  readonly written: (result: WorkerResult) => void;
  /** An attempt that failed; the state machine may try again. */
  readonly failed: (day: string, hour: string, error: Error) => void;
  readonly end: () => void;
}

const BAR = 24;

/** Makes the progress of one run. */
export function createProgress(output: ProgressOutput): Progress {
  let hours = 0;
  let done = 0;
  let rows = 0;
  const live = output.isTTY === true;
  const draw = () => {
    const filled = hours === 0 ? 0 : Math.round((done / hours) * BAR);
    const line = `${'━'.repeat(filled)}${'╌'.repeat(BAR - filled)} ${done} of ${hours} hours, ${rows} rows`;
    output.write(`\r\u001b[2K${line.slice(0, (output.columns ?? 80) - 1)}`);
  };
  const say = (line: string) => {
    if (live) output.write('\r\u001b[2K');
    output.write(`${line}\n`);
  };
  return {
    plan: (count) => {
      hours = count;
      if (live) draw();
    },
    written: (result) => {
      done += 1;
      rows += result.counts.rows;
      if (live) draw();
      else say(`${result.day} hour ${result.hour}: ${result.counts.rows} rows (${done} of ${hours} hours, ${rows} rows so far)`);
    },
    failed: (day, hour, error) => {
      say(`${day} hour ${hour}: ${error.name}: ${error.message}`);
      if (live) draw();
    },
    end: () => {
      if (live) output.write('\r\u001b[2K');
    },
  };
}
