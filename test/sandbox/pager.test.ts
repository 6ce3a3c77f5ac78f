import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ rate: 0 });
});
afterEach(() => sandbox.close());

it('The webhook keeps what it was sent', async () => {
  await fetch(`${sandbox.url}/pager`, { method: 'POST', body: '{"summary":"wake up"}' });
  expect(sandbox.control.state().pages).toMatchObject([{ to: 'webhook', body: '{"summary":"wake up"}' }]);
});

describe('PagerDuty', () => {
  const PAYLOAD = { summary: 'wake up', severity: 'critical', source: 'golive' };
  const trigger = () => ({
    routing_key: sandbox.secrets.pager,
    event_action: 'trigger',
    dedup_key: 'golive rollback',
    payload: PAYLOAD,
  });
  const enqueue = (event: object) =>
    fetch(`${sandbox.url}/pagerduty/v2/enqueue`, { method: 'POST', body: JSON.stringify(event) });

  it('accepts an event and keeps it', async () => {
    const answer = await enqueue(trigger());
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ status: 'success', dedup_key: 'golive rollback' });
    expect(sandbox.control.state().pages).toMatchObject([{ to: 'pagerduty', body: JSON.stringify(trigger()) }]);
  });

  it.each<[string, object]>([
    ['another key', { routing_key: 'another' }],
    ['no payload', { payload: undefined }],
    ['an unknown severity', { payload: { ...PAYLOAD, severity: 'bad' } }],
    ['a member that the API does not know', { dedupKey: 'x' }],
    ['a key that is too long', { dedup_key: 'x'.repeat(256) }],
    ['an unknown action', { event_action: 'page' }],
  ])('refuses one with %s', async (_what, patch) => {
    const answer = await enqueue({ ...trigger(), ...patch });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ status: 'invalid event' });
    expect(sandbox.control.state().pages).toEqual([]);
  });
});
