/** One line of Prometheus's text format. */
interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What a server's /metrics said, by name. Lines that are none are passed over. */
export class Metrics {
  readonly #samples = new Map<string, Sample[]>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
      if (match === null) continue;
      const [, name, labels = '', value] = match;
      const samples = this.#samples.get(name!) ?? [];
      samples.push({ labels: readLabels(labels), value: Number(value) });
      this.#samples.set(name!, samples);
    }
  }

  /** Of all series with these labels together; undefined where there is none. */
  sum(name: string, labels: Record<string, string> = {}): number | undefined {
    const samples = this.#samples.get(name)?.filter((sample) => matches(sample, labels));
    if (samples === undefined || samples.length === 0) return undefined;
    return samples.reduce((sum, { value }) => sum + value, 0);
  }

  /** Cumulative counts by upper bound, rising, over all series of a histogram. */
  buckets(name: string): Map<number, number> {
    const counts = new Map<number, number>();
    for (const { labels, value } of this.#samples.get(`${name}_bucket`) ?? []) {
      const bound = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
      counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
    return new Map([...counts].sort(([a], [b]) => a - b));
  }
}

/**
 * A percentile of what a histogram counted between two scrapes, as PromQL's `histogram_quantile` has it: between the
 * bounds of its bucket. What is in the last bucket is at least its lower bound.
 */
export function quantileBetween(
  before: Map<number, number>,
  after: Map<number, number>,
  quantile: number,
): number | undefined {
  const counts = [...after].map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }));
  const total = counts.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const rank = quantile * total;
  const i = counts.findIndex(({ count }) => count >= rank);
  const { bound, count } = counts[i]!;
  const lower = i === 0 ? { bound: 0, count: 0 } : counts[i - 1]!;
  if (bound === Infinity) return lower.bound;
  if (count === lower.count) return bound;
  return lower.bound + ((bound - lower.bound) * (rank - lower.count)) / (count - lower.count);
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name!, value!]));
}

function matches(sample: Sample, labels: Record<string, string>): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}
