import { expect, test } from '../support/test.ts';

/** A page of each area; a request that nobody made has one too. */
const PAGES = {
  consent: '/consent/x',
  workspace: '/o/acme/settings/apps',
  account: '/settings/profile',
  registration: '/settings/oauth-apps',
};

test('the front end is served compressed, under names that never change', async ({ gatepass, openAs }) => {
  const owner = await openAs('owner');
  const all = new Set<string>();
  for (const [area, path] of Object.entries(PAGES)) {
    const page = await (await owner.request.get(path)).text();
    const files = [...page.matchAll(/\/pkg\/\w+\.[0-9a-f]{16}\.(?:js|wasm|css)/g)].map(([file]) => file);
    const names = new Set(files.map((file) => file.replace(/\.[0-9a-f]{16}/, '')));
    for (const name of ['gatepass.js', 'gatepass.css', 'gatepass.wasm', `split_${area}.wasm`]) expect(names).toContain(`/pkg/${name}`);
    // The page of an area names the parts of that area, and of no other.
    expect([...names].filter((name) => name.startsWith('/pkg/split_'))).toHaveLength(1);
    for (const file of files) all.add(file);
  }
  // Three files of every page, a part of each area, and what two or all of them share.
  expect(all.size).toBeGreaterThan(6);
  for (const file of all) {
    const kind = file.split('.').at(-1)!;
    const answer = await fetch(`${gatepass.url}${file}`, { headers: { 'accept-encoding': 'br' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-encoding')).toBe('br');
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const type = { js: 'javascript', wasm: 'application/wasm', css: 'text/css' }[kind];
    expect(answer.headers.get('content-type')).toContain(type);
  }
});
