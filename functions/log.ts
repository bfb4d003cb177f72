/** The log port on Powertools: JSON lines and CloudWatch embedded metrics, both on stdout. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Log } from '../lib/ports/log.ts';
import { showError } from './shown-error.ts';

export interface FunctionLog extends Log {
  ofSync(sync: string): Log;
  /** To be called at the end of each invocation. */
  flush(): void;
}

type Details = Readonly<Record<string, unknown>>;

export function createLog(): FunctionLog {
  const logger = new Logger();
  const metrics = new Metrics();
  const logWith = (more: Details): Log => ({
    info: (message, details) => logger.info(message, shown({ ...more, ...details })),
    warn: (message, details) => logger.warn(message, shown({ ...more, ...details })),
    error: (message, details) => logger.error(message, shown({ ...more, ...details })),
    count: (metric, by) => {
      metrics.addMetric(metric, MetricUnit.Count, by);
    },
  });
  return {
    ...logWith({}),
    ofSync: (sync) => logWith({ sync }),
    flush: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}

const shown = (details: Details): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      value instanceof Error || name === 'error' ? showError(value) : value,
    ]),
  );
