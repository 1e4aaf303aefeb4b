/**
 * WebSocket close codes of velarium, beside Colyseus's own (4000 to 4010). All are final: the session is over and a
 * client does not come back by itself. Colyseus's rule holds for the rest: 1001, 1005, 1006 and 4010 are drops.
 */
export const CloseReason = {
  /** The peer's bytes broke PROTOCOL.md; the text is the WireError. */
  ProtocolError: 4100,
  /** Over the session's messages or bytes a second. */
  RateLimited: 4101,
  /** Silent after the upgrade, or the join was never acknowledged. */
  HandshakeTimeout: 4102,
  /** More unacknowledged messages than a session keeps. */
  SessionOverflow: 4103,
  /** The session to be resumed is not here any more. */
  SessionLost: 4104,
  /** The room's own code failed, too often to begin again. */
  RoomFailed: 4105,
} as const;
export type CloseReason = (typeof CloseReason)[keyof typeof CloseReason];

/** Colyseus's code for a connection that was given up by one side, for the other to come again. */
export const MAY_TRY_RECONNECT = 4010;

const DROPS: ReadonlySet<number> = new Set([1001, 1005, 1006, MAY_TRY_RECONNECT]);

/** Whether a connection that closed with `code` was lost, not ended: its session may come back. */
export const isDrop = (code: number): boolean => DROPS.has(code);

/** Whether a close code is one of ours. */
export const isCloseReason = (code: number): code is CloseReason =>
  (Object.values(CloseReason) as number[]).includes(code);
