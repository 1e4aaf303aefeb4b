/** A line that a node of the pool wrote to its log. */
export interface NodeLine {
  /** As the pool calls it, e.g. `node 2`. */
  node: string;
  message: string;
  /** Of the machine's clock: it was written at about that time. */
  timeMs: number;
  fields: Readonly<Record<string, unknown>>;
}

/** @returns undefined where it is no line of a log */
export function readNodeLine(line: string): NodeLine | undefined {
  const [, node, json] = /^([^|]+) \| (\{.*\})$/.exec(line) ?? [];
  if (node === undefined || json === undefined) return undefined;
  try {
    const { msg, time, ...fields } = JSON.parse(json) as Record<string, unknown>;
    return { node, message: String(msg), timeMs: Number(time), fields };
  } catch {
    return undefined;
  }
}
