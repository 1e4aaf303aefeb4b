import type { DurationHistogram } from './duration-histogram.ts';

interface MetricValue {
  metricName: string;
  labels: Record<string, string | number>;
  value: number;
}

/**
 * A {@link DurationHistogram} as prom-client's registry takes a metric. Its own Histogram looks labels up in a hash at
 * each observation, which is too much for what happens sixty times a second and room.
 */
export class HistogramMetric {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #source: DurationHistogram;

  constructor(name: string, help: string, source: DurationHistogram) {
    this.name = name;
    this.help = help;
    this.#source = source;
  }

  /** In seconds, as Prometheus has them; its buckets are cumulative. */
  get(): Promise<object> {
    const { boundsMs, counts, sumMs, count } = this.#source;
    const values: MetricValue[] = [];
    let upTo = 0;
    boundsMs.forEach((boundMs, i) => {
      upTo += counts[i]!;
      values.push({ metricName: `${this.name}_bucket`, labels: { le: boundMs / 1_000 }, value: upTo });
    });
    values.push({ metricName: `${this.name}_bucket`, labels: { le: '+Inf' }, value: count });
    values.push({ metricName: `${this.name}_sum`, labels: {}, value: sumMs / 1_000 });
    values.push({ metricName: `${this.name}_count`, labels: {}, value: count });
    return Promise.resolve({
      name: this.name,
      help: this.help,
      type: this.type,
      values,
      aggregator: this.aggregator,
    });
  }

  /** Nothing: what a node has counted it has counted. */
  reset(): void {}
}
