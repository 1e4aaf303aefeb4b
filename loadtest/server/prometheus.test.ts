import { describe, expect, it } from '@jest/globals';
import { Metrics, quantileBetween } from './prometheus.ts';

const text = (...counts: number[]) => `# TYPE t histogram
t_bucket{le="0.001",room="a"} ${counts[0]}
t_bucket{le="0.01",room="a"} ${counts[1]}
t_bucket{le="+Inf",room="a"} ${counts[2]}
t_bucket{room="b",le="0.001"} 0
t_bucket{room="b",le="0.01"} 0
t_bucket{room="b",le="+Inf"} 0
# a remark
process_cpu_seconds_total 12.5
clients{room="a \\"quoted\\""} 3
clients{room="b"} 4 1700000000
`;

describe('metrics', () => {
  it('are summed over the series that are asked for', () => {
    const metrics = new Metrics(text(0, 0, 0));
    expect(metrics.sum('process_cpu_seconds_total')).toBe(12.5);
    expect(metrics.sum('clients')).toBe(7);
    expect(metrics.sum('clients', { room: 'b' })).toBe(4);
    expect(metrics.sum('nothing')).toBeUndefined();
  });

  it('give the percentiles of what came between two scrapes', () => {
    const between = (after: string, quantile: number) =>
      quantileBetween(new Metrics(text(100, 100, 100)).buckets('t'), new Metrics(after).buckets('t'), quantile);
    expect(between(text(150, 200, 200), 0.25)).toBeCloseTo(0.0005, 10);
    expect(between(text(150, 200, 200), 0.75)).toBeCloseTo(0.0055, 10);
    expect(between(text(100, 100, 200), 0.99)).toBe(0.01);
    expect(between(text(100, 100, 100), 0.5)).toBeUndefined();
  });
});
