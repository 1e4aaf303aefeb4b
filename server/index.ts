/** What a game's server imports. */
/** Thrown in `onJoin` or a message handler: the room refuses, with its code. Of `colyseus` too, which reads `.env` files. */
export { ServerError } from '@colyseus/core';
export { type AdminOptions } from './http/admin-access.ts';
export { ConfigError } from './config-error.ts';
export { type Config, readConfig } from './config.ts';
export { endWith } from './end-with.ts';
export { createLog, type LogLevel } from './log/log.ts';
export { LiveRoom } from './room/live-room.ts';
export { type RunningServer, serve, type ServeOptions } from './serve.ts';
export { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './transport/transport-options.ts';
export { EventBus, EventError, type EventErrorCode, type EventReaders, type PayloadOf } from './events/event-bus.ts';
export { refuseFlags } from './usage.ts';
