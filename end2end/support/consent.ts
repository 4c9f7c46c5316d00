// The consent page as a person uses it.
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import { App, unique } from './oauth.ts';
import type { Callback, Tokens } from './oauth.ts';
import type { Gatepass } from './server.ts';

/** Opens the consent page of an app; the person is signed in. */
export async function openConsent(page: Page, app: App, scope?: string) {
  await page.goto(app.authorizeUrl(scope));
  await expect(page.getByRole('heading', { name: `Authorize ${app.name}` })).toBeVisible();
}

export async function authorize(page: Page) {
  await page.getByRole('button', { name: 'Authorize', exact: true }).click();
}

/** Lets an app in through the pages, and gets its tokens. */
export async function grantAccess(page: Page, app: App, scope?: string): Promise<Tokens> {
  await openConsent(page, app, scope);
  await authorize(page);
  await page.waitForURL(`${app.redirectUri}?*`);
  const code = new URL(page.url()).searchParams.get('code');
  expect(code, page.url()).not.toBeNull();
  return app.exchange(code ?? '');
}

/** Lets a new app in, whose name no other test uses. */
export async function connect(
  page: Page,
  gatepass: Gatepass,
  callback: Callback,
  options: { name?: string; scope?: string } = {},
): Promise<{ app: App; tokens: Tokens }> {
  const app = await App.register(gatepass, callback.url, unique(options.name ?? 'Test App'));
  return { app, tokens: await grantAccess(page, app, options.scope) };
}
