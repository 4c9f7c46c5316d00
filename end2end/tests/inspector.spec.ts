// MCP clients in a browser. The MCP Inspector's page has a back end that does the calls; another page does them itself.
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { build } from 'esbuild';
import { revoke } from '../support/apps.ts';
import { authorize } from '../support/consent.ts';
import { startInspector } from '../support/inspector.ts';
import type { Era, Inspector } from '../support/inspector.ts';
import { unique } from '../support/oauth.ts';
import type * as pageClient from '../support/page-client.ts';
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

// The Inspector is a program of its own, which starts, compiles and renders beside the other tests.
test.describe.configure({ timeout: 120_000 });

// A product for each, which also tells their rows in the Apps tab apart.
const CASES = [
  { era: 'legacy', version: '2025-11-25', product: 'Support', title: 'Customer cannot reset password' },
  { era: 'modern', version: '2026-07-28', product: 'Sales', title: 'Call Initech about the renewal' },
] as const;

/** The person who was sent to the consent page agrees. */
async function approve(page: Page, app: string, product: string) {
  await expect(page.getByRole('heading', { name: `Authorize ${app}` })).toBeVisible();
  await hydrated(page);
  await page.getByLabel('Organization', { exact: true }).selectOption('Acme');
  await page.getByLabel('Product', { exact: true }).selectOption(product);
  await authorize(page);
}

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

    await approve(page, 'MCP Inspector', product);
    await page.waitForURL(inspector.url);
    await expect(connect).toBeChecked();
    await expect(page.getByText(`MCP ${version}`)).toBeVisible();

    await page.getByText('Tools', { exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Tools (5)' })).toBeVisible();
    await page.getByRole('button', { name: 'list_work_items' }).click();
    const execute = page.getByRole('button', { name: 'Execute Tool' });
    await execute.click();
    await expect(page.getByText(title).first()).toBeVisible();

    await revoke(await page.context().newPage(), 'MCP Inspector', product);

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

/** What the script in the page declares. */
declare const bundle: typeof pageClient;

for (const { era, version, product, title } of CASES) {
  test(`Z3 a page that calls by itself does the same, with MCP ${version}`, async ({ openAs, gatepass, callback }) => {
    const person = await openAs('owner');
    const page = await person.context().newPage();
    // Another site than Gatepass': no cookie goes with its calls.
    await page.goto(callback.url.replace('127.0.0.1', 'localhost').replace('/callback', '/'));
    const source = resolve(import.meta.dirname, '../support/page-client.ts');
    const built = await build({ entryPoints: [source], bundle: true, globalName: 'bundle', write: false });
    await page.addScriptTag({ content: built.outputFiles[0]!.text });

    const mcp = `${gatepass.url}/mcp`;
    const challenge = async (url: string) => (await fetch(url, { method: 'POST' })).headers.get('WWW-Authenticate');
    expect(await page.evaluate(challenge, mcp)).toContain('resource_metadata=');

    const name = unique('Page');
    const options = { mcp, version: era === 'legacy' ? era : { pin: version }, name, redirectUrl: callback.url };
    const client = await page.evaluateHandle((given) => new bundle.PageClient(given), options);
    const asked = await client.evaluate((self) => self.connect());
    await person.goto(asked!);
    await approve(person, name, product);
    const answer = await callback.answer();
    await client.evaluate((self, given) => self.finish(given), answer.toString());
    expect(await client.evaluate((self) => self.connect())).toBeUndefined();
    expect(JSON.stringify(await client.evaluate((self) => self.list()))).toContain(title);

    await revoke(person, name);
    expect(await client.evaluate((self) => self.list())).toContain(`${gatepass.url}/oauth/authorize?`);
  });
}
