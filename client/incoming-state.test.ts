import { beforeEach, describe, expect, it } from '@jest/globals';
import type { WireMessage } from '../shared/wire/batch.ts';
import { FrameFlag, FrameType } from '../shared/wire/frame-type.ts';
import { bytes, hex } from '../test/support/bytes.ts';
import { joinRoom } from '../test/support/frame-peer.ts';
import { refusal } from '../test/support/wire-errors.ts';
import { IncomingState } from './incoming-state.ts';

const message = (type: FrameType, body: string, flags = 0): WireMessage => ({ type, flags, body: bytes(body) });
const join = (tickMs: number | null): WireMessage => ({
  type: FrameType.Colyseus,
  flags: 0,
  body: joinRoom('tok', tickMs),
});
const STATE = message(FrameType.State, 'e8 03 00 00 2a 00 00 00 80 07', FrameFlag.Timed);
const DELTA = message(FrameType.Delta, '71 80 07', FrameFlag.Timed);

let incoming: IncomingState;
const expand = (delta: WireMessage): string => hex(incoming.receive(delta).body);

beforeEach(() => void (incoming = new IncomingState()));

describe('incoming state', () => {
  it('[M2] a timed DELTA gets its eight bytes back, by the ticks that the join told', () => {
    incoming.receive(join(1_000 / 60));
    expect(incoming.receive(STATE)).toBe(STATE);
    expect(incoming.receive(DELTA).flags).toBe(FrameFlag.Timed);
    expect(expand(DELTA)).toBe('08 04 00 00 2c 00 00 00 80 07');
    incoming.receive(STATE);
    expect(expand(DELTA)).toBe('f8 03 00 00 2b 00 00 00 80 07');
  });

  it('[M2] in a room that does not tick the bits count from 0', () => {
    incoming.receive(join(null));
    incoming.receive(STATE);
    expect(expand(DELTA)).toBe('ef 03 00 00 2b 00 00 00 80 07');
  });

  it('[M2] with another join a timed STATE comes first again', () => {
    incoming.receive(join(1_000 / 60));
    expect(refusal(() => incoming.receive(DELTA))).toBe('delta-without-state@4');
    incoming.receive(STATE);
    incoming.receive(message(FrameType.State, '80'));
    incoming.receive(DELTA);
    incoming.receive(join(1_000 / 60));
    expect(refusal(() => incoming.receive(DELTA))).toBe('delta-without-state@4');
  });

  it('lets everything else through as it is', () => {
    for (const other of [
      message(FrameType.Colyseus, ''),
      message(FrameType.Colyseus, '0d 01'),
      message(FrameType.Ping, '00'),
      message(FrameType.State, '80'),
      message(FrameType.Delta, '80'),
    ]) {
      expect(incoming.receive(other)).toBe(other);
    }
  });

  it.each([STATE, message(FrameType.State, '80')])('[S16] the whole is asked for once, until it has come', (state) => {
    expect([incoming.ask(), incoming.ask()]).toEqual([true, false]);
    incoming.receive(message(FrameType.Delta, '80'));
    expect(incoming.ask()).toBe(false);
    incoming.receive(state);
    expect([incoming.ask(), incoming.ask()]).toEqual([true, false]);
  });
});
