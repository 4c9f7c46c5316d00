// The people of the demo workspace.
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';

export const PASSWORD = 'correct horse battery staple';

export const EMAIL = {
  /** Instance admin, owner of Acme. */
  admin: 'admin@example.com',
  /** Owner of Acme and Globex. */
  owner: 'owner@example.com',
  /** Editor in Acme/Support. */
  member: 'member@example.com',
  /** Viewer in Acme/Support. */
  viewer: 'viewer@example.com',
  /** Operator in Globex/Research; the tests let no app in for them. */
  outsider: 'outsider@example.com',
} as const;

export type Person = keyof typeof EMAIL;

/** How pages call the people who appear on them. */
export const NAME = { owner: 'Olive Owner', member: 'Mel Member' } as const;

/** Fills the sign-in form that is on the page. */
export async function submitSignIn(page: Page, email: string, password = PASSWORD) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs in from nowhere in particular. */
export async function signIn(page: Page, person: Person) {
  await page.goto('/sign-in');
  await submitSignIn(page, EMAIL[person]);
  await expect(page).toHaveURL(/\/o\//);
}

/** The header by which a program asks as the person who is signed in on a page. */
export async function cookies(page: Page): Promise<string> {
  return (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
}
