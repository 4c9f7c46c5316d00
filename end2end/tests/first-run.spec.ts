// From an empty folder to a second person's app, with nothing but the binary and the pages.
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe.ts';
import { authorize } from '../support/consent.ts';
import { MemoryProvider } from '../support/mcp.ts';
import type { Callback } from '../support/oauth.ts';
import { startGatepass } from '../support/server.ts';
import type { Gatepass } from '../support/server.ts';
import { expect, hydrated, newContext, test } from '../support/test.ts';

const PASSWORD = 'a long way to go home';
/** A name that tests what pages do with names. */
const ORGANIZATION = 'Söhne & <b>Co</b>';

let gatepass: Gatepass;
const contexts: BrowserContext[] = [];

test.beforeEach(async () => {
  gatepass = await startGatepass({ empty: true });
});
test.afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  await gatepass.stop();
});

async function person(browser: Browser, javaScriptEnabled = true): Promise<Page> {
  const context = await newContext(browser, { baseURL: gatepass.url, javaScriptEnabled });
  contexts.push(context);
  return context.newPage();
}

async function setUp(page: Page) {
  const link = /http\S+\/setup\?token=\S+/.exec(gatepass.said())?.[0] ?? '';
  await page.goto(link);
  await page.getByLabel('Name').fill('Ada Admin');
  await page.getByLabel('Email').fill('ada@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Organization').fill(ORGANIZATION);
  await page.getByLabel('Product').fill('Support');
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await expect(page).toHaveURL(/\/o\/sohne-b-co-b\/support$/);
  return link;
}

/** Invites somebody as an editor of the product, and gives the link. */
async function invite(page: Page, email: string): Promise<string> {
  await page.getByRole('link', { name: 'Workspace settings' }).click();
  await page.getByRole('link', { name: 'Members' }).click();
  await expect(page.getByRole('heading', { name: 'Members', level: 1 })).toBeVisible();
  await page.getByLabel('Email').fill(email);
  await page.locator('#invite').locator('..').getByLabel('Role in Support').selectOption('editor');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = page.getByText(/\/invite\/gpi_/).first();
  await expect(link).toBeVisible();
  return (await link.innerText()).trim();
}

/** Connects an MCP client as the person on the page, and calls a tool. */
async function callTool(page: Page, callback: Callback) {
  const mcp = new URL('/mcp', gatepass.url);
  const provider = new MemoryProvider('First Client', callback.url);
  const connect = async () => {
    const client = new Client({ name: 'first-run', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(mcp, { authProvider: provider });
    await client.connect(transport as Parameters<Client['connect']>[0]);
    return client;
  };
  await expect(connect()).rejects.toThrow(UnauthorizedError);
  await page.goto(provider.takeAuthorizationUrl());
  await expect(page.getByRole('heading', { name: 'Authorize First Client' })).toBeVisible();
  await authorize(page);
  const code = (await callback.answer()).get('code');
  await new StreamableHTTPClientTransport(mcp, { authProvider: provider }).finishAuth(code ?? '');
  const client = await connect();
  const made = await client.callTool({ name: 'create_work_item', arguments: { title: 'Made by the first app' } });
  expect(made.isError ?? false, JSON.stringify(made)).toBe(false);
  return client;
}

test('an empty folder, a first person, an invitation, and a second person whose app calls a tool', async ({ browser, callback }) => {
  const ada = await person(browser);
  await ada.goto('/');
  await expect(ada.getByText('Nobody has an account yet')).toBeVisible();
  await expectNoViolations(ada, 'sign-in of an empty server');
  const link = await setUp(ada);
  const again = await person(browser);
  await again.goto(link);
  await expect(again.getByRole('heading', { name: 'This link is not valid' })).toBeVisible();

  await hydrated(ada);
  const invitation = await invite(ada, 'bob@example.com');
  await ada.getByRole('button', { name: 'Done' }).click();
  const waiting = ada.getByRole('table', { name: 'Pending invitations' });
  await ada.reload();
  await expect(waiting).toContainText('bob@example.com');

  const bob = await person(browser);
  await bob.goto(invitation);
  await expectNoViolations(bob, 'invitation');
  await bob.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(bob, 'invitation');
  await bob.setViewportSize({ width: 1280, height: 800 });
  await bob.getByLabel('Name').fill('Bob Builder');
  await bob.getByLabel('Password').fill('password2026');
  await bob.getByRole('button', { name: 'Create account and join' }).click();
  await expect(bob.getByRole('alert')).toContainText('one of the first that others would try');
  await expect(bob.getByLabel('Name')).toHaveValue('Bob Builder');
  await bob.getByLabel('Password').fill(PASSWORD);
  await bob.getByRole('button', { name: 'Create account and join' }).click();
  await expect(bob).toHaveURL(/\/support$/);

  const client = await callTool(bob, callback);
  await bob.goto('/');
  await expect(bob.getByText('Made by the first app')).toBeVisible();

  // The owner sees the app, removes the person, and the app's next call is refused.
  await ada.goto('/o/sohne-b-co-b/settings/apps');
  await expect(ada.getByRole('row').filter({ hasText: 'First Client' })).toContainText('Bob Builder');
  await ada.goto('/o/sohne-b-co-b/settings/members');
  await hydrated(ada);
  await ada.getByRole('button', { name: 'Remove Bob Builder' }).click();
  const dialog = ada.getByRole('dialog', { name: 'Remove Bob Builder?' });
  await expect(dialog).toContainText('1 grant and 2 tokens end.');
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(ada.getByRole('status').filter({ hasText: 'The member is removed.' })).toBeVisible();
  await expect(ada.getByRole('row').filter({ hasText: 'Bob Builder' })).toHaveCount(0);
  // The focus is on what followed.
  await expect(ada.locator(':focus')).toBeVisible();
  expect(await ada.evaluate(() => document.activeElement !== document.body)).toBe(true);
  await expect(client.callTool({ name: 'list_work_items', arguments: {} })).rejects.toThrow();
  await bob.goto('/');
  await expect(bob.getByRole('heading', { name: 'No product yet' })).toBeVisible();
});

test('the same without JavaScript, up to deleting the organization', async ({ browser, callback }) => {
  const ada = await person(browser, false);
  await setUp(ada);
  const invitation = await invite(ada, 'bob@example.com');
  const bob = await person(browser, false);
  await bob.goto(invitation);
  await bob.getByLabel('Name').fill('Bob Builder');
  await bob.getByLabel('Password').fill('short');
  await bob.getByRole('button', { name: 'Create account and join' }).click();
  await expect(bob.getByRole('alert')).toContainText('at least 10 characters');
  await bob.getByLabel('Password').fill(PASSWORD);
  await bob.getByRole('button', { name: 'Create account and join' }).click();
  await expect(bob).toHaveURL(/\/support$/);
  const client = await callTool(bob, callback);

  await ada.goto('/o/sohne-b-co-b/settings/members');
  await ada.getByRole('button', { name: 'Change roles of Bob Builder' }).click();
  await ada.getByRole('dialog', { name: 'Change roles of Bob Builder' }).getByLabel('Role in Support').selectOption('viewer');
  await ada.getByRole('button', { name: 'Save roles' }).click();
  await expect(ada.getByText('The roles are changed.')).toBeVisible();
  const refused = await client.callTool({ name: 'create_work_item', arguments: { title: 'x' } }).then(
    (answer) => answer.isError ?? false,
    () => true,
  );
  expect(refused).toBe(true);

  await ada.getByRole('link', { name: 'General' }).click();
  await ada.getByRole('button', { name: 'Delete organization' }).click();
  await expect(ada.getByRole('heading', { name: `Delete ${ORGANIZATION}?` })).toBeVisible();
  await ada.getByLabel(`Type ${ORGANIZATION} to confirm`).fill('wrong');
  await ada.getByRole('button', { name: 'Delete' }).click();
  await expect(ada.getByRole('alert')).toBeVisible();
  await ada.getByLabel(`Type ${ORGANIZATION} to confirm`).fill(ORGANIZATION);
  await ada.getByRole('button', { name: 'Delete' }).click();
  await expect(ada.getByText('The organization is deleted.')).toBeVisible();
  await expect(ada.getByRole('link', { name: 'New organization' })).toBeVisible();
});
