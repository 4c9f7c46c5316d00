import { authorize, grantAccess, openConsent } from '../support/consent.ts';
import { App, listWorkItems, unique } from '../support/oauth.ts';
import { expect, hydrated, test } from '../support/test.ts';

/** One pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

test('C1 an app that describes itself in a document is let in without registering', async ({ openAs, gatepass, callback }) => {
  const name = unique('Documented');
  const logo_uri = gatepass.documents.publishImage('/logo.png', PIXEL);
  const clientId = gatepass.documents.describe('/c1.json', name, 'http://127.0.0.1/callback', { logo_uri });
  const app = new App(gatepass, name, callback.url, clientId);
  const page = await openAs('owner');
  await openConsent(page, app);
  await expect(page.getByText(`It is described at ${new URL(clientId).host}`)).toBeVisible();
  await expect(page.getByText('Unverified')).toBeVisible();
  await expect(page.getByText('This app runs on your computer')).toBeVisible();
  // The picture comes from this server: the policy of the page forbids any other.
  const logo = page.getByRole('region', { name: 'Who asks' }).locator('img');
  await expect(logo).toHaveJSProperty('naturalWidth', 1);
  await authorize(page);
  const tokens = await app.exchange((await callback.answer()).get('code') ?? '');
  expect((await app.refresh(tokens.refresh_token)).status).toBe(200);
});

test('C8 an administrator sees the fetched copy, fetches it again, and people are told of another name', async ({
  openAs,
  gatepass,
  callback,
}) => {
  const [name, other] = [unique('Before'), unique('After')];
  const clientId = gatepass.documents.describe('/c8.json', name, callback.url);
  const app = new App(gatepass, name, callback.url, clientId);
  const owner = await openAs('owner');
  const tokens = await grantAccess(owner, app, 'api:read');

  const admin = await openAs('admin');
  await admin.goto(`/admin/oauth-clients?q=${encodeURIComponent(name)}`);
  const row = admin.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('Client ID document');
  await row.getByRole('link', { name }).click();
  await expect(admin.getByRole('heading', { level: 1, name })).toBeVisible();
  const document = admin.getByRole('region', { name: 'Client ID document' });
  await expect(document).toContainText(`"client_id": "${clientId}"`);
  await hydrated(admin);
  gatepass.documents.describe('/c8.json', other, callback.url);
  await document.getByRole('button', { name: 'Refresh' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: other })).toBeVisible();
  await expect(document).toContainText(`"client_name": "${other}"`);
  await expect(admin.getByText('Changed the app')).toBeVisible();

  await owner.goto(app.authorizeUrl());
  await expect(owner.getByRole('heading', { name: `Authorize ${other}` })).toBeVisible();
  expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(200);

  // What stands there no longer is said, and the copy is there to be seen.
  gatepass.documents.publish('/c8.json', { client_id: 'https://elsewhere.example/' });
  await document.getByRole('button', { name: 'Refresh' }).click();
  await expect(admin.getByRole('alert').or(admin.getByRole('status')).filter({ hasText: 'cannot be used' })).toBeVisible();
  await expect(admin.getByRole('heading', { level: 1, name: other })).toBeVisible();
});

test('C5 a document that cannot be had is said to the person, and nobody else', async ({ openAs, gatepass, callback }) => {
  const app = new App(gatepass, 'Missing', callback.url, gatepass.documents.url('/missing.json'));
  const page = await openAs('member');
  await page.goto(app.authorizeUrl());
  await expect(page.getByRole('heading', { level: 1, name: 'This app cannot be authorized' })).toBeVisible();
  await expect(page.getByText('answered 404 instead of 200')).toBeVisible();
  expect(callback.count).toBe(0);
});
