import type { Compressor } from '../wire/compression.ts';
import { writeFrameSequence } from '../wire/frame.ts';
import { nextSequence } from '../wire/sequence.ts';
import { packFrames } from './frame-packer.ts';
import type { KeptMessage } from './send-window.ts';

/** Bodies in flight are compressed where that paid; their frames are not compressed again. */
const NO_COMPRESSION: Pick<Compressor, 'compress'> = { compress: () => undefined };

/** The frames of messages in flight once more, under the sequences they had; what lay beside them is left out. */
export function framesAgain(inFlight: readonly KeptMessage[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let from = 0; from < inFlight.length;) {
    const { firstSequence } = inFlight[from]!;
    let to = from + 1;
    while (to < inFlight.length && inFlight[to]!.firstSequence === firstSequence) to++;
    const together = inFlight.slice(from, to).map(({ message }) => message);
    let sequence = firstSequence;
    for (const { bytes } of packFrames(together, NO_COMPRESSION)) {
      writeFrameSequence(bytes, sequence);
      sequence = nextSequence(sequence);
      frames.push(bytes);
    }
    from = to;
  }
  return frames;
}
