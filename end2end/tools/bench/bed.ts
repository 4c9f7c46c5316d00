// A server that is measured, and who uses it.
import type { Browser, Page } from '@playwright/test';
import { cookies, signIn } from '../../support/people.ts';
import type { Person } from '../../support/people.ts';
import type { Callback } from '../../support/oauth.ts';
import type { Gatepass } from '../../support/server.ts';

export interface Bed {
  gatepass: Gatepass;
  /** A page of the workspace's owner, who is signed in. */
  owner: Page;
  callback: Callback;
}

/** Signs in, and gives the header of the person's requests. */
export async function cookieOf(browser: Browser, gatepass: Gatepass, person: Person): Promise<string> {
  const context = await browser.newContext({ baseURL: gatepass.url });
  const page = await context.newPage();
  await signIn(page, person);
  const header = await cookies(page);
  await context.close();
  return header;
}
