// Requests per second of the release binary, each beside what the same would cost with nothing around it, in one run.
import autocannon from 'autocannon';
import type { Client, Request, Result } from 'autocannon';
import type { Page } from '@playwright/test';
import { registerOnPage } from '../../support/clients.ts';
import { connect } from '../../support/consent.ts';
import { startBaselines } from '../../support/baselines.ts';
import { App, unique } from '../../support/oauth.ts';
import type { Gatepass } from '../../support/server.ts';
import { expect, hydrated, test } from '../../support/test.ts';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const CONNECTIONS = 16;
/** How often two are measured beside each other. */
const TURNS = Number(process.env.BENCH_TURNS ?? 5);
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** What was measured, and what time of a processor it took of the server that is asked, in ms. */
type Measured = Result & { cpu: number };

/** Loads a server for some seconds. Only these statuses may come: a refusal is fast, its rate would mean nothing. */
async function load(
  server: Pick<Gatepass, 'cpu'>,
  name: string,
  options: Partial<autocannon.Options> & { url: string },
  statuses = ['200'],
): Promise<Measured> {
  const before = await server.cpu();
  const result = await autocannon({ connections: CONNECTIONS, duration: SECONDS, ...options });
  expect(result.errors, name).toBe(0);
  expect(Object.keys(result.statusCodeStats ?? {}).sort(), name).toEqual(statuses);
  return { ...result, cpu: (await server.cpu()) - before };
}

/** Says what was measured. `steps` is how many requests make one of what is counted. */
function report(name: string, { requests, latency, cpu }: Measured, steps = 1): number {
  const rate = requests.average / steps;
  const times = `${latency.p50} ms at the 50th and ${latency.p99} ms at the 99th percentile of a request`;
  const each = ((cpu * steps) / requests.total).toFixed(3);
  console.log(`${name}: ${Math.round(rate)}/s, ${each} ms of a processor each, ${times}`);
  return rate;
}

const ratio = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

test('requests per second, beside their baselines', async ({ openAs, gatepass, callback }) => {
  const owner = await openAs('owner');
  const baselines = await startBaselines(gatepass);
  const at = (path: string) => gatepass.url + path;
  const memory = async () => console.log(`  memory: ${await gatepass.memory()} MB`);
  console.log(`memory at the start: ${await gatepass.memory()} MB`);

  const bare = report('baseline: a bare axum answer', await load(baselines, 'bare', { url: `${baselines.url}/bare` }));
  const commit = report('baseline: one SQLite commit', await load(baselines, 'commit', { url: `${baselines.url}/commit` }));
  report('liveness', await load(gatepass, 'liveness', { url: at('/healthz') }));
  report('metadata', await load(gatepass, 'metadata', { url: at('/.well-known/oauth-authorization-server') }));

  const { tokens } = await connect(owner, gatepass, callback, { scope: 'api:read mcp:read' });
  const authorization = { Authorization: `Bearer ${tokens.access_token}` };
  const items = '/api/v1/work-items';
  // By turns, so that neither has the quieter moments of the machine; the same request for both.
  let [free, guarded] = [0, 0];
  for (let turn = 1; turn <= TURNS; turn += 1) {
    const same = { headers: authorization };
    const baseline = await load(baselines, 'unguarded', { url: baselines.url + items, ...same });
    free += report(`baseline: a REST read without authentication (${turn})`, baseline) / TURNS;
    guarded += report(`a REST read (${turn})`, await load(gatepass, 'rest', { url: at(items), ...same })) / TURNS;
  }
  const cost = 100 * (1 - guarded / free);
  console.log(`a REST read: authentication costs ${cost.toFixed(1)} % of the requests; ${ratio(guarded, bare)} of a bare answer`);
  await memory();

  const call = await load(gatepass, 'mcp', {
    url: at('/mcp'),
    method: 'POST',
    headers: {
      ...authorization,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'list_work_items', arguments: {} },
    }),
  });
  console.log(`  ${ratio(report('an MCP tools/call', call), free)} of the REST read without authentication`);
  await memory();

  const reader = await registerOnPage(owner, gatepass, { name: unique('Reader'), redirectUri: callback.url });
  const own = await connect(owner, gatepass, callback, {});
  const basic = `Basic ${btoa(`${reader.clientId}:${reader.clientSecret}`)}`;
  const introspection = await load(gatepass, 'introspection', {
    url: at('/oauth/introspect'),
    method: 'POST',
    headers: { ...FORM, Authorization: basic },
    body: new URLSearchParams({ token: own.tokens.access_token }).toString(),
  });
  console.log(`  ${ratio(report('an introspection', introspection), bare)} of a bare answer`);
  await memory();

  const chains: { app: App; token: string }[] = [];
  while (chains.length < CONNECTIONS) {
    const { app, tokens } = await connect(owner, gatepass, callback, { scope: 'api:read' });
    chains.push({ app, token: tokens.refresh_token });
  }
  const refreshing = (client: Client) => {
    const { app, token } = chains.pop()!;
    const next = (refresh_token: string) => {
      const form = { grant_type: 'refresh_token', client_id: app.clientId, refresh_token };
      client.setBody(new URLSearchParams(form).toString());
    };
    next(token);
    client.on('body', (body: Buffer) => next((JSON.parse(body.toString()) as { refresh_token: string }).refresh_token));
  };
  const refresh = await load(gatepass, 'refresh', {
    url: at('/oauth/token'),
    method: 'POST',
    headers: FORM,
    setupClient: refreshing,
  });
  console.log(`  ${ratio(report('a refresh', refresh), commit)} of one SQLite commit`);
  await memory();

  const nightly = await registerOnPage(owner, gatepass, { name: unique('Nightly'), redirectUri: callback.url });
  await owner.goto(`/settings/oauth-apps/${nightly.clientId}`);
  await hydrated(owner);
  await owner.getByText('Let it act by itself').click();
  await owner.getByLabel('Product').selectOption('Acme / Support');
  await owner.getByLabel('API Read').check();
  await owner.getByRole('button', { name: 'Allow' }).click();
  await expect(owner.getByText('The app may act by itself.')).toBeVisible();
  const itself = await load(gatepass, 'client credentials', {
    url: at('/oauth/token'),
    method: 'POST',
    headers: { ...FORM, Authorization: `Basic ${btoa(`${nightly.clientId}:${nightly.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }).toString(),
  });
  console.log(`  ${ratio(report('client credentials', itself), commit)} of one SQLite commit`);
  await memory();

  const flow = await codeFlow(gatepass, await cookies(owner), await App.register(gatepass, callback.url));
  console.log(`  ${ratio(report('a code flow of four requests', flow, 4), commit)} of one SQLite commit`);
  await memory();
  await baselines.stop();
});

async function cookies(page: Page): Promise<string> {
  return (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
}

interface Flow {
  handle?: string;
  form?: string;
  code?: string;
}

/** From the authorization request over the consent page to the tokens, as a signed-in browser and its app do it. */
async function codeFlow(gatepass: Gatepass, cookie: string, app: App): Promise<Measured> {
  const hidden = (page: string, name: string) =>
    new RegExp(`name="${name}"[^>]*value="([^"]*)"`).exec(page)?.[1] ?? new RegExp(`value="([^"]*)"[^>]*name="${name}"`).exec(page)?.[1] ?? '';
  const location = (headers: Request['headers']) =>
    String(Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'location')?.[1] ?? '');
  const product = (page: string) => /<option[^>]*value="(prd_[^"]*)"/.exec(page)?.[1] ?? hidden(page, 'product');
  const url = new URL(app.authorizeUrl('api:read'));
  return load(
    gatepass,
    'code flow',
    {
      url: gatepass.url,
      requests: [
        {
          method: 'GET',
          path: url.pathname + url.search,
          headers: { cookie },
          onResponse: (_status, _body, context, headers) => {
            (context as Flow).handle = location(headers);
          },
        },
        {
          setupRequest: (request, context) => ({ ...request, path: (context as Flow).handle ?? '/', headers: { cookie } }),
          onResponse: (_status, body, context) => {
            (context as Flow).form = new URLSearchParams({
              handle: hidden(body, 'handle'),
              csrf: hidden(body, 'csrf'),
              product: product(body),
              scope: 'api:read',
              decision: 'approve',
            }).toString();
          },
        },
        {
          method: 'POST',
          path: '/oauth/consent',
          setupRequest: (request, context) => ({
            ...request,
            headers: { ...FORM, cookie, 'sec-fetch-site': 'same-origin' },
            body: (context as Flow).form ?? '',
          }),
          onResponse: (_status, _body, context, headers) => {
            (context as Flow).code = new URL(location(headers)).searchParams.get('code') ?? '';
          },
        },
        {
          method: 'POST',
          path: '/oauth/token',
          setupRequest: (request, context) => ({
            ...request,
            headers: FORM,
            body: new URLSearchParams({
              grant_type: 'authorization_code',
              client_id: app.clientId,
              code: (context as Flow).code ?? '',
              code_verifier: app.verifier,
            }).toString(),
          }),
        },
      ],
    },
    ['200', '303'],
  );
}
