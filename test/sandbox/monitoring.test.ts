import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ rate: 0 });
});
afterAll(() => sandbox.close());

it('The alert rules of the example configuration are there and healthy', async () => {
  const rule = (name: string) => expect.objectContaining({ type: 'alerting', name, health: 'ok', state: 'inactive' });
  expect(await (await fetch(`${sandbox.url}/prometheus/api/v1/rules`)).json()).toMatchObject({
    status: 'success',
    data: {
      groups: [
        {
          rules: ['IntendedLatencyHigh', 'IntendedErrorRateHigh', 'IntendedAuditLag', 'IntendedHealthDown'].map(rule),
        },
      ],
    },
  });
});

it('The health of every service and the router’s metrics are scraped at their real addresses', async () => {
  const answer = await fetch(`${sandbox.url}/prometheus/api/v1/targets`);
  const target = (scrapeUrl: string) => expect.objectContaining({ scrapeUrl, health: 'up', lastError: '' });
  const services = ['api', 'policy-engine', 'token-service', 'audit-service', 'connector-runtime'];
  expect(await answer.json()).toMatchObject({
    status: 'success',
    data: {
      activeTargets: [
        ...services.map((service) => target(`${sandbox.url}/services/${service}/health`)),
        target(`${sandbox.url}/router/metrics`),
      ],
    },
  });
});

it('The pager keeps what it was sent', async () => {
  await fetch(`${sandbox.url}/pager`, { method: 'POST', body: '{"summary":"wake up"}' });
  expect(sandbox.control.state().pages).toMatchObject([{ body: '{"summary":"wake up"}' }]);
});
