/** Plain Colyseus with the arena, for `--baseline`. Says where it listens, as server/main.ts does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { Gauge } from 'prom-client';
import { serveMetrics } from './serve-metrics.ts';
import { StockArenaRoom } from './stock-arena-room.ts';

const http = createServer();
const server = new Server({
  greet: false,
  transport: new WebSocketTransport({ server: http }),
  express: (app) => void app.get('/metrics', (request, response) => void serveMetrics(request, response)),
});
server.define('arena', StockArenaRoom);
new Gauge({
  name: 'velarium_step_seconds_sum', // as velarium's own server calls it
  help: 'What the steps of the game took.',
  collect() {
    this.set(StockArenaRoom.stepSeconds);
  },
});
await server.listen(0, '127.0.0.1');
console.log(`listening at http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
process.stdin.resume().on('end', () => process.exit(0)); // whoever started it is gone
