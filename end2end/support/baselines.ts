// What things would cost with nothing around them: server/examples/baselines.rs on the database of a running Gatepass.
import { resolve } from 'node:path';
import { freePort, startBackground } from './background.ts';
import type { Gatepass } from './server.ts';

const BIN = resolve(import.meta.dirname, '../../target/release/examples/baselines');

export interface Baselines {
  url: string;
  /** The time that processors spent on it so far, in ms. */
  cpu(): Promise<number>;
  stop(): Promise<void>;
}

export async function startBaselines(gatepass: Gatepass): Promise<Baselines> {
  const bind = `127.0.0.1:${await freePort()}`;
  const url = `http://${bind}`;
  const server = await startBackground([BIN, gatepass.folder, bind], {
    cwd: gatepass.folder,
    env: process.env,
    ready: `${url}/bare`,
    clean: async () => {},
  });
  return { url, cpu: server.cpu, stop: server.stop };
}
