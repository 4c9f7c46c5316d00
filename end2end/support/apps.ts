// The Apps tab as a person uses it.
import type { Page } from '@playwright/test';
import { expect, hydrated } from './test.ts';

/** Ends in the Apps tab what the row with these texts stands for. */
export async function revoke(page: Page, ...texts: string[]) {
  await page.goto('/o/acme/settings/apps?group=off');
  await hydrated(page);
  const row = texts.reduce((rows, hasText) => rows.filter({ hasText }), page.getByRole('row'));
  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await expect(row).toContainText('Revoked');
}
