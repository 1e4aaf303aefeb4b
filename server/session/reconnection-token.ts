import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 18;

/** A secret that opens a session: 144 bits, in characters that any URL takes. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** What is kept of a token where others can read: nobody finds the token by it. */
export const hashToken = (token: string): Uint8Array => createHash('sha256').update(token).digest();
