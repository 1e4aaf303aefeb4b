import { Decoder, Encoder, schema, t } from '@colyseus/schema';
import { afterEach, expect, it, jest } from '@jest/globals';
import { DecoderComplaints } from './decoder-complaints.ts';

const Part = schema({ v: t.uint8() }, 'ComplainedPart');
const Long = schema({ v: t.uint8(), w: t.uint8() }, 'ComplainedLong');
const Sent = schema({ part: t.ref(Long) }, 'ComplainedSent');
const Known = schema({ part: t.ref(Part) }, 'ComplainedKnown');

afterEach(() => {
  jest.restoreAllMocks();
});

it('[state] a decoder that meets bytes of another class is a violation, and other lines are none', () => {
  const said: unknown[] = [];
  const warn = jest.spyOn(console, 'warn').mockImplementation((line) => void said.push(line));
  const complaints = new DecoderComplaints();
  const state = new Sent();
  state.part = new Long({ v: 1, w: 2 });
  const decoder = new Decoder(new Known());
  decoder.decode(new Encoder(state).encodeAll({ offset: 0 }));
  console.warn('something else');
  expect(said).toEqual(['something else']);
  expect(complaints.violations).toContainEqual({
    rule: 'state',
    who: 'a client',
    what: 'could not decode: definition mismatch',
  });
  complaints.end();
  expect(console.warn).toBe(warn);
});
