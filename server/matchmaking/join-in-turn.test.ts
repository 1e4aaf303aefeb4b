import { ErrorCode, matchMaker } from '@colyseus/core';
import { afterEach, expect, it } from '@jest/globals';
import { joinInTurn } from './join-in-turn.ts';
import type { SeatFinder } from './seat-finder.ts';

const { controller } = matchMaker;
const { invokeMethod, exposedMethods } = controller;

afterEach(() => {
  controller.invokeMethod = invokeMethod;
  controller.exposedMethods = exposedMethods;
});

it('answers joinOrCreate, as long as clients may ask for it', async () => {
  let asked = 0;
  const finder = { joinOrCreate: () => Promise.resolve({ turn: ++asked }) };
  joinInTurn(finder as unknown as SeatFinder);
  const ask = () => controller.invokeMethod('joinOrCreate', 'hall', {}, {} as never) as Promise<unknown>;
  expect(await ask()).toEqual({ turn: 1 });
  controller.exposedMethods = ['join', 'joinById', 'reconnect'];
  await expect(ask()).rejects.toMatchObject({ code: ErrorCode.MATCHMAKE_NO_HANDLER });
  expect(asked).toBe(1);
});
