import type { Scope } from '../activities/index.ts';
import { labelOf } from '../domain/labels.ts';
import { progressOf } from '../domain/progress.ts';
import type { Outcome, SealedEvidence } from '../domain/run.ts';
import { sealing } from './calls.ts';
import type { Patience } from './patience.ts';
import type { Run } from './run.ts';

const ID = 'archive-evidence';

interface Sealing {
  readonly run: Run;
  readonly patience: Patience;
  readonly scope: Scope;
  readonly request: unknown;
}

/** Seals the evidence of a run whose outcome is decided. It does not give up: a run that cannot be proven stays open. */
export async function seal({ run, patience, scope, request }: Sealing, outcome: Outcome): Promise<SealedEvidence> {
  const progress = { ...progressOf({ ...run.facts, outcome }), golive: run.ward };
  const at = new Date().toISOString();
  await run.underWay.quiet();
  await run.journalDrained();
  for (;;) {
    const calls = sealing(labelOf(ID, 'seal the evidence'));
    const answer = await patience.answered(() => {
      const ended = { request, progress, at };
      return outcome === 'destroyed' ? calls.archiveDestroyed(scope, ended) : calls.archiveEvidence(scope, ended);
    });
    if (answer.ok) {
      const { value: sealed } = answer;
      // Not settled as other steps are: the journal is closed, and its last entry is the seal.
      const endedAt = new Date().toISOString();
      run.note(ID, { status: 'passed', verdict: 'pass', summary: `sealed: ${sealed.path}`, endedAt });
      run.change({ outcome, evidence: sealed });
      run.show();
      run.notices.tell({ kind: 'ended' });
      return sealed;
    }
    await patience.needHands(ID, answer.finding);
  }
}
