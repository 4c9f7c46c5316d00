// What memory the server takes after a day's work: many requests of every kind, and many people who sign in.
import { test, expect } from '@playwright/test';
import { connect } from '../support/consent.ts';
import { Connections, share } from '../support/load.ts';
import type { Answer } from '../support/load.ts';
import { Callback } from '../support/oauth.ts';
import type { App, Tokens } from '../support/oauth.ts';
import { EMAIL, PASSWORD, cookies, signIn } from '../support/people.ts';
import { startGatepass } from '../support/server.ts';

const REQUESTS = 100_000;
const SIGN_INS = 500;
/** How many requests are made at once. */
const CONNECTIONS = 8;
/** What the server may hold then, in MiB. */
const BOUND = 75;

/** An app, with the tokens that it has at the moment. */
interface Client {
  app: App;
  tokens: Tokens;
}

/** What the requests of one step need. */
interface Load {
  line: Connections;
  /** The cookies of a person who is signed in. */
  cookie: string;
  /** Proves the app that introspects. */
  basic: string;
}

type Step = (load: Load, client: Client) => Promise<void>;

const bearer = ({ tokens }: Client) => ({ Authorization: `Bearer ${tokens.access_token}` });

/** A refusal where none is expected is a figure of something else. */
function must(answer: Answer, status: number) {
  if (answer.status !== status) throw new Error(`${answer.status}, not ${status}: ${answer.body}`);
  return answer;
}

const get =
  (path: string, status: number): Step =>
  async ({ line }) =>
    void must(await line.ask(path), status);

const readItems: Step = async ({ line }, client) =>
  void must(await line.ask('/api/v1/work-items', { headers: bearer(client) }), 200);

const listTools: Step = async ({ line }, client) => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
  const accept = { Accept: 'application/json, text/event-stream', 'MCP-Protocol-Version': '2025-06-18' };
  must(await line.ask('/mcp', { headers: { ...bearer(client), ...accept }, body }), 200);
};

const callStrangely: Step = async ({ line }) =>
  void must(await line.ask('/api/v1/work-items', { headers: { Authorization: `Bearer ${Math.random()}` } }), 401);

const introspect: Step = async ({ line, basic }, { tokens }) => {
  const body = new URLSearchParams({ token: tokens.access_token });
  must(await line.ask('/oauth/introspect', { headers: { Authorization: basic }, body }), 200);
};

const refresh: Step = async ({ line }, client) => {
  const { app, tokens } = client;
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: app.clientId,
    refresh_token: tokens.refresh_token,
  });
  client.tokens = JSON.parse(must(await line.ask('/oauth/token', { body }), 200).body) as Tokens;
};

/** From the authorization request to the page that asks. */
const openConsent: Step = async ({ line, cookie }, { app }) => {
  const { headers } = must(await line.ask(app.authorizeUrl('api:read'), { headers: { Cookie: cookie } }), 303);
  must(await line.ask(headers.location ?? '/', { headers: { Cookie: cookie } }), 200);
};

const openWorkspace: Step = async ({ line, cookie }) =>
  void must(await line.ask('/o/acme/support', { headers: { Cookie: cookie } }), 200);

/** How many of a hundred steps are which. The consent page takes two requests. */
const MIX: [count: number, step: Step][] = [
  [35, readItems],
  [20, listTools],
  [15, introspect],
  [10, get('/.well-known/oauth-authorization-server', 200)],
  [5, callStrangely],
  [5, refresh],
  [3, get('/sign-in', 200)],
  [3, get('/no/such/page', 404)],
  [2, get('/api/v1/no-such-thing', 401)],
  [1, openWorkspace],
  [1, openConsent],
];
const STEPS = MIX.flatMap(([count, step]) => Array.from({ length: count }, () => step));

/** A step of the mix, in an order that has no runs of one kind. */
const stepAt = (number: number): Step => STEPS[(number * 37) % STEPS.length]!;

/** Registers an app that introspects; gives its credentials. */
async function confidentialApp(line: Connections): Promise<string> {
  const body = JSON.stringify({ redirect_uris: ['https://reader.example/callback'] });
  const registered = must(await line.ask('/oauth/register', { body }), 201);
  const { client_id, client_secret } = JSON.parse(registered.body) as Record<string, string>;
  return `Basic ${btoa(`${client_id}:${client_secret}`)}`;
}

test(`the server holds less than ${BOUND} MiB after ${REQUESTS} mixed requests and ${SIGN_INS} sign-ins`, async ({ browser }) => {
  test.setTimeout(600_000);
  const gatepass = await startGatepass();
  const callback = await Callback.listen();
  const line = new Connections(gatepass.url, CONNECTIONS);
  const page = await browser.newPage({ baseURL: gatepass.url });
  try {
    const before = await gatepass.memory();
    const people = Object.values(EMAIL);
    // A few at once: an address has few places in the queue of passwords.
    await share([0, 1, 2, 3], SIGN_INS, async (_, number) => {
      const pair = { email: people[number % people.length]!, password: PASSWORD };
      must(await line.ask('/sign-in', { headers: { Origin: gatepass.url }, body: new URLSearchParams(pair) }), 303);
    });
    const signedIn = await gatepass.memory();

    // After the others: of too many sessions of a person the oldest ends.
    await signIn(page, 'owner');
    const clients: Client[] = [];
    while (clients.length < CONNECTIONS) {
      clients.push(await connect(page, gatepass, callback, { scope: 'api:read mcp:read' }));
    }
    const load = { line, cookie: await cookies(page), basic: await confidentialApp(line) };

    const began = Date.now();
    await share(clients, REQUESTS, (client, number) => stepAt(number)(load, client));
    const seconds = Math.round((Date.now() - began) / 1000);

    const memory = await gatepass.memory();
    console.log(`memory: ${before.toFixed()} MiB at the start, ${signedIn.toFixed()} MiB after ${SIGN_INS} sign-ins, ${memory.toFixed()} MiB after ${REQUESTS} requests (${seconds} s)`);
    expect(memory).toBeLessThan(BOUND);
  } finally {
    line.close();
    await page.close();
    await callback.close();
    await gatepass.stop();
  }
});
