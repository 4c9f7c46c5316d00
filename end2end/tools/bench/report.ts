// A run as a file, and the file of an earlier run.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Row } from './row.ts';
import { OUT, ROOT, SECONDS, TURNS } from './settings.ts';

interface Machine {
  processor: string;
  cores: number;
}

/** The programs that ran before anything was measured: those of others. */
const LOAD = loadavg()[0]!;

export interface Report {
  date: string;
  /** The commit of the tree, not of a binary that was named instead of its own. */
  commit: string;
  machine: Machine;
  /** The load average of the machine at the start; figures mean most near 0. */
  load: number;
  seconds: number;
  turns: number;
  rows: Row[];
  /** The rows of the older binary that was measured by turns with the new one. */
  beside?: Row[];
}

export async function reportOf(rows: Row[], beside: Row[] | undefined): Promise<Report> {
  const processors = cpus();
  const machine = { processor: processors[0]?.model ?? 'unknown', cores: processors.length };
  const tree = { date: new Date().toISOString(), commit: await commit() };
  const run = { ...tree, machine, load: LOAD, seconds: SECONDS, turns: TURNS };
  return { ...run, rows, ...(beside && { beside }) };
}

async function commit(): Promise<string> {
  const described = promisify(execFile)('git', ['describe', '--always', '--dirty', '--tags'], { cwd: ROOT });
  return described.then(({ stdout }) => stdout.trim(), () => 'unknown');
}

/** Writes the file, and gives its path. */
export async function write(report: Report): Promise<string> {
  const time = report.date.slice(0, 19).replaceAll(':', '-');
  const path = OUT ?? join(ROOT, 'target/bench', `${time}.json`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}

export async function read(path: string): Promise<Report> {
  return JSON.parse(await readFile(path, 'utf8')) as Report;
}

/** Describes a run in a line. */
export function headline({ date, commit, machine: { cores, processor }, load, seconds, turns }: Report): string {
  const machine = `${cores} cores of ${processor} (load ${load.toFixed(1)} before)`;
  return `${date}, ${commit}, ${machine}, ${turns} turns of ${seconds} s`;
}

export function sameMachine(one: Report, other: Report): boolean {
  return one.machine.processor === other.machine.processor && one.machine.cores === other.machine.cores;
}
