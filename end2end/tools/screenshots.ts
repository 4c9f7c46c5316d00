// `make screenshots`: every page, light and dark, wide and narrow.
import { eachState, fillApps, THEMES, WIDTHS } from '../support/states.ts';
import { test } from '../support/test.ts';

test('screenshots', async ({ browser, openAs, gatepass }) => {
  await fillApps(await openAs('owner'), gatepass);
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      const anonymous = await browser.newContext({ baseURL: gatepass.url });
      await eachState(openAs, gatepass, await anonymous.newPage(), { theme, width }, async (page, name) => {
        const path = `screenshots/${name}-${theme}-${width}.png`;
        await page.screenshot({ path, fullPage: true });
        console.log(`end2end/${path}`);
      });
      await anonymous.close();
    }
  }
});
