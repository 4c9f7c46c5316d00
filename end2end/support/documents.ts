// An https site on this machine, at which apps publish client ID documents, keys and logos. Only the server that is told
// its certificate trusts it.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

interface Published {
  type: string;
  body: string | Buffer;
}

export class Documents {
  readonly #server: Server;
  readonly #published = new Map<string, Published>();

  private constructor(
    server: Server,
    /** Its certificate, which is its own authority, as PEM. */
    readonly certificate: string,
  ) {
    this.#server = server;
    server.on('request', (request, response) => {
      const found = this.#published.get(request.url ?? '/');
      response.writeHead(found ? 200 : 404, { 'Content-Type': found?.type ?? 'text/plain' });
      response.end(found?.body ?? 'not here');
    });
  }

  static async listen(): Promise<Documents> {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    });
    const server = createServer({ key: pems.private, cert: pems.cert }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Documents(server, pems.cert);
  }

  /** The address of a path. */
  url(path: string): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** Makes a path answer with JSON. Gives its address. */
  publish(path: string, body: object): string {
    this.#published.set(path, { type: 'application/json', body: JSON.stringify(body, null, 2) });
    return this.url(path);
  }

  /** Makes a path answer with a picture. Gives its address. */
  publishImage(path: string, body: Buffer): string {
    this.#published.set(path, { type: 'image/png', body });
    return this.url(path);
  }

  /** Publishes the document of a public app with a name of its own. Gives its client ID. */
  describe(path: string, name: string, redirectUri: string, more: object = {}): string {
    return this.publish(path, {
      client_id: this.url(path),
      client_name: name,
      client_uri: 'https://app.example',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...more,
    });
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
