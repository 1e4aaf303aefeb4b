import { nodeIdOf } from '../failover/beat-board.ts';
import type { Change } from '../failover/detector.ts';
import type { FailoverEvent } from '../failover/failover.ts';

/** A line of the log. */
export interface FailoverLine {
  level: 'debug' | 'info' | 'warn';
  fields: Record<string, unknown>;
  message: string;
}

/** @returns what a node's log says of it; undefined of a room that was taken over, of which RoomKeepers says more */
export function failoverLine(event: FailoverEvent): FailoverLine | undefined {
  switch (event.kind) {
    case 'joined':
      return line('info', { server: nodeIdOf(event.key) }, 'another server is in the pool');
    case 'lost':
      return line('info', lostFields(event), 'a server of the pool is gone: others take over its rooms');
    case 'back':
      return line('info', { server: nodeIdOf(event.key) }, 'a server of the pool that was held to be gone is back');
    case 'left':
      return line('info', { server: nodeIdOf(event.key) }, 'a server has left the pool');
    case 'adopted':
      return undefined;
    case 'passed': {
      const why = event.why === 'gone' ? 'it is no more' : 'another server was quicker';
      return line('debug', { room: event.roomId }, `room is not taken over here: ${why}`);
    }
    case 'adoption-failed':
      return line('warn', ofRoom(event), 'room could not be taken over here; it is left to other servers');
    case 'set-aside':
      return line('warn', ofRoom(event), 'room is given up: it was taken over too often without running for long');
    case 'claim-failed':
      return line('warn', ofRoom(event), 'room could not be asked for; that is done again in some seconds');
    case 'fenced':
      return line('warn', {}, 'no heartbeat of this server was answered for too long: its rooms may be taken over');
    case 'unfenced':
      return line('info', {}, 'heartbeats of this server are answered again');
    case 'beat-failed':
      return line('warn', detail(event.error), 'a heartbeat of this server failed');
    case 'search-failed':
      return line(
        'warn',
        detail(event.error),
        'rooms of servers that are gone could not be looked for; it is done again',
      );
  }
}

const line = (level: FailoverLine['level'], fields: FailoverLine['fields'], message: string): FailoverLine => ({
  level,
  fields,
  message,
});

/** With how long it provably said nothing, and how long it had been given. */
const lostFields = ({ key, stillMs, givenMs }: Change): Record<string, unknown> => ({
  server: nodeIdOf(key),
  stillMs,
  givenMs,
});

const ofRoom = ({ roomId, epoch, error }: { roomId: string; epoch?: number; error?: unknown }) => ({
  room: roomId,
  ...(epoch === undefined ? {} : { epoch }),
  ...(error === undefined ? {} : detail(error)),
});

const detail = (error: unknown): { detail: string } => ({
  detail: error instanceof Error ? error.message : String(error),
});
