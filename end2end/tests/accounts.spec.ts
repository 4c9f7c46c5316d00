// A person's own account, products and administration, as a browser sees them.
import { EMAIL, PASSWORD } from '../support/people.ts';
import { expect, hydrated, test } from '../support/test.ts';

test('a product is made, renamed, and deleted with its name typed; the focus goes on', async ({ openAs }) => {
  const page = await openAs('owner');
  await page.goto('/o/globex/settings/products');
  await hydrated(page);
  await page.getByRole('textbox', { name: 'Name' }).fill('Lab');
  await page.getByRole('button', { name: 'Create product' }).click();
  await expect(page).toHaveURL('/o/globex/lab');
  await expect(page.getByRole('status').filter({ hasText: 'The product is there.' })).toBeVisible();
  await expect(page.getByRole('button', { name: /Switch product/ })).toContainText('Globex / Lab');

  await page.goto('/o/globex/settings/products');
  await hydrated(page);
  const row = page.getByRole('row').filter({ hasText: 'Lab' });
  await row.getByRole('button', { name: 'Rename Lab' }).click();
  const box = page.getByRole('dialog', { name: 'Rename Lab' });
  await box.getByLabel('Address').fill('Not an address');
  await box.getByRole('button', { name: 'Save' }).click();
  await expect(box.getByRole('alert')).toContainText('lower-case letters');
  await expect(box.getByLabel('Address')).toBeFocused();
  await box.getByLabel('Address').fill('laboratory');
  await box.getByLabel('Name').fill('Laboratory');
  await box.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Laboratory' })).toContainText('/o/globex/laboratory');
  await page.goto('/o/globex/lab');
  await expect(page).toHaveURL('/o/globex/laboratory');

  await page.goto('/o/globex/settings/products');
  await hydrated(page);
  await page.getByRole('button', { name: 'Delete Laboratory' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete Laboratory?' });
  await dialog.getByLabel('Type Laboratory to confirm').fill('laboratory');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Type Laboratory to confirm.');
  await dialog.getByLabel('Type Laboratory to confirm').fill('Laboratory');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Laboratory' })).toHaveCount(0);
  await expect(page.getByRole('status').filter({ hasText: 'The product is deleted.' })).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'Research' }).locator(':focus')).toHaveCount(1);
});

test('a session that ended loses nothing of a form, and a sign-in elsewhere lets it be sent', async ({ openAs }) => {
  const page = await openAs('viewer');
  await page.goto('/settings/profile');
  await hydrated(page);
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await name.fill('Vic Renamed');
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByRole('alert')).toContainText('You are signed out.');
  await expect(page.getByRole('alert').getByRole('link', { name: 'Sign in' })).toHaveAttribute('href', /settings\/profile/);
  await expect(name).toHaveValue('Vic Renamed');
  await page.context().addCookies(cookies);
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Your name is changed.' })).toBeVisible();
  await name.fill('Vic Viewer');
  await page.getByRole('button', { name: 'Save name' }).click();
});

test('a password is changed, and the other browser is signed out', async ({ openAs }) => {
  const [page, other] = [await openAs('outsider'), await openAs('outsider')];
  await page.goto('/settings/profile');
  await hydrated(page);
  const section = page.getByRole('region', { name: 'Password' });
  const change = async (from: string, to: string) => {
    await section.getByLabel('Current password').fill(from);
    await section.getByLabel('New password').fill(to);
    await section.getByRole('button', { name: 'Change password' }).click();
  };
  await change('wrong', 'a quite different one');
  await expect(section.getByRole('alert')).toContainText('This is not your password.');
  await change(PASSWORD, 'a quite different one');
  await expect(page.getByRole('status').filter({ hasText: 'Your password is changed.' })).toBeVisible();
  await other.goto('/settings/sessions');
  await expect(other).toHaveURL(/\/sign-in/);
  await change('a quite different one', PASSWORD);
  await expect(page.getByRole('status').filter({ hasText: 'Your password is changed.' })).toBeVisible();
});

test('the switcher remembers the last place on every page', async ({ openAs }) => {
  const page = await openAs('owner');
  const switcher = page.getByRole('button', { name: /Switch product/ });
  for (const [place, name] of [
    ['/o/globex/research', 'Globex / Research'],
    ['/o/acme/support', 'Acme / Support'],
  ] as const) {
    await page.goto(place);
    for (const path of ['/settings/profile', '/settings/oauth-apps']) {
      await page.goto(path);
      await expect(switcher).toContainText(name);
    }
    await page.goto('/');
    await expect(page).toHaveURL(place);
  }
});

test('short addresses lead to their first page', async ({ openAs }) => {
  const page = await openAs('admin');
  for (const [short, long] of [
    ['/settings', '/settings/profile'],
    ['/admin', '/admin/oauth-clients'],
    ['/o/acme/settings', '/o/acme/settings/apps'],
    ['/o/acme', /\/o\/acme\/\w+$/],
  ] as const) {
    await page.goto(short);
    await expect(page).toHaveURL(long);
  }
});

test('the demo offers its people as buttons', async ({ page }) => {
  await page.goto('/sign-in');
  await page.getByRole('button', { name: EMAIL.member }).click();
  await expect(page).toHaveURL('/o/acme/support');
});
