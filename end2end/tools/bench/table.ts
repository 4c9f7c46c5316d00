// The figures of a run as one aligned table.
import type { Row } from './row.ts';

/** From this ratio on something is marked as dearer. */
const DEARER = 1.1;

/** Other rows to hold the new ones against, and what they are called. */
export interface Comparison {
  name: string;
  rows: Row[];
}

interface Column {
  title: string;
  cell(row: Row): string;
  /** Text stands at the left, figures at the right. */
  left?: true;
}

const COLUMNS: Column[] = [
  { title: '', cell: ({ name }) => name, left: true },
  { title: 'per s', cell: ({ refused, perSecond }) => (refused ? 'refused' : figure(perSecond)) },
  { title: 'CPU ms', cell: ({ cpu }) => figure(cpu) },
  { title: 'p50 ms', cell: ({ p50 }) => figure(p50) },
  { title: 'p99 ms', cell: ({ p99 }) => figure(p99) },
  { title: 'size', cell: ({ bytes }) => size(bytes) },
  { title: 'x floor', cell: ({ timesFloor }) => figure(timesFloor) },
  { title: 'floor', cell: ({ floor }) => floor ?? '', left: true },
];

export function table(rows: Row[], comparisons: Comparison[]): string {
  const columns = [...COLUMNS, ...comparisons.flatMap(comparing)];
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const pad = (cell: string, column: number) =>
    columns[column]!.left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  const printed = lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
  const marked = comparisons.length > 0 ? `\n! is more than ${Math.round(100 * (DEARER - 1))} % dearer` : '';
  return printed + marked;
}

function comparing({ name, rows }: Comparison): Column[] {
  const other = (row: Row) => rows.find((candidate) => candidate.name === row.name);
  return [
    { title: `${name} CPU ms`, cell: (row) => figure(other(row)?.cpu) },
    { title: `CPU new/${name}`, cell: (row) => ratio(row.cpu, other(row)?.cpu) },
    { title: `${name} size`, cell: (row) => size(other(row)?.bytes) },
    { title: `size new/${name}`, cell: (row) => ratio(row.bytes, other(row)?.bytes) },
  ];
}

/** Three digits that count, and all those before the point. */
function figure(value: number | undefined): string {
  if (value === undefined) return '';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

function size(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  return bytes < 2 ** 20 ? `${figure(bytes / 2 ** 10)} KiB` : `${figure(bytes / 2 ** 20)} MiB`;
}

/** Says how many times the other the new one is, with a place for the mark. */
function ratio(part: number | undefined, other: number | undefined): string {
  if (part === undefined || other === undefined) return '';
  return `${(part / other).toFixed(2)}${part / other > DEARER ? '!' : ' '}`;
}
