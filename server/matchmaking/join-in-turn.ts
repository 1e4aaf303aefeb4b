import { ErrorCode, matchMaker, ServerError } from '@colyseus/core';
import type { SeatFinder } from './seat-finder.ts';

/** Answers clients' `joinOrCreate` with `finder`; what a game asks of the matchmaker itself stays core's. */
export function joinInTurn(finder: SeatFinder): void {
  const { controller } = matchMaker;
  const invokeMethod = controller.invokeMethod.bind(controller);
  controller.invokeMethod = async (...call: Parameters<typeof invokeMethod>) => {
    const [method, roomName, options, auth] = call;
    // A game may take it out of `exposedMethods`; core's own refuses it then.
    const isOurs = method === 'joinOrCreate' && controller.exposedMethods.includes(method);
    if (!isOurs) return (await invokeMethod(...call)) as unknown;
    try {
      return await finder.joinOrCreate(roomName, options as Record<string, unknown>, auth);
    } catch (error) {
      const { code, message } = error as { code?: number; message: string };
      throw new ServerError(code ?? ErrorCode.MATCHMAKE_UNHANDLED, message);
    }
  };
}
