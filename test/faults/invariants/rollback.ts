import type { Finding } from '../../../src/domain/verdict.ts';
import type { Effect } from '../../../src/sandbox/ledger.ts';
import { callsOf, endingOf, factsOfKind, type RunRecord, type Standing } from '../record.ts';
import type { Invariant } from './invariant.ts';
import { quorumAt } from './quorum.ts';
import { forwardShares } from './traffic.ts';

const SAFE_WITHIN = 120_000;

/** S4: the kill switch of a rollback is released only from a safe state, shown by fresh reads and wanted by a quorum. */
export const releasedOnlyWhenSafe: Invariant = (record) => {
  const release = record.effects.findIndex((effect) => isOurs(record, effect, 'kill-switch-off'));
  if (release === -1) return [];
  const { plan } = record;
  const verified = callsOf(record, 'verifyRollback').some(({ completed }) => isPass(completed?.result));
  const decided = callsOf(record, 'switchOff').at(0);
  const { have, need } = quorumAt(record, 'release-kill-switch', decided?.scheduled.at ?? 0);
  const before = standingAt(record, release);
  return [
    ...(verified ? [] : ['the kill switch was released and the rollback never verified']),
    ...(have >= need ? [] : [`the kill switch was released with ${have} of ${need} approvals`]),
    ...(before.percent <= plan.rollout.safePercent ? [] : [`it was released with traffic at ${before.percent} %`]),
    ...Object.entries(plan.policy.previous).flatMap(([pack, version]) =>
      before.versions[pack] === version ? [] : [`it was released with ${pack} at ${before.versions[pack]}`],
    ),
  ];
};

/** S5: whatever does not end live ends safe. */
export const endsSafe: Invariant = (record) => {
  const ended = endingOf(record);
  const { standing, plan } = record;
  if (ended === undefined || ended.how === 'completed') return [];
  if (standing.halted) return [];
  const isBack = forwardShares(record).length === 0 ? [] : unlikePrevious(record);
  const { safePercent } = plan.rollout;
  return [
    ...(standing.percent <= safePercent ? [] : [`it ended with traffic at ${standing.percent} % and nothing halted`]),
    ...isBack,
  ];
};

/** S15: on, policies back, verified, off; each once it is decided upon, in this order. */
export const rollsBackInOrder: Invariant = (record) => {
  const order = ['switchOn', 'rollBackPolicies', 'verifyRollback', 'switchOff'];
  const calls = callsOf(record).filter(({ activity }) => order.includes(activity));
  const wrong = calls.flatMap(({ activity, scheduled }) => {
    const before = order[order.indexOf(activity) - 1];
    const isDone =
      before === undefined ||
      calls.some(
        (call) =>
          call.activity === before && (call.completed?.id ?? Infinity) < scheduled.id && isPass(call.completed?.result),
      );
    return isDone ? [] : [`${activity} was decided upon before ${before} was done`];
  });
  const positions = ['kill-switch-on', 'policy-rollback', 'kill-switch-off'].map((step) => ({
    step,
    at: record.effects.findIndex((effect) => isOurs(record, effect, step)),
  }));
  const done = positions.filter(({ at }) => at !== -1);
  const unordered = done.flatMap(({ step, at }, index) => {
    const next = done[index + 1];
    return next === undefined || at < next.at ? [] : [`${next.step} took effect before ${step}`];
  });
  return [...wrong, ...unordered, ...forwardAfterBack(record)];
};

/** L3: a run that was destroyed is followed by safety within two minutes. */
export const safeSoonAfterDestruction: Invariant = (record) => {
  const [ended] = factsOfKind(record, 'ended');
  if (ended === undefined || (ended.how !== 'terminated' && ended.how !== 'timed-out')) return [];
  const late = record.effects.filter(({ at }) => Date.parse(at) > ended.at + SAFE_WITHIN);
  // For the release people are waited for.
  const unsafe = late.filter((effect) => !isOurs(record, effect, 'kill-switch-off'));
  return [...endsSafe(record), ...unsafe.map(({ what }) => `${what} came more than two minutes after the destruction`)];
};

/** A move that was under way may arrive late; once the way back is decided nothing forward is. */
function forwardAfterBack(record: RunRecord): string[] {
  const [back] = callsOf(record, 'switchOn');
  if (back === undefined) return [];
  return callsOf(record, 'shiftTraffic')
    .filter(({ scheduled }) => scheduled.id > back.scheduled.id)
    .map(() => 'traffic was to move forward after the rollback had begun');
}

function unlikePrevious({ standing, plan }: RunRecord): string[] {
  return Object.entries(plan.policy.previous).flatMap(([pack, version]) =>
    standing.versions[pack] === version ? [] : [`it ended with ${pack} at ${standing.versions[pack]}`],
  );
}

/** What the platform's ledger says of production before its `index`-th effect. */
function standingAt({ effects, plan }: RunRecord, index: number): Pick<Standing, 'percent' | 'versions'> {
  return effects.slice(0, index).reduce<Pick<Standing, 'percent' | 'versions'>>(
    (standing, effect) => {
      if (effect.what === 'share') return { ...standing, percent: effect.to };
      if (effect.what !== 'rollback' || effect.tenant !== plan.tenant) return standing;
      return { ...standing, versions: { ...standing.versions, [effect.pack]: effect.to } };
    },
    { percent: 0, versions: plan.policy.active },
  );
}

function isOurs({ keys }: RunRecord, { reason }: Effect, step: string): boolean {
  return reason?.startsWith(`${keys}${step}:`) ?? false;
}

function isPass(result: unknown): boolean {
  return (result as Finding | undefined)?.verdict === 'pass';
}
