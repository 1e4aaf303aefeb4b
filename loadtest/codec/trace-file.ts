import { type FileHandle, open } from 'node:fs/promises';
import { TraceError } from './trace-error.ts';
import { readTraceHeader, type TraceHeader } from './trace-header.ts';
import { columnsOf, type Trace, type TraceColumn } from './trace.ts';

const NEWLINE = 0x0a;
const MAX_HEADER_BYTES = 65_536;
const MAX_FILE_BYTES = 512 * 1024 * 1024;
/** How far from 1 a rotation's length may be. */
const ROTATION_SLACK = 0.01;

/** A trace as a file: one line of JSON, then the values as little-endian float32. See loadtest/codec/README.md. */
export function writeTrace(trace: Trace): Buffer {
  const { name, hz, frames, entities, fields, values } = trace;
  const header = Buffer.from(`${JSON.stringify({ name, hz, frames, entities, fields })}\n`);
  const bytes = Buffer.alloc(header.length + values.length * 4);
  header.copy(bytes);
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i]!, header.length + i * 4);
  return bytes;
}

/** @throws {TraceError} anything that is not exactly a trace */
export function readTrace(bytes: Buffer): Trace {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(NEWLINE);
  if (end < 0) throw new TraceError('bad-header', `no line of JSON in the first ${MAX_HEADER_BYTES} bytes`);
  const header = readTraceHeader(bytes.toString('utf8', 0, end));
  const columns = columnsOf(header.fields);
  const count = header.frames * header.entities * columns.length;
  const rest = bytes.length - end - 1;
  if (rest !== count * 4) {
    throw new TraceError(
      'wrong-length',
      `${header.frames} frames of ${header.entities} entities with ${columns.length} numbers need ${count * 4} bytes ` +
        `after the header, there are ${rest}`,
    );
  }
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = bytes.readFloatLE(end + 1 + i * 4);
  checkValues(header, columns, values);
  return { ...header, values };
}

/** @throws {TraceError} also where there is no such file, or one that is too large to hold */
export async function loadTrace(path: string): Promise<Trace> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (cause) {
    throw new TraceError('unreadable', cause instanceof Error ? cause.message : String(cause), { cause });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new TraceError('unreadable', 'not a file');
    if (stat.size > MAX_FILE_BYTES) {
      throw new TraceError('too-large', `${stat.size} bytes, the limit is ${MAX_FILE_BYTES}`);
    }
    return readTrace(await file.readFile());
  } finally {
    await file.close();
  }
}

function checkValues({ frames, entities }: TraceHeader, columns: readonly TraceColumn[], values: Float32Array): void {
  for (let row = 0; row < frames * entities; row++) {
    const flaw = flawOf(columns, values, row * columns.length);
    if (flaw === undefined) continue;
    const place = `frame ${Math.floor(row / entities)}, entity ${row % entities}`;
    throw new TraceError('bad-value', `${place}: ${flaw}`);
  }
}

/** @returns what is wrong with the entity whose values begin at `first` */
function flawOf(columns: readonly TraceColumn[], values: Float32Array, first: number): string | undefined {
  const absent = Number.isNaN(values[first]!);
  let length2 = 0;
  for (let i = 0; i < columns.length; i++) {
    const { field, part } = columns[i]!;
    const value = values[first + i]!;
    if (Number.isNaN(value) !== absent) return 'is NaN in some columns and a number in others';
    if (absent) continue;
    if (!Number.isFinite(value)) return `${field.name} is ${value}`;
    if (field.kind === 'uint' && !(Number.isInteger(value) && value >= 0 && value < 2 ** 32)) {
      return `${field.name} is ${value}, not an unsigned integer of 32 bits`;
    }
    if (field.kind !== 'quaternion') continue;
    length2 = part === 0 ? value * value : length2 + value * value;
    if (part === 3 && Math.abs(Math.sqrt(length2) - 1) > ROTATION_SLACK) {
      return `${field.name} has length ${Math.sqrt(length2)}, not 1`;
    }
  }
  return undefined;
}
