import {
  CancellationScope,
  condition,
  setCurrentDetails,
  setHandler,
  type TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Scope, Sight } from '../activities/index.ts';
import { requestKey } from '../domain/ids.ts';
import { labelOf } from '../domain/labels.ts';
import type { Ending } from '../domain/run.ts';
import { guarding, recording } from './calls.ts';
import { relieve, type Charge } from './charge.ts';
import { closing, introduced } from './conduct.ts';
import { rollBack } from './rollback.ts';
import { Run } from './run.ts';
import { undoBy, undoByRollback } from './undo.ts';

type Lost = Extract<Sight, { kind: 'lost' }>;

/**
 * Outlives the go-live that it watches over, and makes the platform safe when that is terminated, deleted, reset, timed out or
 * wedged. Completes when the go-live has ended by itself; fails when it had to take over, once the platform is safe and the
 * evidence is sealed. Nothing interrupts it but a termination.
 */
export function goLiveGuardian(charge: Charge): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    setCurrentDetails(`## Watches over ${charge.ward.golive}\n\nNobody is needed. It ends with the go-live.`);
    const sight = await watched(charge);
    if (sight.kind === 'lost') throw await takeOver(charge, sight);
  });
}

/** Resolves when the go-live has ended or is lost. */
async function watched({ chain, ward, scope, admission }: Charge): Promise<Sight> {
  const { release, rollout, limits } = admission.plan;
  const key = (step: 'kill-switch-on' | 'traffic-to-safe') => requestKey(release, chain, step);
  const lookout = guarding(labelOf('guardian', `watch over ${ward.golive}`)).watchOver(scope, ward, {
    haltKey: key('kill-switch-on'),
    shareKey: key('traffic-to-safe'),
    safePercent: rollout.safePercent,
    within: limits.haltToDeny,
  });
  return Promise.race([lookout, relieved(scope)]);
}

async function relieved(scope: Scope): Promise<Sight> {
  let said = 0;
  setHandler(relieve, () => void (said += 1));
  for (let heard = 0; ; heard = said) {
    await condition(() => said > heard);
    const isDecided = await recording(labelOf('guardian', 'see whether it has ended')).isDecided(scope);
    if (isDecided) return { kind: 'ended' };
  }
}

/** The rollback of the go-live, by the same code, in its place. */
async function takeOver({ chain, ward, scope, request, admission }: Charge, lost: Lost): Promise<TemporalFailure> {
  const { workflowId: golive } = workflowInfo();
  const run = new Run({ golive, ward: ward.golive, chain, writer: 'guardian' });
  const conductor = introduced(run, request, admission);
  run.record('taken-over', { golive: ward.golive, why: lost.why });
  if (lost.trafficMayHaveMoved) {
    run.register('low-traffic', undoByRollback);
    await recording(labelOf('guardian', 'take over what was begun')).takeOver(scope, ward);
  } else {
    const { drills } = conductor;
    run.register('kill-switch-drill', undoBy(drills['kill-switch-drill'].undo));
    run.register('token-revocation-drill', undoBy(drills['token-revocation-drill'].undo));
    run.register('rollback-rehearsal', undoBy(drills['rollback-rehearsal'].undo));
  }
  run.stop(lost.why, null, 'loss');
  const ending = run.facts.ending as Ending;
  const evidence = await rollBack(run, conductor, ending.outcome);
  return closing(ending, evidence);
}
