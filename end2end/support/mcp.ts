// What an MCP client keeps between calls, for the SDK's OAuth flow: the person's browser is Playwright's.
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';

export class MemoryProvider implements OAuthClientProvider {
  client: OAuthClientInformationMixed | undefined;
  current: OAuthTokens | undefined;
  /** Where the SDK wants the person to go. */
  authorizationUrl: URL | undefined;
  /** The address of a document that describes the client, when it has one: its client ID then. */
  clientMetadataUrl?: string;
  #verifier = '';

  constructor(
    readonly name: string,
    readonly redirectUrl: string,
  ) {}

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: this.name,
      redirect_uris: [this.redirectUrl],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    };
  }

  clientInformation() {
    return this.client;
  }

  saveClientInformation(client: OAuthClientInformationMixed) {
    this.client = client;
  }

  tokens() {
    return this.current;
  }

  saveTokens(tokens: OAuthTokens) {
    this.current = tokens;
  }

  redirectToAuthorization(url: URL) {
    this.authorizationUrl = url;
  }

  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier;
  }

  codeVerifier() {
    return this.#verifier;
  }

  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery') {
    if (scope === 'all' || scope === 'client') this.client = undefined;
    if (scope === 'all' || scope === 'tokens') this.current = undefined;
  }

  /** The address to open, once. */
  takeAuthorizationUrl(): string {
    const url = this.authorizationUrl;
    if (!url) throw new Error('the SDK asked for no authorization');
    this.authorizationUrl = undefined;
    return url.href;
  }
}
