import { matchMaker } from '@colyseus/core';
import { RoomKeepers } from '../keeper/room-keepers.ts';
import type { Logger } from '../log/log.ts';
import { roomKeeping } from '../room/room-keep.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { FramedTransport } from '../transport/framed-transport.ts';

/**
 * The rooms of a server in no pool, kept in its own memory as those of a pool are in Redis: one whose code throws begins
 * again. They do not outlive the process.
 */
export class LoneRooms {
  readonly keepers: RoomKeepers;

  constructor(transport: FramedTransport, log: Logger | undefined) {
    this.keepers = new RoomKeepers({
      store: new MemoryStore(),
      node: () => matchMaker.processId,
      takeUpSession: (client, saved) => transport.takeUpSession(client, saved),
      random: Math.random,
      log,
    });
    roomKeeping.current = this.keepers;
  }

  async stop(): Promise<void> {
    if (roomKeeping.current === this.keepers) roomKeeping.current = undefined;
    await this.keepers.stop();
  }
}
