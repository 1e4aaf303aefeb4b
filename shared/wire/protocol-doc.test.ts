import { describe, expect, it } from '@jest/globals';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { DEFAULT_CONNECTION_LIMITS } from '../../test/support/connection-limits.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { hexExamplesIn, projectText, tableIn, typescriptIn } from '../../test/support/project-text.ts';
import { writeLayouts } from '../delta/layout-bytes.ts';
import { compressMessage, type PackedFrame, packFrames } from '../session/frame-packer.ts';
import { DEFAULT_LIMITS, FrameSession } from '../session/frame-session.ts';
import type { WireMessage } from './batch.ts';
import { ClockReader, ClockWriter } from './clock-prefix.ts';
import { CloseReason } from './close-reason.ts';
import { fromWire, MessageCode, toWire } from './colyseus-message.ts';
import { COMPRESS_OVER_BYTES, Compressor } from './compression.ts';
import {
  readClientResume,
  readClosing,
  readMoved,
  readSequence,
  readTime,
  writeClientResume,
  writeClosing,
  writeMoved,
  writeSequence,
  writeTime,
} from './control.ts';
import {
  FRAME_HEADER_BYTES,
  MAX_FRAME_BYTES,
  MAX_PAYLOAD_BYTES,
  readFrameHeader,
  SUBPROTOCOL,
  writeFrame,
} from './frame.ts';
import { FRAME_RULES, FrameFlag, FrameType } from './frame-type.ts';
import { readJoinSection, withJoinSection } from './join-section.ts';
import { varintLength } from './varint.ts';
import type { WireErrorCode } from './wire-error.ts';

const RESUME = { sequence: 12_345, messages: 70_000 };
const text = projectText('PROTOCOL.md');
const examples = hexExamplesIn(text);
const example = (name: string): Uint8Array => bytes(examples.get(name)!.join(' '));
const compressor = new Compressor(nodeDeflate);

const MOVED = { address: 'n2:80', processId: 'p2', roomId: 'arena-7', sessionId: 'Ab3', reconnectionToken: 't0k' };
const CLOCK = bytes('e8 03 00 00 2a 00 00 00');
const hit = toWire(bytes('0d a3 68 69 74 07'));
/** A timed patch, as it is sent when this much has happened since {@link CLOCK}. */
function timedDelta(passedMs: number, inputs: number): WireMessage {
  const clock = new ClockWriter(1_000 / 60);
  clock.begin(CLOCK);
  const wire = toWire(concat(bytes('8f'), later(passedMs, inputs), bytes('80 07')));
  return { ...wire, body: clock.compact(wire.body) };
}

/** Colyseus's eight bytes when this much has happened since {@link CLOCK}. */
function later(passedMs: number, inputs: number): Uint8Array {
  const prefix = new DataView(CLOCK.slice().buffer);
  prefix.setUint32(0, prefix.getUint32(0, true) + passedMs, true);
  prefix.setUint32(4, prefix.getUint32(4, true) + inputs, true);
  return new Uint8Array(prefix.buffer);
}

/** The frame for messages that were posted together, under a sequence. */
function frameOf(sequence: number, ...messages: WireMessage[]): Uint8Array {
  const small = messages.map((message) => compressMessage(message, compressor));
  const [{ bytes: frame }] = packFrames(small, compressor) as [PackedFrame];
  frame.set(writeSequence(sequence), 1);
  return frame;
}

/** Each example as the writers write it. */
const WRITTEN: Record<string, () => Uint8Array> = {
  batch: () => frameOf(6, { type: FrameType.Ack, flags: 0, body: writeSequence(12_345) }, timedDelta(16, 1), hit),
  'state-compressed': () => frameOf(8, toWire(concat(bytes('8e'), CLOCK, new Uint8Array(2_000)))),
  ping: () => writeFrame(FrameType.Ping, 8, 0, writeTime(1_234.5)),
  pong: () => writeFrame(FrameType.Pong, 9, 0, writeTime(1_234.5)),
  ack: () => writeFrame(FrameType.Ack, 10, 0, writeSequence(12_345)),
  resume: () => writeFrame(FrameType.Resume, 11, 0, writeClientResume(RESUME)),
  moved: () => writeFrame(FrameType.Moved, 12, 0, writeMoved(MOVED)),
  closing: () => writeFrame(FrameType.Closing, 13, 0, writeClosing({ code: CloseReason.ProtocolError, text: 'bye' })),
  colyseus: () => frameOf(5, hit),
  state: () => frameOf(7, toWire(concat(bytes('8e'), CLOCK, bytes('80 07')))),
  delta: () => frameOf(12_345, toWire(bytes('0f 80 07'))),
  'delta-timed': () => frameOf(8, timedDelta(16, 1)),
  'delta-late': () => frameOf(9, timedDelta(1_000, 300)),
  keyframe: () => writeFrame(FrameType.Keyframe, 14, 0, new Uint8Array(0)),
  input: () => frameOf(7, toWire(bytes('13 01 02'))),
  'live-layouts': () =>
    writeLayouts([
      [
        { kind: 'fixed', index: 1, name: 'x', precision: 0.01, min: -(2 ** 29), max: 2 ** 29 },
        { kind: 'flag', index: 2, name: 'lit' },
      ],
    ]),
  'join-section': () => withJoinSection(new Uint8Array(0), { tickMs: 1_000 / 60, liveBodies: false }),
  'join-section-live': () => withJoinSection(new Uint8Array(0), { tickMs: 1_000 / 60, liveBodies: true }),
  'join-section-epoch': () => withJoinSection(new Uint8Array(0), { tickMs: 1_000 / 60, liveBodies: true, epoch: 3 }),
  'join-section-input': () =>
    withJoinSection(new Uint8Array(0), { tickMs: 1_000 / 60, liveBodies: true, epoch: 3, lastInput: 300 }),
};

/** What of an example in one frame comes out at the other end. */
const READ: Record<string, (payload: Uint8Array) => unknown> = {
  ping: readTime,
  pong: readTime,
  ack: readSequence,
  resume: readClientResume,
  moved: readMoved,
  closing: readClosing,
};

describe('PROTOCOL.md', () => {
  it('[F4] the types are those of the code', () => {
    const flagNames: [number, string][] = [
      [FrameFlag.Compressed, 'compressed'],
      [FrameFlag.More, 'more'],
      [FrameFlag.MustAck, 'must-ack'],
      [FrameFlag.Timed, 'timed'],
    ];
    const expected = FRAME_RULES.flatMap((rules, type) => {
      if (rules === undefined) return [];
      const flags = flagNames.filter(([flag]) => rules.flags & flag).map(([, name]) => name);
      const yes = (may: boolean) => (may ? 'yes' : 'no');
      return [[String(type), rules.name, yes(rules.fromClient), yes(rules.fromServer), flags.join(', ') || 'none']];
    });
    expect(tableIn(text, 'type').map((row) => row.slice(0, 5))).toEqual(expected);
    expect(expected).toHaveLength(Object.keys(FrameType).length);
  });

  it('[F5] the flags are those of the code', () => {
    const bits = tableIn(text, 'bit').slice(0, 4);
    expect(bits.map(([bit, name]) => [name, 2 ** Number(bit)])).toEqual([
      ['compressed', FrameFlag.Compressed],
      ['more', FrameFlag.More],
      ['must-ack', FrameFlag.MustAck],
      ['timed', FrameFlag.Timed],
    ]);
  });

  it('[F7] the error codes are those of the code, in its order', () => {
    const source = projectText('shared/wire/wire-error.ts');
    const codes = Array.from(source.matchAll(/^ {2}\| '([a-z-]+)'/gm), ([, code]) => code as WireErrorCode);
    expect(codes.length).toBeGreaterThan(10);
    const documented = tableIn(text, 'code').map(([code]) => code);
    expect(documented).toEqual(codes);
  });

  it('[F8] the subprotocol is that of the code', () => {
    expect(text).toContain(`subprotocol \`${SUBPROTOCOL}\``);
    expect(text.split('\n')[0]).toContain(SUBPROTOCOL);
  });

  it('[K6] the close codes are those of the code', () => {
    const rows = Array.from(text.matchAll(/^\| (4\d\d\d) \| (\w+) /gm), ([, code, name]) => [name, Number(code)]);
    expect(rows).toEqual(Object.entries(CloseReason));
  });

  it('the limits are those of the code', () => {
    const limits = tableIn(text, 'limit').map(([name, value]) => [name, Number(value!.replaceAll(',', ''))]);
    expect(Object.fromEntries(limits)).toEqual({
      frame: MAX_FRAME_BYTES,
      payload: MAX_PAYLOAD_BYTES,
      'compressed only over': COMPRESS_OVER_BYTES,
      'message that a client takes': DEFAULT_LIMITS.client.maxMessageBytes,
      'message that a server takes': DEFAULT_LIMITS.server.maxMessageBytes,
      'bodies in a batch, inflated': MAX_PAYLOAD_BYTES,
      text: 1_024, // control.test.ts, K3
      'messages a server keeps': DEFAULT_LIMITS.server.maxKeptMessages,
      'bodies a server keeps': DEFAULT_LIMITS.server.maxKeptBytes,
      'messages a client keeps': DEFAULT_LIMITS.client.maxKeptMessages,
      'bodies a client keeps': DEFAULT_LIMITS.client.maxKeptBytes,
      varint: varintLength(0xffff_ffff),
      'waiting, state goes on': DEFAULT_CONNECTION_LIMITS.maxBufferedStateBytes,
      'and for how long': DEFAULT_CONNECTION_LIMITS.maxBufferedStateMs,
      'waiting, the link is kept': DEFAULT_CONNECTION_LIMITS.maxBufferedBytes,
    });
  });

  it.each(Object.entries(WRITTEN))('the example "%s" is what the code writes', (name, write) => {
    expect(hex(write())).toBe(hex(example(name)));
  });

  it.each(Object.entries(READ))('the example "%s" is read back', (name, read) => {
    const frame = example(name);
    const { type, sequence } = readFrameHeader(frame, 'client');
    expect(FRAME_RULES[type]!.name).toBe(name.toUpperCase());
    const value = read(frame.subarray(FRAME_HEADER_BYTES));
    const comments = { ping: 1_234.5, pong: 1_234.5, ack: 12_345, resume: RESUME, moved: MOVED };
    expect(value).toEqual({ ...comments, closing: { code: 4_100, text: 'bye' } }[name]);
    expect(sequence).toBe(frame[2]);
  });

  it.each([
    ['colyseus', 'client', ['0d a3 68 69 74 07']],
    ['input', 'server', ['13 01 02']],
    ['delta', 'client', ['0f 80 07']],
    ['state', 'client', [`8e ${hex(CLOCK)} 80 07`]],
    ['state-compressed', 'client', [`8e ${hex(CLOCK)} ${'00 '.repeat(2_000).trim()}`]],
    ['delta-timed', 'client', [`8f ${hex(later(16, 1))} 80 07`]],
    ['delta-late', 'client', [`8f ${hex(later(1_000, 300))} 80 07`]],
    ['batch', 'client', [`8f ${hex(later(16, 1))} 80 07`, '0d a3 68 69 74 07']],
  ] as const)('the example "%s" gives back the Colyseus messages', (name, side, expected) => {
    const session = new FrameSession(side, compressor);
    const frame = example(name);
    frame.fill(0, 1, 3); // the sequence that is due
    if (name === 'batch') {
      // The ACK in it is of 12,345.
      for (let i = 0; i <= 12_345; i++) {
        session.post({ type: FrameType.Ping, flags: 0, body: writeTime(i) });
        session.takeFrames();
      }
    }
    const clock = new ClockReader(1_000 / 60);
    clock.begin(CLOCK);
    const expand = (message: WireMessage): WireMessage =>
      message.type === FrameType.Delta && message.flags & FrameFlag.Timed
        ? { ...message, body: clock.expand(message.body) }
        : message;
    expect(session.receive(frame).map((message) => hex(fromWire(expand(message))))).toEqual(expected);
  });

  it('[G1] the examples of fragments are what the code writes', () => {
    const [first, last] = packFrames([{ ...hit, body: new Uint8Array(70_000).fill(13) }], compressor);
    for (const [name, frame, sequence] of [
      ['fragment-first', first!, 14],
      ['fragment-last', last!, 15],
    ] as const) {
      frame.bytes.set(writeSequence(sequence), 1);
      const shown = examples.get(name)!.join(' ').replace('...', '');
      expect(hex(frame.bytes).startsWith(hex(bytes(shown)))).toBe(true);
    }
    expect([first!.bytes.length - 8, last!.bytes.length - 5]).toEqual([65_528, 4_472]);
  });

  it('[S7] the example of a resumption is what a session does', () => {
    const client = new FrameSession('client', compressor);
    const server = new FrameSession('server', compressor);
    for (let i = 0; i < 4; i++) {
      client.post(toWire(bytes('13')));
      client.takeFrames().forEach((frame) => server.receive(frame));
    }
    const send = (message: string) => {
      server.post(toWire(bytes(message)));
      return server.takeFrames();
    };
    for (let i = 0; i < 5; i++) send('0f 80').forEach((frame) => client.receive(frame));
    for (const lost of ['0d', '0f 80', '0d']) send(lost);
    server.beginResume();
    server.receive(client.beginResume()!);
    server.post(toWire(bytes('0f 80')));
    const frames = server.takeFrames();
    expect(frames.map(hex)).toEqual(examples.get('resume-again'));
    expect(frames.flatMap((frame) => client.receive(frame))).toHaveLength(3);
  });

  it('[M4] the examples of the join section are what a client finds behind the other sections', () => {
    const joinRoom = concat(
      Uint8Array.of(MessageCode.JoinRoom),
      bytes('02 61 62'), // reconnection token
      bytes('06 73 63 68 65 6d 61'), // serializer
      bytes('00'), // no reflection
      bytes('02 03 01 02 03'), // a section of Colyseus
    );
    expect(readJoinSection(joinRoom)).toBeUndefined();
    const read = (name: string) => readJoinSection(concat(joinRoom, example(name)));
    const lastInput = undefined;
    expect(read('join-section')).toEqual({ tickMs: 16.667, liveBodies: false, epoch: 0, lastInput });
    expect(read('join-section-live')).toEqual({ tickMs: 16.667, liveBodies: true, epoch: 0, lastInput });
    expect(read('join-section-epoch')).toEqual({ tickMs: 16.667, liveBodies: true, epoch: 3, lastInput });
    expect(read('join-section-input')).toEqual({ tickMs: 16.667, liveBodies: true, epoch: 3, lastInput: 300 });
  });

  it('every example is checked, and each of the types has one', () => {
    const checked = [...Object.keys(WRITTEN), 'fragment-first', 'fragment-last', 'resume-again'];
    expect([...examples.keys()].sort()).toEqual(checked.sort());
    const types = FRAME_RULES.flatMap((rules) => (rules === undefined ? [] : [rules.name.toLowerCase()]));
    expect(types.filter((name) => !examples.has(name))).toEqual([]);
  });

  it('every rule that code or a test names is here, once', () => {
    const rules = Array.from(text.matchAll(/^\*\*([A-Z]\d+)\*\*/gm), ([, id]) => id!);
    expect(new Set(rules).size).toBe(rules.length);
    const named = [...typescriptIn('shared/wire'), ...typescriptIn('shared/session')].flatMap((path) =>
      Array.from(projectText(path).matchAll(/'\[([A-Z]\d+)\]|PROTOCOL\.md ([A-Z]\d+)(?: to ([A-Z]\d+))?/g), (match) =>
        match.slice(1).filter((id) => id !== undefined),
      ).flat(),
    );
    expect(named.length).toBeGreaterThan(50);
    expect([...new Set(named)].filter((id) => !rules.includes(id))).toEqual([]);
  });
});
