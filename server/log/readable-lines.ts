import type { DestinationStream } from 'pino';

const LEVELS: Readonly<Record<number, { name: string; color: number }>> = {
  10: { name: 'trace', color: 90 },
  20: { name: 'debug', color: 90 },
  30: { name: 'info', color: 36 },
  40: { name: 'warn', color: 33 },
  50: { name: 'error', color: 31 },
  60: { name: 'fatal', color: 31 },
};
const DIM = 90;

/** Turns pino's JSON into lines for a terminal: `12:00:01 info room created room=Ab3 name=arena`. */
export function readableLines(write: (line: string) => void): DestinationStream {
  return { write: (json) => write(readable(JSON.parse(json) as Record<string, unknown>)) };
}

function readable({ level, time, msg, err, ...fields }: Record<string, unknown>): string {
  const { name, color } = LEVELS[level as number] ?? { name: String(level), color: DIM };
  const at = new Date(time as number).toTimeString().slice(0, 8);
  const rest = Object.entries(fields).map(([key, value]) => paint(DIM, `${key}=`) + plain(value));
  const stack = (err as { stack?: string } | undefined)?.stack;
  const line = [paint(DIM, at), paint(color, name.padEnd(5)), plain(msg ?? ''), ...rest].join(' ');
  return stack === undefined ? `${line}\n` : `${line}\n${plain(stack, true)}\n`;
}

const paint = (color: number, text: string): string => `\x1b[${color}m${text}\x1b[0m`;

/** Whatever a client called itself, it writes no control characters to a terminal. */
function plain(value: unknown, keepLines = false): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.replace(keepLines ? /[\x00-\x09\x0b-\x1f\x7f-\x9f]/g : /[\x00-\x1f\x7f-\x9f]/g, ' ');
}
