// A server that a test starts beside itself, and stops.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const START_LIMIT_MS = 30_000;
/** The time between two looks whether it answers: how exact its start time is. */
const LOOK_MS = 5;

export interface Background {
  pid: number | undefined;
  /** The time from its start to its first answer, in ms. */
  startTime: number;
  /** Everything that it printed so far. */
  said(): string;
  /** The time that processors spent on it so far, in ms. */
  cpu(): Promise<number>;
  /** Waits for its end, and fails if that was not clean. */
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface Options {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** An address that answers once it runs. */
  ready: string;
  /** Removes what it leaves behind, once it has ended. */
  clean(): Promise<void>;
}

export async function startBackground(command: string[], { cwd, env, ready, clean }: Options): Promise<Background> {
  const [program = '', ...options] = command;
  const began = performance.now();
  const child = spawn(program, options, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  }
  const exited = new Promise<string>((done) => {
    child.once('error', (error) => done(error.message));
    child.once('exit', (code, signal) => done(`exit ${code ?? signal}`));
  });
  const answered = async () => {
    const limit = Date.now() + START_LIMIT_MS;
    while (Date.now() < limit) {
      if (await fetch(ready).then((answer) => answer.ok, () => false)) return 'ready';
      await delay(LOOK_MS);
    }
    return 'not ready in time';
  };
  const outcome = await Promise.race([answered(), exited]);
  const startTime = performance.now() - began;
  if (outcome !== 'ready') {
    child.kill('SIGKILL');
    await exited;
    await clean();
    throw new Error(`${program}: ${outcome}\n${log}`);
  }
  const stop = async () => {
    child.kill('SIGTERM');
    const end = await exited;
    await clean();
    if (end !== 'exit 0') throw new Error(`${program} did not stop cleanly: ${end}\n${log}`);
  };
  const cpu = async () => {
    // After the name of the program in parentheses; times are in hundredths of a second (proc(5)).
    const [, fields = ''] = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ');
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    return 10 * (user! + system!);
  };
  return { pid: child.pid, startTime, said: () => log, cpu, stop };
}
