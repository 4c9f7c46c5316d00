import { expectNoSidewaysScroll, expectNoViolations } from '../support/axe.ts';
import { eachState, fillApps, THEMES, WIDTHS } from '../support/states.ts';
import { test } from '../support/test.ts';

for (const theme of THEMES) {
  for (const width of WIDTHS) {
    test(`every page passes axe, ${theme}, ${width} px wide`, async ({ page, openAs, gatepass }) => {
      test.slow();
      await fillApps(await openAs('owner'), gatepass);
      await eachState(openAs, gatepass, page, { theme, width }, expectNoViolations);
    });
  }
}

test('no page scrolls sideways at 320 px', async ({ page, openAs, gatepass }) => {
  await fillApps(await openAs('owner'), gatepass);
  await eachState(openAs, gatepass, page, { theme: 'light', width: 320 }, expectNoSidewaysScroll);
});
