import { describe, expect, it } from '@jest/globals';
import { Later } from './later.ts';

describe('Later', () => {
  it('runs each thing once, when its time has come', () => {
    const later = new Later();
    const ran: string[] = [];
    later.at(10, () => ran.push('a'));
    later.at(30, () => ran.push('c'));
    later.at(20, () => ran.push('b'));
    later.run(9);
    expect(ran).toEqual([]);
    later.run(20);
    expect(ran).toEqual(['a', 'b']);
    later.run(100);
    later.run(200);
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  it('says what is long past', () => {
    const later = new Later();
    const stale: boolean[] = [];
    later.at(0, (old) => stale.push(old));
    later.at(4990, (old) => stale.push(old));
    later.run(5000);
    expect(stale).toEqual([true, false]);
  });
});
