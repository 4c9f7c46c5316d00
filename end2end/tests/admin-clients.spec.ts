import type { Page } from '@playwright/test';
import { registerOnPage } from '../support/clients.ts';
import { connect, grantAccess } from '../support/consent.ts';
import { App, listWorkItems, unique } from '../support/oauth.ts';
import { expect, hydrated, test } from '../support/test.ts';

const CLIENTS = '/admin/oauth-clients';

const rowOf = (page: Page, app: string) => page.getByRole('row').filter({ hasText: app });

/** The list with a search that finds only some clients. */
async function find(page: Page, search: string) {
  await page.goto(`${CLIENTS}?q=${encodeURIComponent(search)}`);
  await hydrated(page);
}

/** Presses a button of a dialog that counts first. */
async function confirm(page: Page, button: string, counts: string) {
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(counts);
  await expect(dialog.getByRole('button', { name: 'Keep' })).toBeFocused();
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await expect(dialog).toBeHidden();
}

test('administration is for instance admins', async ({ openAs }) => {
  const owner = await openAs('owner');
  for (const path of [CLIENTS, `${CLIENTS}/new`, `${CLIENTS}/app_x`]) {
    expect((await owner.goto(path))?.status(), path).toBe(403);
    await expect(owner.getByRole('heading', { name: 'Not allowed' })).toBeVisible();
  }
  await owner.goto('/');
  await hydrated(owner);
  await owner.getByRole('button', { name: /owner@/ }).click();
  await expect(owner.getByRole('link', { name: 'OAuth apps' })).toBeVisible();
  await expect(owner.getByRole('link', { name: 'Administration' })).toHaveCount(0);
  const admin = await openAs('admin');
  await admin.goto('/');
  await hydrated(admin);
  await admin.getByRole('button', { name: /admin@/ }).click();
  await admin.getByRole('link', { name: 'Administration' }).click();
  await expect(admin.getByRole('heading', { name: 'OAuth clients' })).toBeVisible();
});

test('the list tells all about a client, and its query is in the URL', async ({ openAs, gatepass, callback }) => {
  const member = await openAs('member');
  const app = await registerOnPage(member, gatepass, { name: unique('Watched'), redirectUri: callback.url });
  await grantAccess(member, app, 'api:read');
  const page = await openAs('admin');
  await find(page, app.name);
  for (const name of ['Name', 'Client ID', 'Source', 'Owner', 'Users', 'Grants', 'Last used', 'Status', 'Redirect hosts']) {
    await expect(page.getByRole('columnheader', { name }).first()).toBeAttached();
  }
  for (const text of [app.clientId, 'Mel Member', 'Never', 'Active', '127.0.0.1']) {
    await expect(rowOf(page, app.name)).toContainText(text);
  }
  await page.getByLabel('Source').selectOption({ label: 'Registered itself' });
  await expect(rowOf(page, app.name)).toHaveCount(0);
  await expect(page).toHaveURL(/source=dynamic/);
  await page.reload();
  await expect(page.getByLabel('Source')).toHaveValue('dynamic');
  await expect(rowOf(page, app.name)).toHaveCount(0);
});

test('Block, Revoke all access and Delete count first and bite on the next call', async ({ openAs, gatepass, callback }) => {
  const owner = await openAs('owner');
  const { app: one, tokens: first } = await connect(owner, gatepass, callback, { name: 'Bulk', scope: 'api:read' });
  const { app: two, tokens: second } = await connect(owner, gatepass, callback, { name: 'Bulk', scope: 'api:read' });
  const status = async () =>
    Promise.all([first, second].map(async (tokens) => (await listWorkItems(gatepass, tokens.access_token)).status));
  const page = await openAs('admin');
  await find(page, 'Bulk');
  const select = async () => {
    for (const app of [one, two]) await page.getByLabel(`Select ${app.name}`, { exact: true }).check();
    await expect(page.getByText('2 selected')).toBeVisible();
  };
  await select();
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  await confirm(page, 'Block', '1 user, 2 grants, 4 tokens');
  await expect(rowOf(page, one.name)).toContainText('Blocked');
  expect(await status()).toEqual([401, 401]);
  await select();
  await page.getByRole('button', { name: 'Unblock', exact: true }).click();
  await confirm(page, 'Unblock', '1 user, 2 grants, 4 tokens');
  await expect(rowOf(page, two.name)).toContainText('Active');
  expect(await status()).toEqual([200, 200]);
  await select();
  await page.getByRole('button', { name: 'Revoke all access' }).click();
  await confirm(page, 'Revoke all access', '1 user, 2 grants, 4 tokens');
  expect(await status()).toEqual([401, 401]);
  await grantAccess(owner, two, 'api:read');
  await find(page, 'Bulk');
  await select();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await confirm(page, 'Delete', '1 user, 1 grant, 2 tokens');
  await expect(rowOf(page, one.name)).toHaveCount(0);
  expect((await owner.goto(two.authorizeUrl()))?.status()).toBe(400);
});

test('registrations of the same software are one entry that opens', async ({ openAs, gatepass }) => {
  const name = unique('Twins');
  const ids = [];
  for (const port of [5001, 5002]) {
    ids.push((await App.register(gatepass, `http://127.0.0.1:${port}/callback`, name)).clientId);
  }
  const page = await openAs('admin');
  await find(page, name);
  await expect(rowOf(page, name)).toHaveCount(1);
  await page.getByRole('link', { name: '2 registrations' }).click();
  await expect(page).toHaveURL(/entry=/);
  for (const id of ids) await expect(rowOf(page, id)).toBeVisible();
});

test('a new client of the administrators is verified, and people see it', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('admin');
  const registration = { name: unique('House'), redirectUri: callback.url, at: CLIENTS } as const;
  const app = await registerOnPage(page, gatepass, registration);
  await page.goto(`${CLIENTS}/${app.clientId}`);
  await hydrated(page);
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Remove verification' })).toBeVisible();
  await expect(page.getByText('Verified the app')).toBeVisible();
  const owner = await openAs('owner');
  await owner.goto(app.authorizeUrl('api:read'));
  await expect(owner.getByText('Unverified')).toHaveCount(0);
  await grantAccess(owner, app, 'api:read');
  await page.reload();
  await hydrated(page);
  await expect(page.getByRole('table', { name: /grants/i })).toContainText('Olive Owner');
  await page.getByRole('button', { name: 'Revoke all access' }).click();
  await confirm(page, 'Revoke all access', '1 user, 1 grant, 2 tokens');
  await expect(page.getByRole('table', { name: /grants/i })).toContainText('Revoked');
});

test('an owner cannot lift a block', async ({ openAs, gatepass, callback }) => {
  const member = await openAs('member');
  const app = await registerOnPage(member, gatepass, { name: unique('Bad'), redirectUri: callback.url });
  const { access_token } = await grantAccess(member, app, 'api:read');
  const page = await openAs('admin');
  await page.goto(`${CLIENTS}/${app.clientId}`);
  await hydrated(page);
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  await confirm(page, 'Block', '1 user, 1 grant, 2 tokens');
  await expect(page.getByRole('button', { name: 'Unblock' })).toBeVisible();
  await member.goto(`/settings/oauth-apps/${app.clientId}`);
  await expect(member.getByText(/administrator/).first()).toBeVisible();
  expect((await listWorkItems(gatepass, access_token)).status).toBe(401);
});

test('Clean up says how many were never used', async ({ openAs, gatepass }) => {
  await App.register(gatepass, 'http://127.0.0.1/callback');
  const page = await openAs('admin');
  await page.goto(CLIENTS);
  await hydrated(page);
  await page.getByRole('button', { name: 'Clean up' }).click();
  // It is too young to be removed: it may be about to be used.
  await expect(page.getByRole('dialog')).toContainText(/nothing to (clean up|remove)|no registration|0 registrations/i);
});

test('a resource server may look into the tokens that it is handed, until the mark is removed', async ({
  openAs,
  gatepass,
  callback,
}) => {
  const admin = await openAs('admin');
  const at = '/admin/oauth-clients';
  const redirectUri = 'https://api.example/cb';
  const server = await registerOnPage(admin, gatepass, { name: unique('Reports API'), redirectUri, at });
  const { tokens } = await connect(await openAs('owner'), gatepass, callback, { scope: 'api:read' });
  const introspect = async () => {
    const response = await fetch(`${gatepass.url}/oauth/introspect`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${server.clientId}:${server.clientSecret}`)}` },
      body: new URLSearchParams({ token: tokens.access_token }),
    });
    return (await response.json()) as { active: boolean; scope?: string };
  };
  expect(await introspect()).toEqual({ active: false });
  await admin.goto(`${at}/${server.clientId}`);
  await hydrated(admin);
  await admin.getByRole('button', { name: 'Mark as resource server' }).click();
  await expect(admin.getByText('This client can introspect tokens.').first()).toBeVisible();
  expect(await introspect()).toMatchObject({ active: true, scope: 'api:read' });
  await admin.getByRole('button', { name: 'Remove resource server mark' }).click();
  await expect(admin.getByRole('button', { name: 'Mark as resource server' })).toBeVisible();
  expect(await introspect()).toEqual({ active: false });
});
