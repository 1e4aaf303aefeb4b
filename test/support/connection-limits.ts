/** For tests in shared/, which may import neither side. */
export { DEFAULT_CONNECTION_LIMITS } from '../../server/transport/transport-options.ts';
