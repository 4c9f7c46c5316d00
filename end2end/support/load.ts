// Many requests over a few connections that stay open.
import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Options {
  headers?: OutgoingHttpHeaders;
  /** What is posted: a form, or JSON as text. */
  body?: URLSearchParams | string;
}

export class Connections {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, count: number) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: count });
  }

  /** Asks, and reads the whole answer. Redirects are not followed. */
  async ask(path: string, { headers = {}, body }: Options = {}): Promise<Answer> {
    const sent = body?.toString();
    const type = body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json';
    const posted = sent === undefined ? {} : { 'Content-Type': type, 'Content-Length': Buffer.byteLength(sent) };
    const options = {
      agent: this.#agent,
      method: sent === undefined ? 'GET' : 'POST',
      headers: { ...posted, ...headers },
    };
    return new Promise((resolve, reject) => {
      const asked = request(new URL(path, this.#url), options, (response) => {
        const status = response.statusCode ?? 0;
        text(response).then((read) => resolve({ status, headers: response.headers, body: read }), reject);
      });
      asked.on('error', reject);
      asked.end(sent);
    });
  }

  close() {
    this.#agent.destroy();
  }
}

/** Runs so many steps, as many at once as there are workers: each takes the next when it is done with one. */
export async function share<T>(workers: T[], steps: number, run: (worker: T, step: number) => Promise<void>) {
  let next = 0;
  const work = async (worker: T) => {
    while (next < steps) await run(worker, next++);
  };
  await Promise.all(workers.map(work));
}
