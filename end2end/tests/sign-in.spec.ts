import { EMAIL, submitSignIn } from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('a person signs in and lands in their product', async ({ page }) => {
  await page.goto('/sign-in');
  await submitSignIn(page, EMAIL.member);
  await expect(page).toHaveURL('/o/acme/support');
  await expect(page.getByRole('link', { name: 'Apps', exact: true })).toBeVisible();
});

test('a wrong password and an unknown e-mail get the same message', async ({ page }) => {
  const messages = [];
  for (const email of [EMAIL.viewer, 'nobody@example.com']) {
    await page.goto('/sign-in');
    await submitSignIn(page, email, 'not the password');
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByLabel('Email')).toHaveValue(email);
    messages.push(await page.getByRole('alert').innerText());
  }
  expect(messages[0]).toBe(messages[1]);
});

test('sign-in leads back to where the person was going, query included', async ({ page }) => {
  await page.goto('/o/acme/settings/apps?status=all');
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await submitSignIn(page, EMAIL.owner);
  await expect(page).toHaveURL('/o/acme/settings/apps?status=all');
});

for (const elsewhere of ['//evil.example', 'https://evil.example/', '/\\evil.example']) {
  test(`sign-in does not lead to ${elsewhere}`, async ({ page }) => {
    await page.goto(`/sign-in?next=${encodeURIComponent(elsewhere)}`);
    await submitSignIn(page, EMAIL.member);
    await expect(page).toHaveURL('/o/acme/support');
  });
}

test('after signing out the workspace is closed, also with the back button', async ({ openAs }) => {
  const page = await openAs('member');
  await page.getByRole('button', { name: EMAIL.member }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goBack();
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('sign-in works, and a wrong password says so', async ({ page }) => {
    await page.goto('/sign-in');
    await submitSignIn(page, EMAIL.member, 'not the password');
    await expect(page.getByRole('alert')).toBeVisible();
    await submitSignIn(page, EMAIL.member);
    await expect(page).toHaveURL('/o/acme/support');
  });
});
