// A Gatepass of one's own: the real binary with the demo workspace in a temporary folder.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Documents } from './documents.ts';

const BIN = resolve(import.meta.dirname, '../..', process.env.GATEPASS_BIN ?? 'target/release/gatepass');
const START_LIMIT_MS = 30_000;

export interface Gatepass {
  /** The issuer, without a trailing slash. */
  url: string;
  /** A site that this server can fetch from. */
  documents: Documents;
  /** The folder with its database and its master key. */
  folder: string;
  /** The memory that it holds now, in MB. */
  memory(): Promise<number>;
  /** Adds so many clients and grants to the demo workspace. */
  fill(clients: number, grants: number): Promise<void>;
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

export async function startGatepass(): Promise<Gatepass> {
  const folder = await mkdtemp(join(tmpdir(), 'gatepass-'));
  const documents = await Documents.listen();
  const roots = join(folder, 'roots.pem');
  await writeFile(roots, documents.certificate);
  const bind = `127.0.0.1:${await freePort()}`;
  const url = `http://${bind}`;
  const child = spawn(BIN, ['serve', '--demo', '--bind', bind, '--data-dir', folder], {
    // Away from the repository: the binary carries everything that it serves.
    cwd: folder,
    // All tests come from one address and register many clients; benchmarks call as fast as they can.
    env: {
      ...process.env,
      SSL_CERT_FILE: roots,
      GATEPASS_OUTBOUND_LOOPBACK: 'true',
      GATEPASS_CLIENT_DOCUMENT_LIMIT: '100000',
      GATEPASS_OUTBOUND_HOST_LIMIT: '100000',
      GATEPASS_REGISTER_LIMIT: '100000',
      GATEPASS_AUTHORIZE_LIMIT: '100000000',
      GATEPASS_TOKEN_LIMIT: '100000000',
      GATEPASS_INTROSPECT_LIMIT: '100000000',
      GATEPASS_CALL_LIMIT: '100000000',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  }
  const exited = new Promise<string>((done) => {
    child.once('error', (error) => done(error.message));
    child.once('exit', (code, signal) => done(`exit ${code ?? signal}`));
  });

  const ready = async () => {
    const limit = Date.now() + START_LIMIT_MS;
    while (Date.now() < limit) {
      if (await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false)) return 'ready';
      await delay(50);
    }
    return 'not ready in time';
  };
  const outcome = await Promise.race([ready(), exited]);
  const stop = async () => {
    child.kill('SIGTERM');
    const end = await exited;
    await documents.close();
    await rm(folder, { recursive: true, force: true });
    if (end !== 'exit 0') throw new Error(`Gatepass did not stop cleanly: ${end}\n${log}`);
  };
  if (outcome !== 'ready') {
    child.kill('SIGKILL');
    await documents.close();
    await rm(folder, { recursive: true, force: true });
    throw new Error(`Gatepass (${BIN}): ${outcome}\n${log}`);
  }
  const fill = async (clients: number, grants: number) => {
    const options = ['--clients', `${clients}`, '--grants', `${grants}`, '--data-dir', folder];
    await promisify(execFile)(BIN, ['demo', 'fill', ...options]);
  };
  const memory = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
  };
  return { url, documents, folder, memory, fill, stop };
}
