// The first run behind nginx with TLS, as the README sets it up. Called by `make prove`.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@playwright/test';
import { freePort } from '../support/background.ts';
import { startGatepass } from '../support/server.ts';
import { hydrated, newContext, test } from '../support/test.ts';

const PASSWORD = 'a long way to go home';

/** An nginx with TLS in front of a server: its process, once it answers. */
async function startNginx(folder: string, port: number, upstream: string) {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', certificate, ...subject], {
    stdio: 'ignore',
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`);
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
    http { access_log off; ${temporary.join(' ')}
      server {
        listen 127.0.0.1:${port} ssl; server_name localhost;
        ssl_certificate ${certificate}; ssl_certificate_key ${key};
        location / {
          proxy_pass ${upstream};
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-For $remote_addr;
          proxy_buffering off;
        }
      }
    }`,
  );
  const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', join(folder, 'error.log')], { stdio: 'ignore' });
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer) return nginx;
    await delay(20);
  }
}

test('the first run behind nginx with TLS', async ({ browser }) => {
  const folder = await mkdtemp(join(tmpdir(), 'gatepass-nginx-'));
  const port = await freePort();
  const origin = `https://localhost:${port}`;
  const gatepass = await startGatepass({
    empty: true,
    flags: ['--public-url', origin, '--trusted-proxies', '127.0.0.1'],
  });
  const nginx = await startNginx(folder, port, gatepass.url);
  const context = await newContext(browser, { baseURL: origin, ignoreHTTPSErrors: true });
  try {
    const link = /http\S+\/setup\?token=\S+/.exec(gatepass.said())?.[0] ?? '';
    expect(link.startsWith(`${origin}/setup?token=`), link).toBe(true);
    const page = await context.newPage();
    await page.goto(link);
    for (const [label, value] of [
      ['Name', 'Ada Admin'],
      ['Email', 'ada@example.com'],
      ['Password', PASSWORD],
      ['Organization', 'Acme'],
      ['Product', 'Support'],
    ] as const) {
      await page.getByLabel(label).fill(value);
    }
    await page.getByRole('button', { name: 'Create workspace' }).click();
    await expect(page).toHaveURL(`${origin}/o/acme/support`);
    await hydrated(page);
    const cookies = await context.cookies();
    expect(cookies.every(({ name, secure }) => secure && name.startsWith('__Host-'))).toBe(true);

    // An invitation is of the address that people know, and its guest gets in.
    await page.goto('/o/acme/settings/members');
    await hydrated(page);
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    const invitation = await page.getByText(/\/invite\/gpi_/).first().innerText();
    expect(invitation.startsWith(`${origin}/invite/`), invitation).toBe(true);

    // Programs are told the same address.
    const metadata = await page.request.get('/.well-known/oauth-authorization-server');
    expect((await metadata.json()).issuer).toBe(origin);
    const refused = await page.request.post('/mcp', { data: {} });
    expect(refused.status()).toBe(401);
    expect(refused.headers()['www-authenticate']).toContain(`${origin}/.well-known/oauth-protected-resource/mcp`);

    await page.goto('/settings/sessions');
    await expect(page.getByRole('row').filter({ hasText: 'This browser' })).toContainText('127.0.0.1');
  } finally {
    await context.close();
    nginx.kill('SIGTERM');
    await once(nginx, 'exit');
    await gatepass.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
