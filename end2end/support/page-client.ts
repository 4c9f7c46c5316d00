// An MCP client without a back end: this file is bundled into a page, whose calls the server's CORS answers let through.
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import type { OAuthClientProvider, VersionNegotiationMode } from '@modelcontextprotocol/client';
import { MemoryProvider } from './mcp.ts';

interface Options {
  mcp: string;
  version: VersionNegotiationMode;
  name: string;
  redirectUrl: string;
}

export class PageClient {
  readonly #options: Options;
  readonly #provider: MemoryProvider;
  #client: Client | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#provider = new MemoryProvider(options.name, options.redirectUrl);
  }

  /** Connects. Gives the address that the person has to open first, if there is one. */
  async connect(): Promise<string | undefined> {
    this.#client = new Client({ name: 'page', version: '1.0.0' }, { versionNegotiation: { mode: this.#options.version } });
    return this.#unlessUnauthorized(this.#client.connect(this.#transport()).then(() => undefined));
  }

  /** Hands over what the person brought back. */
  async finish(answer: string): Promise<void> {
    await this.#transport().finishAuth(new URLSearchParams(answer));
  }

  /** Runs a tool. Gives its answer, or the address that the person has to open first. */
  async list(): Promise<unknown> {
    return this.#unlessUnauthorized(this.#client!.callTool({ name: 'list_work_items', arguments: {} }));
  }

  #transport() {
    const authProvider = this.#provider as OAuthClientProvider;
    return new StreamableHTTPClientTransport(new URL(this.#options.mcp), { authProvider });
  }

  async #unlessUnauthorized<T>(call: Promise<T>): Promise<T | string> {
    return call.catch((error: unknown) => {
      if (!(error instanceof UnauthorizedError)) throw error;
      return this.#provider.takeAuthorizationUrl();
    });
  }
}
