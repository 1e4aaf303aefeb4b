/** Who can be loaded: velarium, the same game on plain Colyseus, and a ws server that only moves bytes. */
export const CONTENDERS = ['velarium', 'colyseus', 'ws'] as const;
export type Contender = (typeof CONTENDERS)[number];

export const CONTENDER_NAMES: Readonly<Record<Contender, string>> = {
  velarium: 'velarium',
  colyseus: 'plain Colyseus',
  ws: 'bare ws',
};
