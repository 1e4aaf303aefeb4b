import { collectDefaultMetrics, Counter, Gauge, type Metric, Registry } from 'prom-client';
import { FRAME_RULES } from '../../shared/wire/frame-type.ts';
import type { DurationHistogram } from './duration-histogram.ts';
import { HistogramMetric } from './histogram-metric.ts';
import type { Tally, Traffic } from './tally.ts';

/** What is looked up when somebody asks, beside what a {@link Tally} has counted. */
export interface NodeView {
  processId: string;
  address: string;
  /** Rooms of one name on this node, and who is connected to them. */
  rooms(): Iterable<{ name: string; rooms: number; clients: number; away: number }>;
  connections(): { framed: number; plain: number; ping: number; bufferedBytes: number };
  load(): { tickShare: number; loopShare: number; headroom: number; lagMs: { p50: number; p99: number; max: number } };
  draining(): boolean;
  /** Undefined where the node needs no Redis. */
  redisUp: (() => boolean) | undefined;
}

const TYPES = FRAME_RULES.map((rules) => rules?.name.toLowerCase() ?? 'plain');

/** The metrics of a node as Prometheus reads them, in a registry of their own. Collected when they are asked for. */
export function nodeMetrics(tally: Tally, view: NodeView): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const gauge = (name: string, help: string, read: (gauge: Gauge) => void, labelNames: string[] = []): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        read(this as Gauge);
      },
    });
  };
  /** `read` says the sums of now. */
  const counter = (name: string, help: string, read: (counter: Counter) => void, labelNames: string[] = []): void => {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        read(this as Counter);
      },
    });
  };
  const histogram = (name: string, help: string, source: DurationHistogram): void =>
    registry.registerMetric(new HistogramMetric(name, help, source) as unknown as Metric);

  gauge(
    'velarium_node_info',
    'Which node this is.',
    (it) => it.set({ process_id: view.processId, address: view.address }, 1),
    ['process_id', 'address'],
  );

  for (const [name, help, key] of [
    ['velarium_rooms', 'Rooms on this node.', 'rooms'],
    ['velarium_clients', 'Clients connected to them.', 'clients'],
  ] as const) {
    gauge(name, help, (it) => [...view.rooms()].forEach((of) => it.set({ room: of.name }, of[key])), ['room']);
  }
  gauge('velarium_sessions_away', 'Seats kept for sessions whose connection is lost.', (it) =>
    it.set([...view.rooms()].reduce((sum, { away }) => sum + away, 0)),
  );
  gauge(
    'velarium_sockets',
    'Connections open.',
    (it) => {
      const { framed, plain, ping } = view.connections();
      it.set({ kind: 'framed' }, framed);
      it.set({ kind: 'plain' }, plain);
      it.set({ kind: 'ping' }, ping);
    },
    ['kind'],
  );
  gauge('velarium_buffered_bytes', 'Unsent bytes in all sockets.', (it) => it.set(view.connections().bufferedBytes));

  histogram('velarium_tick_seconds', 'A wake of one loop of a room: steps, encoding, writing.', tally.tick);
  histogram('velarium_tick_lateness_seconds', 'How late after its time such a wake began.', tally.tickLateness);
  histogram('velarium_step_seconds', 'The step of the game itself, of one tick of one room.', tally.step);
  histogram('velarium_encode_seconds', 'The state of one tick of one room.', tally.encode);
  histogram('velarium_journal_seconds', 'Noting in a tick what became of one room.', tally.journal);
  histogram('velarium_store_write_seconds', 'Writing to Redis what rooms had for it, outside ticks.', tally.storeWrite);
  counter('velarium_journal_entries_total', 'Journal entries sent to the store.', (it) => it.inc(tally.journalEntries));
  counter('velarium_journal_bytes_total', 'Their bytes.', (it) => it.inc(tally.journalBytes));
  counter('velarium_ticks_total', 'Steps made, of all rooms.', (it) => it.inc(tally.ticks));
  counter('velarium_ticks_dropped_total', 'Steps given up after stalls.', (it) => it.inc(tally.droppedTicks));

  const traffic = (name: string, help: string, read: (of: Traffic) => Float64Array): void =>
    counter(
      name,
      help,
      (it) => {
        for (const [direction, of] of [
          ['in', tally.received],
          ['out', tally.sent],
        ] as const) {
          read(of).forEach((value, type) => it.inc({ direction, type: TYPES[type]! }, value));
        }
      },
      ['direction', 'type'],
    );
  traffic('velarium_frames_total', 'WebSocket messages, by type of frame.', ({ frames }) => frames);
  traffic('velarium_frame_bytes_total', 'Their bytes, frame header included.', ({ frameBytes }) => frameBytes);
  traffic('velarium_messages_total', 'Messages in them, batches opened.', ({ messages }) => messages);

  counter(
    'velarium_keyframes_total',
    'Whole states sent, and why.',
    (it) => Object.entries(tally.keyframes).forEach(([reason, count]) => it.inc({ reason }, count)),
    ['reason'],
  );
  counter('velarium_reconnects_total', 'Sessions that came back.', (it) => it.inc(tally.reconnect.count));
  histogram('velarium_reconnect_seconds', 'How long they had been away.', tally.reconnect);
  counter(
    'velarium_wire_errors_total',
    'Connections ended for bytes that break the protocol.',
    (it) => tally.wireErrors.forEach((count, code) => it.inc({ code }, count)),
    ['code'],
  );
  counter(
    'velarium_room_failures_total',
    'Rooms whose own code failed, by what became of them: restarted, restart-failed, over.',
    (it) => {
      for (const [outcome, count] of Object.entries(tally.roomFailures)) it.inc({ outcome }, count);
    },
    ['outcome'],
  );
  counter(
    'velarium_connections_closed_total',
    'Connections ended, by close code.',
    (it) => tally.closes.forEach((count, code) => it.inc({ code }, count)),
    ['code'],
  );

  counter(
    'velarium_matchmaking_total',
    'Requests to the matchmaker, by method and HTTP status.',
    (it) =>
      tally.matchmakingResults.forEach((count, key) => {
        const [method, status] = key.split(' ') as [string, string];
        it.inc({ method, status }, count);
      }),
    ['method', 'status'],
  );
  histogram('velarium_matchmaking_seconds', 'How long they took.', tally.matchmaking);

  const { redisUp } = view;
  if (redisUp !== undefined) {
    gauge('velarium_redis_up', 'Whether Redis answers.', (it) => it.set(redisUp() ? 1 : 0));
    histogram('velarium_redis_latency_seconds', 'Round trips to Redis.', tally.redis);
  }

  gauge(
    'velarium_event_loop_lag_seconds',
    'How late timers came in the last second.',
    (it) => {
      const { p50, p99, max } = view.load().lagMs;
      it.set({ quantile: '0.5' }, p50 / 1_000);
      it.set({ quantile: '0.99' }, p99 / 1_000);
      it.set({ quantile: '1' }, max / 1_000);
    },
    ['quantile'],
  );
  gauge('velarium_node_tick_share', 'Time spent in ticks, of all time.', (it) => it.set(view.load().tickShare));
  gauge('velarium_node_loop_share', 'Time the event loop was busy, of all time.', (it) =>
    it.set(view.load().loopShare),
  );
  gauge('velarium_node_headroom', 'What placement goes by: 1 is idle, next to 0 full.', (it) =>
    it.set(view.load().headroom),
  );
  gauge('velarium_node_draining', 'Whether the node is being emptied.', (it) => it.set(view.draining() ? 1 : 0));
  return registry;
}
