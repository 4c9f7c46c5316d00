// `make bench`: the cost of each operation of the release binary, beside its floor, in one table.
import { startBaselines } from '../support/baselines.ts';
import { BIN, startGatepass } from '../support/server.ts';
import { test as base } from '../support/test.ts';
import type { Bed } from './bench/bed.ts';
import { FEW, MANY, Workspace, measurePages } from './bench/pages.ts';
import { headline, read, reportOf, sameMachine, write } from './bench/report.ts';
import type { Report } from './bench/report.ts';
import { measureRequests } from './bench/requests.ts';
import { memoryRow } from './bench/row.ts';
import type { Row } from './bench/row.ts';
import { BASE, BESIDE } from './bench/settings.ts';
import { measureStarts } from './bench/starts.ts';
import { table } from './bench/table.ts';
import type { Comparison } from './bench/table.ts';

/** The new one first. */
const BINARIES = [BIN, ...(BESIDE ? [BESIDE] : [])];

type Keep = <T extends { stop(): Promise<void> }>(starting: Promise<T>) => Promise<T>;

const test = base.extend<{ keep: Keep }>({
  /** Keeps a server until the test ends, however it ends. */
  keep: async ({}, use) => {
    const stops: (() => Promise<void>)[] = [];
    await use(async (starting) => {
      const server = await starting;
      stops.unshift(server.stop);
      return server;
    });
    for (const stop of stops) await stop();
  },
});

test('the cost of each operation, beside its floor', async ({ browser, callback, gatepass, keep, openAs }) => {
  const base = BASE ? await read(BASE) : undefined;
  const start = (bin: string) => keep(startGatepass({ bin }));
  // The pages come first: if one program cannot fill the database of another, that is known at once.
  const workspaces = await oneByOne(BINARIES, async (bin) => ({
    few: await Workspace.fill(await start(bin), browser, FEW),
    many: await Workspace.fill(await start(bin), browser, MANY),
  }));
  const pages = await measurePages(workspaces);
  const beds = await oneByOne(BINARIES, async (bin, index): Promise<Bed> => {
    const server = index === 0 ? gatepass : await start(bin);
    return { gatepass: server, owner: await openAs('owner', { baseURL: server.url }), callback };
  });
  const { floors, servers } = await measureRequests(beds, await keep(startBaselines(beds[0]!.gatepass)));
  const starts = await measureStarts(BINARIES);
  const [rows, beside] = await oneByOne(BINARIES, async (_, index): Promise<Row[]> => [
    ...servers[index]!,
    ...pages[index]!,
    ...starts[index]!,
    memoryRow('memory after all requests', await beds[index]!.gatepass.memory()),
    memoryRow(`memory after all pages, ${MANY.name}`, await workspaces[index]!.many.gatepass.memory()),
  ]);
  const report = await reportOf([...floors, ...rows!], beside);
  console.log(print(report, base));
  console.log(`Written to ${await write(report)}`);
});

/** Does something for each binary, one after the other. */
async function oneByOne<T>(binaries: string[], make: (bin: string, index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (const [index, bin] of binaries.entries()) made.push(await make(bin, index));
  return made;
}

function print(report: Report, base: Report | undefined): string {
  const comparisons: Comparison[] = [];
  const lines = [headline(report)];
  if (report.beside) comparisons.push({ name: 'old', rows: report.beside });
  if (base) {
    comparisons.push({ name: 'base', rows: base.rows });
    lines.push(`base: ${headline(base)}`);
    if (!sameMachine(report, base)) lines.push('The base is from another machine: its ratios mean little.');
  }
  return ['', ...lines, '', table(report.rows, comparisons), ''].join('\n');
}
