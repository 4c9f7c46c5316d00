// Settings of `make bench`, from the environment. Paths are those of the repository's folder.
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../..');

const path = (name: string) => process.env[name] && resolve(ROOT, process.env[name]);

/** Seconds of one measurement. */
export const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
/** Rounds of each measurement: in each round, what is compared is measured one after the other. */
export const TURNS = Number(process.env.BENCH_TURNS ?? 3);
/** An older binary that is measured by turns with the new one. */
export const BESIDE = path('BENCH_BESIDE');
/** The file of an earlier run to compare with. */
export const BASE = path('BENCH_BASE');
/** The file for the figures of this run, when it is not to be named by the time. */
export const OUT = path('BENCH_OUT');

/** The order of several in a turn: each second time the other way round. */
export function inTurn(count: number, turn: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  return turn % 2 === 0 ? order : order.reverse();
}
