/** What was seen in the journal of one room, in order. */
export type JournalEvent =
  /** Entries of one epoch, one behind the other. */
  | { kind: 'entries'; atMs: number; epoch: number; first: number; last: number }
  /** The barrier in front of an epoch, which says whose it is. */
  | { kind: 'owner'; atMs: number; epoch: number; node: string }
  /** There is another stream now, or an earlier state of this one: its last id is below one that was seen. */
  | { kind: 'stepped-back'; atMs: number; epoch: number; sequence: number }
  /** Redis was made to forget: what was written last may be gone. */
  | { kind: 'forgotten'; atMs: number };

/** Events that are kept of one room. */
const MAX_EVENTS = 20_000;

/** The journals of all rooms, as somebody saw them who read along. */
export class JournalHistory {
  readonly rooms = new Map<string, JournalEvent[]>();

  entry(roomId: string, epoch: number, sequence: number, atMs: number): void {
    const events = this.#of(roomId);
    const last = events.at(-1);
    if (last?.kind === 'entries' && last.epoch === epoch && sequence === last.last + 1) last.last = sequence;
    else this.#add(events, { kind: 'entries', atMs, epoch, first: sequence, last: sequence });
  }

  owner(roomId: string, epoch: number, node: string, atMs: number): void {
    this.#add(this.#of(roomId), { kind: 'owner', atMs, epoch, node });
  }

  steppedBack(roomId: string, epoch: number, sequence: number, atMs: number): void {
    this.#add(this.#of(roomId), { kind: 'stepped-back', atMs, epoch, sequence });
  }

  /** Of all rooms. */
  forgotten(atMs: number): void {
    for (const events of this.rooms.values()) this.#add(events, { kind: 'forgotten', atMs });
  }

  #of(roomId: string): JournalEvent[] {
    let events = this.rooms.get(roomId);
    if (events === undefined) this.rooms.set(roomId, (events = []));
    return events;
  }

  #add(events: JournalEvent[], event: JournalEvent): void {
    if (events.length < MAX_EVENTS) events.push(event);
  }
}
