// The test function of every spec: a server per worker, people in browsers of their own, a place for apps to get answers.
import { test as base, expect } from '@playwright/test';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from '@playwright/test';
import { Callback } from './oauth.ts';
import { signIn } from './people.ts';
import type { Person } from './people.ts';
import { startGatepass } from './server.ts';
import type { Gatepass } from './server.ts';

interface Fixtures {
  /** Where an app on the person's computer waits for its answer. */
  callback: Callback;
  /** A page in a fresh browser profile, signed in as a person of the demo workspace. */
  openAs: (person: Person, options?: BrowserContextOptions) => Promise<Page>;
}

export const test = base.extend<Fixtures, { gatepass: Gatepass }>({
  gatepass: [
    async ({}, use) => {
      const gatepass = await startGatepass();
      await use(gatepass);
      await gatepass.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ gatepass }, use) => use(gatepass.url),
  context: async ({ context }, use) => {
    const errors = await watch(context);
    await use(context);
    expect(errors).toEqual([]);
  },
  callback: async ({}, use) => {
    const callback = await Callback.listen();
    await use(callback);
    await callback.close();
  },
  openAs: async ({ browser, gatepass }, use) => {
    const contexts: BrowserContext[] = [];
    const watched: string[][] = [];
    await use(async (person, options = {}) => {
      const context = await browser.newContext({ baseURL: gatepass.url, ...options });
      contexts.push(context);
      watched.push(await watch(context));
      const page = await context.newPage();
      await signIn(page, person);
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
    expect(watched.flat()).toEqual([]);
  },
});

export { expect };

/** Prepares a browser profile, and collects what goes wrong in its pages: panics, failed hydration, blocked content. */
async function watch(context: BrowserContext): Promise<string[]> {
  const errors: string[] = [];
  context.on('weberror', (error) => errors.push(error.error().message));
  context.on('console', (message) => {
    // Pages that answer with an error status are part of the tests.
    const expected = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !expected) errors.push(message.text());
  });
  await context.addInitScript(markHydration);
  return errors;
}

/** A browser profile of its own. Whoever makes it closes it. */
export async function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  await context.addInitScript(markHydration);
  return context;
}

/** Marks the document once the application has attached its first handler: from then on a click has its effect. */
function markHydration() {
  const original = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (...args: Parameters<typeof original>) {
    original.apply(this, args);
    if (new Error().stack?.includes('/pkg/')) document.documentElement.dataset.hydrated = 'true';
  };
}

/** The same person in another browser, in whose console there may be errors. Whoever opens it closes its context. */
export async function unwatched(page: Page): Promise<Page> {
  const context = await page.context().browser()!.newContext({
    baseURL: new URL(page.url()).origin,
    storageState: await page.context().storageState(),
  });
  await context.addInitScript(markHydration);
  return context.newPage();
}

/** Waits until what needs the WASM works. */
export async function hydrated(page: Page) {
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
}
