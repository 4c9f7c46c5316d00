// Every state of every page that is worth a look: axe checks them all, and `make screenshots` takes their pictures.
import { expect } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { registerOnPage } from './clients.ts';
import { connect, grantAccess, openConsent } from './consent.ts';
import { App, Callback, listWorkItems } from './oauth.ts';
import { submitSignIn } from './people.ts';
import type { Person } from './people.ts';
import type { Gatepass } from './server.ts';
import { hydrated } from './test.ts';

interface State {
  name: string;
  person?: Person;
  open(page: Page, gatepass: Gatepass): Promise<void>;
}

/** A web app, which needs no one to listen. */
const REDIRECT = 'https://app.example/callback';
const APPS = '/o/acme/settings/apps';
const OAUTH_APPS = '/settings/oauth-apps';
const CLIENTS = '/admin/oauth-clients';

export const STATES: State[] = [
  { name: 'sign-in', open: async (page) => void (await page.goto('/sign-in')) },
  {
    name: 'sign-in-refused',
    open: async (page) => {
      await page.goto('/sign-in');
      await submitSignIn(page, 'nobody@example.com', 'wrong');
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'authorize-error',
    open: async (page) => void (await page.goto('/oauth/authorize?client_id=nobody')),
  },
  { name: 'not-found', person: 'member', open: async (page) => void (await page.goto('/no/such/page')) },
  {
    name: 'consent',
    person: 'owner',
    open: async (page, gatepass) =>
      openConsent(page, await App.register(gatepass, REDIRECT), 'mcp:admin api:admin'),
  },
  {
    name: 'consent-viewer-local',
    person: 'viewer',
    open: async (page, gatepass) => openConsent(page, await App.register(gatepass, 'http://127.0.0.1/callback')),
  },
  {
    name: 'consent-document',
    person: 'owner',
    open: async (page, gatepass) => {
      const name = 'Documented Desktop';
      const clientId = gatepass.documents.describe('/states.json', name, 'http://127.0.0.1/callback');
      await openConsent(page, new App(gatepass, name, 'http://127.0.0.1/callback', clientId));
    },
  },
  { name: 'consent-gone', person: 'member', open: async (page) => void (await page.goto('/consent/unknown')) },
  { name: 'product', person: 'member', open: async (page) => void (await page.goto('/o/acme/support')) },
  { name: 'apps-empty', person: 'outsider', open: async (page) => void (await page.goto('/o/globex/settings/apps')) },
  { name: 'apps', person: 'owner', open: async (page) => void (await page.goto(`${APPS}?status=all`)) },
  { name: 'apps-no-match', person: 'owner', open: async (page) => void (await page.goto(`${APPS}?q=nothing-like-it`)) },
  {
    name: 'apps-share',
    person: 'owner',
    open: async (page) => {
      await page.goto(APPS);
      await hydrated(page);
      await page.getByRole('button', { name: 'Share' }).first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  {
    name: 'apps-revoke',
    person: 'owner',
    open: async (page) => {
      await page.goto(APPS);
      await hydrated(page);
      await page.getByRole('button', { name: 'Revoke' }).first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  {
    name: 'apps-details',
    person: 'owner',
    open: async (page) => {
      await page.goto(APPS);
      await hydrated(page);
      await page.getByRole('row').filter({ hasText: 'Report Builder' }).getByText('Report Builder').first().click();
      await expect(page.getByRole('dialog')).toContainText('Authorized the app');
    },
  },
  { name: 'oauth-apps-empty', person: 'outsider', open: async (page) => void (await page.goto(OAUTH_APPS)) },
  { name: 'oauth-apps', person: 'owner', open: async (page) => void (await page.goto(OAUTH_APPS)) },
  {
    name: 'oauth-apps-no-match',
    person: 'owner',
    open: async (page) => void (await page.goto(`${OAUTH_APPS}?q=nothing-like-it`)),
  },
  {
    name: 'oauth-app-new',
    person: 'owner',
    open: async (page) => {
      await page.goto(`${OAUTH_APPS}/new`);
      await hydrated(page);
      await page.getByLabel('Redirect URI', { exact: true }).fill('http://app.example/callback');
      await page.getByRole('button', { name: 'Create app' }).click();
      await expect(page.getByRole('alert').first()).toBeVisible();
    },
  },
  {
    name: 'oauth-app-created',
    person: 'viewer',
    open: async (page, gatepass) =>
      void (await registerOnPage(page, gatepass, { name: 'Weekly digest', redirectUri: REDIRECT })),
  },
  { name: 'oauth-app', person: 'owner', open: openOwnApp },
  {
    name: 'oauth-app-service-access',
    person: 'owner',
    open: async (page) => {
      await openOwnApp(page);
      await page.getByText('Give machine access').click();
      await page.getByLabel('API Write').check();
      await expect(page.getByLabel('API Read')).toBeChecked();
    },
  },
  {
    name: 'oauth-app-delete',
    person: 'owner',
    open: async (page) => {
      await openOwnApp(page);
      await page.getByRole('button', { name: 'Delete' }).click();
      await expect(page.getByRole('dialog')).toContainText('tokens');
    },
  },
  { name: 'members', person: 'owner', open: async (page) => void (await page.goto('/o/acme/settings/members')) },
  {
    name: 'members-no-match',
    person: 'owner',
    open: async (page) => void (await page.goto('/o/acme/settings/members?q=nothing-like-it')),
  },
  {
    name: 'members-roles',
    person: 'owner',
    open: async (page) => {
      await page.goto('/o/acme/settings/members');
      await page.getByRole('button', { name: 'Change roles of Mel Member' }).click();
      await expect(page.getByRole('dialog', { name: 'Change roles of Mel Member' })).toBeVisible();
    },
  },
  {
    name: 'members-remove',
    person: 'owner',
    open: async (page) => {
      await page.goto('/o/acme/settings/members');
      await hydrated(page);
      await page.getByRole('button', { name: 'Remove Mel Member' }).click();
      await expect(page.getByRole('dialog', { name: 'Remove Mel Member?' })).toBeVisible();
    },
  },
  {
    name: 'members-invited',
    person: 'owner',
    open: async (page) => {
      await page.goto('/o/acme/settings/members');
      await hydrated(page);
      await page.getByRole('button', { name: 'Invite', exact: true }).click();
      await expect(page.getByRole('dialog', { name: 'The invitation is made' })).toBeVisible();
    },
  },
  { name: 'members-of-a-member', person: 'member', open: async (page) => void (await page.goto('/o/acme/settings/members')) },
  { name: 'products', person: 'owner', open: async (page) => void (await page.goto('/o/acme/settings/products')) },
  {
    name: 'products-delete',
    person: 'owner',
    open: async (page) => {
      await page.goto('/o/acme/settings/products');
      await hydrated(page);
      await page.getByRole('button', { name: 'Delete Sales' }).click();
      await page.getByLabel('Type Sales to confirm').fill('Support');
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  { name: 'general', person: 'owner', open: async (page) => void (await page.goto('/o/acme/settings/general')) },
  { name: 'profile', person: 'member', open: async (page) => void (await page.goto('/settings/profile')) },
  { name: 'sessions', person: 'member', open: async (page) => void (await page.goto('/settings/sessions')) },
  { name: 'new-organization', person: 'admin', open: async (page) => void (await page.goto('/settings/new-organization')) },
  { name: 'forgot-password', open: async (page) => void (await page.goto('/account/forgot-password')) },
  { name: 'link-void', open: async (page) => void (await page.goto('/account/reset-password?token=x')) },
  { name: 'invite-void', open: async (page) => void (await page.goto('/invite/x')) },
  { name: 'admin-users', person: 'admin', open: async (page) => void (await page.goto('/admin/users')) },
  {
    name: 'admin-user',
    person: 'admin',
    open: async (page) => {
      await page.goto('/admin/users');
      await page.getByRole('link', { name: 'Mel Member' }).click();
      await expect(page.getByRole('heading', { name: 'Mel Member' })).toBeVisible();
    },
  },
  { name: 'admin-organizations', person: 'admin', open: async (page) => void (await page.goto('/admin/organizations')) },
  { name: 'admin-forbidden', person: 'member', open: async (page) => void (await page.goto(CLIENTS)) },
  { name: 'admin-clients', person: 'admin', open: async (page) => void (await page.goto(CLIENTS)) },
  {
    name: 'admin-clients-selected',
    person: 'admin',
    open: async (page) => {
      await page.goto(CLIENTS);
      await hydrated(page);
      await page.getByLabel('Select all on this page').check();
      await page.getByRole('button', { name: 'Revoke all access' }).click();
      await expect(page.getByRole('dialog')).toContainText('tokens');
    },
  },
  {
    name: 'admin-client',
    person: 'admin',
    open: async (page) => {
      await page.goto(`${CLIENTS}?q=Reporting`);
      await page.getByRole('row').filter({ hasText: 'Reporting' }).getByRole('link').first().click();
      await expect(page.getByRole('heading', { level: 1, name: 'Reporting' })).toBeVisible();
    },
  },
  {
    name: 'admin-client-document',
    person: 'admin',
    open: async (page) => {
      await page.goto(`${CLIENTS}?q=Documented+Desktop`);
      await page.getByRole('link', { name: 'Documented Desktop' }).click();
      await expect(page.getByRole('region', { name: 'Client ID document' })).toBeVisible();
    },
  },
];

async function openOwnApp(page: Page) {
  await page.goto(OAUTH_APPS);
  await page.getByRole('link', { name: 'Reporting' }).first().click();
  await hydrated(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Reporting' })).toBeVisible();
}

export const THEMES = ['light', 'dark'] as const;
export const WIDTHS = [1280, 360] as const;

/** Apps of every kind for the tables: used, never used, with much access, with little; of a person, and alike. */
export async function fillApps(page: Page, gatepass: Gatepass) {
  const callback = await Callback.listen();
  await connect(page, gatepass, callback, { name: 'Reader', scope: 'mcp:read' });
  const { tokens } = await connect(page, gatepass, callback, { name: 'Report Builder', scope: 'api:read api:write' });
  await listWorkItems(gatepass, tokens.access_token);
  const app = await registerOnPage(page, gatepass, { name: 'Reporting', redirectUri: callback.url });
  const { access_token } = await grantAccess(page, app, 'api:read');
  await listWorkItems(gatepass, access_token);
  for (const port of [5001, 5002, 5003]) await App.register(gatepass, `http://127.0.0.1:${port}/callback`, 'Claude Code');
  await callback.close();
}

/** Opens every state in one theme and width, and hands each page over. */
export async function eachState(
  openAs: (person: Person, options?: Parameters<Browser['newContext']>[0]) => Promise<Page>,
  gatepass: Gatepass,
  anonymous: Page,
  view: { theme: (typeof THEMES)[number]; width: number },
  look: (page: Page, name: string) => Promise<void>,
) {
  const pages = new Map<Person | undefined, Page>([[undefined, anonymous]]);
  for (const { name, person, open } of STATES) {
    const page = pages.get(person) ?? (await openAs(person!));
    pages.set(person, page);
    await page.emulateMedia({ colorScheme: view.theme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width: view.width, height: 800 });
    await open(page, gatepass);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await look(page, name);
  }
}
