// What things would cost with nothing around them: server/examples/floors.rs on the database of a running Gatepass.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './background.ts';
import type { Gatepass } from './server.ts';

const BIN = resolve(import.meta.dirname, '../../target/release/examples/floors');

export class Floors {
  private constructor(
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(gatepass: Gatepass): Promise<Floors> {
    const bind = `127.0.0.1:${await freePort()}`;
    const child = spawn(BIN, [gatepass.folder, bind], { stdio: 'inherit' });
    const stop = async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    };
    const url = `http://${bind}`;
    for (let tries = 0; tries < 200; tries += 1) {
      if (await fetch(`${url}/bare`).then((answer) => answer.ok, () => false)) return new Floors(url, stop);
      await delay(50);
    }
    await stop();
    throw new Error('the floors do not answer');
  }
}
