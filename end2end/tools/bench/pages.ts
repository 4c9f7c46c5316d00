// Pages that grow with the workspace, with few rows and with many.
import type { Browser } from '@playwright/test';
import type { Person } from '../../support/people.ts';
import type { Gatepass } from '../../support/server.ts';
import { cookieOf } from './bed.ts';
import { open, total } from './measure.ts';
import type { Figures, Opened } from './measure.ts';
import { rowOf } from './row.ts';
import type { Row } from './row.ts';
import { TURNS, inTurn } from './settings.ts';

/** The size of a workspace. */
interface Size {
  name: string;
  clients: number;
  grants: number;
}

export const FEW: Size = { name: '20 clients', clients: 20, grants: 100 };
export const MANY: Size = { name: '20,000 clients', clients: 20_000, grants: 100_000 };

interface Target {
  name: string;
  path: string;
  person: Person;
  /** A text that it has whatever its rows are. */
  holds: string;
  /** The rows of its table among many clients. */
  rows?: number;
}

/** A demo workspace of some size, with the sessions to look at it. */
export class Workspace {
  /** The time without requests so far, and the time of processors that the server took in it all the same, in ms. */
  readonly #idle = { time: 0, cpu: 0 };
  #lastAsked: { at: number; cpu: number } | undefined;

  private constructor(
    readonly gatepass: Gatepass,
    readonly size: Size,
    readonly cookies: Partial<Record<Person, string>>,
  ) {}

  static async fill(gatepass: Gatepass, browser: Browser, size: Size): Promise<Workspace> {
    await gatepass.fill(size.clients, size.grants);
    const [admin, owner] = [await cookieOf(browser, gatepass, 'admin'), await cookieOf(browser, gatepass, 'owner')];
    return new Workspace(gatepass, size, { admin, owner });
  }

  async call<T>(name: string, argument: object): Promise<T> {
    const response = await fetch(`${this.gatepass.url}/_fn/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Cookie: this.cookies.admin! },
      body: JSON.stringify(argument),
    });
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async pages(): Promise<Target[]> {
    type Client = { id: string; client_id: string; registrations: number };
    const { rows } = await this.call<{ rows: Client[] }>('admin_clients', { query: { sort: 'grants' } });
    const popular = rows.find(({ registrations }) => registrations === 1)!;
    const opened = rows.find(({ registrations }) => registrations > 1)!;
    const [admin, apps] = ['/admin/oauth-clients', '/o/acme/settings/apps'];
    const tab = { person: 'owner', holds: '<h1>Connected Apps', rows: 50 } as const;
    const list = { person: 'admin', holds: '<h1>OAuth clients' } as const;
    const one = { person: 'admin', holds: 'id="about"' } as const;
    return [
      { name: 'Apps tab', path: apps, ...tab },
      { name: 'Apps tab, a search', path: `${apps}?q=code`, ...tab },
      { name: 'own apps', path: '/settings/oauth-apps', person: 'owner', holds: '<h1>OAuth apps' },
      { name: 'an app', path: `/settings/oauth-apps/${popular.client_id}`, ...one },
      { name: 'all clients', path: admin, ...list },
      { name: 'all clients, by name, page 2', path: `${admin}?sort=name&page=2`, ...list },
      { name: 'all clients of users', path: `${admin}?source=user`, ...list },
      { name: 'blocked clients', path: `${admin}?status=blocked`, ...list },
      { name: 'unused clients', path: `${admin}?unused=true`, ...list },
      { name: 'clients that match a search', path: `${admin}?q=app`, ...list },
      { name: 'an opened entry', path: `${admin}?entry=${opened.id}`, ...list },
      { name: 'a client', path: `${admin}/${popular.client_id}`, ...one },
    ];
  }

  /** Opens a page for one turn. */
  async open({ path, person, holds, rows }: Target): Promise<Opened | undefined> {
    await this.#endIdle();
    const expected = this.size === MANY ? rows : undefined;
    // The row of titles is one more.
    const fits = (html: string) => html.includes(holds) && (!expected || html.split('<tr').length === expected + 2);
    const opened = await open(this.gatepass, { url: this.gatepass.url + path, cookie: this.cookies[person]!, fits });
    this.#lastAsked = { at: performance.now(), cpu: await this.gatepass.cpu() };
    return opened;
  }

  async #endIdle() {
    if (!this.#lastAsked) return;
    this.#idle.time += performance.now() - this.#lastAsked.at;
    this.#idle.cpu += (await this.gatepass.cpu()) - this.#lastAsked.cpu;
  }

  /** The work of jobs while others are measured: it is part of the figures of the pages too. */
  get idle(): Row {
    return { name: `a second without requests, ${this.size.name}`, cpu: (1000 * this.#idle.cpu) / this.#idle.time };
  }
}

/** The rows of each binary: its pages in a workspace of each size, the large beside the small. */
export async function measurePages(binaries: { few: Workspace; many: Workspace }[]): Promise<Row[][]> {
  const workspaces = binaries.flatMap(({ few, many }) => [few, many]);
  const pages = await Promise.all(workspaces.map((workspace) => workspace.pages()));
  const rows: Row[][] = binaries.map(() => []);
  for (const [page, { name }] of pages[0]!.entries()) {
    const turns: (Opened | undefined)[][] = workspaces.map(() => []);
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const index of inTurn(workspaces.length, turn)) {
        turns[index]!.push(await workspaces[index]!.open(pages[index]![page]!));
      }
    }
    for (const [binary, own] of rows.entries()) {
      const [few, many] = [turns[2 * binary]!, turns[2 * binary + 1]!];
      own.push(pageRow(`${name}, ${FEW.name}`, few), pageRow(`${name}, ${MANY.name}`, many, few));
    }
  }
  for (const [binary, { few, many }] of binaries.entries()) rows[binary]!.push(few.idle, many.idle);
  return rows;
}

/** The row of a page, without figures when it was refused in a turn. */
function pageRow(name: string, turns: (Opened | undefined)[], few?: (Opened | undefined)[]): Row {
  const [figures, besides] = [answered(turns), few && answered(few)];
  if (!figures) return { name, refused: true };
  const beside = besides && { beside: { name: `with ${FEW.name}`, figures: besides } };
  return rowOf(name, figures, { ...beside, bytes: turns.at(-1)!.bytes });
}

function answered(turns: (Opened | undefined)[]): Figures | undefined {
  const found = turns.flatMap((turn) => turn?.figures ?? []);
  return found.length === turns.length ? total(found) : undefined;
}
