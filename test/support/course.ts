import type { Client, StepContext } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { LiveRoom } from '../../server/room/live-room.ts';
import { until } from './until.ts';

export const Runner = schema({ x: t.int32(), name: t.string() }, 'Runner');
export const CourseState = schema({ tick: t.uint32(), runners: t.map(Runner) }, 'CourseState');
export const CourseInput = schema({ dx: t.int8() }, 'CourseInput');

/**
 * A room for tests of the framework: everyone has a runner that inputs move, the tick is in the state, and what is
 * said to the room is remembered in the order in which it came.
 */
export class CourseRoom extends LiveRoom<{
  state: InstanceType<typeof CourseState>;
  input: InstanceType<typeof CourseInput>;
}> {
  static readonly #rooms = new Map<string, CourseRoom>();

  /** The room with this id; it runs in the same process. */
  static of(roomId: string): CourseRoom {
    return CourseRoom.#rooms.get(roomId)!;
  }

  override state = new CourseState();
  override inputs = this.defineInput(CourseInput);
  override maxClients = 64;
  /** What each session has said with `number`. */
  readonly heard = new Map<string, number[]>();
  readonly left: { sessionId: string; code: number | undefined }[] = [];

  override messages = {
    number: (client: Client, value: number) => void this.heard.get(client.sessionId)?.push(value),
    throw: () => {
      throw new Error('secret: /etc/inside');
    },
    /** Fails only once its client is away. */
    throwLater: async (client: Client) => {
      await until('the client is away', () => this.clients.get(client.sessionId) === undefined);
      throw new Error('secret: /etc/inside');
    },
    double: (_client: Client, value: number) => value * 2,
  };

  override onCreate(options: { fail?: string } = {}): void {
    if (options.fail !== undefined) throw new Error(options.fail);
    CourseRoom.#rooms.set(this.roomId, this);
    this.onMessageBytes('bytes', () => {});
    this.setFixedTimestep((context) => this.#step(context));
  }

  override onJoin(client: Client, options: { name?: string; fail?: string } = {}): void {
    if (options.fail === 'join') throw new Error('secret: /etc/inside');
    this.heard.set(client.sessionId, []);
    this.state.runners.set(client.sessionId, new Runner().assign({ x: 0, name: options.name ?? '' }));
  }

  override onLeave(client: Client, code?: number): void {
    this.left.push({ sessionId: client.sessionId, code });
    this.heard.delete(client.sessionId);
    this.state.runners.delete(client.sessionId);
  }

  override onDispose(): void {
    CourseRoom.#rooms.delete(this.roomId);
  }

  #step({ tick }: StepContext): void {
    this.state.tick = tick;
    for (const [sessionId, runner] of this.state.runners) {
      for (const { dx } of this.inputs.get(sessionId)) runner.x += dx;
    }
  }
}
