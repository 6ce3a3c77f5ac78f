import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import type { JournalEntry, JournalKind } from '../../src/domain/journal.ts';
import type { Digest, Finding } from '../../src/domain/verdict.ts';
import type { Progress, Waiting } from '../../src/domain/run.ts';
import { failing, isGuard, onGuard, passing, report, SAMPLE } from '../support/fakes.ts';
import { examplePlan } from '../support/plans.ts';
import { decisionIn, signedBy, trustingSignatures } from '../support/signatures.ts';
import { helpful, SOON, timeSkipping, typeOf, type GoLive, type People } from './rig.ts';

const MINUTE = 60_000;
const UNSIGNED = { counted: false, text: expect.stringContaining('must be signed') };
const ANA = { by: 'ana@acme.example' };
const REASON = { reason: 'a moment' };

/** The people of the example plan, who sign what they say and name the opening of the gate. */
const signing: People = (waiting, progress) =>
  helpful(waiting, progress).map(({ name, body }) => {
    const { nonce, shown } = waiting;
    const seen = name === 'approve' ? { nonce, shown } : {};
    return { name, body: signedBy(name, { ...body, ...seen }) };
  });
const signingExceptFor =
  (...open: readonly string[]): People =>
  (waiting, progress) =>
    open.includes(waiting.what) || open.includes(waiting.kind) ? [] : signing(waiting, progress);

const signedMode = <T>(story: (run: GoLive) => Promise<T>, answers: Partial<Activities> = {}, plan = examplePlan()) =>
  timeSkipping(story, { answers: { ...trustingSignatures, ...answers }, args: [plan] });

const awaiting = (gate: string) => (progress: Progress) => progress.waitingFor.some(({ what }) => what === gate);
const untilAsked = (run: GoLive, gate = 'begin-traffic') => run.until(awaiting(gate), signingExceptFor(gate));
const nonceOf = ({ waitingFor }: Progress) => waitingFor.find(({ kind }) => kind === 'approval')?.nonce;
/** Signed approvals of the open gate, the first of which is still to be said. */
const approvalBy = (by: string, { plan, waitingFor }: Progress, more: object = {}) => {
  const [{ what: gate, nonce, shown } = {} as Waiting] = waitingFor;
  return signedBy('approve', { gate, by, plan, nonce, shown, ...more });
};
const approveBoth = async (run: GoLive, asked: Progress) => {
  const said = ['ben@acme.example', 'chi@acme.example'].map((by) => approvalBy(by, asked));
  for (const one of said) expect(await run.say('approve', one)).toMatchObject({ counted: true });
  return said.map(decisionIn);
};

const inTurn = (...answers: readonly Finding[]) => {
  let asked = 0;
  return () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)] ?? passing());
};
const notApproved = () => {
  throw ApplicationFailure.nonRetryable('begin-traffic needs 2 signed approvals of one opening, 1 hold', 'NotApproved');
};
/** What the journal holds of one kind. */
const bodiesOf = <Kind extends JournalKind>({ fakes }: GoLive, kind: Kind) =>
  (fakes.journal as unknown as readonly JournalEntry<Kind>[])
    .filter((entry) => entry.kind === kind)
    .map(({ body }) => body);
const abort = (run: GoLive) => run.say('abort', { by: 'chi@acme.example', reason: 'enough' });

test('a whole go-live is decided by signatures, and what moves traffic is told which', async () => {
  await signedMode(async (run) => {
    const approvals = await approveBoth(run, await untilAsked(run));
    expect(await run.end(signing)).toMatchObject({ outcome: 'live' });
    const [first, second, third, fourth] = run.fakes.requests('shiftTraffic').map(({ approvedBy }) => approvedBy);
    expect(first).toEqual(approvals);
    expect([second?.length, second, second]).toEqual([1, third, fourth]);
    const messages = bodiesOf(run, 'message');
    expect(messages).toHaveLength((await run.progress()).messages.accepted);
    expect(messages).toEqual(messages.map((it) => expect.objectContaining({ counted: true, decision: it.decision })));
    expect(messages.map(({ decision }) => decision)).not.toContain(null);
  });
});

test('an update is answered once its signature was verified, and a decision counts once', async () => {
  await signedMode(async (run) => {
    const asked = await untilAsked(run);
    const approval = approvalBy('ben@acme.example', asked);
    expect(await run.say('approve', approval)).toMatchObject({ counted: true, text: 'counted 1 of 2' });
    expect(await run.say('approve', approval)).toMatchObject({
      counted: false,
      text: 'this decision has counted already: sign a new one',
    });
    const again = approvalBy(' Ben@ACME.example', asked);
    expect(await run.say('approve', again)).toMatchObject({ counted: false, text: 'this person has approved already' });
    expect((await run.progress()).waitingFor).toMatchObject([{ have: 1, need: 2 }]);
    await expect
      .poll(() => bodiesOf(run, 'message'), SOON)
      .toContainEqual(
        expect.objectContaining({ by: 'ben@acme.example', text: 'counted 1 of 2', decision: decisionIn(approval) }),
      );
  });
});

const REFUSED: readonly (readonly [string, (asked: Progress) => object, string])[] = [
  ['a token that does not verify', () => ({ token: 'eyJhbGciOiJub25lIn0.e30.' }), 'the signature is wrong'],
  ['a token that is too large', () => ({ token: 'x'.repeat(9_000) }), 'the token is too large'],
  ['a rejection', (it) => signedBy('reject', { ...approvalOf(it), reason: 'no' }), 'another message'],
  ['one without the nonce', (it) => approvalBy('chi@acme.example', it, { nonce: undefined }), 'nonce'],
  ['one of another opening', (it) => approvalBy('chi@acme.example', it, { nonce: 'a0f7' }), 'nonce'],
  ['one of other evidence', (it) => approvalBy('chi@acme.example', it, { shown: SAMPLE }), 'evidence'],
  ['one by the requester', (it) => approvalBy('ana@acme.example', it), 'requester'],
  ['one by a stranger', (it) => approvalBy('eve@acme.example', it), 'may not decide'],
];

test('an approval that does not hold is refused with its reason, whatever it lacks', async () => {
  await signedMode(async (run) => {
    const asked = await untilAsked(run);
    for (const [what, made, why] of REFUSED) {
      const answer = await run.say('approve', made(asked));
      expect({ what, ...answer }).toMatchObject({ what, counted: false, text: expect.stringContaining(why) });
    }
    const { waitingFor, messages } = await run.progress();
    expect(waitingFor).toMatchObject([{ have: 0 }]);
    const told = messages.refused.slice(-REFUSED.length).map(({ name, why }) => [name, why]);
    expect(told).toEqual(REFUSED.map(([, , why]) => ['approve', expect.stringContaining(why)]));
  });
});

const approvalOf = ({ plan, waitingFor: [waiting] }: Progress) => ({
  gate: waiting?.what,
  nonce: waiting?.nonce,
  by: 'chi@acme.example',
  plan,
});

test('who does not sign cannot approve, reject, vouch, review or resume', async () => {
  await signedMode(async (run) => {
    const { plan } = await run.until(awaiting('circuit-breakers'), () => []);
    const by = 'ben@acme.example';
    const attestation = { control: 'circuit-breakers', by, plan, statement: 'set' };
    expect(await run.say('attest', attestation)).toMatchObject(UNSIGNED);
    const asked = await untilAsked(run);
    expect(await run.say('approve', approvalOf(asked))).toMatchObject(UNSIGNED);
    expect(await run.say('reject', { ...approvalOf(asked), reason: 'no' })).toMatchObject(UNSIGNED);
    expect(await run.say('hold', { ...ANA, ...REASON })).toMatchObject({ counted: true });
    expect(await run.say('resume', ANA)).toMatchObject(UNSIGNED);
    expect(await run.say('resume', signedBy('resume', ANA))).toMatchObject({ counted: true, text: 'resumed' });
    const { waitingFor } = await run.until(
      ({ waitingFor: asked }) => asked.some(({ kind }) => kind === 'review'),
      signingExceptFor('review'),
    );
    const verdicts = (waitingFor[0]?.items ?? []).map((id) => ({ id, correct: true }));
    const review = { sample: waitingFor[0]?.what, by: 'dee@acme.example', plan, verdicts };
    expect(await run.say('review', review)).toMatchObject(UNSIGNED);
    expect(await run.end(signing)).toMatchObject({ outcome: 'live' });
  });
});

test('who does not sign can hold, have something repeated and abort, and it is recorded as unsigned', async () => {
  const answers: Partial<Activities> = {
    checkHealth: inTurn(failing('down'), passing()),
    rollBackPolicies: inTurn(failing('pv_41 is gone'), passing()),
  };
  await signedMode(async (run) => {
    await run.until(({ state }) => state === 'blocked', signing);
    expect(await run.say('recheck', ANA)).toMatchObject({ counted: true });
    await run.until(({ step, traffic }) => step?.id === 'steady-state' && traffic.confirmed, signing);
    expect(await run.say('hold', { ...ANA, ...REASON })).toMatchObject({ counted: true });
    expect(await abort(run)).toMatchObject({ counted: true });
    await run.until(({ state }) => state === 'rollback-incomplete', signing);
    expect(await run.say('retryRollback', ANA)).toMatchObject({ counted: true });
    expect(typeOf(await run.failure(signing))).toBe('RolledBack');
    const unsigned = bodiesOf(run, 'message').filter(({ decision }) => decision === null);
    expect(unsigned.map(({ name, counted }) => [name, counted])).toEqual([
      ['recheck', true],
      ['hold', true],
      ['abort', true],
      ['retryRollback', true],
    ]);
  }, answers);
});

test('a token that comes before the plan is admitted waits, and counts then', async () => {
  let admit = () => undefined as void;
  const held = new Promise<void>((resolve) => (admit = resolve));
  const answers: Partial<Activities> = {
    async admitPlan(request) {
      await held;
      return (trustingSignatures.admitPlan as Activities['admitPlan'])(request);
    },
  };
  await signedMode(async (run) => {
    await run.until(() => run.fakes.names().includes('admitPlan'));
    const said = run.say('hold', signedBy('hold', { ...ANA, ...REASON }));
    const early = await Promise.race([said, delay(300, 'not answered yet')]);
    expect(early).toBe('not answered yet');
    admit();
    expect(await said).toMatchObject({ counted: true, by: ANA.by });
    expect((await run.progress()).waitingFor).toContainEqual(expect.objectContaining({ kind: 'resume' }));
  }, answers);
});

test('approvals that expire before they are used are asked for anew, at a fresh opening', async () => {
  const gates = examplePlan()['gates'] as Record<string, object>;
  const plan = examplePlan({
    gates: { ...gates, 'begin-traffic': { ...gates['begin-traffic'], validFor: '15m' } },
  });
  await signedMode(
    async (run) => {
      const first = await untilAsked(run);
      const early = await approveBoth(run, first);
      await run.until(
        ({ state }) => state === 'blocked',
        () => [],
      );
      await run.sleep(16 * MINUTE);
      await run.say('recheck', ANA);
      const second = await untilAsked(run);
      expect(nonceOf(second)).not.toBe(nonceOf(first));
      expect(second.waitingFor).toMatchObject([{ have: 0, need: 2 }]);
      expect(run.fakes.requests('shiftTraffic')).toEqual([]);
      await expect
        .poll(() => bodiesOf(run, 'approval-void'), SOON)
        .toMatchObject([{ gate: 'begin-traffic', nonce: nonceOf(first), why: expect.stringContaining('expired') }]);
      expect(await run.say('approve', approvalBy('dee@acme.example', first))).toMatchObject({ counted: false });
      const late = await approveBoth(run, second);
      await run.until(({ traffic }) => traffic.percent === 5 && traffic.confirmed, signing);
      expect(run.fakes.requests('shiftTraffic').map(({ approvedBy }) => approvedBy)).toEqual([late]);
      expect(late).not.toEqual(early);
    },
    { confirmReady: inTurn(failing('a service is degraded'), passing()) },
    plan,
  );
});

test('approvals are void when what was shown at the gate has changed since', async () => {
  const about = (digit: string): Finding => {
    const subject: Digest = `sha256:${digit.repeat(64)}`;
    return { ...passing('1 production key'), subject };
  };
  await signedMode(
    async (run) => {
      const first = await untilAsked(run);
      await run.sleep(61 * MINUTE);
      await approveBoth(run, first);
      const second = await run.until(
        (it) => awaiting('begin-traffic')(it) && nonceOf(it) !== nonceOf(first),
        signingExceptFor('begin-traffic'),
      );
      expect(second.waitingFor).toMatchObject([{ have: 0, need: 2 }]);
      await expect
        .poll(() => bodiesOf(run, 'approval-void'), SOON)
        .toMatchObject([{ nonce: nonceOf(first), why: expect.stringContaining('changed') }]);
      expect(run.fakes.names()).not.toContain('shiftTraffic');
    },
    { checkProductionKeys: inTurn(about('a'), about('b')) },
  );
});

test('traffic that was not approved where it is moved does not move, and people are asked anew', async () => {
  let attempts = 0;
  const answers: Partial<Activities> = {
    shiftTraffic: () => ((attempts += 1) === 1 ? notApproved() : Promise.resolve(passing())),
  };
  await signedMode(async (run) => {
    const first = await untilAsked(run);
    await approveBoth(run, first);
    const second = await run.until(
      (it) => awaiting('begin-traffic')(it) && nonceOf(it) !== nonceOf(first),
      signingExceptFor('begin-traffic'),
    );
    expect(second.traffic).toEqual({ percent: 0, confirmed: true });
    await expect
      .poll(() => bodiesOf(run, 'approval-void'), SOON)
      .toMatchObject([{ why: expect.stringContaining('NotApproved') }]);
    await expect.poll(() => JSON.stringify(run.fakes.notices), SOON).toContain('asked for anew');
    const again = await approveBoth(run, second);
    await run.until(({ traffic }) => traffic.percent === 5 && traffic.confirmed, signing);
    expect(run.fakes.requests('shiftTraffic').at(-1)?.approvedBy).toEqual(again);
  }, answers);
});

test('a go-live that is aborted after traffic was not approved has nothing to roll back', async () => {
  await signedMode(
    async (run) => {
      const first = await untilAsked(run);
      await approveBoth(run, first);
      await run.until(
        (it) => awaiting('begin-traffic')(it) && nonceOf(it) !== nonceOf(first),
        () => [],
      );
      await abort(run);
      expect(typeOf(await run.failure(signing))).toBe('Rejected');
      expect(run.fakes.names()).not.toContain('switchOn');
    },
    { shiftTraffic: notApproved },
  );
});

test('a release that was not approved where it is done is asked for anew, and the kill switch stays on', async () => {
  let attempts = 0;
  const answers: Partial<Activities> = {
    watchWindow: (_scope, request) =>
      isGuard(request) ? onGuard() : Promise.resolve(report(request, failing('errors'))),
    switchOff: () => ((attempts += 1) === 1 ? notApproved() : Promise.resolve({ ...passing(), halted: false })),
  };
  await signedMode(async (run) => {
    const first = await untilAsked(run, 'release-kill-switch');
    await approveBoth(run, first);
    const second = await run.until(
      (it) => awaiting('release-kill-switch')(it) && nonceOf(it) !== nonceOf(first),
      signingExceptFor('release-kill-switch', 'hands'),
    );
    expect(second.killSwitch).toBe('on');
    const again = await approveBoth(run, second);
    const end = run.failure((waiting, progress) =>
      waiting.kind === 'hands' ? [{ name: 'retryRollback', body: ANA }] : signing(waiting, progress),
    );
    expect(typeOf(await end)).toBe('RolledBack');
    expect(
      run.fakes
        .requests('switchOff')
        .map(({ approvedBy }) => approvedBy)
        .at(-1),
    ).toEqual(again);
  }, answers);
});

test('whoever still waits for an answer when the run ends gets one', async () => {
  let read = () => undefined as void;
  const held = new Promise<void>((resolve) => (read = resolve));
  const answers: Partial<Activities> = {
    async readDecisions(scope, request) {
      await held;
      return (trustingSignatures.readDecisions as Activities['readDecisions'])(scope, request);
    },
  };
  await signedMode(async (run) => {
    await run.until(
      ({ waitingFor }) => waitingFor.length > 0,
      () => [],
    );
    const waiting = [
      run.say('hold', signedBy('hold', { ...ANA, ...REASON })),
      run.say('resume', signedBy('resume', ANA)),
    ];
    await run.until(() => run.fakes.names().includes('readDecisions'));
    await abort(run);
    await run.until(({ state }) => state === 'rejected');
    expect(await run.status()).toBe('RUNNING');
    read();
    expect(await Promise.all(waiting)).toMatchObject([{ counted: false }, { counted: false }]);
    expect(typeOf(await run.failure())).toBe('Rejected');
  }, answers);
});
