// Requests whose rate is measured, each with the floor that it stands beside.
import type { Client } from 'autocannon';
import { registerOnPage } from '../../support/clients.ts';
import { connect, grantAccess } from '../../support/consent.ts';
import { unique } from '../../support/oauth.ts';
import type { App } from '../../support/oauth.ts';
import { expect, hydrated } from '../../support/test.ts';
import type { Bed } from './bed.ts';
import { STEPS, codeFlow, waitingConsent } from './code-flow.ts';
import { CONNECTIONS } from './measure.ts';
import type { Load } from './measure.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ITEMS = '/api/v1/work-items';

/** An answer of the baselines: the work with nothing around it. */
export interface Floor {
  name: string;
  path: string;
}

export const BARE: Floor = { name: 'bare axum answer', path: '/bare' };
export const COMMIT: Floor = { name: 'one SQLite commit', path: '/commit' };
export const UNGUARDED: Floor = { name: 'REST read, no authentication', path: ITEMS };
export const FLOORS = [BARE, COMMIT, UNGUARDED];

export interface Scenario {
  name: string;
  floor: Floor;
  /** The requests that make one of what is counted; one where nothing is said. */
  steps?: number;
  /** Makes what one turn needs, and says what to ask then. */
  prepare(bed: Bed): Promise<Load>;
}

const at = ({ gatepass }: Bed, path: string) => gatepass.url + path;
const basic = ({ clientId, clientSecret }: App) => `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
const get = (path: string) => async (bed: Bed): Promise<Load> => ({ options: { url: at(bed, path) } });

const post = (url: string, headers: Record<string, string>, form: Record<string, string>) =>
  ({ url, method: 'POST', headers: { ...FORM, ...headers }, body: new URLSearchParams(form).toString() }) as const;

async function bearer({ owner, gatepass, callback }: Bed) {
  const { tokens } = await connect(owner, gatepass, callback, { scope: 'api:read mcp:read' });
  return { authorization: `Bearer ${tokens.access_token}` };
}

async function restRead(bed: Bed): Promise<Load> {
  return { options: { url: at(bed, ITEMS), headers: await bearer(bed) } };
}

const mcp = (method: string, params: object, holds: string) => async (bed: Bed): Promise<Load> => {
  const headers = {
    ...(await bearer(bed)),
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-06-18',
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  // A failed call has the status 200 too.
  return { options: { url: at(bed, '/mcp'), method: 'POST', headers, body }, holds };
};

async function introspection(bed: Bed): Promise<Load> {
  const { owner, gatepass, callback } = bed;
  const reader = await registerOnPage(owner, gatepass, { name: unique('Reader'), redirectUri: callback.url });
  // About the token of another client it would only learn that it is not active.
  const { access_token: token } = await grantAccess(owner, reader, 'api:read');
  return {
    options: post(at(bed, '/oauth/introspect'), { authorization: basic(reader) }, { token }),
    holds: '"active":true',
  };
}

/** Each connection follows a chain of its own: every answer has the token of the next request. */
async function refresh(bed: Bed): Promise<Load> {
  const chains: { app: App; token: string }[] = [];
  while (chains.length < CONNECTIONS) {
    const { app, tokens } = await connect(bed.owner, bed.gatepass, bed.callback, { scope: 'api:read' });
    chains.push({ app, token: tokens.refresh_token });
  }
  const setupClient = (client: Client) => {
    const { app, token } = chains.pop()!;
    const next = (refresh_token: string) => {
      const form = { grant_type: 'refresh_token', client_id: app.clientId, refresh_token };
      client.setBody(new URLSearchParams(form).toString());
    };
    next(token);
    client.on('body', (body: Buffer) => next((JSON.parse(body.toString()) as { refresh_token: string }).refresh_token));
  };
  return { options: { ...post(at(bed, '/oauth/token'), {}, {}), setupClient } };
}

async function clientCredentials(bed: Bed): Promise<Load> {
  const { owner, gatepass, callback } = bed;
  const nightly = await registerOnPage(owner, gatepass, { name: unique('Nightly'), redirectUri: callback.url });
  await owner.goto(`/settings/oauth-apps/${nightly.clientId}`);
  await hydrated(owner);
  await owner.getByText('Give machine access').click();
  await owner.getByLabel('Product').selectOption('Acme / Support');
  await owner.getByLabel('API Read').check();
  await owner.getByRole('button', { name: 'Allow' }).click();
  await expect(owner.getByText('The app has machine access.')).toBeVisible();
  const form = { grant_type: 'client_credentials' };
  return { options: post(at(bed, '/oauth/token'), { authorization: basic(nightly) }, form) };
}

/** In the order in which they are measured: what fills the database comes last. */
export const SCENARIOS: Scenario[] = [
  { name: 'liveness', floor: BARE, prepare: get('/healthz') },
  { name: 'metadata', floor: BARE, prepare: get('/.well-known/oauth-authorization-server') },
  { name: 'REST read', floor: UNGUARDED, prepare: restRead },
  {
    name: 'MCP tools/call',
    floor: UNGUARDED,
    prepare: mcp('tools/call', { name: 'list_work_items', arguments: {} }, '"structuredContent"'),
  },
  { name: 'MCP tools/list', floor: BARE, prepare: mcp('tools/list', {}, '"list_work_items"') },
  { name: 'introspection', floor: BARE, prepare: introspection },
  { name: 'consent page', floor: BARE, prepare: waitingConsent },
  { name: 'refresh', floor: COMMIT, prepare: refresh },
  { name: 'client credentials', floor: COMMIT, prepare: clientCredentials },
  { name: 'code flow of four requests', floor: COMMIT, steps: STEPS, prepare: codeFlow },
];
