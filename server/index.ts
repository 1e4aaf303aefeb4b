/** What a game's server imports. */
export { LiveRoom } from './room/live-room.ts';
export { type RunningServer, serve, type ServeOptions } from './serve.ts';
export { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './transport/transport-options.ts';
