import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Admission } from '../activities/index.ts';
import { labelOf } from '../domain/labels.ts';
import type { Ending, Report, SealedEvidence } from '../domain/run.ts';
import { measuring, recording } from './calls.ts';
import { Conductor } from './conductor.ts';
import { Guardianship } from './guardianship.ts';
import { rollBack } from './rollback.ts';
import { Run } from './run.ts';

/**
 * Runs a story to a safe end: admits the plan, tells the story, and, whatever stops it (a breach, a rejection, a
 * deadline, `abort`, Temporal's own cancel), rolls back. Temporal's status then tells the truth: Completed only when live.
 */
export async function conduct(
  request: readonly unknown[],
  story: (conductor: Conductor) => Promise<SealedEvidence>,
): Promise<Report> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const run = new Run({ golive: workflowId, ward: workflowId, chain: firstExecutionRunId, writer: 'go-live' });
  const admission = await admit(run, request);
  const { plan, digest, trust, rehearsal } = admission;
  const conductor = introduced(run, request[0], admission);
  const { scope } = conductor;
  run.record('admitted', {
    golive: run.facts.golive,
    plan: digest,
    release: plan.release,
    requestedBy: plan.requestedBy,
    trust,
    rehearsal,
  });
  const guardianship = new Guardianship(run, request[0], { scope, admission });
  try {
    await recording(labelOf('plan', 'keep it for the evidence')).keepPlan(scope.folder, request[0]);
    const evidence = await run.forward(async () => {
      await guardianship.begin();
      run.requireForward();
      return story(conductor);
    });
    await farewell(guardianship);
    return { outcome: 'live', golive: run.facts.golive, plan: digest, evidence };
  } catch (error) {
    // Anything else is a defect of ours: the task fails and is repeated until a mended build takes it up.
    if (!(error instanceof TemporalFailure)) throw error;
    stopFor(run, error);
    const ending = run.facts.ending as Ending;
    const evidence = await CancellationScope.nonCancellable(() => rollBack(run, conductor, ending.outcome));
    await farewell(guardianship);
    throw closing(ending, evidence, error);
  }
}

/** Not in a `finally`: a defect of ours must leave nothing in history that a mended build would not do. */
function farewell(guardianship: Guardianship): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    await guardianship.end();
    // Whoever still waits for an answer gets one.
    await condition(allHandlersFinished);
  });
}

/** A run knows its plan, its desk and where it is recorded, and can be conducted. */
export function introduced(run: Run, request: unknown, admission: Admission): Conductor {
  const { plan, digest, trust, rehearsal } = admission;
  const { tenant, environment, release } = plan;
  const desk = { ...run.facts.desk, trust, plan: digest, requester: plan.requestedBy };
  run.change({ tenant, environment, release, rehearsal, trust, plan: digest, desk });
  const conductor = new Conductor(run, request, admission);
  run.openJournal(conductor.scope);
  run.mail.open(conductor.scope);
  return conductor;
}

/**
 * The plan is validated before anything else is called. A wrong one fails the run at once with every problem: nothing was
 * begun, so nothing is to be taken back, and there is nothing to prove.
 */
async function admit(run: Run, request: readonly unknown[]): Promise<Admission> {
  try {
    return await measuring(labelOf('plan', 'validate it before anything else')).admitPlan(request);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    stopFor(run, error);
    run.change({ outcome: (run.facts.ending as Ending).outcome });
    run.show();
    throw refusalOf(error);
  }
}

function refusalOf(error: TemporalFailure): TemporalFailure {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return error;
  const { message, type, details } = error.cause;
  return ApplicationFailure.create({
    message,
    type: type ?? 'Unexpected',
    details: details ?? [],
    nonRetryable: true,
  });
}

function stopFor(run: Run, error: TemporalFailure): void {
  if (isCancellation(error)) run.stop('canceled in Temporal', null, 'cancellation');
  else run.stop(`a call failed for good: ${error.cause?.message ?? error.message}`, null);
}

/** The failure with which a run ends that did not go live. */
export function closing(ending: Ending, evidence: SealedEvidence, cause?: TemporalFailure): TemporalFailure {
  const details = [{ ending, evidence }];
  switch (ending.outcome) {
    case 'canceled':
      return cause ?? new CancelledFailure(ending.why);
    case 'rejected':
      return ApplicationFailure.create({ message: ending.why, type: 'Rejected', details, nonRetryable: true });
    case 'rolled-back':
      return ApplicationFailure.create({ message: ending.why, type: 'RolledBack', details, nonRetryable: true });
    case 'destroyed':
      return ApplicationFailure.create({ message: ending.why, type: 'Destroyed', details, nonRetryable: true });
  }
}
