import type { Page } from '@playwright/test';
import { connect, grantAccess } from '../support/consent.ts';
import { listWorkItems } from '../support/oauth.ts';
import { NAME } from '../support/people.ts';
import { expect, hydrated, test } from '../support/test.ts';

const APPS = '/o/acme/settings/apps';

const rowOf = (page: Page, app: string) => page.getByRole('row').filter({ hasText: app });

test('an approved app stands in the table with all that an owner asks about it', async ({ openAs, gatepass, callback }) => {
  const { app } = await connect(await openAs('member'), gatepass, callback);
  const page = await openAs('owner');
  await page.goto(APPS);
  await expect(page.getByRole('columnheader')).toHaveText([
    /^Application/,
    /^Product/,
    /^Permissions/,
    /^Last used/,
    /^Authorized at/,
    /^Status/,
    /^Actions/,
  ]);
  const row = rowOf(page, app.name);
  for (const text of ['Support', 'MCP Read', 'MCP Write', 'Never', NAME.member, 'Active']) {
    await expect(row).toContainText(text);
  }
  await expect(row.getByRole('button', { name: 'Revoke' })).toBeVisible();
});

test('the gear leads to the Apps tab', async ({ openAs }) => {
  const page = await openAs('owner');
  await page.getByRole('link', { name: 'Workspace settings' }).click();
  await expect(page).toHaveURL(/\/settings\/apps/);
});

test('calls are counted', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const { app, tokens } = await connect(page, gatepass, callback, { scope: 'api:read' });
  for (let call = 0; call < 3; call += 1) {
    expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(200);
  }
  // Counts are written every second.
  await expect(async () => {
    await page.goto(APPS);
    await expect(rowOf(page, app.name)).toContainText('3 calls', { timeout: 1_000 });
  }).toPass();
});

test('Revoke asks first, with the focus on Keep', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const { app, tokens } = await connect(page, gatepass, callback, { scope: 'api:read' });
  await page.goto(APPS);
  await hydrated(page);
  await rowOf(page, app.name).getByRole('button', { name: 'Revoke' }).click();
  const dialog = page.getByRole('dialog', { name: `Revoke ${app.name}?` });
  await expect(dialog).toContainText('Support');
  await expect(dialog.getByRole('button', { name: 'Keep' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(200);
});

test('after Revoke the next call is refused, and so is the refresh', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const { app, tokens } = await connect(page, gatepass, callback, { scope: 'api:read' });
  expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(200);
  const owner = await openAs('owner');
  await owner.goto(APPS);
  await hydrated(owner);
  const row = rowOf(owner, app.name);
  await row.getByRole('button', { name: 'Revoke' }).click();
  await owner.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toContainText('Revoked');
  await expect(row).toContainText(NAME.owner);
  await expect(row.getByRole('button', { name: 'Revoke' })).toHaveCount(0);

  expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(401);
  const refreshed = await app.refresh(tokens.refresh_token);
  expect(refreshed.status).toBe(400);
  expect(await refreshed.json()).toMatchObject({ error: 'invalid_grant' });

  await owner.goto(`${APPS}?status=all`);
  await expect(row).toContainText('Revoked');
});

test('a member sees their own apps only, an owner everybody’s', async ({ openAs, gatepass, callback }) => {
  const member = await openAs('member');
  const viewer = await openAs('viewer');
  const { app: mine } = await connect(member, gatepass, callback);
  const { app: theirs } = await connect(viewer, gatepass, callback);
  await member.goto(APPS);
  await expect(rowOf(member, mine.name)).toBeVisible();
  await expect(rowOf(member, theirs.name)).toHaveCount(0);
  const owner = await openAs('owner');
  await owner.goto(APPS);
  await expect(rowOf(owner, mine.name)).toBeVisible();
  await expect(rowOf(owner, theirs.name)).toBeVisible();
});

test('the search is in the URL and finds one app', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const { app: one } = await connect(page, gatepass, callback, { name: 'Needle' });
  const { app: other } = await connect(page, gatepass, callback, { name: 'Hay' });
  await page.goto(APPS);
  await hydrated(page);
  await page.getByRole('searchbox').fill(one.name);
  await expect(rowOf(page, other.name)).toHaveCount(0);
  await expect(rowOf(page, one.name)).toBeVisible();
  await page.reload();
  await expect(rowOf(page, one.name)).toBeVisible();
  await expect(rowOf(page, other.name)).toHaveCount(0);
});

test('without apps the page says so and offers Share', async ({ openAs }) => {
  const page = await openAs('outsider');
  await page.goto('/o/globex/settings/apps');
  await expect(page.getByText('No connected apps yet')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Share' }).first()).toBeVisible();
});

test('an organization that the person does not belong to stays closed', async ({ openAs }) => {
  const page = await openAs('outsider');
  for (const path of [APPS, '/o/acme/support', '/o/nowhere/settings/apps']) {
    const response = await page.goto(path);
    expect(response?.status(), path).toBe(404);
    await expect(page.getByText('Support')).toHaveCount(0);
  }
});

test('Share shows the addresses, and Copy copies', async ({ openAs, gatepass }) => {
  const page = await openAs('member', { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.goto(APPS);
  await hydrated(page);
  await page.getByRole('button', { name: 'Share' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Connection details' });
  for (const text of ['MCP Server', 'REST API', `${gatepass.url}/mcp`, `${gatepass.url}/api`, 'mcp:read', 'api:read']) {
    await expect(dialog.getByText(text).first()).toBeVisible();
  }
  for (const client of ['Claude', 'Cursor', 'VS Code', 'Windsurf', 'curl']) {
    await expect(dialog.getByText(client).first()).toBeAttached();
  }
  await dialog.getByRole('button', { name: /^Copy/ }).first().click();
  await expect(dialog.getByText('Copied').first()).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${gatepass.url}/mcp`);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('after Revoke the focus goes to the next row', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const { app: first } = await connect(page, gatepass, callback, { name: 'Focus First' });
  const { app: second } = await connect(page, gatepass, callback, { name: 'Focus Second' });
  const { app: third } = await connect(page, gatepass, callback, { name: 'Focus Third' });
  await page.goto(`${APPS}?q=Focus`);
  await hydrated(page);
  const button = (app: { name: string }) => page.getByRole('button', { name: `Revoke ${app.name}`, exact: true });
  const confirm = async () => page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  // None was used: the latest stands first.
  await button(second).click();
  await confirm();
  await expect(button(first)).toBeFocused();
  await page.keyboard.press('Enter');
  await confirm();
  await expect(button(third)).toBeFocused();
  await page.keyboard.press('Enter');
  await confirm();
  await expect(page.getByRole('main')).toBeFocused();
});

test('several accesses of an app are told apart and revoked together', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const { app, tokens } = await connect(page, gatepass, callback, { name: 'Twice', scope: 'api:read' });
  const again = await grantAccess(page, app, 'api:read');
  await page.goto(APPS);
  await hydrated(page);
  await expect(rowOf(page, app.name)).toHaveCount(1);
  await expect(rowOf(page, app.name)).toContainText('one of 2 accesses');
  await page.getByRole('link', { name: 'one of 2 accesses' }).click();
  await expect(page.getByLabel('Group by app')).not.toBeChecked();
  await expect(rowOf(page, app.name)).toHaveCount(2);
  await expect(page).toHaveURL(/group=off/);
  await expect(rowOf(page, app.name).first()).toContainText('Chrome on Linux');
  await rowOf(page, app.name).first().getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke all 2' }).click();
  await expect(rowOf(page, app.name).getByRole('button', { name: 'Revoke' })).toHaveCount(0);
  for (const { access_token } of [tokens, again]) expect((await listWorkItems(gatepass, access_token)).status).toBe(401);
});

test('Revoke works without JavaScript', async ({ openAs, gatepass, callback }) => {
  const { app, tokens } = await connect(await openAs('member'), gatepass, callback, { scope: 'api:read' });
  const page = await openAs('member', { javaScriptEnabled: false });
  await page.goto(APPS);
  await rowOf(page, app.name).getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('heading', { name: `Revoke ${app.name}?` })).toBeVisible();
  await page.getByRole('link', { name: 'Keep' }).click();
  await expect(page).toHaveURL(new RegExp(`${APPS}$`));
  expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(200);
  await rowOf(page, app.name).getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke' }).click();
  await expect(rowOf(page, app.name)).toContainText('Revoked');
  expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(401);
});

test('Revoke works before the application is there', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const { app, tokens } = await connect(page, gatepass, callback, { scope: 'api:read' });
  await page.route('**/*.wasm', () => {});
  await page.goto(APPS, { waitUntil: 'commit' });
  await rowOf(page, app.name).getByRole('button', { name: 'Revoke' }).click({ noWaitAfter: true });
  await expect(page.getByRole('heading', { name: `Revoke ${app.name}?` })).toBeVisible();
  await page.getByRole('button', { name: 'Revoke' }).click({ noWaitAfter: true });
  await expect(rowOf(page, app.name)).toContainText('Revoked');
  expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(401);
});
