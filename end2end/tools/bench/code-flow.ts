// From the authorization request over the consent page to the tokens, as a signed-in browser and its app do it.
import type { Request } from 'autocannon';
import type { Page } from '@playwright/test';
import { openConsent } from '../../support/consent.ts';
import { App } from '../../support/oauth.ts';
import { cookies } from '../../support/people.ts';
import type { Bed } from './bed.ts';
import type { Load } from './measure.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SCOPE = 'api:read';

/** Facts that the requests of one flow learn from each other. */
interface Flow {
  consent: string;
  form: string;
  code: string;
}

/** The requests of one flow. */
export const STEPS = 4;

/** The value of a hidden field. */
const hidden = (page: string, name: string) =>
  new RegExp(`name="${name}"[^>]*value="([^"]*)"`).exec(page)?.[1] ?? new RegExp(`value="([^"]*)"[^>]*name="${name}"`).exec(page)?.[1] ?? '';

/** The first product that the page offers, or the only one. */
const product = (page: string) => /<option[^>]*value="(prd_[^"]*)"/.exec(page)?.[1] ?? hidden(page, 'product');

const location = (headers: Request['headers']) =>
  String(Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'location')?.[1] ?? '');

const approval = (page: string) =>
  new URLSearchParams({
    handle: hidden(page, 'handle'),
    csrf: hidden(page, 'csrf'),
    product: product(page),
    scope: SCOPE,
    decision: 'approve',
  });

const exchange = (app: App, code: string) =>
  new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: app.clientId,
    code,
    code_verifier: app.verifier,
  });

/** Opens the consent page of an app in the browser, which has the cookie of its requests from then on. */
async function openOnce(owner: Page, app: App): Promise<{ url: string; cookie: string }> {
  await openConsent(owner, app, SCOPE);
  return { url: owner.url(), cookie: await cookies(owner) };
}

/** Lets one app in again and again. */
export async function codeFlow({ gatepass, owner, callback }: Bed): Promise<Load> {
  const app = await App.register(gatepass, callback.url);
  const { cookie } = await openOnce(owner, app);
  const url = new URL(app.authorizeUrl(SCOPE));
  const requests: Request[] = [
    {
      path: url.pathname + url.search,
      headers: { cookie },
      onResponse: (_status, _body, flow, headers) => {
        (flow as Flow).consent = location(headers);
      },
    },
    {
      setupRequest: (request, flow) => ({ ...request, path: (flow as Flow).consent, headers: { cookie } }),
      onResponse: (_status, body, flow) => {
        (flow as Flow).form = approval(body).toString();
      },
    },
    {
      method: 'POST',
      path: '/oauth/consent',
      setupRequest: (request, flow) => ({
        ...request,
        headers: { ...FORM, cookie, 'sec-fetch-site': 'same-origin' },
        body: (flow as Flow).form,
      }),
      onResponse: (_status, _body, flow, headers) => {
        (flow as Flow).code = new URL(location(headers)).searchParams.get('code') ?? '';
      },
    },
    {
      method: 'POST',
      path: '/oauth/token',
      setupRequest: (request, flow) => ({
        ...request,
        headers: FORM,
        body: exchange(app, (flow as Flow).code).toString(),
      }),
    },
  ];
  return { options: { url: gatepass.url, requests }, statuses: ['200', '303'] };
}

/** Asks for the page on which one request waits for the person. */
export async function waitingConsent({ gatepass, owner, callback }: Bed): Promise<Load> {
  const app = await App.register(gatepass, callback.url);
  const { url, cookie } = await openOnce(owner, app);
  return { options: { url, headers: { cookie } }, holds: app.name };
}
