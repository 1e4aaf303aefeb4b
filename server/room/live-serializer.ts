import { type Client, SchemaSerializer } from '@colyseus/core';
import type { Encoder, Schema } from '@colyseus/schema';
import { LiveEntities } from '../../shared/delta/live-entities.ts';
import { LiveBroadcast } from '../state/live-broadcast.ts';
import { refuseMisfits } from '../state/live-declarations.ts';
import type { StateTiming } from './colyseus-internals.ts';

/**
 * Colyseus's serializer of a state, and for one with live fields ours behind the same id: framed clients get live bodies
 * (PROTOCOL.md D), all others what Colyseus sends, with the live fields in it.
 */
export class LiveSerializer<T extends Schema = Schema> extends SchemaSerializer<T> {
  /** Undefined for a state without live fields, which Colyseus's own code sends. */
  #broadcast: LiveBroadcast | undefined;

  get hasLiveFields(): boolean {
    return this.#broadcast !== undefined;
  }

  /** What encodes the state, for whoever writes it down. */
  get stateEncoder(): Encoder {
    return this.encoder;
  }

  /** @throws {TypeError} the state has fields that do not go together with live ones */
  override reset(state: T & Schema): void {
    super.reset(state);
    this.#broadcast = undefined;
    const entities = new LiveEntities(this.encoder);
    if (entities.layouts.length === 0) return;
    refuseMisfits(this.encoder);
    this.#broadcast = new LiveBroadcast(this.encoder, entities, this.hasFilters);
    // Live fields are unreliable ones to Schema; Colyseus has nothing to do with how they travel.
    this.hasUnreliableFields = false;
  }

  override getFullState(client?: Client, timing?: StateTiming): Uint8Array {
    return this.#broadcast?.fullState(client, timing) ?? super.getFullState(client, timing);
  }

  override applyPatches(clients: Client[], state?: unknown, timing?: StateTiming): boolean {
    return this.#broadcast?.patch(clients, timing) ?? super.applyPatches(clients, state, timing);
  }
}
