import { STEPS, type StepId } from '../../domain/plan.ts';
import type { StepStatus } from '../../domain/run.ts';
import type { Entry } from '../contents/entries.ts';
import type { BundleProblem } from '../inspect.ts';
import { JOURNAL } from '../layout.ts';
import { ruled, type Ruling } from './ruling.ts';

const idsOf = (phase: string) => STEPS.filter((row) => row.phase === phase).map(({ id }) => id);
const [firstCheck, ...otherChecks] = idsOf('preflight');
const alone = (ids: readonly StepId[]) => ids.filter((id) => id !== 'archive-evidence').map((id) => [id]);

/** Steps of one stage run side by side; a stage begins when everything in the stages before has passed. */
const FORWARD: readonly (readonly StepId[])[] = [
  [firstCheck ?? 'tenant-capabilities'],
  otherChecks,
  idsOf('controls'),
  idsOf('incident-readiness'),
  ...alone(idsOf('rollout')),
  ...alone(idsOf('post-launch')),
];
const BACK: readonly (readonly StepId[])[] = [
  ['kill-switch-on', 'traffic-to-safe'],
  ['policy-rollback'],
  ['verify-rollback'],
  ['release-kill-switch'],
  ['kill-switch-off'],
];

export const FORWARD_STEPS = FORWARD.flat();
export const ROLLBACK_STEPS = BACK.flat();
/** What is found before traffic goes stale, and is then found anew. */
const BEFORE_TRAFFIC = FORWARD.slice(0, 4).flat();

/** What may begin once more after it has passed, and until what has passed. */
const REPEATABLE: Readonly<Partial<Record<StepId, StepId>>> = {
  ...Object.fromEntries(BEFORE_TRAFFIC.map((id) => [id, 'low-traffic' as const])),
  'begin-traffic': 'low-traffic',
  'increase-traffic': 'ramp-25',
  'release-kill-switch': 'kill-switch-off',
};

/** Steps as far as the journal has told them. */
export interface Standing {
  readonly status: ReadonlyMap<StepId, StepStatus>;
  /** What has passed at least once. */
  readonly passed: ReadonlySet<StepId>;
  readonly isStopped: boolean;
}

export const AT_THE_BEGINNING: Standing = { status: new Map(), passed: new Set(), isStopped: false };

/** How the steps stand after one more entry. */
export function standingAfter(before: Standing, { kind, body }: Entry): Standing {
  if (kind === 'stopped') return { ...before, isStopped: true };
  if (kind === 'taken-over') return backAtTheStart(before);
  if (kind === 'step-started') return { ...before, status: new Map(before.status).set(body.step, 'running') };
  if (kind !== 'step-settled') return before;
  const status = new Map(before.status).set(body.step, body.status);
  return {
    ...before,
    status,
    passed: body.status === 'passed' ? new Set(before.passed).add(body.step) : before.passed,
  };
}

/** Whoever takes over knows only that the run is lost, and goes the whole way back, also where it had begun to. */
function backAtTheStart({ status, passed, isStopped }: Standing): Standing {
  const isKept = (id: StepId) => !ROLLBACK_STEPS.includes(id);
  return {
    status: new Map([...status].filter(([id]) => isKept(id))),
    passed: new Set([...passed].filter(isKept)),
    isStopped,
  };
}

/** The order of the steps, held against the runbook: nothing begins before what it rests on has passed. */
export function orderOf(entries: readonly Entry[]): Ruling {
  const problems: BundleProblem[] = [];
  let standing = AT_THE_BEGINNING;
  for (const entry of entries) {
    const why = problemOf(entry, standing);
    if (why !== undefined) problems.push({ path: JOURNAL, why: `line ${entry.sequence}: ${why}` });
    standing = standingAfter(standing, entry);
  }
  const done = [...standing.passed].filter((id) => FORWARD_STEPS.includes(id)).length;
  return ruled('order', problems, {
    says: [`The ${done} steps that passed went in the order of the runbook, and none began before what it rests on.`],
  });
}

function problemOf(entry: Entry, standing: Standing): string | undefined {
  if (entry.kind === 'step-started') return whyNotStarted(entry.body.step, standing);
  return entry.kind === 'step-settled' ? whyNotSettled(entry, standing) : undefined;
}

function whyNotStarted(step: StepId, { status, passed, isStopped }: Standing): string | undefined {
  if (step === 'archive-evidence') return undefined;
  if (status.get(step) === 'running' && !BEFORE_TRAFFIC.includes(step)) return `${step} begins twice`;
  if (passed.has(step)) {
    const until = REPEATABLE[step];
    return until === undefined || passed.has(until) ? `${step} begins again after it has passed` : undefined;
  }
  if (ROLLBACK_STEPS.includes(step) && !isStopped) return `${step} begins though nothing has stopped the go-live`;
  const missing = restsOn(step).find((id) => !passed.has(id));
  return missing === undefined ? undefined : `${step} begins before ${missing} has passed`;
}

function whyNotSettled(
  { body: { step, status: now, verdict } }: Entry<'step-settled'>,
  { status, isStopped }: Standing,
): string | undefined {
  const before = status.get(step);
  if (before !== 'running' && before !== 'blocked') return `${step} is settled though it is not under way`;
  if ((now === 'passed') !== (verdict === 'pass')) return `${step} is ${now} with the verdict ${verdict}`;
  if (now !== 'passed') return undefined;
  if (isStopped && movesOrWatches(step)) return `${step} passes after the go-live was stopped`;
  const stale = step === 'low-traffic' ? BEFORE_TRAFFIC.find((id) => status.get(id) !== 'passed') : undefined;
  return stale === undefined ? undefined : `traffic begins while ${stale} does not stand at passed`;
}

function restsOn(step: StepId): readonly StepId[] {
  const stages = BACK.some((stage) => stage.includes(step)) ? BACK : FORWARD;
  return stages
    .slice(
      0,
      Math.max(
        0,
        stages.findIndex((stage) => stage.includes(step)),
      ),
    )
    .flat();
}

function movesOrWatches(step: StepId): boolean {
  return STEPS.some(({ id, kind }) => id === step && (kind === 'shift' || kind === 'window'));
}
