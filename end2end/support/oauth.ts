// An app as OAuth sees it: registration, authorization request, token request, and a place for the answer.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Gatepass } from './server.ts';

/** The scopes that an MCP client asks for after the first 401. */
export const BASELINE = 'mcp:read mcp:write mcp:execute';

export interface Tokens {
  access_token: string;
  refresh_token: string;
  scope: string;
  expires_in: number;
}

/** The loopback server of an app: keeps every answer that the browser brings. */
export class Callback {
  readonly #server: Server;
  readonly #answers: URLSearchParams[] = [];
  readonly #waiting: ((answer: URLSearchParams) => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', 'http://callback');
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end('<!doctype html><html lang="en"><title>Done</title><h1>You may close this window</h1>');
      // A browser asks for the icon too.
      if (url.pathname !== '/callback') return;
      this.#answers.push(url.searchParams);
      this.#waiting.shift()?.(url.searchParams);
    });
  }

  static async listen(): Promise<Callback> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Callback(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/callback`;
  }

  /** How many answers came so far. */
  get count(): number {
    return this.#answers.length;
  }

  /** The first answer, now or when it comes. */
  async answer(): Promise<URLSearchParams> {
    return this.#answers[0] ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

let apps = 0;

/** A name that no other test uses. */
export const unique = (name: string) => `${name} ${process.pid}-${(apps += 1)}`;

/** A client in the middle of one authorization. */
export class App {
  readonly verifier = randomBytes(32).toString('base64url');
  readonly state = randomBytes(8).toString('base64url');

  constructor(
    readonly gatepass: Gatepass,
    readonly name: string,
    readonly redirectUri: string,
    readonly clientId: string,
    readonly clientSecret?: string,
  ) {}

  /** A public client that registers itself. */
  static async register(gatepass: Gatepass, redirectUri: string, name = unique('Test App')): Promise<App> {
    const response = await fetch(`${gatepass.url}/oauth/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        client_name: name,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      }),
    });
    if (response.status !== 201) throw new Error(`registration: ${response.status} ${await response.text()}`);
    const { client_id } = (await response.json()) as { client_id: string };
    return new App(gatepass, name, redirectUri, client_id);
  }

  authorizeUrl(scope = BASELINE): string {
    const url = new URL('/oauth/authorize', this.gatepass.url);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: this.redirectUri,
      scope,
      state: this.state,
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    return url.href;
  }

  async exchange(code: string): Promise<Tokens> {
    const response = await this.#token({ grant_type: 'authorization_code', code, code_verifier: this.verifier });
    if (!response.ok) throw new Error(`token: ${response.status} ${await response.text()}`);
    return (await response.json()) as Tokens;
  }

  async refresh(token: string): Promise<Response> {
    return this.#token({ grant_type: 'refresh_token', refresh_token: token });
  }

  async #token(form: Record<string, string>): Promise<Response> {
    return fetch(`${this.gatepass.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...form,
        client_id: this.clientId,
        ...(this.clientSecret && { client_secret: this.clientSecret }),
      }),
    });
  }
}

/** A REST call with a token. */
export async function listWorkItems(gatepass: Gatepass, accessToken: string): Promise<Response> {
  return fetch(`${gatepass.url}/api/v1/work-items`, { headers: { Authorization: `Bearer ${accessToken}` } });
}
