import type { HourWindow } from '#core/window';
import { createWorker, type WorkerPorts, type WorkerResult } from '../../functions/worker/worker.ts';

/** Runs the worker on one hour, in as many invocations as it takes. Shape: what the last one answers. */
export async function runHour(ports: WorkerPorts, window: HourWindow, asOf: string, run = 'test'): Promise<WorkerResult> {
  const worker = createWorker(ports);
  for (;;) {
    const result = await worker({ window, asOf: new Date(asOf), config: undefined, run });
    if (result !== 'more') return result;
  }
}
