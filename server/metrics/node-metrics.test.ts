import { beforeEach, describe, expect, it } from '@jest/globals';
import { FrameType } from '../../shared/wire/frame-type.ts';
import { DurationHistogram } from './duration-histogram.ts';
import { nodeMetrics, type NodeView } from './node-metrics.ts';
import { PLAIN, Tally } from './tally.ts';

let tally: Tally;
let up: boolean;

const view = (): NodeView => ({
  processId: 'n1',
  address: '10.0.0.3:2567',
  rooms: () => [
    { name: 'arena', rooms: 3, clients: 20, away: 2 },
    { name: 'lobby', rooms: 1, clients: 5, away: 1 },
  ],
  connections: () => ({ framed: 22, plain: 3, ping: 1, bufferedBytes: 4_096 }),
  load: () => ({ tickShare: 0.25, loopShare: 0.5, headroom: 0.375, lagMs: { p50: 1, p99: 8, max: 30 } }),
  draining: () => true,
  redisUp: () => up,
});

/** Every line of a metric, as Prometheus reads it. */
const linesOf = async (name: string, of = view()): Promise<string[]> =>
  (await nodeMetrics(tally, of).metrics()).split('\n').filter((line) => line.startsWith(name));

beforeEach(() => {
  tally = new Tally();
  up = true;
});

describe('a histogram of durations', () => {
  it('counts each duration in the first bucket that takes it, and sums them', () => {
    const histogram = new DurationHistogram([1, 10]);
    for (const ms of [0, 1, 1.5, 10, 11, 5_000]) histogram.record(ms);
    expect([...histogram.counts]).toEqual([2, 2, 2]);
    expect(histogram.count).toBe(6);
    expect(histogram.sumMs).toBe(5_023.5);
  });
});

describe('metrics of a node', () => {
  it('has cumulative buckets in seconds', async () => {
    tally.woke(0.1, 3, 1);
    tally.woke(0.1, 7, 2);
    tally.woke(0.1, 5_000, 1);
    const lines = await linesOf('velarium_tick_seconds');
    expect(lines).toContain('velarium_tick_seconds_bucket{le="0.002"} 0');
    expect(lines).toContain('velarium_tick_seconds_bucket{le="0.004"} 1');
    expect(lines).toContain('velarium_tick_seconds_bucket{le="0.008"} 2');
    expect(lines).toContain('velarium_tick_seconds_bucket{le="1"} 2');
    expect(lines).toContain('velarium_tick_seconds_bucket{le="+Inf"} 3');
    expect(lines).toContain('velarium_tick_seconds_sum 5.01');
    expect(lines).toContain('velarium_tick_seconds_count 3');
    expect(await linesOf('velarium_ticks_total')).toEqual(['velarium_ticks_total 4']);
  });

  it('tells what passed by direction and type', async () => {
    tally.received.frame(FrameType.Input, 12);
    tally.received.messages[FrameType.Input]! += 2;
    tally.sent.frame(FrameType.Delta, 44);
    tally.sent.frame(FrameType.Delta, 46);
    tally.sent.frame(PLAIN, 7);
    expect(await linesOf('velarium_frames_total')).toEqual(
      expect.arrayContaining([
        'velarium_frames_total{direction="in",type="input"} 1',
        'velarium_frames_total{direction="out",type="delta"} 2',
        'velarium_frames_total{direction="out",type="plain"} 1',
        'velarium_frames_total{direction="in",type="delta"} 0',
      ]),
    );
    expect(await linesOf('velarium_frame_bytes_total')).toContain(
      'velarium_frame_bytes_total{direction="out",type="delta"} 90',
    );
    expect(await linesOf('velarium_messages_total')).toContain(
      'velarium_messages_total{direction="in",type="input"} 2',
    );
  });

  it('says the same when it is asked twice', async () => {
    tally.received.frame(FrameType.Input, 12);
    const registry = nodeMetrics(tally, view());
    const own = async (): Promise<string[]> =>
      (await registry.metrics()).split('\n').filter((line) => line.startsWith('velarium_'));
    expect(await own()).toEqual(await own());
  });

  it('counts why whole states were sent, errors, closes and joins', async () => {
    tally.keyframes.drained = 3;
    tally.wireError('bad-check');
    tally.wireError('bad-check');
    tally.closed(1_006);
    tally.closed(4_101);
    tally.closed(4_777);
    tally.closed(4_778);
    tally.matchmade('joinOrCreate', '200', 3);
    tally.reconnect.record(1_500);
    expect(await linesOf('velarium_keyframes_total')).toContain('velarium_keyframes_total{reason="drained"} 3');
    expect(await linesOf('velarium_wire_errors_total')).toEqual(['velarium_wire_errors_total{code="bad-check"} 2']);
    expect(await linesOf('velarium_connections_closed_total')).toEqual([
      'velarium_connections_closed_total{code="1006"} 1',
      'velarium_connections_closed_total{code="4101"} 1',
      'velarium_connections_closed_total{code="4999"} 2',
    ]);
    expect(await linesOf('velarium_matchmaking_total')).toEqual([
      'velarium_matchmaking_total{method="joinOrCreate",status="200"} 1',
    ]);
    expect(await linesOf('velarium_reconnects_total')).toEqual(['velarium_reconnects_total 1']);
    expect(await linesOf('velarium_reconnect_seconds_sum')).toEqual(['velarium_reconnect_seconds_sum 1.5']);
  });

  it('tells what there is now', async () => {
    expect(await linesOf('velarium_rooms')).toEqual([
      'velarium_rooms{room="arena"} 3',
      'velarium_rooms{room="lobby"} 1',
    ]);
    expect(await linesOf('velarium_clients{room="lobby"}')).toEqual(['velarium_clients{room="lobby"} 5']);
    expect(await linesOf('velarium_sessions_away')).toEqual(['velarium_sessions_away 3']);
    expect(await linesOf('velarium_sockets{kind="framed"}')).toEqual(['velarium_sockets{kind="framed"} 22']);
    expect(await linesOf('velarium_buffered_bytes')).toEqual(['velarium_buffered_bytes 4096']);
    expect(await linesOf('velarium_event_loop_lag_seconds{quantile="0.99"}')).toEqual([
      'velarium_event_loop_lag_seconds{quantile="0.99"} 0.008',
    ]);
    expect(await linesOf('velarium_node_headroom')).toEqual(['velarium_node_headroom 0.375']);
    expect(await linesOf('velarium_node_draining')).toEqual(['velarium_node_draining 1']);
    expect(await linesOf('process_cpu_seconds_total')).toHaveLength(1);
  });

  it('speaks of Redis where the node has one, and else not', async () => {
    expect(await linesOf('velarium_redis_up')).toEqual(['velarium_redis_up 1']);
    up = false;
    expect(await linesOf('velarium_redis_up')).toEqual(['velarium_redis_up 0']);
    expect(await linesOf('velarium_redis', { ...view(), redisUp: undefined })).toEqual([]);
  });
});
