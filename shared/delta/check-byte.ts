/** CRC-8 with the polynomial x^8 + x^2 + x + 1 (as in ATM's header), from a table. */
const TABLE = new Uint8Array(256);
for (let i = 0; i < 256; i++) {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1;
  TABLE[i] = crc;
}

/** @returns the check byte of `bytes` from `from` on, of the frame with this number */
export function checkByte(bytes: Uint8Array, from: number, frame: number): number {
  let crc = TABLE[frame & 0xff]!;
  for (let i = from; i < bytes.length; i++) crc = TABLE[crc ^ bytes[i]!]!;
  return crc;
}
