// Every state of every page that is worth a look: axe checks them all, and `make screenshots` takes their pictures.
import { expect } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { connect, openConsent } from './consent.ts';
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
];

export const THEMES = ['light', 'dark'] as const;
export const WIDTHS = [1280, 360] as const;

/** Apps of every kind for the table: used, never used, with much access, with little. */
export async function fillApps(page: Page, gatepass: Gatepass) {
  const callback = await Callback.listen();
  await connect(page, gatepass, callback, { name: 'Reader', scope: 'mcp:read' });
  const { tokens } = await connect(page, gatepass, callback, { name: 'Report Builder', scope: 'api:read api:write' });
  await listWorkItems(gatepass, tokens.access_token);
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
