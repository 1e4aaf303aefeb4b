import { LocalDriver } from '@colyseus/core';
import type { IRoomCache, SortOptions } from '@colyseus/core';
import { asksForOpenRoom, isOpen, sortRows } from './room-row.ts';
import type { Conditions } from './room-row.ts';

/** The listing of a node on its own: core's, and a join does not end up in a full room that somebody unlocked. */
export class MemoryDriver extends LocalDriver {
  override async findOne(conditions: Partial<IRoomCache>, sortOptions?: SortOptions): Promise<IRoomCache> {
    if (!asksForOpenRoom(conditions as Conditions)) return super.findOne(conditions, sortOptions);
    return sortRows(this.query(conditions).filter(isOpen), sortOptions)[0]!;
  }
}
