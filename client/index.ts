/** What a game's client imports, beside `Callbacks` and `Predict` from colyseus.js. */
export { connect, type ConnectedRoom, type ConnectOptions } from './connect.ts';
export { LinkSimulator } from './link-simulator.ts';
export type { NetStats } from './net-stats.ts';
