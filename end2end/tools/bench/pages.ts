// Pages that grow with the workspace, with few rows and with many.
import type { Browser } from '@playwright/test';
import type { Person } from '../../support/people.ts';
import type { Gatepass } from '../../support/server.ts';
import { expect } from '../../support/test.ts';
import { cookieOf } from './bed.ts';
import { open, total } from './measure.ts';
import type { Figures } from './measure.ts';
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

interface Opened {
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

  async pages(): Promise<Opened[]> {
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

  /** Opens a page for one turn; gives its figures and the size of its HTML. */
  async open({ path, person, holds, rows }: Opened): Promise<{ figures: Figures; bytes: number }> {
    const [url, cookie] = [this.gatepass.url + path, this.cookies[person]!];
    const html = await (await fetch(url, { headers: { cookie } })).text();
    // The row of titles is one more.
    if (rows && this.size === MANY) expect(html.split('<tr').length - 1, path).toBe(rows + 1);
    return { figures: await open(this.gatepass, { url, cookie, holds }), bytes: Buffer.byteLength(html) };
  }
}

/** The rows of each binary: its pages in a workspace of each size, the large beside the small. */
export async function measurePages(binaries: { few: Workspace; many: Workspace }[]): Promise<Row[][]> {
  const workspaces = binaries.flatMap(({ few, many }) => [few, many]);
  const pages = await Promise.all(workspaces.map((workspace) => workspace.pages()));
  const rows: Row[][] = binaries.map(() => []);
  for (const [page, { name }] of pages[0]!.entries()) {
    const turns: Figures[][] = workspaces.map(() => []);
    const sizes: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const index of inTurn(workspaces.length, turn)) {
        const { figures, bytes } = await workspaces[index]!.open(pages[index]![page]!);
        turns[index]!.push(figures);
        sizes[index] = bytes;
      }
    }
    for (const [binary, own] of rows.entries()) {
      const [few, many] = [total(turns[2 * binary]!), total(turns[2 * binary + 1]!)];
      own.push(rowOf(`${name}, ${FEW.name}`, few, { bytes: sizes[2 * binary]! }));
      const beside = { name: `with ${FEW.name}`, figures: few };
      own.push(rowOf(`${name}, ${MANY.name}`, many, { bytes: sizes[2 * binary + 1]!, beside }));
    }
  }
  return rows;
}
