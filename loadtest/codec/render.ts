import type { FullReport, TraceReport } from './report.ts';

const COLUMNS: readonly [title: string, cell: (report: FullReport) => string][] = [
  ['scene', ({ name }) => name],
  ['Hz', ({ hz }) => String(hz)],
  ['entities', ({ entities }) => String(entities)],
  ['B/frame', ({ bytesPerFrame }) => bytesPerFrame.toFixed(1)],
  ['kB/s', ({ kBps }) => kBps.toFixed(2)],
  ['quantized', (report) => kBpsOf(report, report.schemaQuantizedBytes)],
  ['float32', (report) => kBpsOf(report, report.schemaFloat32Bytes)],
  ['set', ({ setNsPerEntity }) => setNsPerEntity.toFixed(1)],
  ['quantized', ({ schemaSetNsPerEntity }) => schemaSetNsPerEntity.toFixed(1)],
  ['encode', ({ encodeNsPerEntity }) => encodeNsPerEntity.toFixed(1)],
  ['quantized', ({ schemaEncodeNsPerEntity }) => schemaEncodeNsPerEntity.toFixed(1)],
  ['float32', ({ schemaFloat32EncodeNsPerEntity }) => schemaFloat32EncodeNsPerEntity.toFixed(1)],
  ['decode', ({ decodeNsPerEntity }) => decodeNsPerEntity.toFixed(1)],
  ['quantized', ({ schemaDecodeNsPerEntity }) => schemaDecodeNsPerEntity.toFixed(1)],
  ['float32', ({ schemaFloat32DecodeNsPerEntity }) => schemaFloat32DecodeNsPerEntity.toFixed(1)],
  ['exact', ({ exact }) => (exact ? 'yes' : 'NO')],
  ['max error', ({ maxError }) => maxError.toFixed(2)],
];

const LEGEND = `
quantized, float32: the same motion by Colyseus Schema with t.quantized, with t.float32; (…) how many times velarium's
kB/s: thousands of bytes a second to one client, headers included, the full state at the start left out
set, encode, decode: nanoseconds per entity and frame, median; set: assigning the values, looking entities up included
exact: client and server held the same numbers after every frame; max error: in precisions of the field`;

/** For people. */
export function renderTable(reports: readonly FullReport[]): string {
  const rows = [COLUMNS.map(([title]) => title), ...reports.map((report) => COLUMNS.map(([, cell]) => cell(report)))];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
  return `${lines.join('\n')}\n${LEGEND}\n`;
}

/** For programs: an array. A `maxError` of Infinity becomes null. */
export function renderJson(reports: readonly FullReport[]): string {
  const published = reports.map((report): TraceReport => {
    const { schemaFloat32EncodeNsPerEntity: _, schemaFloat32DecodeNsPerEntity: __, ...rest } = report;
    return rest;
  });
  return `${JSON.stringify(published, null, 2)}\n`;
}

function kBpsOf({ hz, frames, bytes }: FullReport, schemaBytes: number): string {
  return `${((schemaBytes * hz) / (frames - 1) / 1_000).toFixed(2)} (${(schemaBytes / bytes).toFixed(1)})`;
}
