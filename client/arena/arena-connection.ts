import { type Room } from 'colyseus.js';
import { type ArenaState } from '../../shared/arena/state.ts';
import { type MeasuredRoom } from './net-reading.ts';

/** The room as the page uses it: state known, the counters there if velarium's own connection is below it. */
export type ArenaConnection = Room<unknown, ArenaState> & MeasuredRoom;
