import { hash } from 'node:crypto';

/** A node that may take a room. */
export interface Candidate {
  key: string;
  /** Above 0. One with twice the weight is the first candidate of twice as many rooms. */
  weight: number;
}

const HASH_BYTES = 6;
const HASHES = 2 ** (8 * HASH_BYTES);

/**
 * The order in which candidates may take a room: the same for all who know the same candidates, another one for each
 * room, and when one of them goes or comes the others keep their order.
 * Rendezvous hashing (Thaler and Ravishankar 1998), weighted by the logarithmic method (Schindelhauer and Schomaker
 * 2005).
 */
export function rendezvousOrder(roomId: string, candidates: readonly Candidate[]): string[] {
  return candidates
    .map(({ key, weight }) => ({ key, score: -weight / Math.log(unitHash(roomId, key)) }))
    .toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
    .map(({ key }) => key);
}

/** Between 0 and 1, neither of them. Spread, not secrecy, is what SHA-1 is here for. */
function unitHash(roomId: string, key: string): number {
  const digest = hash('sha1', `${roomId}\n${key}`, 'buffer');
  return (digest.readUIntBE(0, HASH_BYTES) + 0.5) / HASHES;
}
