import type { ArenaConnection } from './arena-connection.ts';
import { byId } from './page.ts';

/** Says which node the room is on, and kills it where the server was started for that. */
export class NodePanel {
  #room: ArenaConnection;
  #endpoint: string;
  #name = byId('node-name');
  #kill = byId<HTMLButtonElement>('node-kill');
  #node = '';

  constructor(room: ArenaConnection, endpoint: string) {
    this.#room = room;
    this.#endpoint = endpoint;
    room.onMessage('node', (node: string) => this.#show(node));
    room.onReconnect(() => room.send('node')); // it may have become another one
    room.send('node');
    this.#kill.addEventListener('click', () => {
      this.#kill.blur(); // or the space bar would press it again
      void this.#killNode();
    });
    void this.#offerKill();
  }

  #show(node: string): void {
    this.#node = node;
    this.#name.textContent = `server ${node}`;
    byId('node').hidden = false;
    this.#kill.disabled = false;
  }

  async #offerKill(): Promise<void> {
    try {
      const response = await fetch(`${this.#endpoint}/play`);
      const { kill } = (await response.json()) as { kill?: unknown };
      if (kill === true) this.#kill.hidden = false;
      else this.#kill.remove();
    } catch {
      this.#kill.remove(); // a server of another origin, or none of ours
    }
  }

  async #killNode(): Promise<void> {
    this.#kill.disabled = true;
    try {
      const { ok } = await fetch(`${this.#endpoint}/play/kill/${this.#node}/${this.#room.roomId}`, { method: 'POST' });
      if (!ok) this.#kill.disabled = false;
    } catch {
      this.#kill.disabled = false;
    }
  }
}
