import type { SavedFrameSession } from '../../shared/session/frame-session.ts';
import type { KeptMessage } from '../../shared/session/send-window.ts';
import type { WireMessage } from '../../shared/wire/batch.ts';
import type { FrameType } from '../../shared/wire/frame-type.ts';
import { pack, unpack } from './packed.ts';

/** What another node needs to let a session in again. No token is in it. */
export interface SeatRecord {
  /** Of all that open the session. */
  tokenHashes: readonly Uint8Array[];
  /** `client.auth` */
  auth: unknown;
  /** What its view sees, see writeView. */
  view: Uint8Array | undefined;
  /** What `onCacheClient` returned, packed. */
  cache: Uint8Array | undefined;
  /** Until when its seat is kept, on the room's clock; undefined while it is there, or for a seat that is kept for ever. */
  keptUntilMs: number | undefined;
  /** Undefined for a client that speaks plain Colyseus. */
  frames: SavedFrameSession | undefined;
}

/** MessagePack: token hashes, auth, view, cache, until when it is kept, and of a framed session what was processed, what is next, how many were acknowledged, in flight, queued. */
export function writeSeat({ tokenHashes, auth, view, cache, keptUntilMs, frames }: SeatRecord): Uint8Array {
  return pack([
    tokenHashes,
    auth,
    view,
    cache,
    keptUntilMs,
    frames && [
      frames.lastProcessed,
      frames.nextSequence,
      frames.acknowledged,
      frames.inFlight.map(({ message, firstSequence, lastSequence }) => [
        ...writeMessage(message),
        firstSequence,
        lastSequence,
      ]),
      frames.queued.map(writeMessage),
    ],
  ]);
}

type MessageRow = [type: number, flags: number, body: Uint8Array];
type KeptRow = [...message: MessageRow, first: number, last: number];
type FramesRow = [
  lastProcessed: number,
  nextSequence: number,
  acknowledged: number,
  inFlight: KeptRow[],
  queued: MessageRow[],
];
type SeatRow = [
  tokenHashes: Uint8Array[],
  auth: unknown,
  view: Uint8Array | null,
  cache: Uint8Array | null,
  keptUntilMs: number | null,
  frames: FramesRow | null,
];

/** @throws {TypeError} it is none */
export function readSeat(bytes: Uint8Array): SeatRecord {
  const row = unpack(bytes);
  if (!Array.isArray(row) || row.length !== 6 || !Array.isArray(row[0])) throw new TypeError('not a seat');
  const [tokenHashes, auth, view, cache, keptUntilMs, frames] = row as SeatRow;
  return {
    tokenHashes,
    auth: auth ?? undefined,
    view: view ?? undefined,
    cache: cache ?? undefined,
    keptUntilMs: typeof keptUntilMs === 'number' && Number.isFinite(keptUntilMs) ? keptUntilMs : undefined,
    frames: frames ? readFrames(frames) : undefined,
  };
}

function readFrames([lastProcessed, nextSequence, acknowledged, inFlight, queued]: FramesRow): SavedFrameSession {
  return {
    lastProcessed,
    nextSequence,
    acknowledged,
    inFlight: inFlight.map(([type, flags, body, firstSequence, lastSequence]): KeptMessage => {
      return { message: readMessage([type, flags, body]), firstSequence, lastSequence };
    }),
    queued: queued.map(readMessage),
  };
}

const writeMessage = ({ type, flags, body }: WireMessage): MessageRow => [type, flags, body];

// A copy: what is read is a part of the whole seat, which would live for as long as one message in it.
const readMessage = ([type, flags, body]: MessageRow): WireMessage => ({
  type: type as FrameType,
  flags,
  body: Uint8Array.from(body),
});
