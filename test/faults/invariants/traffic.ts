import type { Effect } from '../../../src/sandbox/ledger.ts';
import { callsOf, endingOf, entriesOf, gateBefore, type RunRecord } from '../record.ts';
import type { Invariant } from './invariant.ts';
import { quorumAt } from './quorum.ts';

interface Shift {
  readonly from: number;
  readonly to: number;
}

/** S1: traffic is moved only after a quorum for exactly that step. */
export const onlyApprovedTraffic: Invariant = (record) => {
  const { plan } = record;
  const shifts = callsOf(record, 'shiftTraffic').map(({ args, scheduled }) => ({ ...(args[1] as Shift), scheduled }));
  const unasked = shifts.flatMap(({ to, scheduled }) => {
    const gate = gateBefore(plan, to);
    const { have, need } = quorumAt(record, gate, scheduled.at);
    return have < need ? [`traffic was to move to ${to} % with ${have} of ${need} approvals at ${gate}`] : [];
  });
  const unordered = forwardShares(record)
    .filter(({ to }) => !shifts.some((shift) => shift.to === to))
    .map(({ to }) => `traffic moved to ${to} % and nobody had decided so`);
  return [...unasked, ...unordered];
};

/** S2: traffic takes the plan's shares in order, or goes back for good. */
export const onlyPlannedShares: Invariant = (record) => {
  const { safePercent, lowTraffic, ramp } = record.plan.rollout;
  const planned = [lowTraffic.percent, ...ramp.map(({ percent }) => percent)];
  const taken = sharesOf(record).map(({ to }) => to);
  const back = taken.findIndex((percent) => percent <= safePercent);
  const forward = back === -1 ? taken : taken.slice(0, back);
  const after = back === -1 ? [] : taken.slice(back).filter((percent) => percent > safePercent);
  return [
    ...forward.flatMap((percent, index) =>
      percent === planned[index] ? [] : [`share ${index + 1} was ${percent} %, planned was ${planned[index]} %`],
    ),
    ...after.map((percent) => `traffic moved to ${percent} % after it had gone back`),
  ];
};

/** S7: from the moment somebody wants the end, nothing forward is decided upon. */
export const nothingForwardOnceStopped: Invariant = (record) => {
  const counted = entriesOf(record, 'message').some(({ body }) => body.name === 'abort' && body.counted);
  const wishes = record.history.filter(
    (fact) => fact.what === 'cancel-requested' || (counted && fact.what === 'message' && fact.name === 'abort'),
  );
  const [first] = wishes;
  if (first === undefined) return [];
  return callsOf(record, 'shiftTraffic')
    .filter(({ scheduled }) => scheduled.id > first.id)
    .map(({ args }) => `a move to ${(args[1] as Shift).to} % was decided upon after the end was wanted`);
};

const NAMED: readonly string[] = ['RolledBack', 'Rejected', 'Destroyed'];

/** L1: every run comes to an end that has a name, or stays open and says that hands are needed. */
export const comesToAnEnd: Invariant = (record) => {
  const ended = endingOf(record);
  if (ended === undefined || ended.how === 'terminated' || ended.how === 'timed-out') {
    const { state, step, waitingFor } = record.progress;
    const waits = waitingFor.map(({ what }) => what).join(', ');
    const stands = `is ${state} at ${step?.id ?? 'no step'}, waiting for ${waits || 'nobody'}`;
    return state === 'rollback-incomplete' ? [] : [`the run is still open, and ${stands}`];
  }
  const isNamed = ended.how !== 'failed' || NAMED.includes(ended.type ?? '');
  return isNamed ? [] : [`the run failed as ${ended.type}`];
};

/** Every move of the share, also those that the router made when a lease ran out. */
function sharesOf({ effects }: RunRecord): readonly Extract<Effect, { what: 'share' }>[] {
  return effects.filter((effect): effect is Extract<Effect, { what: 'share' }> => effect.what === 'share');
}

export function forwardShares(record: RunRecord): readonly Extract<Effect, { what: 'share' }>[] {
  return sharesOf(record).filter(({ from, to }) => to > from);
}
