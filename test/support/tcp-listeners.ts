import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** Servers of plain TCP for a test, each with what it does to a connection. */
export class TcpListeners {
  readonly #servers: Server[] = [];
  readonly #sockets: Socket[] = [];

  /** @returns host and port */
  async listen(onConnection: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      this.#sockets.push(socket);
      socket.on('error', () => {});
      onConnection(socket);
    }).listen(0, '127.0.0.1');
    this.#servers.push(server);
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Ends all of them, with their connections. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
    await Promise.all(this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
