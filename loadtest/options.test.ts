import { describe, expect, it } from '@jest/globals';
import { UsageError } from './command-line.ts';
import { evenRooms, parse } from './options.ts';

const of = (...args: string[]) => parse(args, 4);

describe('the options', () => {
  it('have the defaults that --help names', () => {
    expect(of()).toEqual({
      help: false,
      endpoint: undefined,
      room: 'arena',
      rooms: evenRooms(10, 8),
      clientsPerRoom: 8,
      delayMs: 0,
      seconds: 30,
      warmupSeconds: 3,
      workers: 3,
      decode: 'all',
      predict: false,
      lean: false,
      pinCore: undefined,
      sweep: undefined,
      baseline: false,
      rounds: 3,
      chaos: undefined,
      targets: { roundTripMs: 100, messageBytes: 1_024, updatesPerSecond: 59 },
      mostLateMs: 5,
      files: {},
    });
    expect(parse([], 1).workers).toBe(1);
  });

  it('take clients in all in the place of rooms, the last one not full', () => {
    expect(of('--numClients', '20', '--clients', '8').rooms).toEqual([8, 8, 4]);
    expect(of('--numClients', '3').rooms).toEqual([3]);
  });

  it('take a ws endpoint for its http one', () => {
    expect(of('--endpoint', 'wss://game.example/').endpoint).toBe('https://game.example');
    expect(of('--endpoint', 'ws://localhost:2567').endpoint).toBe('http://localhost:2567');
  });

  it('take numbers of rooms that grow', () => {
    expect(of('--sweep', '10,25, 50').sweep).toEqual([10, 25, 50]);
  });

  it.each([
    ['--rooms 0', '--rooms: is a number from 1 to 100000, not "0"'],
    ['--rooms 1.5', '--rooms: is a whole number, not "1.5"'],
    ['--seconds -1', '--seconds: is a number from 1 to 86400, not "-1"'],
    ['--seconds --rooms 2', '--seconds: says nothing; a value follows it'],
    ['--clients 17', '--clients: an arena holds 16, not 17'],
    ['--seconds ten', '--seconds: is a number from 1 to 86400, not "ten"'],
    ['--endpoint localhost:2567', '--endpoint: is a URL like http://localhost:2567, not "localhost:2567"'],
    ['--decode some', '--decode: is all, one or none, not "some"'],
    ['--sweep 10,5', '--sweep: numbers of rooms that grow, not "10,5"'],
    ['--sweep 10,', '--sweep: is a number from 1 to 100000, not ""'],
    ['--pin 4', '--pin: is a number from 0 to 3, not "4"'],
    ['--json /nowhere/at/all.json', '--json: nothing can be written to /nowhere/at'],
    ['--numClients 5 --rooms 2', '--numClients: says how many clients there are in all; leave --rooms away'],
    ['--sweep 1,2 --numClients 3', '--sweep: says how many rooms there are; leave --numClients away'],
    ['--rounds 2', '--rounds: is of --baseline without --sweep, and nothing without it'],
    ['--baseline --room x', '--room: --baseline starts 3 servers of its own, with the arena'],
    ['--baseline --endpoint http://a', '--endpoint: --baseline starts 3 servers of its own, with the arena'],
    ['--pin 0 --endpoint http://a', '--pin: is for a server that the test starts; --endpoint has one already'],
    ['--chaos flood', '--chaos: is kill or drain, not "flood"'],
    ['--chaos kill --endpoint http://a', '--chaos: starts three servers of its own for one run; leave --endpoint away'],
    ['--chaos kill --baseline', '--chaos: starts three servers of its own for one run; leave --baseline away'],
    ['--chaos drain --sweep 1,2', '--chaos: starts three servers of its own for one run; leave --sweep away'],
    ['--chaos drain --pin 0', '--chaos: starts three servers of its own for one run; leave --pin away'],
    ['--predict --decode one', '--predict: needs the state; leave --decode away'],
  ])('%s is refused', (args, message) => {
    expect(() => of(...args.split(' '))).toThrow(expect.objectContaining({ name: 'UsageError', message }));
  });

  it('refuse what there is not, and a pin where there is one core', () => {
    expect(() => of('--nothing')).toThrow(UsageError);
    expect(() => of('extra')).toThrow(UsageError);
    expect(() => parse(['--pin', '0'], 1)).toThrow('--pin: takes two cores, and there is one');
  });
});
