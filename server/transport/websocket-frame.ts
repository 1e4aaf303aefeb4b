/** RFC 6455, 5.2: what the frame of a WebSocket that holds a whole short message looks like. */

/** First byte: FIN, and binary data. */
export const BINARY_MESSAGE = 0x82;
/** Opcode of the frame that closes the connection. */
export const CLOSE_FRAME = 8;
/** In the second byte: the data is masked, as a client's must be. The rest of it is the length. */
export const MASKED = 0x80;
/** Lengths up to here stand in the second byte; 126 there says that two bytes with it follow. */
export const MOST_SHORT = 125;
export const LENGTH_16 = 126;
export const MOST_16 = 0xffff;
/** Of the mask, which stands behind the length. */
export const MASK_BYTES = 4;
