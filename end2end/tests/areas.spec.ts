// Each area of pages has code of its own: it comes with its pages, and what happens when it does not come.
import type { Page } from '@playwright/test';
import { connect, openConsent } from '../support/consent.ts';
import { App, listWorkItems } from '../support/oauth.ts';
import { EMAIL, submitSignIn } from '../support/people.ts';
import { expect, hydrated, test, unwatched } from '../support/test.ts';

const APPS = '/o/acme/settings/apps';
const PRODUCT = '/o/acme/support';
const OAUTH_APPS = '/settings/oauth-apps';
const CLIENTS = '/admin/oauth-clients';

/** The pages that have no id in their address, each with its heading. */
const PAGES: [string, string | RegExp][] = [
  [PRODUCT, 'Support'],
  [APPS, 'Apps'],
  [OAUTH_APPS, 'OAuth apps'],
  [`${OAUTH_APPS}/new`, 'New app'],
  [CLIENTS, 'OAuth clients'],
  [`${CLIENTS}/new`, 'New client'],
  ['/o/acme/settings/members', 'Members'],
  ['/o/acme/settings/products', 'Products'],
  ['/o/acme/settings/general', 'Acme'],
  ['/settings/profile', 'Profile'],
  ['/settings/sessions', 'Sessions'],
  ['/settings/new-organization', 'New organization'],
  ['/admin/users', 'Users'],
  ['/admin/organizations', 'Organizations'],
];

const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 });

/** The names of the WASM files that a page asks for from now on, without their hashes. */
function parts(page: Page): Set<string> {
  const names = new Set<string>();
  page.on('request', (request) => {
    const name = /\/pkg\/(\w+)\.[0-9a-f]+\.wasm$/.exec(request.url())?.[1];
    if (name) names.add(name);
  });
  return names;
}

test('every page works when it is opened, and after a reload', async ({ openAs }) => {
  const admin = await openAs('admin');
  for (const [path, name] of PAGES) {
    await admin.goto(path);
    await hydrated(admin);
    await expect(heading(admin, name)).toBeVisible();
    await admin.reload();
    await hydrated(admin);
    await expect(heading(admin, name)).toBeVisible();
  }
});

test('one goes from area to area without a page being loaded, back and forward too', async ({ openAs }) => {
  const admin = await openAs('admin');
  await admin.goto('/o/acme/sales');
  await hydrated(admin);
  const loads: string[] = [];
  admin.on('load', () => loads.push(admin.url()));
  await admin.getByRole('link', { name: 'Apps', exact: true }).click();
  await expect(heading(admin, 'Apps')).toBeVisible();
  const menu = admin.getByRole('button', { name: 'admin@example.com' });
  await menu.click();
  await admin.getByRole('link', { name: 'OAuth apps' }).click();
  await expect(heading(admin, 'OAuth apps')).toBeVisible();
  await menu.click();
  await admin.getByRole('link', { name: 'Administration' }).click();
  await expect(heading(admin, 'OAuth clients')).toBeVisible();
  for (const name of ['OAuth apps', 'Apps', 'Sales']) {
    await admin.goBack();
    await expect(heading(admin, name)).toBeVisible();
  }
  for (const name of ['Apps', 'OAuth apps', 'OAuth clients']) {
    await admin.goForward();
    await expect(heading(admin, name)).toBeVisible();
  }
  expect(loads).toEqual([]);
});

test('a page brings the code of its area and no other', async ({ page, openAs, gatepass, callback }) => {
  const signedOut = parts(page);
  await page.goto('/sign-in');
  await hydrated(page);
  expect([...signedOut]).toEqual(['gatepass']);

  const admin = await openAs('admin');
  const app = await App.register(gatepass, callback.url);
  const open: [string, () => Promise<unknown>][] = [
    ['workspace', () => admin.goto(APPS)],
    ['registration', () => admin.goto(OAUTH_APPS)],
    ['account', () => admin.goto('/settings/profile')],
    ['consent', () => openConsent(admin, app, 'mcp:read')],
  ];
  for (const [area, go] of open) {
    const asked = parts(admin);
    await go();
    await hydrated(admin);
    const own = [...asked].filter((name) => name.startsWith('split_'));
    expect(own).toEqual([`split_${area}`]);
  }
});

test.describe('code that does not come', () => {
  const opened: Page[] = [];
  const open = async (person: Page) => {
    const page = await unwatched(person);
    opened.push(page);
    return page;
  };
  test.afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()));
  });
  const banner = (page: Page) => page.getByRole('status').filter({ hasText: 'Part of this page did not load' });

  for (const [what, file] of [
    ['of the area', '**/pkg/split_workspace.*.wasm'],
    ['of the main part', '**/pkg/gatepass.*.wasm'],
    ['of the loader', '**/pkg/gatepass.*.js'],
  ] as const) {
    test(`${what}: the page is loaded anew once, then it stays as the server made it`, async ({ openAs }) => {
      const page = await open(await openAs('owner'));
      await page.route(file, (route) => route.fulfill({ status: 404 }));
      const documents: string[] = [];
      page.on('request', (request) => {
        if (request.isNavigationRequest()) documents.push(request.url());
      });
      await page.goto(APPS);
      await expect(banner(page)).toBeVisible();
      expect(documents).toHaveLength(2);
      await expect(heading(page, 'Apps')).toBeVisible();
      // What needs a script is not offered.
      await expect(page.getByRole('button', { name: 'Switch theme' })).toBeHidden();
      await page.unroute(file);
      await banner(page).getByRole('link', { name: 'Reload' }).click();
      await hydrated(page);
      await expect(banner(page)).toBeHidden();
    });
  }

  test('a browser without WebAssembly loads each page once, and gets it as the server made it', async ({ openAs }) => {
    const page = await open(await openAs('owner'));
    await page.addInitScript(() => Reflect.deleteProperty(window, 'WebAssembly'));
    const documents: string[] = [];
    page.on('request', (request) => {
      if (request.isNavigationRequest()) documents.push(request.url());
    });
    await page.goto(APPS);
    await expect(banner(page)).toBeVisible();
    expect(documents).toHaveLength(1);
    await expect(heading(page, 'Apps')).toBeVisible();
  });

  test('the answer to a form is not asked for again', async ({ page }) => {
    await page.goto('/sign-in');
    const other = await open(page);
    await other.goto('/sign-in');
    await hydrated(other);
    await other.route('**/pkg/gatepass.*.js', (route) => route.fulfill({ status: 404 }));
    await submitSignIn(other, EMAIL.owner, 'not the password');
    await expect(banner(other)).toBeVisible();
    await expect(other.getByRole('alert')).toBeVisible();
    await expect(other.getByLabel('Email')).toHaveValue(EMAIL.owner);
  });

  test('what the server made is still of use: an app is revoked', async ({ openAs, gatepass, callback }) => {
    const owner = await openAs('owner');
    const page = await open(owner);
    const { app, tokens } = await connect(owner, gatepass, callback, { scope: 'api:read' });
    await page.route('**/pkg/split_workspace.*.wasm', (route) => route.fulfill({ status: 404 }));
    await page.goto(APPS);
    await expect(banner(page)).toBeVisible();
    await rowOf(page, app.name).getByRole('button', { name: 'Revoke' }).click();
    await expect(page.getByRole('heading', { name: `Revoke ${app.name}?` })).toBeVisible();
    await page.getByRole('button', { name: 'Revoke' }).click();
    await expect(rowOf(page, app.name)).toContainText('Revoked');
    expect((await listWorkItems(gatepass, tokens.access_token)).status).toBe(401);
  });

  test('a tab from before an upgrade goes on with the new version, and back', async ({ openAs }) => {
    const owner = await openAs('owner');
    const [page, other] = [await open(owner), await open(owner)];
    for (const tab of [page, other]) {
      await tab.goto(PRODUCT);
      await hydrated(tab);
    }
    // The files of the version that this tab runs are gone; a new document has the new ones.
    let gone = true;
    await page.route('**/pkg/split_registration.*.wasm', (route) => (gone ? route.fulfill({ status: 404 }) : route.continue()));
    page.on('request', (request) => {
      if (request.isNavigationRequest()) gone = false;
    });
    await page.getByRole('button', { name: 'owner@example.com' }).click();
    await page.getByRole('link', { name: 'OAuth apps' }).click();
    await expect(heading(page, 'OAuth apps')).toBeVisible();
    await hydrated(page);
    expect(gone).toBe(false);
    await page.goBack();
    await expect(heading(page, 'Support')).toBeVisible();
    await hydrated(page);
    await other.getByRole('link', { name: 'Apps', exact: true }).click();
    await expect(heading(other, 'Apps')).toBeVisible();
  });

  test('without a connection the page says so, and goes on once there is one', async ({ openAs }) => {
    const page = await open(await openAs('owner'));
    await page.goto(PRODUCT);
    await hydrated(page);
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'owner@example.com' }).click();
    await page.getByRole('link', { name: 'OAuth apps' }).click();
    await expect(heading(page, 'This page could not be loaded')).toBeVisible();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(heading(page, 'OAuth apps')).toBeVisible();
    await hydrated(page);
  });
});
