import { sleep } from '@temporalio/workflow';
import type { Release } from '../activities/index.ts';
import type { GateAsk } from '../domain/desk.ts';
import { decisionsOf } from '../domain/gates.ts';
import { labelOf } from '../domain/labels.ts';
import type { Outcome, Progress, SealedEvidence } from '../domain/run.ts';
import type { Finding } from '../domain/verdict.ts';
import type { Conductor } from './conductor.ts';
import { isNotApproved } from './gates.ts';
import { AGAIN_BY_ITSELF, type Answered } from './patience.ts';
import type { Run } from './run.ts';

/** Makes the platform safe, whatever came before, and seals the evidence. Runs shielded from cancellation. */
export async function rollBack(run: Run, conductor: Conductor, outcome: Outcome): Promise<SealedEvidence> {
  if (run.undos.trafficMayHaveMoved) {
    conductor.enter('rollback');
    await takeTrafficBack(run, conductor);
  }
  await takeDrillsBack(run, conductor);
  return conductor.archive(outcome);
}

/** The runbook's rollback, B1 to B4. The order matters: nothing is released before the rest is proven. */
async function takeTrafficBack(run: Run, conductor: Conductor): Promise<void> {
  const { plan, scope, patience } = conductor;
  const { safePercent } = plan.rollout;
  const { previous } = plan.policy;
  const reason = run.facts.ending?.why ?? 'rollback';
  // Until it has been read back nobody knows: a halt can take effect and its answer be lost.
  run.change({ killSwitch: 'unknown' });
  run.notices.tell({ kind: 'rollback' });

  const halted = patience
    .insist(
      'kill-switch-on',
      (calls, key) => calls.switchOn(scope, { key, reason, within: plan.limits.haltToDeny }),
      AGAIN_BY_ITSELF,
    )
    .then(() => run.change({ killSwitch: 'on' }));
  // By its own path at the same time: either of the two alone already stops the harm.
  const shielded = patience
    .insist(
      'traffic-to-safe',
      async (calls, key) => {
        const first = await calls.trafficToSafe(scope, { percent: safePercent, key });
        // A shift that was under way could still arrive after the first look.
        await run.underWay.quiet();
        const second = await calls.trafficToSafe(scope, { percent: safePercent, key });
        return second.verdict === 'pass' ? first : second;
      },
      AGAIN_BY_ITSELF,
    )
    .then(() => run.change({ traffic: { percent: safePercent, confirmed: true } }));
  await Promise.all([halted, shielded]);

  const tokensExpired = patience.deadline(conductor.longestTokenLife);

  await patience.insist(
    'policy-rollback',
    (calls, key) => calls.rollBackPolicies(scope, { previous, key }),
    AGAIN_BY_ITSELF,
  );

  run.begin('verify-rollback');
  await untilExpired(run, tokensExpired);
  const verified = await patience.untilDone('verify-rollback', (calls, key) =>
    calls.verifyRollback(scope, { previous, percent: safePercent, key }),
  );
  run.settle('verify-rollback', 'passed', verified);

  await release(run, conductor);
}

/** Tokens from before the halt still open doors. A planned wait alarms nobody. */
async function untilExpired(run: Run, until: number): Promise<void> {
  run.note('verify-rollback', { deadline: new Date(until).toISOString() });
  const left = until - Date.now();
  if (left > 0)
    await sleep(left, { summary: labelOf('verify-rollback', 'until tokens from before the halt have expired') });
  run.note('verify-rollback', { deadline: null });
}

/**
 * People release the kill switch. What they signed is verified where it is done; if it does not hold, they are asked anew, and
 * where that does not help either it is for hands.
 */
async function release(run: Run, conductor: Conductor): Promise<void> {
  const { plan, scope, patience, gates } = conductor;
  const safe = { previous: plan.policy.previous, percent: plan.rollout.safePercent };
  let allowedBy: GateAsk | undefined = await released(run, conductor);
  await patience.insist('kill-switch-off', async (calls, key) => {
    for (let refusals = 0; ; refusals += 1) {
      allowedBy ??= await released(run, conductor);
      const request = { ...safe, key, approvedBy: decisionsOf(allowedBy) };
      // Between the release and its proof nobody knows, and what is not proven is halted again.
      run.change({ killSwitch: 'unknown' });
      const { finding, killSwitch } = seenAfter(await patience.answered(() => calls.switchOff(scope, request)));
      run.change({ killSwitch });
      if (!isNotApproved(finding)) return finding;
      gates.voidApprovals(allowedBy, finding.summary);
      allowedBy = undefined;
      if (refusals > 0) return finding;
    }
  });
}

/** How the kill switch was last seen; a release that was refused has changed nothing. */
function seenAfter(answered: Answered<Release>): {
  readonly finding: Finding;
  readonly killSwitch: Progress['killSwitch'];
} {
  if (answered.ok) return { finding: answered.value, killSwitch: answered.value.halted ? 'on' : 'off' };
  const { finding } = answered;
  return { finding, killSwitch: isNotApproved(finding) ? 'on' : 'unknown' };
}

/** Resolves once enough people have released it, with what they signed. Nobody who could decides: then hands are needed. */
async function released(run: Run, { gates, patience }: Conductor): Promise<GateAsk> {
  for (;;) {
    const { finding, gate } = await gates.decide('release-kill-switch');
    if (finding.verdict === 'pass') {
      run.notices.tell({ kind: 'done', step: 'release-kill-switch' });
      return gate;
    }
    await patience.paging('release-kill-switch', () => patience.needHands('release-kill-switch', finding));
  }
}

/** What drills left behind, once they have ended, last first; all are attempted, and one that cannot be taken back waits for hands. */
async function takeDrillsBack(run: Run, conductor: Conductor): Promise<void> {
  await run.underWay.quiet();
  for (const { step, undo } of run.undos.lastFirst) {
    if (undo.kind === 'by') await conductor.patience.takeBack(step, undo.act);
  }
}
