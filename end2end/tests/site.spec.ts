import { expect, test } from '../support/test.ts';

test('the front end is served compressed, under names that never change', async ({ gatepass, openAs }) => {
  const owner = await openAs('owner');
  // The page of an area names the parts of that area too.
  const page = await (await owner.request.get('/settings/oauth-apps')).text();
  const files = new Set([...page.matchAll(/\/pkg\/\w+\.[0-9a-f]{16}\.(?:js|wasm|css)/g)].map(([file]) => file));
  const names = [...files].map((file) => file.replace(/\.[0-9a-f]{16}/, ''));
  for (const name of ['gatepass.js', 'gatepass.css', 'gatepass.wasm', 'split_registration.wasm']) expect(names).toContain(`/pkg/${name}`);
  expect(names).not.toContain('/pkg/split_workspace.wasm');
  for (const file of files) {
    const kind = file.split('.').at(-1)!;
    const answer = await fetch(`${gatepass.url}${file}`, { headers: { 'accept-encoding': 'br' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-encoding')).toBe('br');
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const type = { js: 'javascript', wasm: 'application/wasm', css: 'text/css' }[kind];
    expect(answer.headers.get('content-type')).toContain(type);
  }
});
