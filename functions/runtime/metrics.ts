/** Figures of a function's work for CloudWatch, as embedded metrics in its log. docs/operations.md has all of them. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Turns } from '#core/ports';

/** Where the metrics are; their one dimension, `service`, is the stack (POWERTOOLS_SERVICE_NAME), and for gaps `reason` beside it. */
export const METRICS_NAMESPACE = 'AthenaQueryTracker';

/** What is measured, in its unit. */
const UNITS = {
  ScheduledRuns: MetricUnit.Count,
  LookUps: MetricUnit.Count,
  LookUpsRefused: MetricUnit.Count,
  ReaderSeconds: MetricUnit.Seconds,
  WorkerSeconds: MetricUnit.Seconds,
  CloserSeconds: MetricUnit.Seconds,
  Rows: MetricUnit.Count,
  HoursWritten: MetricUnit.Count,
  DaysComplete: MetricUnit.Count,
  DaysPending: MetricUnit.Count,
  DaysIncomplete: MetricUnit.Count,
} as const;

/** Names of the metrics. */
export type MetricName = keyof typeof UNITS;
/** Names of the metrics, for tests and documentation. */
export const METRIC_NAMES = [...(Object.keys(UNITS) as MetricName[]), 'Gaps'] as const;

/** Writes figures. Shape: values by name, and gaps by reason, which only a Worker has. Zeros are written: they tell that somebody looked. */
export type Measure = (values: Readonly<Partial<Record<MetricName, number>>>, gaps?: Readonly<Record<string, number>>) => void;

/**
 * Makes the writer of a function: one line of the embedded metric format a call, and one for each reason of a gap.
 * A local run switches it off by POWERTOOLS_METRICS_DISABLED.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMeasure(): Measure {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE });
  return (values, gaps = {}) => {
    for (const [name, unit] of Object.entries(UNITS)) {
      const value = values[name as MetricName];
      if (value !== undefined) metrics.addMetric(name, unit, value);
    }
    metrics.publishStoredMetrics();
    for (const [reason, count] of Object.entries(gaps)) {
      const one = metrics.singleMetric();
      one.addDimension('reason', reason);
      one.addMetric('Gaps', MetricUnit.Count, count);
    }
  };
}

/** Turns that are counted. */
export interface CountedTurns extends Turns {
  /** Calls made and refused since it was last asked. */
  readonly count: () => { readonly LookUps: number; readonly LookUpsRefused: number };
}

/** Counts the turns that are taken, and those that were refused. */
export function countTurns(turns: Turns): CountedTurns {
  let [lookUps, refused] = [0, 0];
  return {
    taken: turns.taken,
    next: () => {
      lookUps += 1;
      return turns.next();
    },
    refused: () => {
      refused += 1;
      turns.refused();
    },
    count: () => {
      const counted = { LookUps: lookUps, LookUpsRefused: refused };
      [lookUps, refused] = [0, 0];
      return counted;
    },
  };
}

/** Makes a stopwatch. Units: seconds since it was made. */
export function startWatch(): () => number {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000;
}
