/** Progress of a run: one line that changes on a terminal, plain lines elsewhere. */
import type { Standing } from '../functions/reader/read-hours.ts';
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
  /** How far the look-ups have come; on a terminal with each page, elsewhere now and then. */
  readonly read: (standing: Standing) => void;
  readonly written: (result: WorkerResult) => void;
  /** An attempt that failed; the state machine may try again. */
  readonly failed: (day: string, hour: string, error: Error) => void;
  readonly end: () => void;
}

const BAR = 24;
/** Between two lines of a long reading where there is no terminal. Units: milliseconds. */
const LINE_MS = 30_000;

/** Makes the progress of one run. */
export function createProgress(output: ProgressOutput): Progress {
  let hours = 0;
  let done = 0;
  let rows = 0;
  const live = output.isTTY === true;
  let began: number | null = null;
  let said = 0;
  let before: Standing = { hours: 0, hoursRead: 0, pages: 0, starts: 0, pagesLeft: 0 };
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
    read: (standing) => {
      const now = performance.now();
      // A day after another begins with its own count.
      if (began === null || standing.pages < before.pages) [began, said] = [now, now];
      before = standing;
      const line = readingLine(standing, (now - began) / 1000);
      if (live) output.write(`\r\u001b[2K${line.slice(0, (output.columns ?? 80) - 1)}`);
      else if (now - said >= LINE_MS) {
        said = now;
        say(line);
      }
    },
    written: (result) => {
      done += 1;
      rows += result.counts.rows;
      if (live) draw();
      else say(`${result.day} hour ${result.hour}: ${result.counts.rows} ${result.counts.rows === 1 ? 'row' : 'rows'} (${done} of ${hours} hours, ${rows} rows so far)`);
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

/** Pages, rows, rate and what is left. Units: seconds since the first page. */
function readingLine({ hours, hoursRead, pages, starts, pagesLeft }: Standing, seconds: number): string {
  // The first page stands at the beginning of the time that the others took.
  const rate = seconds > 0 ? (pages - 1) / seconds : 0;
  const left = rate > 0 ? `, about ${duration(pagesLeft / rate)} left` : '';
  return `reading CloudTrail: ${hoursRead} of ${hours} hours, ${pages} ${pages === 1 ? 'page' : 'pages'}, ${starts} ${starts === 1 ? 'query' : 'queries'}${rate > 0 ? `, ${rate.toFixed(1)} pages/s` : ''}${left}`;
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
