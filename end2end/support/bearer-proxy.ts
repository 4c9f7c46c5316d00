// A door that needs no token: for clients that have no way to send one.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Passes every request on with a token. */
export class BearerProxy {
  readonly #server: Server;

  private constructor(
    readonly url: string,
    server: Server,
  ) {
    this.#server = server;
  }

  static async listen(target: string, token: string): Promise<BearerProxy> {
    const { host, hostname, port, origin } = new URL(target);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ownHost = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming, outgoing) => {
      const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
      // What names the proxy names the server; any other name arrives as it was sent.
      if (headers.host === ownHost) headers.host = host;
      if (headers.origin === `http://${ownHost}`) headers.origin = origin;
      const { method, url: path } = incoming;
      const forwarded = request({ hostname, port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      forwarded.on('error', () => outgoing.destroy());
      outgoing.on('close', () => forwarded.destroy());
      incoming.pipe(forwarded);
    });
    return new BearerProxy(`http://${ownHost}`, server);
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
