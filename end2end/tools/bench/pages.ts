// `make bench`: figures of the release binary, side by side in one run.
import autocannon from 'autocannon';
import type { Browser } from '@playwright/test';
import { signIn } from '../../support/people.ts';
import type { Person } from '../../support/people.ts';
import { startGatepass } from '../../support/server.ts';
import type { Gatepass } from '../../support/server.ts';
import { expect, test as base } from '../../support/test.ts';

const SECONDS = 5;

const test = base.extend<{ start: () => Promise<Gatepass> }>({
  /** Starts one more Gatepass, which stops after the test whatever happens. */
  start: async ({}, use) => {
    const started: Gatepass[] = [];
    await use(async () => {
      const gatepass = await startGatepass();
      started.push(gatepass);
      return gatepass;
    });
    await Promise.all(started.map((gatepass) => gatepass.stop()));
  },
});

async function measure(name: string, url: string, headers: Record<string, string>, connections: number) {
  const result = await autocannon({ url, headers, connections, duration: SECONDS });
  // A refusal is fast: its rate would be a figure of something else.
  expect(result.non2xx + result.errors, name).toBe(0);
  return result;
}

/** A demo workspace of some size, with the sessions to look at it. */
class Workspace {
  private constructor(
    readonly gatepass: Gatepass,
    readonly cookies: Record<'admin' | 'owner', string>,
  ) {}

  static async fill(gatepass: Gatepass, browser: Browser, clients: number, grants: number): Promise<Workspace> {
    await gatepass.fill(clients, grants);
    const cookie = async (person: Person) => {
      const context = await browser.newContext({ baseURL: gatepass.url });
      await signIn(await context.newPage(), person);
      const cookies = await context.cookies();
      await context.close();
      return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    };
    return new Workspace(gatepass, { admin: await cookie('admin'), owner: await cookie('owner') });
  }

  async call<T>(name: string, argument: object): Promise<T> {
    const response = await fetch(`${this.gatepass.url}/_fn/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Cookie: this.cookies.admin },
      body: JSON.stringify(argument),
    });
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** The pages that grow, each with who looks at it. */
  async pages(): Promise<[name: string, path: string, person: 'admin' | 'owner'][]> {
    type Row = { id: string; client_id: string; registrations: number };
    const { rows } = await this.call<{ rows: Row[] }>('admin_clients', { query: { sort: 'grants' } });
    const popular = rows.find(({ registrations }) => registrations === 1)!;
    const opened = rows.find(({ registrations }) => registrations > 1)!;
    const admin = '/admin/oauth-clients';
    return [
      ['own apps', '/settings/oauth-apps', 'owner'],
      ['an app', `/settings/oauth-apps/${popular.client_id}`, 'admin'],
      ['all clients', admin, 'admin'],
      ['all clients, by name, page 2', `${admin}?sort=name&page=2`, 'admin'],
      ['all clients of users', `${admin}?source=user`, 'admin'],
      ['blocked clients', `${admin}?status=blocked`, 'admin'],
      ['unused clients', `${admin}?unused=true`, 'admin'],
      ['clients that match a search', `${admin}?q=app`, 'admin'],
      ['an opened entry', `${admin}?entry=${opened.id}`, 'admin'],
      ['a client', `${admin}/${popular.client_id}`, 'admin'],
      ['connected apps of an organization', '/o/acme/settings/apps', 'owner'],
    ];
  }

  /** Milliseconds that a page takes on average, one request after the other. */
  async time(name: string, path: string, person: 'admin' | 'owner'): Promise<number> {
    const { latency, requests } = await measure(name, this.gatepass.url + path, { Cookie: this.cookies[person] }, 1);
    // Whole milliseconds are too coarse for fast pages.
    return requests.average > 0 ? 1000 / requests.average : latency.average;
  }
}

test('pages with many clients beside the same pages with twenty', async ({ browser, start }) => {
  const few = await Workspace.fill(await start(), browser, 20, 100);
  const many = await Workspace.fill(await start(), browser, 20_000, 100_000);
  const pages = await few.pages();
  for (const [index, [name, path, person]] of (await many.pages()).entries()) {
    const small = await few.time(name, pages[index]![1], person);
    const large = await many.time(name, path, person);
    const figures = `${small.toFixed(1)} ms with 20 clients, ${large.toFixed(1)} ms with 20,000`;
    console.log(`${name}: ${figures}: ${(large / small).toFixed(2)} times`);
  }
});
