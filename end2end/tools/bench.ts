// `make bench`: requests per second of the release binary, the handlers side by side in one run.
import autocannon from 'autocannon';
import { connect } from '../support/consent.ts';
import { expect, test } from '../support/test.ts';

const SECONDS = 5;

test('requests per second', async ({ openAs, gatepass, callback }) => {
  const { tokens } = await connect(await openAs('owner'), gatepass, callback, { scope: 'api:read' });
  const measure = async (name: string, path: string, headers: Record<string, string> = {}) => {
    const result = await autocannon({ url: gatepass.url + path, headers, connections: 16, duration: SECONDS });
    // A refusal is fast: its rate would be a figure of something else.
    expect(result.non2xx + result.errors, name).toBe(0);
    console.log(`${name}: ${Math.round(result.requests.average)}/s, ${result.latency.p99} ms at the 99th percentile`);
  };
  await measure('liveness', '/healthz');
  await measure('metadata', '/.well-known/oauth-authorization-server');
  await measure('REST read with a token', '/api/v1/work-items', { Authorization: `Bearer ${tokens.access_token}` });
});
