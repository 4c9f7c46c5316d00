// `make loading`: what a browser fetches for a page, and how long a person waits for it: until something is painted, and until
// a click is answered. Cold and from the cache, at full speed and on a slow connection with a slow processor.
import type { Browser, BrowserContext, CDPSession, Page } from '@playwright/test';
import { openConsent } from '../support/consent.ts';
import { App } from '../support/oauth.ts';
import { signIn } from '../support/people.ts';
import { BIN, startGatepass } from '../support/server.ts';
import { test } from '../support/test.ts';
import { BESIDE, TURNS } from './bench/settings.ts';

/** 1.6 Mbit/s with 150 ms there and back, on a processor of a quarter of the speed. */
const SLOW = { latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750, processor: 4 };
const FULL = { latency: 0, downloadThroughput: -1, uploadThroughput: -1, processor: 1 };
const SPEEDS = { 'full speed': FULL, slow: SLOW };

interface Seen {
  /** KB that came over the network. */
  kilobytes: number;
  /** Milliseconds until something is painted. */
  painted: number;
  /** Milliseconds until a click is answered. */
  answered: number;
}

declare global {
  interface Window {
    answered?: number;
  }
}

/** Clicks on the switch of the theme, which is on every page, until it does something. */
function clickUntilAnswered() {
  const clicking = setInterval(() => {
    if (document.documentElement.dataset.theme) {
      window.answered = performance.now();
      clearInterval(clicking);
      localStorage.clear();
    } else document.querySelector<HTMLElement>('.theme-switch')?.click();
  }, 5);
}

/** Opens a page in a tab of its own. */
async function load(context: BrowserContext, url: string, speed: typeof FULL): Promise<Seen> {
  const page = await context.newPage();
  const devtools: CDPSession = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  const { processor, ...network } = speed;
  await devtools.send('Network.emulateNetworkConditions', { offline: false, ...network });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: processor });
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.addInitScript(clickUntilAnswered);
  await page.goto(url, { waitUntil: 'load' });
  await page.waitForFunction(() => window.answered !== undefined);
  const [painted, answered] = await page.evaluate(() => [
    performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    window.answered ?? NaN,
  ]);
  await page.close();
  return { kilobytes: bytes / 1000, painted: painted!, answered: answered! };
}

const median = (values: number[]) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;

const medians = (all: Seen[]): Seen => ({
  kilobytes: median(all.map(({ kilobytes }) => kilobytes)),
  painted: median(all.map(({ painted }) => painted)),
  answered: median(all.map(({ answered }) => answered)),
});

/** The addresses of the pages, and a browser's state with a person signed in. */
async function prepare(browser: Browser, url: string, app: App) {
  const context = await browser.newContext({ baseURL: url });
  const page: Page = await context.newPage();
  await signIn(page, 'admin');
  await openConsent(page, app, 'mcp:read');
  const signedIn = await context.storageState();
  const pages: [string, string, typeof signedIn | undefined][] = [
    ['sign-in', `${url}/sign-in`, undefined],
    ['consent', page.url(), signedIn],
    ['Apps tab', `${url}/o/acme/settings/apps`, signedIn],
    ['administration', `${url}/admin/oauth-clients`, signedIn],
  ];
  await context.close();
  return pages;
}

test('what a page costs a person', async ({ browser, callback }) => {
  const binaries: [string, string][] = [['', BIN], ...(BESIDE ? [['old ', BESIDE] as [string, string]] : [])];
  const lines = ['| page | speed | KB cold | KB warm | painted cold | warm | answered cold | warm |', '|---|---|---|---|---|---|---|---|'];
  const servers = [];
  for (const [name, bin] of binaries) {
    const gatepass = await startGatepass({ bin });
    await gatepass.fill(200, 1_000);
    servers.push({ name, gatepass, pages: await prepare(browser, gatepass.url, await App.register(gatepass, callback.url)) });
  }
  for (const [index, [page]] of servers[0]!.pages.entries()) {
    for (const [speed, conditions] of Object.entries(SPEEDS)) {
      const seen = servers.map(() => ({ cold: [] as Seen[], warm: [] as Seen[] }));
      for (let turn = 0; turn < TURNS; turn++) {
        for (const [number, { pages }] of servers.entries()) {
          const [, url, storageState] = pages[index]!;
          const context = await browser.newContext(storageState ? { storageState } : {});
          seen[number]!.cold.push(await load(context, url, conditions));
          seen[number]!.warm.push(await load(context, url, conditions));
          await context.close();
        }
      }
      for (const [number, { name }] of servers.entries()) {
        const [cold, warm] = [medians(seen[number]!.cold), medians(seen[number]!.warm)];
        const figures = [cold.kilobytes, warm.kilobytes, cold.painted, warm.painted, cold.answered, warm.answered];
        lines.push(`| ${name}${page} | ${speed} | ${figures.map((figure) => figure.toFixed(0)).join(' | ')} |`);
      }
    }
  }
  console.log(['', ...lines, '', 'Milliseconds from the address to the first paint, and to the answer to a click.'].join('\n'));
  for (const { gatepass } of servers) await gatepass.stop();
});
