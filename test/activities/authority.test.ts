import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Digest, Finding } from '../../src/domain/verdict.ts';
import { digestOf } from '../../src/evidence/digest.ts';
import { approvalPath, PLAN, PREVIOUS, receiptPath } from '../../src/evidence/layout.ts';
import { evidenceDirectory } from '../support/sealing.ts';
import { isHalted } from './at-rest.ts';
import { LIMITS, PLAN as PARSED, startStage } from './stage.ts';
import { outcomeOf, wordOf } from './outcome.ts';
import { THIS_RUN } from './called.ts';
import { ANOTHER_RUN, PLANNED, SignedStage, type Said } from './signed-stage.ts';

const HOUR = 3_600_000;
const OTHER_PLAN = digestOf({ ...PLANNED, summary: 'another' });
const ON_CALL: Said = { gate: 'increase-traffic', groups: ['platform-oncall'] };
const RELEASE: Said = { gate: 'release-kill-switch', groups: ['security'] };
const { previous } = PARSED.policy;

let signed: SignedStage;
beforeEach(async () => {
  signed = await SignedStage.start();
});
afterEach(async () => {
  vi.useRealTimers();
  await signed.close();
});

const stored = (path: string) => join(evidenceDirectory(signed.stage.operator), path);
const inFolder = (path: string) => stored(`${signed.stage.scope.folder}/${path}`);

async function release(approvedBy: readonly Digest[], more: object = {}): Promise<string> {
  const { activities, scope, key } = signed.stage;
  const request = { previous, percent: 0, key: key('kill-switch-off'), approvedBy, ...more };
  return wordOf(await outcomeOf(signed.run<Finding>(() => activities.switchOff(scope, request))));
}

/** As after a rollback: the kill switch on, and the policies back. */
async function safelyStopped(): Promise<void> {
  const { activities, scope, key, others } = signed.stage;
  await signed.shift(await signed.quorum());
  await signed.run(() => activities.trafficToSafe(scope, { percent: 0, key: key('traffic-to-safe') }));
  await signed.run(() =>
    activities.switchOn(scope, { key: key('kill-switch-on'), reason: 'a test', within: LIMITS.haltToDeny }),
  );
  await signed.run(() => activities.rollBackPolicies(scope, { previous, key: key('policy-rollback') }));
  expect((await others.getEmergencyState()).value.halted).toBe(true);
}

describe('the first traffic moves', () => {
  it('when as many people have signed for it as the plan asks for', async () => {
    expect(await signed.shift(await signed.quorum())).toBe('pass');
    expect(signed.shares()).toEqual([5]);
  });

  it('when more have signed, and somebody of them does not count', async () => {
    const stranger = await signed.approved('eve');
    expect(await signed.shift([stranger, ...(await signed.quorum())])).toBe('pass');
  });

  it('a second time without a second effect, although a key was struck off meanwhile', async () => {
    const approvals = await signed.quorum();
    await signed.shift(approvals);
    await signed.publish(['chi']);
    expect(await signed.shift(approvals)).toBe('pass');
    expect(signed.shares()).toEqual([5]);
  });

  it('and is no refusal once an attempt before may have asked the router for it: that is to be taken back', async () => {
    expect(await signed.shift([])).toBe('NotApproved');
    expect(await signed.shift([], { attempt: 2 })).toBe('EffectUnconfirmed');
    expect(signed.shares()).toEqual([]);
  });

  it('without any signature where the namespace is believed', async () => {
    const stage = await startStage();
    const request = { from: 0, to: 5, key: stage.key('low-traffic'), approvedBy: [] };
    expect(await stage.activities.shiftTraffic(stage.scope, request)).toMatchObject({ verdict: 'pass' });
    await stage.close();
  });
});

const ben = (said?: Said) => signed.approved('ben', said);
const chi = (said?: Said) => signed.approved('chi', said);
/** The id of a decision that nobody has sent to the worker. */
async function unsent(): Promise<Digest> {
  const token = await signed.sign('chi');
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const { iss, jti } = claims as { iss: string; jti: string };
  return `sha256:${createHash('sha256')
    .update(JSON.stringify([iss, jti]))
    .digest('hex')}`;
}

async function changed(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}
const receiptOf = (id: Digest) => stored(receiptPath(signed.stage.scope, id));

/** Approvals that are not enough, each for one reason. */
const NOT_ENOUGH: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  none: () => Promise.resolve([]),
  'one of two': async () => [await ben()],
  'one, named twice': async () => {
    const one = await ben();
    return [one, one];
  },
  'two of one person': async () => [await ben(), await ben()],
  'two of one person in another spelling': async () => [await ben(), await ben({ by: 'BEN@acme.example' })],
  "the requester's": async () => [await ben(), await signed.approved('ana')],
  "the requester's in another spelling": async () => [
    await ben(),
    await signed.approved('ana', { by: 'Ana@acme.example', groups: ['platform-oncall'] }),
  ],
  "a stranger's": async () => [await ben(), await signed.approved('eve')],
  "a stranger's of a group that this gate does not ask": async () => [
    await ben(),
    await signed.approved('eve', { groups: ['platform-oncall'] }),
  ],
  'one of another gate': async () => [await ben(), await chi({ gate: 'release-kill-switch' })],
  'one of another plan': async () => [await ben(), await chi({ plan: OTHER_PLAN })],
  'those of two openings': async () => [await ben(), await chi({ nonce: 'a0f7' })],
  'those of no opening': async () => [await ben({ nonce: null }), await chi({ nonce: null })],
  'those that name other evidence': async () => {
    const seen = (digest: Digest) => ({
      decision: { kind: 'approve', gate: 'begin-traffic', nonce: 'b1c6', shown: digest },
    });
    return [await ben(seen(OTHER_PLAN)), await chi(seen(digestOf(PLANNED)))];
  },
  'a rejection': async () => {
    const decision = { kind: 'reject', gate: 'begin-traffic', nonce: 'b1c6', reason: 'no' };
    return [await ben(), await signed.approved('chi', { decision }, { name: 'reject' })];
  },
  'one received by another run': async () => [await ben(), await signed.approved('chi', {}, { run: ANOTHER_RUN })],
  'one received by another workflow': async () => {
    const other = { workflowId: 'golive/tenant_acme_prod/staging', runId: THIS_RUN.runId };
    return [await ben(), await signed.approved('chi', { golive: other.workflowId }, { run: other })];
  },
  'one that nobody has sent': async () => [await ben(), await unsent()],
  'an id that is none': async () => [await ben(), 'sha256:plan', 'sha256:../../plan', 'plan', ''],
  'one whose receipt is gone': async () => {
    const [one, two] = [await ben(), await chi()];
    await rm(receiptOf(two));
    return [one, two];
  },
  'one whose receipt cannot be read': async () => {
    const [one, two] = [await ben(), await chi()];
    await writeFile(receiptOf(two), 'nothing');
    return [one, two];
  },
  'one whose receipt is of another run': async () => {
    const [one, two] = [await ben(), await chi()];
    await changed(receiptOf(two), (text) => text.replace(THIS_RUN.runId, ANOTHER_RUN.runId));
    return [one, two];
  },
  'one that lies under the id of another': async () => {
    const [one, two, other] = [await ben(), await chi(), await unsent()];
    await copyFile(receiptOf(two), receiptOf(other));
    await copyFile(inFolder(approvalPath(two)), inFolder(approvalPath(other)));
    return [one, other];
  },
  'one whose token was tampered with': async () => {
    const [one, two] = [await ben(), await chi()];
    await changed(inFolder(approvalPath(two)), (token) => token.replace(/^(.{40})./, '$1A'));
    return [one, two];
  },
  'one whose token is gone': async () => {
    const [one, two] = [await ben(), await chi()];
    await rm(inFolder(approvalPath(two)));
    return [one, two];
  },
  'one whose key was struck off since': async () => {
    const approvals = await signed.quorum();
    await signed.publish(['ana', 'ben', 'dee', 'eve']);
    return approvals;
  },
  'those that have expired': async () => {
    const approvals = await signed.quorum();
    vi.useFakeTimers({ now: Date.now() + 12 * HOUR, toFake: ['Date'] });
    return approvals;
  },
};

describe('traffic does not move with approvals that do not suffice:', () => {
  it.each(Object.keys(NOT_ENOUGH))('%s', async (what) => {
    const approvals = (await NOT_ENOUGH[what]?.()) as readonly Digest[];
    expect(await signed.shift(approvals)).toBe('NotApproved');
    expect(signed.shares()).toEqual([]);
  });
});

describe('traffic does not move with a plan that was not signed for:', () => {
  const kept: Readonly<Record<string, () => Promise<void>>> = {
    'another one': () => changed(inFolder(PLAN), (text) => text.replace('Payments agents', 'Other agents')),
    'one that asks fewer people': () =>
      changed(inFolder(PLAN), (text) => text.replace('"approvals":2', '"approvals":1')),
    'no plan at all': () => writeFile(inFolder(PLAN), '{}'),
    'something that is not JSON': () => writeFile(inFolder(PLAN), 'nothing'),
    'one that is gone': () => rm(inFolder(PLAN)),
  };
  it.each(Object.keys(kept))('%s', async (what) => {
    const approvals = await signed.quorum();
    await kept[what]?.();
    expect(await signed.shift(approvals)).toBe('NotApproved');
    expect(signed.shares()).toEqual([]);
  });
});

describe('more traffic moves', () => {
  beforeEach(async () => {
    await signed.shift(await signed.quorum());
  });

  it('when somebody of the group has signed for it, one share after the other', async () => {
    const approvals = [await signed.approved('eve', ON_CALL)];
    expect(await signed.shift(approvals, { from: 5, to: 25 })).toBe('pass');
    vi.useFakeTimers({ now: Date.now() + 13 * HOUR, toFake: ['Date'] });
    // Once it was used, what follows from it may take its time.
    expect([
      await signed.shift(approvals, { from: 25, to: 50 }),
      await signed.shift(approvals, { from: 50, to: 100 }),
    ]).toEqual(['pass', 'pass']);
    expect(signed.shares()).toEqual([5, 25, 50, 100]);
  });

  it.each([
    ['by those who approved the first traffic', () => signed.quorum(), 25],
    ['to a share that the plan does not name', async () => [await signed.approved('eve', ON_CALL)], 7],
    ['past a share that the plan names', async () => [await signed.approved('eve', ON_CALL)], 100],
    ['to its safe share', async () => [await signed.approved('eve', ON_CALL)], 0],
  ])('and not %s', async (_how, approvals, to) => {
    expect(await signed.shift(await approvals(), { from: 5, to })).toBe('NotApproved');
    expect(signed.shares()).toEqual([5]);
  });

  it('and not once the go-live was rolled back, whoever signed for it before', async () => {
    const { activities, scope, key } = signed.stage;
    const approvals = [...(await signed.quorum()), await signed.approved('eve', ON_CALL)];
    await signed.run(() => activities.trafficToSafe(scope, { percent: 0, key: key('traffic-to-safe') }));
    expect([await signed.shift(approvals), await signed.shift(approvals, { from: 5, to: 25 })]).toEqual([
      'NotApproved',
      'NotApproved',
    ]);
    expect(signed.shares()).toEqual([5, 0]);
  });
});

describe('the kill switch is released', () => {
  beforeEach(safelyStopped);
  const quorum = async () => [await signed.approved('eve', RELEASE), await signed.approved('dee', RELEASE)];

  it('when as many people have signed for it as the plan asks for', async () => {
    expect(await release(await quorum())).toBe('pass');
    expect(isHalted(signed.stage)).toBe(false);
  });

  it.each([
    ['without approvals', () => Promise.resolve([]), {}],
    ['by one of two', async () => [await signed.approved('eve', RELEASE)], {}],
    ['by those who approved the first traffic', () => signed.quorum(), {}],
    [
      'by the requester',
      async () => [await signed.approved('eve', RELEASE), await signed.approved('ana', RELEASE)],
      {},
    ],
    ['with other policies than the plan names', quorum, { previous: {} }],
    ['with other versions than the plan names', quorum, { previous: PARSED.policy.active }],
    ['with more traffic than the plan calls safe', quorum, { percent: 100 }],
    ['under a key of another step', quorum, { key: 'an incident:' }],
  ])('and not %s', async (_how, approvals, more) => {
    expect(await release(await approvals(), more)).toBe('NotApproved');
    expect(isHalted(signed.stage)).toBe(true);
  });

  it('and not while somebody else had halted before us, and still wants it', async () => {
    const { others, activities, scope, key } = signed.stage;
    expect(await release(await quorum())).toBe('pass');
    await others.applyEmergencyAction('tenant_halt', { reason: 'an incident' });
    await signed.run(() =>
      activities.switchOn(scope, { key: key('kill-switch-on', 2), reason: 'again', within: LIMITS.haltToDeny }),
    );
    expect(await release(await quorum())).toBe('fail');
    expect(isHalted(signed.stage)).toBe(true);
  });
});

describe('a decision that comes while the evidence is being sealed', () => {
  it('counts no more and leaves nothing: a file that came into the folder now would spoil the bundle', async () => {
    await writeFile(inFolder(PREVIOUS), '{}');
    const read = await signed.read(await signed.sign('ben'));
    expect(read).toEqual({ ok: false, why: 'the go-live has ended, and its evidence is being sealed' });
    expect((await readdir(inFolder(''))).toSorted()).toEqual([PLAN, PREVIOUS].toSorted());
  });
});
