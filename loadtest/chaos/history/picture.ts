/** A room as it stands when everything has come to rest. */
export interface RoomPicture {
  roomId: string;
  /** Process id of its owner in the store, and its epoch; undefined where the store knows no such room. */
  owner: { processId: string; epoch: number } | undefined;
  /** Process ids of the nodes that run it. */
  runsOn: string[];
  /** Session ids of its seats in the store. */
  seats: string[];
  /** Session ids of those who are in it, by the nodes that run it; and of those the ones whose connection is lost. */
  sessions: string[];
  away: string[];
  /** Seats that those nodes promised to clients who have not come yet. */
  promised: number;
  /** Its row in the listing. */
  listed: { processId: string; clients: number } | undefined;
}

/** A client when everything has come to rest. */
export interface ClientPicture {
  name: string;
  roomId: string;
  sessionId: string;
  /** Process id of the node where its session is said to be. */
  home: string | undefined;
  /** Session ids of the ships that it sees. */
  ships: string[];
}

/** Everything there is, as it stands when it has come to rest. */
export interface Picture {
  rooms: RoomPicture[];
  clients: ClientPicture[];
}
