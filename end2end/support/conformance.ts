// The official conformance suite of MCP, as a program that is run.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const TOOL = resolve(import.meta.dirname, '../node_modules/@modelcontextprotocol/conformance/dist/index.js');
const LOADER = resolve(import.meta.dirname, 'conformance-loader.mjs');

/** What the suite found out about one thing. */
interface Check {
  id: string;
  status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  errorMessage?: string;
}

export class Conformance {
  readonly #children: ChildProcess[] = [];

  private constructor(
    /** Where the suite writes. */
    readonly folder: string,
  ) {}

  static async prepare(): Promise<Conformance> {
    return new Conformance(await mkdtemp(join(tmpdir(), 'conformance-')));
  }

  /**
   * Runs scenarios and hands over each line that the suite says. Gives what failed, or was warned of, with the suite's
   * words for it: `scenario:check`, or the scenario alone when its check has the same name.
   */
  async run(options: string[], onLine: (line: string) => Promise<void> = async () => {}): Promise<Map<string, string>> {
    const folder = join(this.folder, `${this.#children.length}`);
    const child = spawn(process.execPath, ['--import', LOADER, TOOL, ...options, '--output-dir', folder], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    const ended = once(child, 'close');
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    for await (const line of createInterface(child.stdout)) {
      said += `${line}\n`;
      await onLine(line);
    }
    await ended;

    // A scenario that broke off has left no checks, and reading them fails.
    const scenarios = await readdir(folder).catch(() => []);
    const announced = Number(/^Running .*\((\d+) scenarios\)/m.exec(said)?.[1]);
    if (scenarios.length !== announced) throw new Error(`the suite did not come to its end:\n${said}`);
    const failed = new Map<string, string>();
    for (const written of scenarios) {
      const scenario = scenarioOf(written);
      const checks = JSON.parse(await readFile(join(folder, written, 'checks.json'), 'utf8')) as Check[];
      for (const { id, status, errorMessage } of checks) {
        if (status !== 'FAILURE' && status !== 'WARNING') continue;
        failed.set(id === scenario ? id : `${scenario}:${id}`, errorMessage ?? status);
      }
    }
    return failed;
  }

  /** Ends what still runs, and removes what was written. */
  async close() {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The scenario whose checks are in a folder: `server-ping-2026-07-28T00-00-00-000Z`. */
function scenarioOf(folder: string): string {
  return folder.replace(/^(authorization-server|server)-/, '').replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
}
