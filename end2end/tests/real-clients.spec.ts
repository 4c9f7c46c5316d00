// OAuth and MCP clients as others wrote them, from discovery to the refusal after a revocation. Chromium is the person.
import { resolve } from 'node:path';
import * as v2 from '@modelcontextprotocol/client';
import { UnauthorizedError as UnauthorizedV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Page } from '@playwright/test';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { revoke } from '../support/apps.ts';
import { authorize } from '../support/consent.ts';
import { MemoryProvider } from '../support/mcp.ts';
import { listWorkItems, unique } from '../support/oauth.ts';
import type { Callback } from '../support/oauth.ts';
import { Program } from '../support/program.ts';
import { expect, hydrated, test } from '../support/test.ts';

const here = (path: string) => resolve(import.meta.dirname, path);

/** Clients that are programs. They say the same lines: `server/examples/rmcp_client.rs` lists them. */
const PROGRAMS = [
  // `cargo test` builds it.
  { kind: "rmcp's client", command: [here('../../target/debug/examples/rmcp_client')] },
  // `make setup-tests` installs it.
  { kind: 'the MCP SDK for Python', command: [here('../.venv/bin/python'), here('../clients/mcp_client.py')] },
];

/** How a server knows a client. */
const KNOWN = ['dynamic registration', 'a client ID document'] as const;

/** The person opens an authorization request, chooses Acme / Support, and agrees, with or without writing. Gives where
 * the browser ended. */
async function approve(page: Page, url: string, callback: Callback, write = true): Promise<URL> {
  await page.goto(url);
  await hydrated(page);
  await page.getByLabel('Organization', { exact: true }).selectOption('Acme');
  await page.getByLabel('Product', { exact: true }).selectOption('Support');
  if (!write) await page.getByRole('checkbox', { name: 'MCP Write' }).uncheck();
  await authorize(page);
  await page.waitForURL(`${callback.url}?*`);
  return new URL(page.url());
}

interface Connected {
  list(): Promise<unknown>;
}

/** One of the TypeScript SDK's two lines. */
interface Sdk {
  name: string;
  unauthorized: new (message?: string) => Error;
  connect(mcp: URL, provider: MemoryProvider): Promise<Connected>;
  finish(mcp: URL, provider: MemoryProvider, answer: URLSearchParams): Promise<void>;
}

const SDKS: Sdk[] = [
  {
    name: 'the v1 package',
    unauthorized: UnauthorizedV1,
    async connect(mcp, authProvider) {
      const client = new ClientV1({ name: 'real', version: '1.0.0' });
      await client.connect(new TransportV1(mcp, { authProvider }) as Parameters<ClientV1['connect']>[0]);
      return { list: () => client.callTool({ name: 'list_work_items', arguments: {} }) };
    },
    finish: (mcp, authProvider, answer) => new TransportV1(mcp, { authProvider }).finishAuth(answer.get('code') ?? ''),
  },
  {
    name: 'the v2 packages',
    unauthorized: v2.UnauthorizedError,
    async connect(mcp, provider) {
      const authProvider = provider as v2.OAuthClientProvider;
      const client = new v2.Client({ name: 'real', version: '1.0.0' });
      await client.connect(new v2.StreamableHTTPClientTransport(mcp, { authProvider }));
      return { list: () => client.callTool({ name: 'list_work_items', arguments: {} }) };
    },
    async finish(mcp, provider, answer) {
      const authProvider = provider as v2.OAuthClientProvider;
      await new v2.StreamableHTTPClientTransport(mcp, { authProvider }).finishAuth(answer);
    },
  },
];

for (const sdk of SDKS) {
  for (const known of KNOWN) {
    test(`Z1 the MCP SDK, ${sdk.name}, by ${known}`, async ({ openAs, gatepass, callback }) => {
      const mcp = new URL('/mcp', gatepass.url);
      const name = unique('SDK');
      const provider = new MemoryProvider(name, callback.url);
      if (known === 'a client ID document') {
        const path = `/sdk-${encodeURIComponent(name)}.json`;
        provider.clientMetadataUrl = gatepass.documents.describe(path, name, 'http://127.0.0.1/callback');
      }
      const page = await openAs('owner');
      await expect(sdk.connect(mcp, provider)).rejects.toThrow(sdk.unauthorized);
      if (provider.clientMetadataUrl) expect(provider.client?.client_id).toBe(provider.clientMetadataUrl);
      const answer = await approve(page, provider.takeAuthorizationUrl(), callback);
      await sdk.finish(mcp, provider, answer.searchParams);
      const connected = await sdk.connect(mcp, provider);
      expect(await connected.list()).toMatchObject({ content: [{ type: 'text' }] });

      // A token that stopped working is replaced, and nobody is asked.
      const before = provider.current!;
      provider.current = { ...before, access_token: `${before.access_token}x` };
      await connected.list();
      expect(provider.current.refresh_token).not.toBe(before.refresh_token);
      expect(provider.authorizationUrl).toBeUndefined();

      await revoke(page, name);
      await expect(connected.list()).rejects.toThrow(sdk.unauthorized);
      expect(provider.authorizationUrl).toBeDefined();
    });
  }
}

test('openid-client: registration, code, refresh, introspection, revocation, and client credentials', async ({
  openAs,
  gatepass,
  callback,
}) => {
  const name = unique('openid-client');
  const insecure = { execute: [openid.allowInsecureRequests], algorithm: 'oauth2' as const };
  const config = await openid.dynamicClientRegistration(
    new URL(gatepass.url),
    {
      client_name: name,
      redirect_uris: [callback.url],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    undefined,
    insecure,
  );
  const page = await openAs('owner');
  const tokens = await byOpenidClient(page, config, callback);
  expect(tokens.scope).toBe('api:read api:write');
  expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(200);

  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);
  expect(refreshed.refresh_token).not.toBe(tokens.refresh_token);
  const narrower = await openid.refreshTokenGrant(config, refreshed.refresh_token!, { scope: 'api:read' });
  expect(narrower.scope).toBe('api:read');
  expect(await openid.tokenIntrospection(config, narrower.access_token)).toMatchObject({ active: true, scope: 'api:read' });

  await openid.tokenRevocation(config, narrower.refresh_token!);
  expect(await openid.tokenIntrospection(config, narrower.access_token)).toEqual({ active: false });
  expect((await listWorkItems(gatepass, narrower.access_token)).status).toBe(401);
  await expect(openid.refreshTokenGrant(config, narrower.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(openid.clientCredentialsGrant(config)).rejects.toMatchObject({ error: 'unauthorized_client' });
});

test('openid-client: a client ID document with a key', async ({ openAs, gatepass, callback }) => {
  const { privateKey, publicKey } = await oauth.generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'k1' }] };
  const clientId = gatepass.documents.describe('/keyed.json', unique('Keyed'), callback.url, {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: gatepass.documents.publish('/keyed-keys.json', jwks),
  });
  const config = await openid.discovery(
    new URL(gatepass.url),
    clientId,
    undefined,
    openid.PrivateKeyJwt({ key: privateKey, kid: 'k1' }),
    { execute: [openid.allowInsecureRequests], algorithm: 'oauth2' },
  );
  const tokens = await byOpenidClient(await openAs('owner'), config, callback);
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);
  expect((await listWorkItems(gatepass, refreshed.access_token)).status).toBe(200);
  await openid.tokenRevocation(config, refreshed.refresh_token!);
  await expect(openid.refreshTokenGrant(config, refreshed.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
});

async function byOpenidClient(page: Page, config: openid.Configuration, callback: Callback) {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const expectedState = openid.randomState();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: callback.url,
    scope: 'api:read api:write',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  });
  const answer = await approve(page, url.href, callback);
  // Checks state and iss, too.
  return openid.authorizationCodeGrant(config, answer, { pkceCodeVerifier, expectedState });
}

for (const known of KNOWN) {
  test(`oauth4webapi, by ${known}: from a resource to a token that its own JWKS check takes, and to the end of it`, async ({
    openAs,
    gatepass,
    callback,
  }) => {
    const insecure = { [oauth.allowInsecureRequests]: true };
    const resource = new URL('/api', gatepass.url);
    const described = await oauth.processResourceDiscoveryResponse(
      resource,
      await oauth.resourceDiscoveryRequest(resource, insecure),
    );
    const issuer = new URL(described.authorization_servers![0]!);
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
    );
    const name = unique('oauth4webapi');
    const client =
      known === 'a client ID document'
        ? { client_id: gatepass.documents.describe(`/${encodeURIComponent(name)}.json`, name, callback.url) }
        : await oauth.processDynamicClientRegistrationResponse(
            await oauth.dynamicClientRegistrationRequest(
              server,
              {
                client_name: name,
                redirect_uris: [callback.url],
                grant_types: ['authorization_code', 'refresh_token'],
                token_endpoint_auth_method: 'none',
              },
              insecure,
            ),
          );
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const url = new URL(server.authorization_endpoint!);
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: callback.url,
      response_type: 'code',
      scope: described.scopes_supported!.join(' '),
      resource: described.resource,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    }).toString();
    const answer = await approve(await openAs('owner'), url.href, callback);
    const checked = oauth.validateAuthResponse(server, client, answer, state);
    const tokens = await oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), checked, callback.url, verifier, insecure),
    );
    // What another resource server would do with the token (RFC 9068).
    const headers = { Authorization: `Bearer ${tokens.access_token}` };
    const claims = await oauth.validateJwtAccessToken(
      server,
      new Request(`${gatepass.url}/api/v1/work-items`, { headers }),
      described.resource,
      insecure,
    );
    expect(claims).toMatchObject({ client_id: client.client_id, scope: tokens.scope });
    expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(200);

    const refresh = async (token: string) =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(server, client, oauth.None(), token, insecure),
      );
    const refreshed = await refresh(tokens.refresh_token!);
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, oauth.None(), refreshed.refresh_token!, insecure),
    );
    expect((await listWorkItems(gatepass, refreshed.access_token)).status).toBe(401);
    await expect(refresh(refreshed.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
}

for (const { kind, command } of PROGRAMS) {
  for (const known of KNOWN) {
    test(`Z1 ${kind}, by ${known}`, async ({ openAs, gatepass, callback }) => {
      const name = unique('Program');
      const options = [new URL('/mcp', gatepass.url).href, callback.url, name];
      if (known === 'a client ID document') {
        const path = `/program-${encodeURIComponent(name)}.json`;
        options.push(gatepass.documents.describe(path, name, 'http://127.0.0.1/callback'));
      }
      const program = new Program([...command, ...options]);
      const page = await openAs('owner');
      /** The person opens what the program asks for, and lets it write or not. */
      const answer = async (write: boolean) => {
        const url = (await program.line()).replace('authorize ', '');
        const asked = new URL(url).searchParams;
        if (options[3]) expect(asked.get('client_id')).toBe(options[3]);
        expect(asked.get('scope')?.split(' ')).toEqual(expect.arrayContaining(['mcp:read', 'mcp:write']));
        program.say((await approve(page, url, callback, write)).href);
      };

      await answer(false);
      expect(await program.line()).toBe('refreshed true');
      expect(await program.line()).toBe('called');
      // Now it writes, is told that its token is not enough, and asks for more.
      await answer(true);
      expect(await program.line()).toBe('called');
      // Of its two grants the one that lets it write.
      await revoke(page, name, 'MCP Write');
      program.say('go on');
      expect(await program.line()).toBe('refused');
      await program.end();
    });
  }
}
