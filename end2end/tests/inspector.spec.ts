// The MCP Inspector, whose page people open to try a server. Its own back end does the calls; Chromium is the person.
import { authorize } from '../support/consent.ts';
import { startInspector } from '../support/inspector.ts';
import type { Era, Inspector } from '../support/inspector.ts';
import { test as base, expect, hydrated } from '../support/test.ts';

const test = base.extend<{ start: (era: Era) => Promise<Inspector> }>({
  start: async ({ gatepass }, use) => {
    const started: Inspector[] = [];
    await use(async (era) => {
      const inspector = await startInspector(`${gatepass.url}/mcp`, era);
      started.push(inspector);
      return inspector;
    });
    await Promise.all(started.map((inspector) => inspector.stop()));
  },
});

// A product for each, which also tells their rows in the Apps tab apart.
const CASES = [
  { era: 'legacy', version: '2025-11-25', product: 'Support', title: 'Customer cannot reset password' },
  { era: 'modern', version: '2026-07-28', product: 'Sales', title: 'Call Initech about the renewal' },
] as const;

for (const { era, version, product, title } of CASES) {
  test(`Z3 the Inspector connects, runs a tool, and is out after a revocation, with MCP ${version}`, async ({
    openAs,
    start,
  }) => {
    const inspector = await start(era);
    const page = await openAs('owner');
    // Its page wants fonts of another site.
    await page.context().route(
      (url) => url.hostname !== '127.0.0.1',
      (route) => route.abort(),
    );
    await page.goto(inspector.url);
    const connect = page.getByRole('switch', { name: 'Connect or disconnect "Gatepass"' });
    // What is to be seen of the switch lies over the input.
    await connect.click({ force: true });

    await expect(page.getByRole('heading', { name: 'Authorize MCP Inspector' })).toBeVisible();
    await hydrated(page);
    await page.getByLabel('Organization', { exact: true }).selectOption('Acme');
    await page.getByLabel('Product', { exact: true }).selectOption(product);
    await authorize(page);
    await page.waitForURL(inspector.url);
    await expect(connect).toBeChecked();
    await expect(page.getByText(`MCP ${version}`)).toBeVisible();

    await page.getByText('Tools', { exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Tools (5)' })).toBeVisible();
    await page.getByRole('button', { name: 'list_work_items' }).click();
    const execute = page.getByRole('button', { name: 'Execute Tool' });
    await execute.click();
    await expect(page.getByText(title).first()).toBeVisible();

    const apps = await page.context().newPage();
    await apps.goto('/o/acme/settings/apps');
    await hydrated(apps);
    const row = apps.getByRole('row').filter({ hasText: 'MCP Inspector' }).filter({ hasText: product });
    await row.getByRole('button', { name: 'Revoke' }).click();
    await apps.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await expect(row).toContainText('Revoked');

    // Its tokens are worth nothing now: it asks the person again, who does not agree this time.
    await page.getByRole('button', { name: 'Close results' }).click();
    await execute.click();
    await expect(page.getByRole('heading', { name: 'Authorize MCP Inspector' })).toBeVisible();
    await hydrated(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL(inspector.url);
    await expect(page.getByRole('alert', { name: 'Re-authentication required' })).toContainText('access_denied');
    await expect(connect).not.toBeChecked();
  });
}
