/** What passed over a connection since it was first opened, across reconnects. Read it as often as you like. */
export class NetStats {
  /** Frames with their headers; WebSocket's and TCP's own bytes are not in it. */
  bytesIn = 0;
  bytesOut = 0;
  framesIn = 0;
  framesOut = 0;
  /** Messages inside the frames. */
  messagesIn = 0;
  messagesOut = 0;
  /** Times that the session came back after a lost connection. */
  reconnects = 0;
  /** Times that the whole state was asked for, because what came did not fit what was here. */
  keyframesRequested = 0;
  /** Smoothed round trip in milliseconds, measured by PING and PONG; 0 until the first answer. */
  rttMs = 0;
  /** Smoothed difference between one round trip and the next, in milliseconds (as RFC 3550, 6.4.1, does it). */
  jitterMs = 0;

  #lastRttMs: number | undefined;

  sampleRtt(rttMs: number): void {
    if (!Number.isFinite(rttMs)) return; // a PONG says whatever its sender likes
    this.rttMs = this.#lastRttMs === undefined ? rttMs : this.rttMs + (rttMs - this.rttMs) / 4;
    if (this.#lastRttMs !== undefined) {
      this.jitterMs += (Math.abs(rttMs - this.#lastRttMs) - this.jitterMs) / 8;
    }
    this.#lastRttMs = rttMs;
  }
}
