/**
 * Sums the metrics that functions print in CloudWatch's embedded metric format.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export type MetricSums = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Metrics {
  /** True when the line was a metric and is taken in. */
  take(line: string): boolean;
  /** By namespace and name, over all dimensions. */
  sums(): MetricSums;
}

interface EmbeddedMetrics {
  readonly _aws?: {
    readonly CloudWatchMetrics?: readonly {
      readonly Namespace: string;
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

export function createMetrics(): Metrics {
  const sums: Record<string, Record<string, number>> = {};
  const add = (namespace: string, name: string, value: unknown): void => {
    const values = (Array.isArray(value) ? value : [value]) as unknown[];
    const numbers = values.filter((one) => typeof one === 'number');
    const metrics = (sums[namespace] ??= {});
    metrics[name] = numbers.reduce((sum, one) => sum + one, metrics[name] ?? 0);
  };
  return {
    take: (line) => {
      const embedded = parseEmbedded(line);
      if (embedded === undefined) return false;
      for (const { Namespace, Metrics } of embedded._aws?.CloudWatchMetrics ?? []) {
        for (const { Name } of Metrics) add(Namespace, Name, embedded[Name]);
      }
      return true;
    },
    sums: () => structuredClone(sums),
  };
}

function parseEmbedded(line: string): EmbeddedMetrics | undefined {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return undefined;
  try {
    const parsed = JSON.parse(line) as EmbeddedMetrics;
    return parsed._aws === undefined ? undefined : parsed;
  } catch {
    return undefined;
  }
}
