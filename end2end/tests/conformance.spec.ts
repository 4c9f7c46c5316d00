// The official conformance suite of MCP, against the real binary: its scenarios for servers and for authorization servers.
import { CLIENTS, REVISIONS, expectedFailures } from '../support/conformance-baseline.ts';
import type { Run } from '../support/conformance-baseline.ts';
import { freePort } from '../support/background.ts';
import { BearerProxy } from '../support/bearer-proxy.ts';
import { registerOnPage } from '../support/clients.ts';
import { Conformance } from '../support/conformance.ts';
import { authorize, connect } from '../support/consent.ts';
import { App, unique } from '../support/oauth.ts';
import { expect, test as base } from '../support/test.ts';

const test = base.extend<{ conformance: Conformance }>({
  conformance: async ({}, use) => {
    const conformance = await Conformance.prepare();
    await use(conformance);
    await conformance.close();
  },
});

/** Exactly what the baseline names has failed. */
function expectBaseline(run: Run, failed: Map<string, string>) {
  const expected = expectedFailures(run);
  const unexpected = [...failed].filter(([check]) => !expected.includes(check));
  const passed = expected.filter((check) => !failed.has(check));
  expect({ unexpected, passed }).toEqual({ unexpected: [], passed: [] });
}

for (const revision of REVISIONS) {
  test(`Z2 the conformance suite: a server of ${revision}`, async ({ openAs, gatepass, callback, conformance }) => {
    const { tokens } = await connect(await openAs('owner'), gatepass, callback);
    const proxy = await BearerProxy.listen(gatepass.url, tokens.access_token);
    const options = ['--url', `${proxy.url}/mcp`, '--suite', 'all', '--spec-version', revision];
    const failed = await conformance.run(['server', ...options]);
    await proxy.close();
    expectBaseline(revision, failed);
  });
}

for (const client of CLIENTS) {
  test(`Z2 the conformance suite: an authorization server, as a client ${client}`, async ({
    openAs,
    gatepass,
    conformance,
  }) => {
    const page = await openAs('owner');
    const port = await freePort();
    const redirectUri = `http://127.0.0.1:${port}/callback`;
    const name = unique('Conformance');
    const options = ['--url', gatepass.url, '--port', `${port}`];
    if (client === 'registered dynamically') {
      const { clientId } = await App.register(gatepass, redirectUri, name);
      // The other clients name no resource.
      options.push('--client-id', clientId, '--resource', `${gatepass.url}/mcp`);
    } else if (client === 'with a client ID document') {
      const clientId = gatepass.documents.describe('/conformance.json', name, 'http://127.0.0.1/callback');
      options.push('--client-id', clientId);
    } else {
      const { clientId, clientSecret } = await registerOnPage(page, gatepass, { name, redirectUri });
      options.push('--client-id', clientId, '--client-secret', clientSecret!);
    }
    let asked = 0;
    const failed = await conformance.run(['authorization', ...options], async (line) => {
      if (!line.startsWith(`${gatepass.url}/oauth/authorize?`)) return;
      asked += 1;
      await page.goto(line);
      await authorize(page);
      await page.waitForURL(`${redirectUri}?*`);
    });
    expect(asked).toBe(1);
    expectBaseline(client, failed);
  });
}
