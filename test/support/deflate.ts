/**
 * The two implementations of Deflate for tests in shared/, which may import neither side. A test that does not care
 * takes zlib's, with which the server writes.
 */
export { fflateDeflate } from '../../client/fflate-deflate.ts';
export { nodeDeflate } from '../../server/transport/node-deflate.ts';
