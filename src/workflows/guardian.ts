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
import type { Conductor } from './conductor.ts';
import type { DrillId } from './drills.ts';
import { rollBack } from './rollback.ts';
import { Run } from './run.ts';
import { undoBy, undoByRollback } from './undos.ts';

type Lost = Exclude<Sight, { kind: 'ended' }>;

/**
 * Outlives the go-live that it watches over, and makes the platform safe when that is terminated, deleted, reset, timed out or
 * wedged. Completes when the go-live has ended by itself; fails when it had to take over, once the platform is safe and the
 * evidence is sealed. Nothing interrupts it but a termination.
 */
export function goLiveGuardian(charge: Charge): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    setCurrentDetails(`## Watches over ${charge.ward.golive}\n\nNobody is needed. It ends with the go-live.`);
    const sight = await watched(charge);
    if (sight.kind !== 'ended') throw await takeOver(charge, sight);
  });
}

/** Resolves when the go-live has ended or is lost. */
async function watched({ ward, scope, admission }: Charge): Promise<Sight> {
  const { release, rollout, limits } = admission.plan;
  const key = (step: 'kill-switch-on' | 'traffic-to-safe') => requestKey(release, ward.chain, step);
  const lookout = guarding(labelOf('guardian', `watch over ${ward.golive}`)).watchOver(scope, ward, {
    haltKey: key('kill-switch-on'),
    shareKey: key('traffic-to-safe'),
    safePercent: rollout.safePercent,
    within: limits.haltToDeny,
    release,
    rehearsal: admission.rehearsal,
  });
  return Promise.race([lookout, relieved(scope)]);
}

async function relieved(scope: Scope): Promise<Sight> {
  let said = 0;
  setHandler(relieve, () => void (said += 1));
  for (let heard = 0; ; heard = said) {
    await condition(() => said > heard);
    const isSealed = await recording(labelOf('guardian', 'see whether it has ended')).isSealed(scope);
    if (isSealed) return { kind: 'ended' };
  }
}

/** Does in its place what the go-live would have done: the same rollback, by the same code, and the seal. */
async function takeOver(charge: Charge, lost: Lost): Promise<TemporalFailure> {
  const { ward, request, admission } = charge;
  const { workflowId: golive } = workflowInfo();
  const run = new Run({ golive, ward: ward.golive, chain: ward.chain, writer: 'guardian' });
  const conductor = introduced(run, request, admission);
  run.underWay.suspect(labelOf('guardian', 'until late calls of the lost run are over'));
  if (lost.kind === 'unsealed') {
    // What it had decided stays decided, and its journal takes no more.
    run.closeJournal();
    const ending = stopped(run, lost);
    run.notices.tell({ kind: 'taken-over', why: lost.why, left: 'seal' });
    return closing(ending, await conductor.archive('destroyed'));
  }
  run.record('taken-over', { golive: ward.golive, why: lost.why });
  const ending = registered(run, conductor, charge, lost);
  if (!run.undos.trafficMayHaveMoved) run.notices.tell({ kind: 'taken-over', why: lost.why, left: 'drills' });
  return closing(ending, await rollBack(run, conductor, 'destroyed'));
}

/** Stops the run with everything to take back that the go-live may have left. */
function registered(
  run: Run,
  { drills }: Conductor,
  { scope, ward }: Charge,
  lost: Extract<Lost, { kind: 'lost' }>,
): Ending {
  // Drills are over once traffic has moved.
  if (lost.trafficMoved !== 'yes') {
    for (const [id, { undo }] of Object.entries(drills)) run.register(id as DrillId, undoBy(undo));
  }
  if (lost.trafficMoved !== 'no') {
    run.register('low-traffic', undoByRollback);
    // Beside the rollback, whose first steps wait for no store.
    recording(labelOf('guardian', 'take over what was begun'))
      .inheritBegun(scope, ward)
      .catch(() => undefined);
  }
  return stopped(run, lost);
}

function stopped(run: Run, { why }: Lost): Ending {
  run.stop(why, null, 'loss');
  return run.facts.ending as Ending;
}
