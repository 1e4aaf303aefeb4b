import { describe, expect, it } from '@jest/globals';
import type { RoomSessions } from '../session/room-sessions.ts';
import { afterChange, InputNotes, type InputNumbers } from './input-notes.ts';

const NONE: InputNumbers = new Map();

/** Sessions, each with the number of the last input that the room has taken; undefined where it has no inputs. */
function sessionsOf(taken: Record<string, number | undefined>): RoomSessions {
  return {
    *[Symbol.iterator]() {
      for (const [sessionId, consumedCount] of Object.entries(taken)) {
        yield { sessionId, client: consumedCount === undefined ? {} : { _inputBuffer: { consumedCount } } };
      }
    },
  } as unknown as RoomSessions;
}

describe('what is noted of inputs', () => {
  it('names the sessions once, and then only says numbers, where one changed', () => {
    const taken: Record<string, number | undefined> = { ada: 3, bob: 0, chat: undefined };
    const notes = new InputNotes(sessionsOf(taken));
    const first = notes.changed()!;
    expect(first).toEqual({ taken: [3, 0], sessionIds: ['ada', 'bob'] });
    expect(notes.changed()).toBeUndefined();
    taken['bob'] = 5;
    const second = notes.changed()!;
    expect(second).toEqual({ taken: [3, 5], sessionIds: undefined });
    const all = afterChange(afterChange(NONE, first), second);
    expect([...all]).toEqual([...notes.all()]);
    expect(notes.changed()).toBeUndefined();
  });

  it('names them again when somebody came or left, or one took the place of another', () => {
    const taken: Record<string, number | undefined> = { ada: 3 };
    const notes = new InputNotes(sessionsOf(taken));
    notes.all();
    taken['bob'] = 3;
    expect(notes.changed()).toEqual({ taken: [3, 3], sessionIds: ['ada', 'bob'] });
    delete taken['ada'];
    expect(notes.changed()).toEqual({ taken: [3], sessionIds: ['bob'] });
    delete taken['bob'];
    taken['cid'] = 3;
    expect(notes.changed()).toEqual({ taken: [3], sessionIds: ['cid'] });
    delete taken['cid'];
    expect(notes.changed()).toEqual({ taken: [], sessionIds: [] });
  });

  it('refuses numbers of other sessions', () => {
    expect(() => afterChange(new Map([['ada', 1]]), { taken: [1, 2], sessionIds: undefined })).toThrow(TypeError);
  });
});
