// A Gatepass of one's own: the real binary with the demo workspace in a temporary folder.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePort, startBackground } from './background.ts';
import { Documents } from './documents.ts';

const ROOT = resolve(import.meta.dirname, '../..');
export const BIN = resolve(ROOT, process.env.GATEPASS_BIN ?? 'target/release/gatepass');

interface Options {
  /** Another binary than the one that is tested. */
  bin?: string;
  /** A folder that stays when the server stops, with the database of an earlier start or none. */
  folder?: string;
  /** Without the demo workspace: nobody has an account. */
  empty?: boolean;
  /** More flags of `gatepass serve`. */
  flags?: string[];
}

export interface Gatepass {
  /** The issuer, without a trailing slash. */
  url: string;
  /** A site that this server can fetch from. */
  documents: Documents;
  /** The folder with its database and its master key. */
  folder: string;
  /** The time from its start to its first answer, in ms. */
  startTime: number;
  /** Everything that it printed so far. */
  said(): string;
  /** The memory that it holds now, in MiB. */
  memory(): Promise<number>;
  /** The time that processors spent on it so far, in ms. */
  cpu(): Promise<number>;
  /** Adds so many clients and grants to the demo workspace. */
  fill(clients: number, grants: number): Promise<void>;
  stop(): Promise<void>;
}

/** The program that fills a database: the one beside the binary, which knows its tables, or the one of this tree. */
function fillOf(bin: string): string {
  const beside = join(dirname(bin), 'examples/fill');
  return existsSync(beside) ? beside : join(ROOT, 'target/release/examples/fill');
}

export async function startGatepass({ bin = BIN, folder: kept, empty = false, flags = [] }: Options = {}): Promise<Gatepass> {
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'gatepass-')));
  const documents = await Documents.listen();
  const roots = join(folder, 'roots.pem');
  await writeFile(roots, documents.certificate);
  const bind = `127.0.0.1:${await freePort()}`;
  const url = `http://${bind}`;
  const demo = empty ? [] : ['--demo'];
  const server = await startBackground([bin, 'serve', ...demo, ...flags, '--bind', bind, '--data-dir', folder], {
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
      GATEPASS_REGISTER_ALL_LIMIT: '100000',
      GATEPASS_UNUSED_CLIENTS_MAX: '1000000',
      GATEPASS_AUTHORIZE_ADDRESS_LIMIT: '100000000',
      GATEPASS_AUTHORIZE_PERSON_LIMIT: '100000000',
      GATEPASS_WAITING_REQUESTS_MAX: '1000000',
      GATEPASS_WAITING_REQUESTS_MAX_BYTES: '4000000000',
      GATEPASS_TOKEN_CLIENT_LIMIT: '100000000',
      GATEPASS_REFRESH_LIMIT: '100000000',
      GATEPASS_SIGN_IN_PERSON_LIMIT: '100000000',
      GATEPASS_CONSENT_LIMIT: '100000000',
      GATEPASS_CHANGE_LIMIT: '100000000',
      GATEPASS_ACCOUNT_LIMIT: '100000000',
      GATEPASS_PAGE_LIMIT: '100000000',
    },
    ready: `${url}/readyz`,
    clean: async () => {
      await documents.close();
      if (!kept) await rm(folder, { recursive: true, force: true });
    },
  });
  const fill = async (clients: number, grants: number) => {
    const options = ['--clients', `${clients}`, '--grants', `${grants}`, '--data-dir', folder];
    await promisify(execFile)(fillOf(bin), options);
  };
  const memory = async () => {
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  };
  const { startTime, said, cpu, stop } = server;
  return { url, documents, folder, startTime, said, memory, cpu, fill, stop };
}
