import { decodeProtectedHeader, errors, importSPKI, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { WORLD_FAULTS, type FaultWish, type WorldFaultName } from '../../src/sandbox/faults/fault.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  activeVersions,
  auditEvents,
  clientOf,
  decide,
  probe,
  PROD,
  prometheus,
  publishedKey,
  setShare,
  STAGE,
  stagingClient,
  type Client,
} from './client.ts';

let sandbox: Sandbox;
let client: Client;
beforeEach(async () => {
  sandbox = await startSandbox({ rate: 0 });
  client = clientOf(sandbox);
});
afterEach(() => sandbox.close());

const seen = { health: z.string(), lastEvaluation: z.string().optional(), lastScrape: z.string().optional() };
const ruleList = z.object({ groups: z.array(z.object({ rules: z.array(z.object(seen)) })) });
const targetList = z.object({
  activeTargets: z.array(z.object({ ...seen, labels: z.record(z.string(), z.string()) })),
});

const shown = new Set<string>();
const arm = (name: WorldFaultName, more: Partial<Extract<FaultWish, { kind: 'world' }>> = {}) => {
  shown.add(name);
  return sandbox.control.arm({ kind: 'world', name, ...more });
};
const health = async (service: string) => (await fetch(`${sandbox.url}/services/${service}/health`)).json();
const word = async (action: string, by = client) => (await decide(by, action)).authorityDecision.decision;
const chain = async () => (await client.get(`/tenants/${PROD}/audit/chain-verification`)).json();

describe('a service', () => {
  it('is degraded while the others are healthy', async () => {
    arm('degraded-service', { service: 'audit-service' });
    expect(await health('audit-service')).toMatchObject({ status: 'degraded', checks: { database: 'fail' } });
    expect(await health('api')).toMatchObject({ status: 'healthy' });
  });

  it('calls itself healthy without a single check', async () => {
    arm('missing-service-check', { service: 'token-service' });
    expect(await health('token-service')).toMatchObject({ status: 'healthy', checks: {} });
  });
});

describe('an authority token', () => {
  const token = async () => (await decide(client, 'golive.probe.allow')).authorityDecisionToken ?? '';
  const verified = async (text: string) => {
    const { publicKeyPem } = await publishedKey(client);
    return jwtVerify(text, await importSPKI(publicKeyPem, 'RS256'), { algorithms: ['RS256'] });
  };

  it('has a signature of another key', async () => {
    arm('bad-signature');
    await expect(verified(await token())).rejects.toThrow(errors.JWSSignatureVerificationFailed);
  });

  it.each([
    ['alg-none', 'none'],
    ['hs256-public-key', 'HS256'],
  ] as const)('is made by the trick %s', async (name, alg) => {
    arm(name);
    const forged = await token();
    expect(decodeProtectedHeader(forged).alg).toBe(alg);
    await expect(verified(forged)).rejects.toThrow(errors.JOSEAlgNotAllowed);
  });

  it('would pass as HS256 where the public key is taken for a secret', async () => {
    arm('hs256-public-key');
    const { publicKeyPem } = await publishedKey(client);
    const { payload } = await jwtVerify(await token(), new TextEncoder().encode(publicKeyPem));
    expect(payload['tenantId']).toBe(PROD);
  });

  it('is expired when it is issued', async () => {
    arm('expired-token');
    await expect(verified(await token())).rejects.toThrow(errors.JWTExpired);
  });

  it('names a key that is not published', async () => {
    arm('unknown-kid');
    expect(decodeProtectedHeader(await token()).kid).not.toBe((await publishedKey(client)).kid);
  });

  it('speaks of the other tenant under a good signature', async () => {
    arm('wrong-tenant-token');
    expect((await verified(await token())).payload['tenantId']).toBe(STAGE);
  });

  it('is honest again when the fault is disarmed, and always was in the other tenant', async () => {
    const id = arm('alg-none', { tenant: STAGE });
    await verified(await token());
    sandbox.control.disarm(id);
    const { authorityDecisionToken = '' } = await decide(stagingClient(sandbox), 'golive.probe.allow');
    expect(decodeProtectedHeader(authorityDecisionToken).alg).toBe('RS256');
  });
});

describe('the audit log', () => {
  it('stands still in the past', async () => {
    const before = await auditEvents(client);
    arm('stale-audit');
    const { correlationId } = await decide(client, 'golive.probe.allow');
    expect(await auditEvents(client)).toEqual(before);
    expect(await auditEvents(client, { correlationId })).toMatchObject({ total: 0 });
  });

  it('has a gap in its sequence', async () => {
    await decide(client, 'golive.probe.allow');
    arm('audit-gap');
    const { events } = await auditEvents(client);
    const steps = events.slice(1).map(({ sequence }, index) => (events[index]?.sequence ?? 0) - sequence);
    expect(steps).toContain(2);
  });

  it('is broken, and says so', async () => {
    arm('broken-chain');
    const { events, total } = await auditEvents(client);
    expect(events[0]?.previousHash).not.toBe(events[1]?.hash);
    expect(await chain()).toMatchObject({ valid: false, brokenAt: total, checkedEntries: total - 1 });
  });
});

describe('the platform lies', () => {
  it('about a halt: it says halted and goes on approving', async () => {
    arm('halt-lies');
    const answer = await client.post('/admin/emergency-controls/tenant_halt', { reason: 'drill' });
    expect(await answer.json()).toMatchObject({ changed: true, state: { halted: true } });
    expect(await word('golive.probe.allow')).toBe('APPROVED');
  });

  it('about a rollback: the list shows the old version, the runtime decides by the new one', async () => {
    arm('rollback-lies');
    const answer = await client.post('/policy/rollback/pv_41', { rolledBackBy: 'ana@acme.example' });
    expect(answer.status).toBe(200);
    expect(await activeVersions(client)).toMatchObject({ 'payments-guardrails': 'pv_41' });
    expect(await word('golive.probe.version.pv_41')).toBe('DENIED');
    expect(await word('golive.probe.version.pv_42')).toBe('APPROVED');
  });
});

it('Policy drift is a deployment by somebody else, which a rollback still answers', async () => {
  arm('policy-drift');
  expect(await activeVersions(client)).toMatchObject({ 'payments-guardrails': 'pv_43' });
  expect(sandbox.control.ledger()).toMatchObject([{ what: 'deployment', version: 'pv_43', actor: 'dee@acme.example' }]);
  expect((await client.post('/policy/rollback/pv_41', { rolledBackBy: 'ana@acme.example' })).status).toBe(200);
});

it('A stray key is a key of staging in the production tenant that may halt it', async () => {
  const listed = async () => (await client.get('/admin/api-tokens')).json();
  const stray = { name: 'ci-staging', environmentKey: 'staging', scopes: ['emergency:write'], status: 'active' };
  const those = { credentials: expect.arrayContaining([expect.objectContaining(stray)]) as unknown };
  expect(await listed()).not.toMatchObject(those);
  arm('stray-key');
  expect(await listed()).toMatchObject(those);
  expect(sandbox.control.ledger()).toMatchObject([{ what: 'credential-created', name: 'ci-staging' }]);
});

describe('the monitoring', () => {
  const targets = async () => targetList.parse(await prometheus(sandbox, 'targets')).activeTargets;

  it('stands still: everything is healthy, and was last looked at hours ago', async () => {
    arm('stale-monitoring');
    const [group] = ruleList.parse(await prometheus(sandbox, 'rules')).groups;
    const times = [...(group?.rules ?? []), ...(await targets())].map((it) => it.lastEvaluation ?? it.lastScrape ?? '');
    expect(times.length).toBeGreaterThan(4);
    for (const time of times) expect(Date.now() - Date.parse(time)).toBeGreaterThan(3_600_000);
    expect(new Set(group?.rules.map(({ health }) => health))).toEqual(new Set(['ok']));
  });

  it('sends its alerts to nobody', async () => {
    arm('no-alertmanager');
    expect(await prometheus(sandbox, 'alertmanagers')).toMatchObject({ activeAlertmanagers: [] });
  });

  it('does not see one service, and sees the others', async () => {
    arm('target-down', { service: 'audit-service' });
    const down = (await targets()).filter(({ health }) => health !== 'up');
    expect(down.map(({ labels }) => labels['service'])).toEqual(['audit-service', 'audit-service']);
    expect(await health('audit-service')).toMatchObject({ status: 'healthy' });
  });
});

describe('a fault of the traffic', () => {
  const agents = () => clientOf(sandbox, sandbox.secrets.agents);
  const allowed = { proposedAction: 'payments.refund.create' };
  const statuses = async (requests: number) => {
    const answers = [];
    for (let sent = 0; sent < requests; sent += 1) {
      answers.push((await agents().post('/intent', { ...probe('golive.probe.allow'), ...allowed })).status);
    }
    return answers;
  };

  it('fails every fifth request of the router from the given share on, and never a probe of ours', async () => {
    arm('error-spike', { atShare: 25 });
    await setShare(sandbox, 5);
    expect(await statuses(10)).not.toContain(503);
    await setShare(sandbox, 25);
    expect((await statuses(10)).filter((status) => status === 503)).toHaveLength(2);
    for (let sent = 0; sent < 10; sent += 1) expect(await word('golive.probe.allow')).toBe('APPROVED');
  });

  it('denies everything the router asks, and nothing we ask', async () => {
    arm('deny-all');
    await setShare(sandbox, 25);
    expect(await word('payments.refund.create', agents())).toBe('DENIED');
    expect(await word('payments.refund.create')).toBe('APPROVED');
  });

  it('slows every tenth request of the router', async () => {
    arm('slow-tail');
    await setShare(sandbox, 25);
    const durations = [];
    for (let sent = 0; sent < 10; sent += 1) {
      const started = performance.now();
      await word('payments.refund.create', agents());
      durations.push(performance.now() - started);
    }
    expect(durations.filter((duration) => duration >= 2_990)).toHaveLength(1);
  });

  it('allows everything the router asks, and not what we ask', async () => {
    arm('allow-all');
    await setShare(sandbox, 25);
    expect(await word('golive.probe.deny', agents())).toBe('APPROVED');
    expect(await word('golive.probe.deny')).toBe('DENIED');
  });

  it('denies three in a hundred of the router for a reason that there was not before', async () => {
    arm('new-deny-reason');
    await setShare(sandbox, 25);
    const reasons = [];
    for (let sent = 0; sent < 100; sent += 1) {
      reasons.push((await decide(agents(), 'payments.refund.create')).authorityDecision.gateTrace.at(-1)?.reason);
    }
    expect(reasons.filter((reason) => reason === 'REGION_FORBIDDEN')).toHaveLength(3);
  });

  it('fails one in twenty for a minute of the day, and none afterwards', async () => {
    // A minute of this day is over before anybody asks a second time.
    const brief = await startSandbox({ rate: 0, day: 1 });
    const long = await startSandbox({ rate: 0, day: 86_400 });
    try {
      for (const [running, expected] of [
        [brief, 0],
        [long, 2],
      ] as const) {
        shown.add('bad-minute');
        running.control.arm({ kind: 'world', name: 'bad-minute' });
        await setShare(running, 25);
        const router = clientOf(running, running.secrets.agents);
        const answers = [];
        for (let sent = 0; sent < 40; sent += 1) answers.push((await router.post('/intent', probe('a'))).status);
        expect(answers.filter((status) => status === 503)).toHaveLength(expected);
      }
    } finally {
      await Promise.all([brief.close(), long.close()]);
    }
  });

  it('fails more and more of them', async () => {
    const drifting = await startSandbox({ rate: 400, day: 24 });
    try {
      shown.add('slow-drift');
      drifting.control.arm({ kind: 'world', name: 'slow-drift' });
      await setShare(drifting, 100);
      const failedOf = async () => {
        const { total, failed } = await counts(drifting);
        return failed / Math.max(1, total);
      };
      await expect.poll(async () => (await counts(drifting)).total).toBeGreaterThan(50);
      expect(await failedOf()).toBeLessThan(0.05);
      await expect.poll(failedOf, { timeout: 10_000 }).toBeGreaterThan(0.06);
    } finally {
      await drifting.close();
    }
  });

  it.each(['pv_41', 'pv_16'])('ends with a rollback to %s', async (previous) => {
    arm('deny-all');
    await setShare(sandbox, 100);
    await client.post(`/policy/rollback/${previous}`, { rolledBackBy: 'ana@acme.example' });
    expect(await word('payments.refund.create', agents())).toBe('APPROVED');
  });

  it('is seen by the router’s metrics', async () => {
    const traffic = await startSandbox({ rate: 500, faults: [{ kind: 'world', name: 'error-spike' }] });
    try {
      await setShare(traffic, 25);
      await expect.poll(async () => (await counts(traffic)).failed).toBeGreaterThan(5);
    } finally {
      await traffic.close();
    }
  });
});

describe('the metrics of the router', () => {
  let traffic: Sandbox;
  beforeEach(async () => {
    traffic = await startSandbox({ rate: 500 });
    await setShare(traffic, 5);
    await vi.waitUntil(async () => (await counts(traffic)).total > 20, 5_000);
  });
  afterEach(() => traffic.close());

  const armHere = (name: WorldFaultName) => {
    shown.add(name);
    return traffic.control.arm({ kind: 'world', name, atShare: 25 });
  };

  it('are silent from the given share on, and speak again below it', async () => {
    armHere('silent-metrics');
    expect((await counts(traffic)).total).toBeGreaterThan(20);
    await setShare(traffic, 25);
    await expect(counts(traffic)).rejects.toThrow('fetch failed');
    await setShare(traffic, 5);
    expect((await counts(traffic)).total).toBeGreaterThan(20);
  });

  it('show what they showed once, until the fault is over', async () => {
    const fault = armHere('frozen-metrics');
    await setShare(traffic, 25);
    const frozen = await counts(traffic);
    const events = () => traffic.control.state().tenants[0]?.auditEvents ?? 0;
    const before = events();
    await expect.poll(events).toBeGreaterThan(before + 100);
    expect(await counts(traffic)).toEqual(frozen);
    traffic.control.disarm(fault);
    expect((await counts(traffic)).total).toBeGreaterThan(frozen.total);
  });

  it('begin at zero again, once', async () => {
    armHere('counter-reset');
    const before = (await counts(traffic)).total;
    await setShare(traffic, 25);
    expect((await counts(traffic)).total).toBeLessThan(before);
    await expect.poll(async () => (await counts(traffic)).total).toBeGreaterThan(before);
  });
});

/** Requests that the router has counted, and those of them that failed. */
async function counts({ url }: Sandbox): Promise<{ readonly total: number; readonly failed: number }> {
  const page = await (await fetch(`${url}/router/metrics`)).text();
  const numberAt = (pattern: RegExp) => z.coerce.number().parse(pattern.exec(page)?.[1]);
  return {
    total: numberAt(/^golive_request_duration_seconds_count\S* (\d+)$/m),
    failed: numberAt(/decision="deny",outcome="error"} (\d+)/),
  };
}

it('Every fault of the world was shown above', () => {
  expect(WORLD_FAULTS.filter((name) => !shown.has(name))).toEqual([]);
});
