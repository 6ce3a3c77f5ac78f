import type { StepId } from '../../domain/plan.ts';
import { remediesFor } from '../../domain/remedies.ts';
import { isTrafficAtStake } from '../../domain/requests.ts';
import type { Progress, Waiting } from '../../domain/run.ts';
import { field, paragraph, type Paragraph } from '../screen/wrapped.ts';
import type { Compose, Standing } from './draft.ts';
import { given, told, WHY } from './told.ts';
import { notNow } from './waiting-for.ts';

const NO_REASON = 'no reason was given';

/** `hold`: freezes the share of the traffic. */
export function holding({ reason }: { readonly reason?: string | undefined }): Compose {
  return async ({ ask, show }) => {
    show([field('hold', 'the share stays where it is; the watch, the deadlines and the rollback go on')]);
    const why = given(reason) ?? (await told(ask, WHY, '--reason'));
    return { name: 'hold', bodies: [{ reason: why }], question: null, unasked: 'goes' };
  };
}

/** `resume`: ends a hold. What holds the run may have to be mended first, so whoever can be asked sees it before. */
export function resuming({ reason }: { readonly reason?: string | undefined }): Compose {
  return ({ progress, show }) => {
    const held = progress.waitingFor.find(({ kind }) => kind === 'resume');
    if (held === undefined) throw notNow('Nothing is held', progress);
    show([field('resume', [held.what, ...(held.about ?? [])].join(': '))]);
    const why = given(reason);
    const bodies = [why === undefined ? {} : { reason: why }];
    return Promise.resolve({ name: 'resume', bodies, question: 'Resume?', unasked: 'goes' });
  };
}

/** `abort`: stops the go-live and makes the platform safe. It may be urgent, so it fails for want of nothing. */
export function aborting({ reason }: { readonly reason?: string | undefined }): Compose {
  return async (standing) => {
    standing.show([field('abort', consequence(standing))]);
    const why = given(reason) ?? (await standing.ask?.text(WHY)) ?? NO_REASON;
    const question = `Abort ${standing.progress.golive}?`;
    return { name: 'abort', bodies: [{ reason: why }], question, unasked: 'goes' };
  };
}

/** `recheck`: repeats what is blocked: one step, or all that wait. */
export function rechecking({ step }: StepWish): Compose {
  return repeating('recheck', step);
}

/** `retry-rollback`: repeats what needed hands: one step, or all that wait. */
export function retrying({ step }: StepWish): Compose {
  return repeating('hands', step);
}

interface StepWish {
  readonly step?: StepId | undefined;
}

function repeating(kind: 'recheck' | 'hands', step: StepId | undefined): Compose {
  return ({ progress, show }) => {
    show(waitingFor(progress, kind, step).flatMap((waiting) => blockedParagraphs(waiting, progress)));
    const name = kind === 'recheck' ? 'recheck' : 'retryRollback';
    return Promise.resolve({ name, bodies: [step === undefined ? {} : { step }], question: null, unasked: 'goes' });
  };
}

function consequence({ progress, plan }: Standing): string {
  const { state } = progress;
  if (state === 'rolling-back' || state === 'rollback-incomplete') return 'it is being rolled back already';
  const safe = plan?.plan.rollout.safePercent;
  return isTrafficAtStake(progress)
    ? `kill switch on, traffic to ${safe === undefined ? 'its safe share' : `${safe} %`}, policies back; everything is denied until people release it`
    : 'no traffic has moved: what drills have changed is taken back, and nothing goes live';
}

function waitingFor(progress: Progress, kind: 'recheck' | 'hands', step: StepId | undefined): Waiting[] {
  const waiting = progress.waitingFor.filter((it) => it.kind === kind && (step === undefined || it.what === step));
  const what = kind === 'recheck' ? 'is blocked' : 'needs hands';
  if (waiting.length === 0)
    throw notNow(step === undefined ? `Nothing ${what}` : `${step} does not wait for this`, progress);
  return waiting;
}

function blockedParagraphs({ what }: Waiting, { steps }: Progress): Paragraph[] {
  const reasons = steps.find(({ id }) => id === what)?.reasons ?? [];
  return [
    paragraph(),
    field('again', ['bold', what]),
    ...reasons.map((reason, index) => field(index === 0 ? 'was' : '', ['yellow', reason])),
    ...remediesFor(what).map((remedy) => field('mend', remedy)),
  ];
}
