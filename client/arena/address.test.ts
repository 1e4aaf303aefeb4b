import { describe, expect, it } from '@jest/globals';
import { addressOfRoom, readAddress } from './address.ts';

const read = (query: string) => readAddress(new URL(`http://arena.test:2567/${query}`));

describe('address', () => {
  it('asks for nothing by itself', () => {
    expect(read('')).toEqual({ name: null, bots: undefined, roomId: undefined, endpoint: 'http://arena.test:2567' });
  });

  it('names pilot, bots, room and endpoint', () => {
    expect(read('?name=Ann%20B&bots=3&room=xY1&endpoint=http://other:1')).toEqual({
      name: 'Ann B',
      bots: 3,
      roomId: 'xY1',
      endpoint: 'http://other:1',
    });
  });

  it.each(['-1', '1e9', 'many', ''])('takes no %j bots', (bots) => {
    expect(read(`?bots=${bots}`).bots).toBeUndefined();
  });

  it('puts the room into the address, takes the name out and keeps the rest', () => {
    expect(addressOfRoom(new URL('http://a.test/?name=Ann&bots=2&room=old'), 'new')).toBe(
      'http://a.test/?bots=2&room=new',
    );
  });
});
