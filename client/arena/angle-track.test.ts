import { describe, expect, it } from '@jest/globals';
import { HEADING_UNITS } from '../../shared/arena/rules.ts';
import { AngleTrack } from './angle-track.ts';

describe('AngleTrack', () => {
  it('interpolates over the seam', () => {
    const track = new AngleTrack();
    track.push(0, 4090);
    track.push(10, 6);
    expect(track.at(5)).toBe(HEADING_UNITS);
  });

  it('holds the ends of what it knows', () => {
    const track = new AngleTrack();
    expect(track.at(1)).toBe(0);
    track.push(10, 100);
    track.push(20, 200);
    expect([track.at(0), track.at(15), track.at(99)]).toEqual([100, 150, 200]);
  });

  it('replaces a sample of the same time', () => {
    const track = new AngleTrack();
    track.push(10, 100);
    track.push(10, 120);
    expect(track.at(10)).toBe(120);
  });

  it('agrees with a list that forgets nothing, over many turns', () => {
    const track = new AngleTrack();
    for (let tick = 0; tick <= 500; tick++) track.push(tick * 16, (tick * 50) % HEADING_UNITS);
    for (const tick of [499.5, 480.25, 470]) expect(track.at(tick * 16)).toBeCloseTo(tick * 50);
  });
});
