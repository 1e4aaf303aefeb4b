/** What options of `serve`, and the variables that stand for them, may be. */

export const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535;
export const PORT_IS = 'is a number from 0 to 65535';

export const isRedisUri = (value: string): boolean => URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol);
export const REDIS_URI_IS = 'is an address like redis://localhost:6379, or rediss:// for TLS';

/** Where clients reach a server. */
export const isPublicAddress = (value: string): boolean =>
  !/[\s?#@]|:\/\//.test(value) && URL.canParse(`ws://${value}/`);
export const PUBLIC_ADDRESS_IS = 'is a host, with port and path if need be, like game.example/n1 or 10.0.0.3:2567';

/** Exactly what balancers believe (deploy/nginx.conf, pool/proxy): anything else they would pass over in silence. */
export const isNodeAddress = (value: string): boolean => /^[\w.-]+:\d{1,5}$/.test(value);
export const NODE_ADDRESS_IS = 'is a host and a port, like 10.0.0.3:2567';

export const MAX_DRAIN_SECONDS = 3_600;
export const isDrainSeconds = (value: number): boolean => value >= 0 && value <= MAX_DRAIN_SECONDS;
export const DRAIN_SECONDS_IS = `is a number of seconds from 0 to ${MAX_DRAIN_SECONDS}`;

/** More, and ticks are late by a good part of themselves. */
const MAX_READ_EVERY_MS = 8;
export const READ_EVERY_MS_IS = `is a number of milliseconds from 0 to ${MAX_READ_EVERY_MS}`;
export const isReadEveryMs = (value: number): boolean => value >= 0 && value <= MAX_READ_EVERY_MS;
