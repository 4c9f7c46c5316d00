import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { authorize } from '../support/consent.ts';
import { MemoryProvider } from '../support/mcp.ts';
import { EMAIL, submitSignIn } from '../support/people.ts';
import { expect, hydrated, test } from '../support/test.ts';

test('Z1 an MCP client connects, a person approves it, it works, and Revoke stops it', async ({ page, gatepass, callback }) => {
  const mcp = new URL('/mcp', gatepass.url);
  const provider = new MemoryProvider('Main Job Client', callback.url);
  const connect = async () => {
    const client = new Client({ name: 'main-job', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(mcp, { authProvider: provider });
    // The SDK's transport is not written for exactOptionalPropertyTypes.
    await client.connect(transport as Parameters<Client['connect']>[0]);
    return client;
  };

  // Discovery, registration and PKCE are the SDK's; it ends where the person has to decide.
  await expect(connect()).rejects.toThrow(UnauthorizedError);
  expect(provider.client?.client_id).toBeTruthy();

  await page.goto(provider.takeAuthorizationUrl());
  await submitSignIn(page, EMAIL.owner);
  await expect(page.getByRole('heading', { name: 'Authorize Main Job Client' })).toBeVisible();
  await hydrated(page);
  await page.getByLabel('Organization', { exact: true }).selectOption('Acme');
  await page.getByLabel('Product', { exact: true }).selectOption('Support');
  await authorize(page);
  const code = (await callback.answer()).get('code');
  await new StreamableHTTPClientTransport(mcp, { authProvider: provider }).finishAuth(code ?? '');
  expect(provider.current?.scope?.split(' ')).toEqual(['mcp:read', 'mcp:write']);

  const client = await connect();
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['list_work_items', 'create_work_item']));

  const title = 'Made by a tool call';
  const created = await client.callTool({ name: 'create_work_item', arguments: { title } });
  expect(created.isError ?? false, JSON.stringify(created)).toBe(false);
  await page.goto('/o/acme/support');
  await expect(page.getByText(title)).toBeVisible();

  // An access token that stopped working is replaced with the refresh token, and the person is not asked.
  const before = provider.current;
  provider.current = { ...before!, access_token: `${before!.access_token}x` };
  const listed = await client.callTool({ name: 'list_work_items', arguments: {} });
  expect(JSON.stringify(listed)).toContain(title);
  expect(provider.authorizationUrl).toBeUndefined();
  expect(provider.current?.refresh_token).not.toBe(before?.refresh_token);

  // Counts are written every second.
  const row = page.getByRole('row').filter({ hasText: 'Main Job Client' });
  await expect(async () => {
    await page.goto('/o/acme/settings/apps');
    await expect(row).toContainText(/\d+ calls/, { timeout: 1_000 });
  }).toPass();
  await expect(row).toContainText('Support');

  await hydrated(page);
  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog', { name: 'Revoke Main Job Client?' }).getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toContainText('Revoked');

  await expect(client.callTool({ name: 'list_work_items', arguments: {} })).rejects.toThrow(UnauthorizedError);
  // The refresh token died with the grant: only a new consent helps.
  expect(provider.current).toBeUndefined();
  expect(provider.authorizationUrl).toBeDefined();
});
