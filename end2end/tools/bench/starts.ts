// The time from the start of a binary on an existing database to its first answer.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGatepass } from '../../support/server.ts';
import { total } from './measure.ts';
import type { Figures } from './measure.ts';
import { memoryRow, percentile, rowOf } from './row.ts';
import type { Row } from './row.ts';
import { inTurn } from './settings.ts';

const STARTS = 9;

interface Start {
  figures: Figures;
  /** The memory that it holds when nobody has asked for anything yet, in MiB. */
  memory: number;
}

/** The rows of each binary. */
export async function measureStarts(binaries: string[]): Promise<Row[][]> {
  const folders = await Promise.all(binaries.map(() => mkdtemp(join(tmpdir(), 'gatepass-'))));
  const starts: Start[][] = binaries.map(() => []);
  // The first makes the database.
  for (let turn = 0; turn <= STARTS; turn += 1) {
    for (const index of inTurn(binaries.length, turn)) {
      const one = await start(binaries[index]!, folders[index]!);
      if (turn > 0) starts[index]!.push(one);
    }
  }
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  return starts.map(rowsOf);
}

async function start(bin: string, folder: string): Promise<Start> {
  const gatepass = await startGatepass({ bin, folder });
  const [cpu, memory] = [await gatepass.cpu(), await gatepass.memory()];
  await gatepass.stop();
  return { figures: { requests: 1, seconds: gatepass.startTime / 1000, cpu, times: [gatepass.startTime] }, memory };
}

function rowsOf(starts: Start[]): Row[] {
  const { name, cpu, p50 } = rowOf('start to the first answer', total(starts.map(({ figures }) => figures)));
  const memory = percentile(starts.map((one) => one.memory), 50);
  return [{ name, cpu: cpu!, p50: p50! }, memoryRow('memory at rest', memory)];
}
