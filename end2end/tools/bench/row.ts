// One line of the table, as it is written to the file too.
import type { Figures } from './measure.ts';

export interface Row {
  name: string;
  /** It has no figures. */
  refused?: true;
  perSecond?: number;
  /** The time of processors that one takes, in ms. */
  cpu?: number;
  /** The longest time of half of the requests, and of all but a hundredth of them, in ms. */
  p50?: number;
  p99?: number;
  /** The floor that it stands beside, and its CPU as a multiple of the floor's. */
  floor?: string;
  timesFloor?: number;
  /** The HTML of a page, or memory. */
  bytes?: number;
}

interface More {
  /** The requests that make one of what is counted. */
  steps?: number;
  beside?: { name: string; figures: Figures };
  bytes?: number;
}

const cpuOf = ({ cpu, requests }: Figures) => cpu / requests;

export function rowOf(name: string, figures: Figures, { steps = 1, beside, bytes }: More = {}): Row {
  const cpu = steps * cpuOf(figures);
  return {
    name,
    perSecond: figures.requests / steps / figures.seconds,
    cpu,
    p50: percentile(figures.times, 50),
    p99: percentile(figures.times, 99),
    ...(beside && { floor: beside.name, timesFloor: cpu / cpuOf(beside.figures) }),
    ...(bytes !== undefined && { bytes }),
  };
}

export const memoryRow = (name: string, mebibytes: number): Row => ({ name, bytes: Math.round(mebibytes * 2 ** 20) });

export function percentile(values: number[], percent: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}
