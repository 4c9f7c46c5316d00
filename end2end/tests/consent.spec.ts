import type { Page } from '@playwright/test';
import { authorize, openConsent } from '../support/consent.ts';
import { App, BASELINE, listWorkItems } from '../support/oauth.ts';
import { EMAIL, submitSignIn } from '../support/people.ts';
import { expect, hydrated, test } from '../support/test.ts';

const EVERYTHING = 'mcp:admin api:admin';

const scope = (page: Page, name: string) => page.getByRole('checkbox', { name });

test('the app gets what was left ticked, and no more', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const app = await App.register(gatepass, callback.url);
  await openConsent(page, app);
  await hydrated(page);
  await expect(scope(page, 'MCP Write')).toBeChecked();
  await scope(page, 'MCP Write').uncheck();
  await authorize(page);

  const answer = await callback.answer();
  expect(answer.get('state')).toBe(app.state);
  expect(answer.get('iss')).toBe(gatepass.url);
  const tokens = await app.exchange(answer.get('code') ?? '');
  expect(tokens.scope).toBe('mcp:read');
});

test('Cancel tells the app that access was denied, and grants nothing', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  const app = await App.register(gatepass, callback.url);
  await openConsent(page, app);
  await page.getByRole('button', { name: 'Cancel' }).click();

  const answer = await callback.answer();
  expect(answer.get('error')).toBe('access_denied');
  expect(answer.get('state')).toBe(app.state);
  expect(answer.get('iss')).toBe(gatepass.url);
  expect(answer.has('code')).toBe(false);
  await page.goto('/o/acme/settings/apps?status=all');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText(app.name)).toHaveCount(0);
});

test('a signed-out person signs in first and comes back to the request', async ({ page, gatepass, callback }) => {
  const app = await App.register(gatepass, callback.url);
  await page.goto(app.authorizeUrl());
  await submitSignIn(page, EMAIL.member);
  await expect(page.getByRole('heading', { name: `Authorize ${app.name}` })).toBeVisible();
  await expect(page.getByText(EMAIL.member).first()).toBeVisible();
});

test('Use a different account keeps the request', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const app = await App.register(gatepass, callback.url);
  await openConsent(page, app);
  await page.getByText('Use a different account').click();
  await submitSignIn(page, EMAIL.viewer);
  await expect(page.getByRole('heading', { name: `Authorize ${app.name}` })).toBeVisible();
  await expect(page.getByText(EMAIL.viewer).first()).toBeVisible();
  await authorize(page);
  const tokens = await app.exchange((await callback.answer()).get('code') ?? '');
  expect(tokens.scope).toBe('mcp:read');
});

test('one choice is stated, not asked', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  await openConsent(page, await App.register(gatepass, callback.url));
  await hydrated(page);
  await expect(page.getByRole('combobox')).toHaveCount(0);
  await expect(page.getByText('Support').first()).toBeVisible();
});

test('the pickers offer the products of the chosen organization, and the grant is for the chosen one', async ({
  openAs,
  gatepass,
  callback,
}) => {
  const page = await openAs('owner');
  const app = await App.register(gatepass, callback.url);
  await openConsent(page, app);
  await hydrated(page);
  const product = page.getByLabel('Product', { exact: true });
  await page.getByLabel('Organization', { exact: true }).selectOption('Acme');
  await expect(product.getByRole('option')).toHaveText(['Sales', 'Support']);
  await page.getByLabel('Organization', { exact: true }).selectOption('Globex');
  await expect(page.getByText('Research').first()).toBeAttached();
  await expect(page.getByText('Sales')).toHaveCount(0);
  await authorize(page);
  await app.exchange((await callback.answer()).get('code') ?? '');

  await page.goto('/o/globex/settings/apps');
  await expect(page.getByRole('row').filter({ hasText: app.name })).toContainText('Research');
});

test('what the role does not allow is shown disabled, with the reason', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('viewer');
  await openConsent(page, await App.register(gatepass, callback.url));
  for (const name of ['MCP Write', 'MCP Execute']) {
    await expect(scope(page, name)).toBeDisabled();
    await expect(scope(page, name)).not.toBeChecked();
    await expect(scope(page, name)).toHaveAccessibleDescription(/role/i);
  }
  await expect(scope(page, 'MCP Read')).toBeChecked();
});

test('only requested permissions are offered, in words and as raw scopes', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  await openConsent(page, await App.register(gatepass, callback.url), 'mcp:read api:read');
  await expect(page.getByRole('checkbox')).toHaveCount(2);
  await expect(page.getByText('mcp:read', { exact: true })).toBeVisible();
  await expect(page.getByText('api:read', { exact: true })).toBeVisible();
});

test('execute and admin start unticked for an app that nobody verified', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  await openConsent(page, await App.register(gatepass, callback.url), EVERYTHING);
  await expect(page.getByText('Unverified').first()).toBeVisible();
  for (const resource of ['MCP', 'API']) {
    await expect(scope(page, `${resource} Read`)).toBeChecked();
    await expect(scope(page, `${resource} Write`)).toBeChecked();
    await expect(scope(page, `${resource} Execute`)).not.toBeChecked();
    await expect(scope(page, `${resource} Admin`)).not.toBeChecked();
  }
});

test('write brings read, and Read only leaves nothing else', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('owner');
  const app = await App.register(gatepass, callback.url);
  await openConsent(page, app, EVERYTHING);
  await hydrated(page);
  await scope(page, 'API Admin').check();
  await page.getByRole('button', { name: 'Read only' }).click();
  for (const level of ['Write', 'Execute', 'Admin']) {
    await expect(scope(page, `MCP ${level}`)).not.toBeChecked();
    await expect(scope(page, `API ${level}`)).not.toBeChecked();
  }
  await expect(scope(page, 'MCP Read')).toBeChecked();
  await scope(page, 'API Write').check();
  await expect(scope(page, 'API Read')).toBeChecked();
  await authorize(page);
  const tokens = await app.exchange((await callback.answer()).get('code') ?? '');
  expect(tokens.scope).toBe('mcp:read api:read api:write');
});

test('an app on this computer comes with a warning, a web app with its host', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const warning = page.getByText('This app runs on your computer. Continue only if you started it just now.');
  await openConsent(page, await App.register(gatepass, callback.url));
  await expect(warning).toBeVisible();
  await openConsent(page, await App.register(gatepass, 'https://app.example/callback'));
  await expect(page.getByText('You will be returned to app.example')).toBeVisible();
  await expect(warning).toHaveCount(0);
});

test('the answer for an app with a scheme of its own leaves the browser', async ({ openAs, gatepass }) => {
  const page = await openAs('member');
  const app = await App.register(gatepass, 'cursor://anysphere.cursor-mcp/oauth/callback', 'Cursor');
  await openConsent(page, app);
  const posted = page.waitForResponse((response) => response.url().endsWith('/oauth/consent'));
  // Chrome must try to follow: a form-action in the policy would stop it here.
  const followed = page.waitForEvent('requestfailed', (request) => request.url().startsWith('cursor:'));
  await authorize(page);
  const response = await posted;
  expect(response.status()).toBe(303);
  const location = new URL(response.headers().location ?? '');
  expect(location.href).toMatch(/^cursor:\/\/anysphere\.cursor-mcp\/oauth\/callback\?/);
  await followed;
  await app.exchange(location.searchParams.get('code') ?? '');
});

test('U4 the answer for an app on the web opens its https address', async ({ openAs, gatepass }) => {
  // A site of this machine stands for the app's. It has no such page, but the browser has to go there.
  const page = await openAs('member', { ignoreHTTPSErrors: true });
  const app = await App.register(gatepass, gatepass.documents.url('/oauth/callback?tenant=1'));
  await openConsent(page, app);
  const posted = page.waitForResponse((response) => response.url().endsWith('/oauth/consent'));
  const opened = page.waitForResponse((response) => response.url().startsWith(app.redirectUri));
  await authorize(page);
  const response = await posted;
  expect(response.status()).toBe(303);
  expect((await opened).request().method()).toBe('GET');
  await page.waitForURL((url) => url.href.startsWith(app.redirectUri));
  expect(page.url()).toBe(response.headers().location);
  const answer = new URL(page.url()).searchParams;
  expect(answer.get('tenant')).toBe('1');
  expect(answer.get('state')).toBe(app.state);
  expect(answer.get('iss')).toBe(gatepass.url);
  await app.exchange(answer.get('code') ?? '');
});

test('a second click changes nothing', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const app = await App.register(gatepass, callback.url);
  await openConsent(page, app);
  await page.getByRole('button', { name: 'Authorize', exact: true }).dblclick();
  await page.waitForURL(`${callback.url}?*`);
  await app.exchange((await callback.answer()).get('code') ?? '');
  expect(callback.count).toBe(1);
});

test('Enter in the form does not authorize', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const app = await App.register(gatepass, callback.url);
  await openConsent(page, app);
  await hydrated(page);
  await scope(page, 'MCP Write').press('Enter');
  // Had Enter sent the form, the app would have got write too.
  await scope(page, 'MCP Write').uncheck();
  await authorize(page);
  const tokens = await app.exchange((await callback.answer()).get('code') ?? '');
  expect(tokens.scope).toBe('mcp:read');
});

test('an unknown, a used and a foreign request say so and offer no Authorize', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const gone = async (where: Page) => {
    await expect(where.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(where.getByText(/expired|already|no longer/i).first()).toBeVisible();
    await expect(where.getByRole('button', { name: 'Authorize', exact: true })).toHaveCount(0);
  };
  await page.goto('/consent/unknown-handle');
  await gone(page);

  await openConsent(page, await App.register(gatepass, callback.url));
  const handle = page.url();
  const other = await openAs('member');
  await other.goto(handle);
  await gone(other);

  await authorize(page);
  await page.waitForURL(`${callback.url}?*`);
  await page.goto(handle);
  await gone(page);
});

test('an unknown app or a foreign redirect URI gets an error page, never a redirect', async ({ page, gatepass, callback }) => {
  const app = await App.register(gatepass, callback.url);
  for (const change of [['client_id', 'nobody'], ['redirect_uri', 'https://evil.example/']] as const) {
    const url = new URL(app.authorizeUrl());
    url.searchParams.set(change[0], change[1]);
    const response = await page.goto(url.href);
    expect(response?.status()).toBe(400);
    expect(new URL(page.url()).origin).toBe(gatepass.url);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }
});

test('a REST grant opens the REST API', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('member');
  const app = await App.register(gatepass, callback.url);
  await openConsent(page, app, 'api:read');
  await authorize(page);
  const tokens = await app.exchange((await callback.answer()).get('code') ?? '');
  const response = await listWorkItems(gatepass, tokens.access_token);
  expect(response.status).toBe(200);
});

test.describe('without JavaScript', () => {
  const options = { javaScriptEnabled: false };

  test('the page narrows and approves', async ({ openAs, gatepass, callback }) => {
    const page = await openAs('member', options);
    const app = await App.register(gatepass, callback.url);
    await openConsent(page, app);
    await scope(page, 'MCP Write').uncheck();
    await authorize(page);
    const tokens = await app.exchange((await callback.answer()).get('code') ?? '');
    expect(tokens.scope).toBe('mcp:read');
  });

  test('Cancel denies', async ({ openAs, gatepass, callback }) => {
    const page = await openAs('member', options);
    await openConsent(page, await App.register(gatepass, callback.url));
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await callback.answer()).get('error')).toBe('access_denied');
  });

  test('one Product list has the organizations as groups', async ({ openAs, gatepass, callback }) => {
    const page = await openAs('owner', options);
    const app = await App.register(gatepass, callback.url);
    await openConsent(page, app);
    const product = page.getByLabel('Product', { exact: true });
    await expect(page.getByLabel('Organization', { exact: true })).toBeHidden();
    await expect(product.locator('optgroup')).toHaveCount(2);
    await product.selectOption('Research');
    await authorize(page);
    await app.exchange((await callback.answer()).get('code') ?? '');
    await page.goto('/o/globex/settings/apps');
    await expect(page.getByRole('row').filter({ hasText: app.name })).toContainText('Research');
  });

  test('nothing ticked grants nothing and says so', async ({ openAs, gatepass, callback }) => {
    const page = await openAs('member', options);
    const app = await App.register(gatepass, callback.url);
    await openConsent(page, app, 'mcp:read');
    await scope(page, 'MCP Read').uncheck();
    await authorize(page);
    await expect(page.getByRole('alert')).toBeVisible();
    expect(callback.count).toBe(0);
    await scope(page, 'MCP Read').check();
    await authorize(page);
    await app.exchange((await callback.answer()).get('code') ?? '');
  });

  test('the whole way works from sign-in on', async ({ browser, gatepass, callback }) => {
    const context = await browser.newContext({ ...options, baseURL: gatepass.url });
    const page = await context.newPage();
    const app = await App.register(gatepass, callback.url);
    await page.goto(app.authorizeUrl(BASELINE));
    await submitSignIn(page, EMAIL.member);
    await authorize(page);
    const tokens = await app.exchange((await callback.answer()).get('code') ?? '');
    expect(tokens.scope).toBe('mcp:read mcp:write');
    await context.close();
  });
});
