import type { StepId } from '../../domain/plan.ts';
import { isOf, type Entry } from '../contents/entries.ts';
import type { BundleProblem } from '../inspect.ts';
import { JOURNAL, PLAN } from '../layout.ts';
import type { Manifest } from '../manifest.ts';
import type { Contents } from '../contents/contents.ts';
import { AT_THE_BEGINNING, FORWARD_STEPS, ROLLBACK_STEPS, standingAfter } from './order.ts';
import { ruled, type Ruling } from './ruling.ts';

/** Whether the run ended as the manifest says, and is the run of its plan. */
export function outcomeOf({ golive, outcome, rehearsal }: Manifest, { entries, planDigest, plan }: Contents): Ruling {
  // People may speak, and stop the run, before its plan is admitted; nothing else happens before.
  const first = entries.find(({ kind }) => kind !== 'message' && kind !== 'stopped');
  const problems: BundleProblem[] = [];
  if (first?.kind !== 'admitted') problems.push(line(first?.sequence ?? 1, 'comes before a plan is admitted'));
  else {
    const { sequence, body } = first;
    const problem = (why: string) => problems.push(line(sequence, why));
    if (body.plan !== planDigest) problems.push({ path: PLAN, why: 'is not the plan that was admitted' });
    if (body.golive !== golive) problem(`is about ${body.golive}, the manifest about ${golive}`);
    if (body.rehearsal !== rehearsal) problem('says of the rehearsal what the manifest does not');
    if (body.requestedBy !== plan.requestedBy) problem('names a requester that the plan does not');
  }
  if (outcome === 'destroyed') {
    const open = ['The run was destroyed: only what it had recorded by then can be checked, not how it ended.'];
    return ruled('outcome', problems, { open });
  }
  problems.push(...problemsOfEnding(entries, outcome));
  return ruled('outcome', problems, { says: [`It ended ${wordsFor(outcome)}, as everything in its journal says.`] });
}

function problemsOfEnding(
  entries: readonly Entry[],
  outcome: Exclude<Manifest['outcome'], 'destroyed'>,
): BundleProblem[] {
  const last = entries.at(-1);
  const [ended, ...again] = entries.filter(isOf('ended'));
  const stops = entries.filter(isOf('stopped'));
  const problems: BundleProblem[] = [];
  if (ended === undefined || again.length > 0) problems.push({ path: JOURNAL, why: 'does not end once' });
  else if (last !== undefined && last.sequence > ended.sequence)
    problems.push(line(last.sequence, 'comes after the end'));
  if (ended !== undefined && ended.body.outcome !== outcome)
    problems.push(line(ended.sequence, `ends ${ended.body.outcome}, the manifest says ${outcome}`));
  if (outcome === 'live' ? stops.length > 0 : stops.length !== 1)
    problems.push({ path: JOURNAL, why: `was stopped ${stops.length} times and ended ${outcome}` });
  // An abort that counts stops the run at once; one that comes too late does not count.
  for (const { sequence, body } of outcome === 'live' ? entries.filter(isOf('message')) : [])
    if (body.name === 'abort' && body.counted) problems.push(line(sequence, 'aborts what ended live'));
  for (const { sequence, body } of stops)
    if (body.outcome !== outcome)
      problems.push(line(sequence, `stops as ${body.outcome}, the manifest says ${outcome}`));
  return [...problems, ...problemsOfWalk(entries, outcome)];
}

/** Live is only what has passed every step; back is only what has passed all of the rollback. */
function problemsOfWalk(entries: readonly Entry[], outcome: Manifest['outcome']): BundleProblem[] {
  const { passed, status } = entries.reduce(standingAfter, AT_THE_BEGINNING);
  const hasMoved = passed.has('low-traffic');
  const missing = (steps: readonly StepId[]) =>
    steps.filter((id) => !passed.has(id)).map((id) => ({ path: JOURNAL, why: `${outcome}, but ${id} has not passed` }));
  if (outcome === 'live') return missing(FORWARD_STEPS);
  if (outcome === 'rejected' && hasMoved) return [{ path: JOURNAL, why: 'rejected, but traffic had moved' }];
  const hasGoneBack = outcome === 'rolled-back' || hasMoved || ROLLBACK_STEPS.some((id) => status.has(id));
  return hasGoneBack ? missing(ROLLBACK_STEPS) : [];
}

function wordsFor(outcome: Manifest['outcome']): string {
  switch (outcome) {
    case 'live':
      return 'live, with every step of the runbook passed';
    case 'rolled-back':
      return 'rolled back, with every step of the rollback passed';
    case 'rejected':
      return 'rejected, before any traffic had moved';
    case 'canceled':
      return 'canceled';
    case 'destroyed':
      return 'destroyed';
  }
}

function line(number: number, why: string): BundleProblem {
  return { path: JOURNAL, why: `line ${number}: ${why}` };
}
