import { CloseCode } from 'colyseus.js';
import { UNREACHABLE } from './join-failure.ts';

const IN_WORDS: Readonly<Record<number, string>> = {
  [CloseCode.CONSENTED]: 'you left',
  [CloseCode.SERVER_SHUTDOWN]: 'the server was shut down',
  [CloseCode.WITH_ERROR]: 'the server had an error',
  [CloseCode.FAILED_TO_RECONNECT]: UNREACHABLE,
  [CloseCode.ABNORMAL_CLOSURE]: 'the connection was lost',
};

/** Why a connection ended, for people. */
export function closeReason(code: number, reason: string | undefined): string {
  return IN_WORDS[code] ?? (reason || `code ${code}`);
}
