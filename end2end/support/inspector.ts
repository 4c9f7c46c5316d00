// The MCP Inspector as people start it: its own web server on this computer, here with a temporary home folder.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, startBackground } from './background.ts';

const PROGRAM = resolve(
  import.meta.dirname,
  '../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
);

/** What it speaks: sessions that begin with `initialize`, or calls that stand alone (MCP 2026-07-28). */
export type Era = 'legacy' | 'modern';

export interface Inspector {
  /** Where its page is. */
  url: string;
  stop(): Promise<void>;
}

/** Starts it with one server in its list, under the name «Gatepass». */
export async function startInspector(mcp: string, era: Era): Promise<Inspector> {
  const home = await mkdtemp(join(tmpdir(), 'gatepass-inspector-'));
  const list = join(home, 'servers.json');
  await writeFile(list, JSON.stringify({ mcpServers: { Gatepass: { type: 'http', url: mcp, protocolEra: era } } }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const server = await startBackground([process.execPath, PROGRAM, '--web', '--config', list], {
    cwd: home,
    // Nothing of the computer's own settings: no proxy, no keychain, no list of servers, no browser.
    env: {
      PATH: process.env.PATH,
      HOME: home,
      HOST: '127.0.0.1',
      CLIENT_PORT: `${port}`,
      MCP_SANDBOX_PORT: '0',
      MCP_APP_ORIGIN_PORT: '0',
      MCP_AUTO_OPEN_ENABLED: 'false',
      MCP_INSPECTOR_SECRET_STORE: 'memory',
    },
    ready: url,
    clean: () => rm(home, { recursive: true, force: true }),
  });
  return { url, stop: server.stop };
}
