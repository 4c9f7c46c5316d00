// A shell into which things are pasted, as a developer would.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

/** Interactive, so that it treats what is pasted as it would at a prompt. */
export class Shell {
  readonly #process: ChildProcessWithoutNullStreams;
  #output = '';

  constructor() {
    this.#process = spawn('bash', ['--norc', '--noprofile', '-i'], { env: { PATH: process.env.PATH, PS1: '' } });
    this.#process.stdout.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  /** Pastes a text and gives what it printed. */
  async paste(text: string): Promise<string> {
    this.#output = '';
    const end = `end-${Math.random()}`;
    this.#process.stdin.write(`${text}\nprintf '\\n%s\\n' '${end}'\n`);
    while (!this.#output.includes(end)) await once(this.#process.stdout, 'data');
    return this.#output.slice(0, this.#output.indexOf(end)).trim();
  }

  async close() {
    this.#process.stdin.end('exit 0\n');
    await once(this.#process, 'exit');
  }
}
