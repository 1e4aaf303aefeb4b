import { Packr } from 'msgpackr';

/** Plain data as MessagePack, as Colyseus's messages are; what is read is plain data again. */
const packr = new Packr({ useRecords: false });

/** @throws {Error} there is something in it that is no data */
export const pack = (value: unknown): Uint8Array => new Uint8Array(packr.pack(value));

/** The same, for who copies it at once: it lies in a buffer that is anybody's who packs something. */
export const packBriefly = (value: unknown): Uint8Array => packr.pack(value);

export const unpack = (bytes: Uint8Array): unknown => packr.unpack(bytes as Buffer);
