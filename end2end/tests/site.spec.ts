import { expect, test } from '../support/test.ts';

test('the front end is served compressed, under names that never change', async ({ gatepass, request }) => {
  const page = await (await request.get('/sign-in')).text();
  const files = [...page.matchAll(/\/pkg\/gatepass\.[0-9a-f]{8,}\.(?:js|wasm|css)/g)].map(([file]) => file);
  for (const kind of ['js', 'wasm', 'css']) {
    const file = files.find((name) => name.endsWith(`.${kind}`));
    expect(file, kind).toBeTruthy();
    const answer = await fetch(`${gatepass.url}${file}`, { headers: { 'accept-encoding': 'br' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-encoding')).toBe('br');
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const type = { js: 'javascript', wasm: 'application/wasm', css: 'text/css' }[kind];
    expect(answer.headers.get('content-type')).toContain(type);
  }
});
