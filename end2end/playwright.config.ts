import { defineConfig } from '@playwright/test';

export default defineConfig({
  // A test that needs a second try is a bug, in the product or in the test.
  retries: 0,
  forbidOnly: true,
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  outputDir: 'test-results',
  projects: [
    { name: 'tests', testDir: 'tests' },
    { name: 'screenshots', testMatch: 'tools/screenshots.ts', timeout: 300_000 },
    { name: 'proxy', testMatch: 'tools/proxy.ts' },
    { name: 'loading', testMatch: 'tools/loading.ts', timeout: 3_600_000 },
    // One after the other: figures of tests that run side by side are figures of each other.
    { name: 'bench', testMatch: 'tools/bench.ts', timeout: 3_600_000, fullyParallel: false, workers: 1 },
  ],
  use: {
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
