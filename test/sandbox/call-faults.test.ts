import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import type { FaultWish } from '../../src/sandbox/faults/fault.ts';
import { clientOf, setShare, shareRequest, type Client } from './client.ts';

let sandbox: Sandbox;
let client: Client;
beforeAll(async () => {
  sandbox = await startSandbox({ rate: 0 });
  client = clientOf(sandbox);
});
afterEach(async () => {
  sandbox.control.disarmAll();
  await halt('tenant_resume');
});
afterAll(() => sandbox.close());

type Effect = Extract<FaultWish, { kind: 'call' }>['effect'];

const arm = (effect: Effect, more: object = {}) =>
  sandbox.control.arm({ kind: 'call', operationId: 'applyEmergencyAction', effect, ...more });
const halt = (action = 'tenant_halt') => client.post(`/admin/emergency-controls/${action}`, { reason: 'drill' });
const isHalted = () => sandbox.control.state().tenants[0]?.emergency.halted;

/** The raw answer to a halt, for bodies that `fetch` would judge. */
async function rawHalt(): Promise<IncomingMessage> {
  const body = JSON.stringify({ tenantId: client.tenant, reason: 'drill' });
  const headers = { authorization: `Bearer ${sandbox.secrets.golive}`, 'x-tenant-id': client.tenant };
  const sent = request(`${sandbox.url}/admin/emergency-controls/tenant_halt`, { method: 'POST', headers }).end(body);
  return new Promise((resolve, reject) => sent.once('response', resolve).once('error', reject));
}

describe('a fault of one call', () => {
  it('loses the answer after the platform has acted', async () => {
    arm({ kind: 'apply-then-drop' });
    await expect(halt()).rejects.toThrow('fetch failed');
    expect(isHalted()).toBe(true);
  });

  it('loses the call before the platform acts', async () => {
    arm({ kind: 'drop-before' });
    await expect(halt()).rejects.toThrow('fetch failed');
    expect(isHalted()).toBe(false);
  });

  it('answers a status as often as told, with the contract’s error and the wait', async () => {
    arm({ kind: 'status', status: 429, retryAfter: '7' }, { times: 2 });
    const answers = [await halt(), await halt(), await halt()];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(['7', '7', null]);
    expect(sandbox.control.armed()).toEqual([]);
  });

  it('can answer 500 to what was done all the same', async () => {
    arm({ kind: 'status', status: 500, applied: true });
    const answer = await halt();
    expect([answer.status, await answer.json()]).toMatchObject([500, { error: { code: 'INTERNAL_ERROR' } }]);
    expect(isHalted()).toBe(true);
  });

  it('delays the act, which happens even when the caller has gone', async () => {
    arm({ kind: 'slow', ms: 200 });
    const caller = new AbortController();
    const pending = fetch(`${sandbox.url}/admin/emergency-controls/tenant_halt`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sandbox.secrets.golive}`, 'x-tenant-id': client.tenant },
      body: JSON.stringify({ tenantId: client.tenant, reason: 'drill' }),
      signal: caller.signal,
    });
    await expect.poll(() => sandbox.control.armed()).toEqual([]);
    caller.abort();
    await expect(pending).rejects.toThrow('aborted');
    expect(isHalted()).toBe(false);
    await expect.poll(isHalted).toBe(true);
  });

  it('delays the answer to what is done already', async () => {
    arm({ kind: 'slow', ms: 200, wait: 'after-acting' });
    const pending = halt();
    await expect.poll(isHalted).toBe(true);
    expect((await pending).status).toBe(200);
  });

  it('drips the answer byte by byte', async () => {
    arm({ kind: 'drip-feed', ms: 1 });
    const answer = await rawHalt();
    const pieces: Buffer[] = [];
    for await (const piece of answer) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(20);
    expect(JSON.parse(Buffer.concat(pieces).toString())).toMatchObject({ changed: true });
  });

  it('sends a body without end, until the caller hangs up', async () => {
    arm({ kind: 'endless-body' });
    const answer = await rawHalt();
    let bytes = 0;
    for await (const piece of answer) {
      bytes += Buffer.from(piece).length;
      if (bytes > 3_000_000) break;
    }
    expect(bytes).toBeGreaterThan(3_000_000);
    expect((await halt()).status).toBe(200);
  });

  it('sends little that unpacks to a lot', async () => {
    arm({ kind: 'gzip-bomb' });
    const answer = await rawHalt();
    expect(answer.headers['content-encoding']).toBe('gzip');
    let packed = 0;
    for await (const piece of answer) packed += Buffer.from(piece).length;
    expect(packed).toBeLessThan(2_000_000);
    expect(isHalted()).toBe(true);
  });

  it('unpacks to more than any answer of the contract', async () => {
    arm({ kind: 'gzip-bomb' });
    const reader = (await halt()).body?.getReader();
    let unpacked = 0;
    while (unpacked < 20_000_000) {
      const piece = await reader?.read();
      if (piece?.value === undefined) break;
      unpacked += piece.value.byteLength;
    }
    await reader?.cancel();
    expect(unpacked).toBeGreaterThanOrEqual(20_000_000);
  });

  it('answers a page instead of JSON', async () => {
    arm({ kind: 'not-json' });
    const answer = await halt();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html']);
    await expect(answer.json()).rejects.toThrow(SyntaxError);
  });

  it('answers half of the JSON, framed as if it were all', async () => {
    arm({ kind: 'truncated-json' });
    const answer = await halt();
    expect(answer.status).toBe(200);
    await expect(answer.json()).rejects.toThrow(SyntaxError);
    expect(isHalted()).toBe(true);
  });

  it('sends the caller elsewhere, and knows who went', async () => {
    arm({ kind: 'redirect' });
    const answer = await halt();
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/elsewhere']);
    expect(isHalted()).toBe(false);
    expect(sandbox.control.state().redirectsFollowed).toBe(0);
    await fetch(new URL(answer.headers.get('location') ?? '', sandbox.url));
    expect(sandbox.control.state().redirectsFollowed).toBe(1);
  });
});

describe('an armed fault', () => {
  it('strikes only the path it names', async () => {
    arm({ kind: 'status', status: 503 }, { path: 'tenant_resume' });
    expect((await halt()).status).toBe(200);
    expect((await halt('tenant_resume')).status).toBe(503);
  });

  it('strikes the router’s own routes as well', async () => {
    sandbox.control.arm({ kind: 'call', operationId: 'putShare', effect: { kind: 'apply-then-drop' } });
    await expect(setShare(sandbox, 5)).rejects.toThrow('fetch failed');
    expect(await (await shareRequest(sandbox)).json()).toMatchObject({ percent: 5 });
  });

  it('is refused when nothing could ever suffer it', () => {
    expect(() =>
      sandbox.control.arm({ kind: 'call', operationId: 'submitItent', effect: { kind: 'redirect' } }),
    ).toThrow('There is no operation "submitItent".');
  });

  it('can be armed, listed and disarmed over HTTP by who has the token', async () => {
    const url = `${sandbox.url}/control/faults`;
    const headers = { authorization: `Bearer ${sandbox.secrets.control}` };
    const body = JSON.stringify({ kind: 'call', operationId: 'getEmergencyState', effect: { kind: 'drop-before' } });
    expect((await fetch(url, { method: 'POST', body })).status).toBe(401);
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(201);
    const list = async () => (await fetch(url, { headers })).json();
    expect(await list()).toMatchObject({ faults: [{ fault: { operationId: 'getEmergencyState', times: 1 } }] });
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204);
    expect(await list()).toEqual({ faults: [] });
    expect((await fetch(url, { method: 'POST', headers, body: '{"kind":"world","name":"none"}' })).status).toBe(400);
  });

  it('leaves no connection behind when the sandbox closes while it drips', async () => {
    const other = await startSandbox({
      rate: 0,
      faults: [{ kind: 'call', operationId: 'getServiceHealth', effect: { kind: 'drip-feed', ms: 1000 } }],
    });
    const answer = await new Promise<IncomingMessage>((resolve) =>
      request(`${other.url}/services/api/health`).once('response', resolve).end(),
    );
    await other.close();
    await expect(once(answer.resume(), 'end')).rejects.toThrow('aborted');
  });
});
