/** A process with bots; started by WorkerProcess, with which it talks over IPC. */
import { CountedSocket } from '../bots/counted-socket.ts';

process.on('SIGINT', () => {}); // the terminal's Ctrl-C reaches everybody; the parent says what is to be done
process.on('disconnect', () => process.exit(0));
// The SDK takes the global class when it is loaded: that must be ours by then.
(globalThis as { WebSocket: unknown }).WebSocket = CountedSocket;
const { Crew } = await import('./crew.ts');
new Crew(
  (message) => process.send?.(message),
  (listener) => process.on('message', listener),
);
