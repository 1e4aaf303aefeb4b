import { CloseCode, type InputHandle, Predict, type Room } from 'colyseus.js';
import type { Schema } from '@colyseus/schema';
import { ArenaInput } from '../../shared/arena/input.ts';
import { PREDICTED_SHIP_FIELDS, stepShip } from '../../shared/arena/ship.ts';
import type { ShipMotion } from '../../shared/arena/bodies.ts';
import type { Bot, BotEvents, BotPlan } from './bot.ts';
import { Course } from './course.ts';

/** What of the SDK's Room is private in its types. */
interface RoomInternals {
  serializer: { patch: () => unknown; setState: () => unknown };
}

/** A bot on a Room of the SDK: velarium's or the stock one, which are the same from here. */
export class RoomBot implements Bot {
  readonly roomId: string;
  returns = 0;
  readonly #room: Room;
  readonly #input: InputHandle<Schema> | undefined;
  readonly #course: Course | undefined;
  readonly #predict: Predict<unknown> | undefined;

  constructor(room: Room, plan: BotPlan, events: BotEvents) {
    this.#room = room;
    this.roomId = room.roomId;
    this.#input = inputOf(room, plan);
    this.#course = this.#input && new Course(this.#input.data, { holdsFire: plan.lean });
    if (plan.predicts) this.#predict = predictOwnShip(room, this.#input);
    if (!plan.decodes) leaveUnread(room);
    room.onStateChange(() => events.onUpdate());
    room.onError((code) => events.onError(`room error ${code}`));
    room.onReconnect(() => this.returns++);
    room.onDrop((code) => events.onError(`connection lost (${code})`));
    room.onLeave((code) => {
      if (code !== CloseCode.CONSENTED) events.onError(`closed (${code})`);
      events.onEnd();
    });
    room.onMessage('*', () => {});
  }

  get acknowledged(): number {
    return this.#input?.lastProcessed ?? 0;
  }

  get epoch(): number {
    return this.#input?.epoch ?? 0;
  }

  send(tick: number): number {
    this.#predict?.tick(performance.now());
    if (this.#input === undefined) return 0;
    this.#course!.steer(this.#input.data, tick);
    return this.#input.send();
  }

  async leave(): Promise<void> {
    await this.#room.leave();
  }
}

/** @returns undefined where the room takes none */
function inputOf(room: Room, { room: name }: BotPlan): InputHandle<Schema> | undefined {
  if (name === 'arena') return room.input({ type: ArenaInput, mode: 'reliable' }) as unknown as InputHandle<Schema>;
  try {
    return room.input({ mode: 'reliable' }) as unknown as InputHandle<Schema>;
  } catch {
    return undefined;
  }
}

/** Frames, clock and acknowledgements are read as ever; what is in the state is not. */
function leaveUnread(room: Room): void {
  const { serializer } = room as unknown as RoomInternals;
  serializer.patch = () => [];
  serializer.setState = () => undefined;
}

function predictOwnShip(room: Room, input: InputHandle<Schema> | undefined): Predict<unknown> {
  const predict = Predict.get(room as never) as unknown as Predict<unknown>;
  const ships = (room.state as { ships?: { get(id: string): ShipMotion | undefined } }).ships;
  const own = ships?.get(room.sessionId);
  if (own === undefined || input === undefined) return predict;
  predict.reconciler(
    own as never,
    {
      input: input as never,
      fields: PREDICTED_SHIP_FIELDS as never,
      step: (_context: unknown, ship: ShipMotion, command: ArenaInput) => void stepShip(ship, command),
    } as never,
  );
  return predict;
}
