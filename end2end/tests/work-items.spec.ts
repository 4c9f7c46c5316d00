// The work items of a product: as many as there are, whatever they say.
import { connect } from '../support/consent.ts';
import { expectNoSidewaysScroll } from '../support/axe.ts';
import { EMAIL, submitSignIn } from '../support/people.ts';
import { expect, hydrated, test } from '../support/test.ts';

test('the list pages with its true count', async ({ openAs, gatepass, callback }) => {
  const page = await openAs('outsider');
  const { tokens } = await connect(page, gatepass, callback, { scope: 'api:read api:write' });
  const headers = { authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' };
  const create = async (title: string) => {
    const body = JSON.stringify({ title });
    const answer = await fetch(`${gatepass.url}/api/v1/work-items`, { method: 'POST', headers, body });
    expect(answer.status).toBe(201);
  };
  for (let number = 0; number < 120; number += 1) await create(`Paged ${number}`);
  await page.goto('/o/globex/research');
  await hydrated(page);
  const count = /· (\d+) work items/.exec((await page.getByRole('banner').or(page.locator('.page-about')).last().textContent()) ?? '');
  const total = Number(count?.[1]);
  expect(total).toBeGreaterThanOrEqual(120);
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText(`1–50 of ${total}`);
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/page=2/);
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText(`51–100 of ${total}`);
  // A page past the end shows the last one.
  await page.goto('/o/globex/research?page=999');
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText(`–${total} of ${total}`);

  await create('W'.repeat(200));
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto('/o/globex/research');
    await expect(page.getByText('W'.repeat(200))).toBeVisible();
    await expectNoSidewaysScroll(page, `a long title at ${width}`);
  }
});

test('who was signed out while typing signs in elsewhere and loses nothing', async ({ openAs }) => {
  const page = await openAs('outsider');
  await page.goto('/o/globex/research');
  await hydrated(page);
  await page.getByLabel('Title').fill('Typed for long');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Create' }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'You are signed out.' });
  await expect(alert).toBeVisible();
  await expect(page.getByLabel('Title')).toHaveValue('Typed for long');
  const elsewhere = await page.context().newPage();
  await elsewhere.goto((await alert.getByRole('link', { name: 'Sign in' }).getAttribute('href'))!);
  await submitSignIn(elsewhere, EMAIL.outsider);
  await expect(elsewhere).toHaveURL(/\/o\/globex\/research$/);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Typed for long' })).toBeVisible();
});
