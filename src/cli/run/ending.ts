import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Progress, Report, SealedEvidence } from '../../domain/run.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';

/** How a go-live ended. */
export interface RunEnding {
  /** `invalid`: the plan was refused; `failed`: it ended without an outcome. */
  readonly outcome: Progress['state'] | 'invalid' | 'failed';
  readonly exitCode: number;
  readonly why: string | null;
  /** As the evidence store names it. */
  readonly evidence: SealedEvidence | null;
}

/** How it ended by its own account or, where that was not to be had any more, by what the server keeps of it. */
export async function endingOf(handle: WorkflowHandle, progress: Progress | undefined): Promise<RunEnding> {
  return (progress && endingByItself(progress)) ?? endingByServer(handle);
}

/** How it ended by its own account; undefined when it has not said so. A rollback that waits for hands counts as an end. */
function endingByItself(progress: Progress): RunEnding | undefined {
  const { state, ending, evidence } = progress;
  const exitCode = exitCodeOf(progress);
  return exitCode === EXIT.failed ? undefined : { outcome: state, exitCode, why: ending?.why ?? null, evidence };
}

const BY_TYPE: Readonly<Record<string, Pick<RunEnding, 'outcome' | 'exitCode'>>> = {
  InvalidPlan: { outcome: 'invalid', exitCode: EXIT.refused },
  Rejected: { outcome: 'rejected', exitCode: EXIT.refused },
  Destroyed: { outcome: 'destroyed', exitCode: EXIT.rolledBack },
  RolledBack: { outcome: 'rolled-back', exitCode: EXIT.rolledBack },
};
const WITHOUT_OUTCOME = { outcome: 'failed', exitCode: EXIT.failed } as const;

async function endingByServer(handle: WorkflowHandle): Promise<RunEnding> {
  try {
    const { evidence } = (await handle.result()) as Report;
    return { outcome: 'live', exitCode: EXIT.done, why: null, evidence };
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    const type = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
    const why = cause instanceof Error ? cause.message : 'unknown failure';
    return { ...(BY_TYPE[type] ?? WITHOUT_OUTCOME), why, evidence: null };
  }
}
