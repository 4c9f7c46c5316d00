import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import type { OAuthClientProvider } from '@modelcontextprotocol/client';
import { authorize } from '../support/consent.ts';
import { MemoryProvider } from '../support/mcp.ts';
import { expect, hydrated, test } from '../support/test.ts';

test('a tool that needs more than was granted asks for the union, and works after a new consent', async ({
  gatepass,
  callback,
  openAs,
}) => {
  const mcp = new URL('/mcp', gatepass.url);
  const provider = new MemoryProvider('Step-up Client', callback.url);
  const transport = () =>
    new StreamableHTTPClientTransport(mcp, { authProvider: provider as OAuthClientProvider });
  const page = await openAs('admin');
  /** The person opens what the SDK asks for, and agrees; `tick` adds what starts unticked. */
  const approve = async (tick?: string) => {
    await page.goto(provider.takeAuthorizationUrl());
    await expect(page.getByRole('heading', { name: 'Authorize Step-up Client' })).toBeVisible();
    await hydrated(page);
    await page.getByLabel('Product', { exact: true }).selectOption('Support');
    if (tick) await page.getByRole('checkbox', { name: tick }).check();
    await authorize(page);
    await page.waitForURL(`${callback.url}?*`);
    await transport().finishAuth(new URL(page.url()).searchParams);
  };
  const connect = async () => {
    const client = new Client({ name: 'step-up', version: '1.0.0' });
    await client.connect(transport());
    return client;
  };

  await expect(connect()).rejects.toThrow(UnauthorizedError);
  await approve();
  const client = await connect();
  const created = await client.callTool({ name: 'create_work_item', arguments: { title: 'To be deleted' } });
  const { id } = created.structuredContent as { id: string };

  await expect(client.callTool({ name: 'delete_work_item', arguments: { id } })).rejects.toThrow(UnauthorizedError);
  const asked = provider.authorizationUrl?.searchParams.get('scope')?.split(' ');
  expect(asked).toEqual(expect.arrayContaining(['mcp:read', 'mcp:write', 'mcp:admin']));

  await approve('MCP Admin');
  const wider = await connect();
  const deleted = await wider.callTool({ name: 'delete_work_item', arguments: { id } });
  expect(deleted.isError ?? false, JSON.stringify(deleted)).toBe(false);
  const left = await wider.callTool({ name: 'list_work_items', arguments: {} });
  expect(JSON.stringify(left)).not.toContain('To be deleted');
});
