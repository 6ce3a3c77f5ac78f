import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportAudit } from '../../src/activities/audit-export.ts';
import { openWorlds, type World } from '../../src/activities/world.ts';
import { digestOfBytes, hexOf } from '../../src/evidence/digest.ts';
import { decodeAuditExport, encodeExport, unpacked, type AuditExport } from '../../src/evidence/exports.ts';
import { RefusedError, UnavailableError } from '../../src/intended/errors.ts';
import { startStage, type Stage } from './stage.ts';

const LARGEST = 64 * 1024 * 1024;
const CALL = { method: 'POST', route: '/admin/audit-exports' } as const;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ rate: 50 });
});
afterAll(() => stage.close());

const period = () => ({ from: new Date(Date.now() - 60_000).toISOString(), to: new Date().toISOString() });

/** What the export answers to the call of an activity that was first tried so many milliseconds ago. */
function exported(change: Partial<World['intended']> = {}, sinceMs = 0, when = period()): Promise<AuditExport> {
  const world = openWorlds(stage.operator.profiles)(stage.scope);
  const environment = new MockActivityEnvironment(
    { scheduledTimestampMs: Date.now() - sinceMs },
    { logger: new DefaultLogger('ERROR') },
  );
  const changed = { ...world, intended: { ...world.intended, ...change } };
  return environment.run(() => exportAudit(changed, when)) as Promise<AuditExport>;
}

describe("the platform's audit export", () => {
  it('is kept byte for byte, with what vouches for it', async () => {
    const kept = await exported();
    if (kept.status !== 'exported') throw new Error(kept.why);
    const content = unpacked(kept.content, LARGEST);
    expect(hexOf(digestOfBytes(content))).toBe(kept.sha256);
    expect(kept.headers['repr-digest']).toBe(`sha-256=:${Buffer.from(kept.sha256, 'hex').toString('base64')}:`);
    expect(kept.headers.signature).toMatch(/^sig1=:/);
    expect(kept.keys.some(({ kid }) => kept.headers['signature-input'].includes(`keyid="${kid}"`))).toBe(true);
    expect(JSON.parse(Buffer.from(content).toString())).toMatchObject({ exportId: kept.job['id'] });
    expect(decodeAuditExport(encodeExport(kept))).toEqual(kept);
  });

  it('is asked for once, also when the archive is tried again', async () => {
    const when = period();
    const first = await exported({}, 0, when);
    const second = await exported({}, 0, when);
    expect(first.status === 'exported' && second.status === 'exported' && first.job['id'] === second.job['id']).toBe(
      true,
    );
  });

  it('that the platform refuses is absent at once, with the reason', async () => {
    const createAuditExport = () => Promise.reject(new RefusedError(CALL, { status: 403, code: 'FORBIDDEN' }));
    expect(await exported({ createAuditExport })).toEqual({
      status: 'absent',
      why: 'POST /admin/audit-exports: refused with 403 FORBIDDEN',
    });
  });

  it('of a platform that is down is waited for ten minutes, and absent then', async () => {
    const down = new UnavailableError(CALL, { status: 503, code: undefined, retryAfterMs: undefined });
    const listAuditExports = () => Promise.reject(down);
    await expect(exported({ listAuditExports })).rejects.toBe(down);
    expect(await exported({ listAuditExports }, 11 * 60_000)).toMatchObject({ status: 'absent' });
  });

  /** The export as the platform gives it, with these bytes instead of its own. */
  function downloading(bytesOf: (bytes: Uint8Array) => Uint8Array, vouched = false) {
    const world = openWorlds(stage.operator.profiles)(stage.scope);
    const downloadAuditExport: World['intended']['downloadAuditExport'] = async (...words) => {
      const answer = await world.intended.downloadAuditExport(...words);
      const bytes = bytesOf(answer.value.bytes);
      const digest = createHash('sha256').update(bytes).digest('base64');
      const reprDigest = vouched ? `sha-256=:${digest}:` : answer.value.reprDigest;
      return { ...answer, value: { ...answer.value, bytes, reprDigest } };
    };
    return exported({ downloadAuditExport });
  }

  it('whose bytes do not fit the digest that came with them is absent', async () => {
    expect(await downloading(() => Buffer.from('{}'))).toMatchObject({
      status: 'absent',
      why: expect.stringContaining('does not fit the digest'),
    });
  });

  it('that is about another tenant is absent, whatever digest comes with it', async () => {
    const foreign = (bytes: Uint8Array) =>
      Buffer.from(Buffer.from(bytes).toString('utf8').replaceAll(stage.scope.tenant, 'tenant_other'));
    expect(await downloading(foreign, true)).toMatchObject({
      status: 'absent',
      why: expect.stringContaining('is not what was asked for: tenantId should be this tenant'),
    });
  });
});
