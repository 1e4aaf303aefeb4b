import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';

/** Two minutes; what took longer counts as that. */
const MOST_MICROS = 120_000_000;

/** Times in milliseconds, kept as microseconds to three digits: a percentile is right within 0.1 % and 1 us. */
export class TimeHistogram {
  readonly #histogram: Histogram;

  constructor(histogram: Histogram = emptyHistogram()) {
    this.#histogram = histogram;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Hot: once an input, and once an update. */
  record(ms: number): void {
    const micros = Math.round(ms * 1_000);
    this.#histogram.recordValue(micros < 0 ? 0 : micros > MOST_MICROS ? MOST_MICROS : micros);
  }

  add(other: TimeHistogram): void {
    this.#histogram.add(other.#histogram as never);
  }

  reset(): void {
    this.#histogram.reset();
  }

  /** Milliseconds; 0 of nothing. */
  percentile(percent: number): number {
    return this.count === 0 ? 0 : this.#histogram.getValueAtPercentile(percent) / 1_000;
  }

  get maxMs(): number {
    return this.percentile(100); // the library's own `maxValue` changes on the way through text
  }

  /** For the way from one process to another. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#histogram as never);
  }

  static decode(text: string): TimeHistogram {
    return new TimeHistogram(decodeFromCompressedBase64(text, 32));
  }
}

const emptyHistogram = (): Histogram =>
  build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: MOST_MICROS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

/** What a report says of a distribution, in milliseconds. */
export interface Percentiles {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export const percentilesOf = (times: TimeHistogram): Percentiles => ({
  count: times.count,
  p50: times.percentile(50),
  p95: times.percentile(95),
  p99: times.percentile(99),
  max: times.maxMs,
});
