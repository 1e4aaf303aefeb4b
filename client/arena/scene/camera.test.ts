import { describe, expect, it } from '@jest/globals';
import { Camera } from './camera.ts';

const camera = (widthPx: number, heightPx: number): Camera => {
  const made = new Camera();
  made.resize(widthPx, heightPx);
  return made;
};

describe('Camera', () => {
  it('begins where its ship is', () => {
    const view = camera(1280, 720);
    view.follow(5000, -70, 300, 0, 16);
    expect([view.x, view.y]).toEqual([5000, -70]);
    expect([view.screenX(5000), view.screenY(-70)]).toEqual([640, 360]);
  });

  it('comes to rest on a ship at rest', () => {
    const view = camera(1280, 720);
    view.follow(0, 0, 0, 0, 16);
    for (let i = 0; i < 200; i++) view.follow(200, 100, 0, 0, 16);
    expect(view.x).toBeCloseTo(200);
    expect(view.y).toBeCloseTo(100);
  });

  it('cuts to a ship that respawned far away', () => {
    const view = camera(1280, 720);
    view.follow(0, 0, 0, 0, 16);
    view.follow(2000, 0, 0, 0, 16);
    expect(view.x).toBe(2000);
  });

  it.each([
    [390, 844],
    [1280, 720],
    [3840, 2160],
    [320, 320],
  ])('keeps a fast ship in view at %i x %i', (widthPx, heightPx) => {
    const view = camera(widthPx, heightPx);
    for (let x = 0; x < 5000; x += 15) {
      view.follow(x, 0, 900, 0, 16);
      expect(Math.abs(view.screenX(x) - widthPx / 2)).toBeLessThanOrEqual(Math.min(widthPx, heightPx) / 4 + 1);
    }
  });

  it('moves alike at every frame rate', () => {
    const coarse = camera(1280, 720);
    const fine = camera(1280, 720);
    coarse.follow(0, 0, 0, 0, 1);
    fine.follow(0, 0, 0, 0, 1);
    for (let i = 0; i < 10; i++) coarse.follow(100, 0, 0, 0, 16);
    for (let i = 0; i < 40; i++) fine.follow(100, 0, 0, 0, 4);
    expect(coarse.x).toBeCloseTo(fine.x);
  });
});
