import { setImmediate as rest } from 'node:timers/promises';
import { type Client, ClientState } from '@colyseus/core';
import { StateRecorder } from '../archive/state-recorder.ts';
import { IDS_AHEAD } from '../archive/state-builder.ts';
import { readView } from '../archive/view-membership.ts';
import { hasInputs, type StateTiming } from '../room/colyseus-internals.ts';
import type { LiveRoom } from '../room/live-room.ts';
import { LiveSerializer } from '../room/live-serializer.ts';
import type { RoomSession } from '../session/room-sessions.ts';
import { SessionClient } from '../session/session-client.ts';
import { forLaterOwner } from '../../shared/session/later-owner.ts';
import type { FrameSession } from '../../shared/session/frame-session.ts';
import { toWire } from '../../shared/wire/colyseus-message.ts';
import { writeClientResume } from '../../shared/wire/control.ts';
import { writeFrame } from '../../shared/wire/frame.ts';
import { FrameType } from '../../shared/wire/frame-type.ts';
import { AbsentSocket } from './absent-socket.ts';
import { type KeptRoom, replayOf, type TakeUpSession } from './restore-room.ts';
import { writeRoom } from './room-record.ts';
import { readSeat, type SeatRecord, writeSeat } from './seat-record.ts';

/** After so many the code is compiled, and has seen what it works on: what more would bring is little. */
const MOST_TIMES = 8;
/** A large state is gone through less often. */
const MOST_CPU_MS = 250;
/** Clients that are rehearsed with: each gets the state in the same way. */
const MOST_CLIENTS = 8;

export interface RehearsalOptions {
  takeUpSession: TakeUpSession;
  /** Whether the room is still another node's, so that nobody waits for it. */
  isIdle(): boolean;
  /** Milliseconds that this process has worked, since ever: how long it took says little where others work beside it. */
  cpuMs(): number;
}

/**
 * Goes several times through what follows when the room is this node's, while it is played elsewhere: in a process that has
 * done none of it before, each piece of that code takes some ten times as long, and clients wait for it. What is made goes
 * away again; `room`, whose `onCreate` has run, stays as it is, and no code of it is called. Between two times other rooms
 * have their turn.
 * @returns how often it was done; an error ends it, and is for whoever does it in earnest
 */
export async function rehearseOften(room: LiveRoom, kept: KeptRoom, options: RehearsalOptions): Promise<number> {
  const { cpuMs, isIdle } = options;
  const beganMs = cpuMs();
  let times = 0;
  while (times < MOST_TIMES && isIdle() && cpuMs() - beganMs < MOST_CPU_MS) {
    try {
      takeIn(room, kept, options.takeUpSession);
    } catch {
      break;
    }
    times++;
    await rest();
  }
  return times;
}

function takeIn(room: LiveRoom, { record, deltas, seats }: KeptRoom, takeUpSession: TakeUpSession): void {
  if (record.state === undefined) return;
  const replay = replayOf(room, record.state, deltas);
  const { state, settle } = replay.build(IDS_AHEAD);
  const serializer = new LiveSerializer();
  serializer.reset(state);
  const encoder = serializer.stateEncoder;
  settle(encoder);
  const clients = [...seats].slice(0, MOST_CLIENTS).map(([sessionId, seat]) => {
    const client = new Listener(sessionId, readSeat(writeSeat(seat)), takeUpSession);
    const { view } = seat;
    if (view !== undefined) (client as Client).view = readView(view, encoder);
    return client;
  });
  const recorder = new StateRecorder(encoder, room.roomId, replay.line);
  recorder.delta();
  writeRoom({ ...record, state: recorder.snapshot() });
  const timing: StateTiming | undefined = hasInputs(room) ? { sNow: record.elapsedMs } : undefined;
  for (const client of clients) client.comesBack(serializer.getFullState(client, timing));
  serializer.applyPatches(clients, state, timing);
}

/** A client that comes back to nowhere. */
class Listener extends SessionClient {
  readonly #frames: FrameSession | undefined;
  readonly #saved: SeatRecord['frames'];

  constructor(sessionId: string, { frames }: SeatRecord, takeUpSession: TakeUpSession) {
    super(sessionId, Object.assign(new AbsentSocket(), { framed: frames !== undefined }) as never);
    this.state = ClientState.JOINED;
    this.#saved = frames;
    const session: RoomSession = takeUpSession(this, frames && forLaterOwner(frames, 1));
    this.#frames = session.frames;
  }

  comesBack(fullState: Uint8Array): void {
    if (this.#frames === undefined) return;
    const { nextSequence, lastProcessed, acknowledged } = this.#saved!;
    const resume = writeClientResume({ sequence: (nextSequence + 0xffff) % 0x1_0000, messages: acknowledged });
    this.#frames.beginResume();
    this.#frames.receive(writeFrame(FrameType.Resume, (lastProcessed + 1) % 0x1_0000, 0, resume));
    this.#frames.post(toWire(fullState));
    this.#frames.takeFrames();
  }
}
