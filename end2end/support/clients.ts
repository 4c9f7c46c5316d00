// Clients as people register them on the pages.
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import { App } from './oauth.ts';
import type { Gatepass } from './server.ts';
import { hydrated } from './test.ts';

interface Registration {
  name: string;
  redirectUri: string;
  type?: 'Confidential' | 'Public';
  /** Where: one's own apps, or those of the administrators. */
  at?: '/settings/oauth-apps' | '/admin/oauth-clients';
}

/** Fills and sends the form for a new client; ends on the page that shows its credentials. */
export async function registerOnPage(page: Page, gatepass: Gatepass, registration: Registration): Promise<App> {
  const { name, redirectUri, type = 'Confidential', at = '/settings/oauth-apps' } = registration;
  await page.goto(`${at}/new`);
  await hydrated(page);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Redirect URI', { exact: true }).fill(redirectUri);
  await page.getByLabel(type).check();
  await page.getByRole('button', { name: /^Create (app|client)$/ }).click();
  const clientId = await credential(page, 'Client ID');
  const secret = type === 'Confidential' ? await credential(page, 'Client secret') : undefined;
  return new App(gatepass, name, redirectUri, clientId, secret);
}

/** The value of a credential on the page. */
export async function credential(page: Page, name: 'Client ID' | 'Client secret'): Promise<string> {
  const value = page.getByRole('group', { name, exact: true }).locator('code');
  await expect(value).not.toBeEmpty();
  return value.innerText();
}
