import type { Page } from '@playwright/test';
import { credential, registerOnPage } from '../support/clients.ts';
import { authorize, grantAccess, openConsent } from '../support/consent.ts';
import { listWorkItems, unique } from '../support/oauth.ts';
import type { Tokens } from '../support/oauth.ts';
import { NAME } from '../support/people.ts';
import { Shell } from '../support/shell.ts';
import { expect, hydrated, test } from '../support/test.ts';

const APPS = '/settings/oauth-apps';

async function openApp(page: Page, clientId: string) {
  await page.goto(`${APPS}/${clientId}`);
  await hydrated(page);
}

for (const type of ['Confidential', 'Public'] as const) {
  test(`G1 the snippet of a ${type.toLowerCase()} app works when it is pasted into a shell`, async ({ openAs, gatepass, callback }) => {
    const page = await openAs('owner', { permissions: ['clipboard-read', 'clipboard-write'] });
    const app = await registerOnPage(page, gatepass, { name: unique('Pasted'), redirectUri: callback.url, type });
    const copied = async (name: string) => {
      const snippet = page.getByRole('group', { name });
      await snippet.getByRole('button', { name: /^Copy/ }).click();
      await expect(snippet.getByText('Copied')).toBeVisible();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const [request, exchange] = [await copied('Authorization URL'), await copied('Token request')];

    const shell = new Shell();
    const url = /https?:\/\/\S+/.exec(await shell.paste(request))?.[0];
    await page.goto(url ?? 'about:blank');
    await expect(page.getByRole('heading', { name: `Authorize ${app.name}` })).toBeVisible();
    await authorize(page);
    const code = (await callback.answer()).get('code');
    const answer = await shell.paste(exchange.replace('PASTE_THE_CODE_HERE', code ?? ''));
    await shell.close();
    const tokens = JSON.parse(answer.slice(answer.indexOf('{'))) as Tokens;
    expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(200);
  });
}

test('a redirect URI is checked as it is typed, and again when the form is sent', async ({ openAs }) => {
  const page = await openAs('member');
  await page.goto(`${APPS}/new`);
  await hydrated(page);
  const uri = page.getByLabel('Redirect URI', { exact: true });
  await uri.fill('http://app.example/callback');
  await expect(page.getByRole('alert').filter({ hasText: 'https' })).toBeVisible();
  await expect(uri).toHaveAttribute('aria-invalid', 'true');
  await uri.fill('https://app.example/callback');
  await expect(uri).not.toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('button', { name: 'Create app' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await page.getByRole('button', { name: 'Add redirect URI' }).click();
  await page.getByLabel('Redirect URI 2', { exact: true }).fill('javascript:alert(1)');
  await page.getByLabel('Name', { exact: true }).fill(unique('Checked'));
  await page.getByRole('button', { name: 'Create app' }).click();
  await expect(page.getByLabel('Redirect URI 2', { exact: true })).toBeFocused();
});

test('the list shows the app, its users and its last use', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const app = await registerOnPage(page, gatepass, { name: unique('Listed'), redirectUri: callback.url });
  const tokens = await grantAccess(page, app, 'api:read');
  const row = page.getByRole('row').filter({ hasText: app.name });
  await page.goto(APPS);
  for (const text of [app.clientId, 'Never', 'Active']) await expect(row).toContainText(text);
  await listWorkItems(gatepass, tokens.access_token);
  // Uses are written every second.
  await expect(async () => {
    await page.goto(APPS);
    await expect(row).not.toContainText('Never', { timeout: 1_000 });
  }).toPass();
  const other = await openAs('viewer');
  await other.goto(APPS);
  await expect(other.getByText(app.name)).toHaveCount(0);
  expect((await other.goto(`${APPS}/${app.clientId}`))?.status()).toBe(404);
});

test('a secret is shown once, two may live, and a retired one is refused', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  const app = await registerOnPage(page, gatepass, { name: unique('Secretive'), redirectUri: callback.url });
  const { refresh_token } = await grantAccess(page, app, 'api:read');
  await openApp(page, app.clientId);
  expect(await page.content()).not.toContain(app.clientSecret!);
  await page.getByRole('button', { name: 'Add secret' }).click();
  const second = await credential(page, 'Client secret');
  expect(second).not.toBe(app.clientSecret);
  await expect(page.getByRole('button', { name: 'Add secret' })).toBeDisabled();
  await openApp(page, app.clientId);
  expect(await page.content()).not.toContain(second);
  const first = page.getByRole('row').filter({ hasText: app.clientSecret!.slice(-4) });
  await first.getByRole('button', { name: 'Retire' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Retire' }).click();
  await expect(first).toContainText('Retired');
  const refused = await app.refresh(refresh_token);
  expect(refused.status).toBe(401);
  await expect(page.getByText('Retired a client secret')).toBeVisible();
});

test('Disable stops the next call, Enable lets it go on', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  const app = await registerOnPage(page, gatepass, { name: unique('Switched'), redirectUri: callback.url });
  const { access_token } = await grantAccess(page, app, 'api:read');
  await openApp(page, app.clientId);
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByRole('button', { name: 'Enable' })).toBeVisible();
  expect((await listWorkItems(gatepass, access_token)).status).toBe(401);
  await page.getByRole('button', { name: 'Enable' }).click();
  await expect(page.getByRole('button', { name: 'Disable' })).toBeVisible();
  expect((await listWorkItems(gatepass, access_token)).status).toBe(200);
});

test('Delete counts what it ends and wants the name', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  const app = await registerOnPage(page, gatepass, { name: unique('Doomed'), redirectUri: callback.url });
  const { access_token } = await grantAccess(page, app, 'api:read');
  await openApp(page, app.clientId);
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('1 user, 1 grant, 2 tokens');
  const confirm = dialog.getByRole('button', { name: 'Delete' });
  await expect(confirm).toBeDisabled();
  await dialog.getByRole('textbox').fill(app.name);
  await confirm.click();
  await expect(page).toHaveURL(APPS);
  await expect(page.getByRole('row').filter({ hasText: app.name })).toHaveCount(0);
  expect((await listWorkItems(gatepass, access_token)).status).toBe(401);
  await page.goto('/o/acme/settings/apps?status=all');
  await expect(page.getByRole('row').filter({ hasText: app.name })).toContainText('Revoked');
});

test('a description comes back into its field as it was written, and nowhere else', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  const app = await registerOnPage(page, gatepass, { name: unique('Described'), redirectUri: callback.url });
  await openApp(page, app.clientId);
  const written = '</textarea><form action="https://evil.example/"><button>Vouch</button></form> &lt; "quoted"\nand more';
  const field = page.getByLabel('Description');
  await field.fill(written);
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('The changes are saved.')).toBeVisible();
  await expect(field).toHaveValue(written);
  const other = await openAs('admin');
  await openApp(other, app.clientId);
  await expect(other.getByLabel('Description')).toHaveValue(written);
  await expect(other.getByRole('button', { name: 'Vouch' })).toHaveCount(0);
});

test('a changed name is said on the next consent page, and access goes on', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  const app = await registerOnPage(page, gatepass, { name: unique('Before'), redirectUri: callback.url });
  const { access_token } = await grantAccess(page, app, 'api:read');
  await openApp(page, app.clientId);
  const after = unique('After');
  await page.getByLabel('Name', { exact: true }).fill(after);
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('heading', { level: 1, name: after })).toBeVisible();
  expect((await listWorkItems(gatepass, access_token)).status).toBe(200);
  const changed = page.getByText(/changed its name or/);
  await page.goto(app.authorizeUrl());
  await expect(page.getByRole('heading', { name: `Authorize ${after}` })).toBeVisible();
  await expect(changed).toBeVisible();
  await expect(page.getByText(NAME.owner).first()).toBeVisible();
  const other = await openAs('member');
  await other.goto(app.authorizeUrl());
  await expect(other.getByRole('heading', { name: `Authorize ${after}` })).toBeVisible();
  await expect(other.getByText(/changed its name or/)).toHaveCount(0);
});

test('the details of a grant tell what happened to it', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const app = await registerOnPage(page, gatepass, { name: unique('Detailed'), redirectUri: callback.url });
  await grantAccess(page, app, 'api:read api:write');
  await page.goto('/o/acme/settings/apps');
  await hydrated(page);
  await page.getByRole('row').filter({ hasText: app.name }).getByText(app.name).click();
  const dialog = page.getByRole('dialog', { name: app.name });
  for (const text of [app.clientId, '127.0.0.1', '2 live tokens', 'Authorized the app', NAME.member]) {
    await expect(dialog.getByText(text).first()).toBeVisible();
  }
});

test('a consent page that was open when its app changed grants nothing', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  const app = await registerOnPage(page, gatepass, { name: unique('Moved'), redirectUri: callback.url });
  const other = await openAs('member');
  await openConsent(other, app, 'api:read');
  await openApp(page, app.clientId);
  await page.getByLabel('Redirect URI', { exact: true }).fill('https://moved.example/callback');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('redirect URIs')).toBeVisible();
  await authorize(other);
  await expect(other.getByText('Nothing was granted')).toBeVisible();
  expect(callback.count).toBe(0);
});

test('an app acts by itself as far as its owner says, and stops in the Apps tab', async ({ openAs, gatepass }) => {
  const page = await openAs('owner');
  const app = await registerOnPage(page, gatepass, { name: unique('Nightly'), redirectUri: 'https://app.example/cb' });
  await openApp(page, app.clientId);
  const own = page.getByRole('region', { name: 'Machine access (client credentials)' });
  await own.getByText('Give machine access').click();
  const allow = own.getByRole('button', { name: 'Allow' });
  await expect(allow).toHaveAttribute('aria-disabled', 'true');
  await own.getByLabel('Product').selectOption('Acme / Support');
  await own.getByLabel('API Write').check();
  // Write brings read.
  await expect(own.getByLabel('API Read')).toBeChecked();
  await expect(own.getByLabel('API Read')).toBeDisabled();
  await allow.click();
  await expect(page.getByText('The app has machine access.')).toBeVisible();
  await expect(own.getByRole('definition').filter({ hasText: 'Support' })).toBeVisible();
  await expect(own.getByText('Change', { exact: true })).toBeVisible();

  const token = async () =>
    fetch(`${gatepass.url}/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${app.clientId}:${app.clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
  const { access_token, scope } = (await (await token()).json()) as Tokens;
  expect(scope).toBe('api:read api:write');
  expect((await listWorkItems(gatepass, access_token)).status).toBe(200);

  await own.getByRole('link', { name: 'In Connected Apps' }).click();
  const row = page.getByRole('row').filter({ hasText: app.name });
  await expect(row).toContainText('Machine access');
  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toContainText('Revoked');
  expect((await listWorkItems(gatepass, access_token)).status).toBe(401);
  expect((await token()).status).toBe(400);
});

test('an app proves itself with a key in place of a secret', async ({ openAs, gatepass }) => {
  const page = await openAs('owner');
  const app = await registerOnPage(page, gatepass, { name: unique('Signer'), redirectUri: 'https://app.example/cb' });
  await openApp(page, app.clientId);
  const section = page.getByRole('region', { name: 'Public keys' });
  const field = section.getByLabel('JWK Set');
  const save = section.getByRole('button', { name: 'Save keys' });
  await field.fill('https://app.example/keys#x');
  await save.click();
  await expect(section.getByRole('alert')).toContainText('https URL');
  await expect(field).toHaveAttribute('aria-invalid', 'true');

  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  await field.fill(JSON.stringify({ keys: [await crypto.subtle.exportKey('jwk', publicKey)] }));
  await save.click();
  await expect(page.getByText('The keys are saved.')).toBeVisible();
  await expect(field).toHaveValue(/P-256/);

  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: app.clientId, sub: app.clientId, aud: gatepass.url, jti: app.state, exp: now + 60 };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'ES256' })}.${part(claims)}`;
  const hash = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(hash, privateKey, new TextEncoder().encode(signed));
  const response = await fetch(`${gatepass.url}/oauth/introspect`, {
    method: 'POST',
    body: new URLSearchParams({
      token: 'unknown',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${signed}.${Buffer.from(signature).toString('base64url')}`,
    }),
  });
  expect([response.status, await response.json()]).toEqual([200, { active: false }]);
});
