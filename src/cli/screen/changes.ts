import type { Progress, StepRecord, Waiting } from '../../domain/run.ts';

/** One thing that is different from the look before. */
export type Change =
  | { readonly kind: 'state'; readonly state: Progress['state']; readonly phase: Progress['phase'] }
  | { readonly kind: 'step'; readonly step: StepRecord }
  | { readonly kind: 'traffic'; readonly percent: number | null; readonly confirmed: boolean }
  | { readonly kind: 'kill-switch'; readonly position: Progress['killSwitch'] }
  | { readonly kind: 'waiting'; readonly waiting: Waiting }
  | { readonly kind: 'refused'; readonly name: string; readonly by: string; readonly why: string }
  | { readonly kind: 'untold'; readonly problem: NonNullable<Progress['notifications']['lastProblem']> }
  | { readonly kind: 'stopped'; readonly ending: NonNullable<Progress['ending']> }
  /** Nobody has answered since then (epoch milliseconds): what is shown is how it stood. */
  | { readonly kind: 'silent'; readonly since: number }
  | { readonly kind: 'heard-again' }
  | { readonly kind: 'sealed'; readonly evidence: NonNullable<Progress['evidence']> };

/** What happened between two looks at a run (the first has nothing before it), in the order in which it reads best. */
export function changesBetween(before: Progress | undefined, after: Progress): Change[] {
  return [
    ...ending(before, after),
    ...state(before, after),
    ...steps(before, after),
    ...traffic(before, after),
    ...waiting(before, after),
    ...refused(before, after),
    ...untold(before, after),
    ...(after.evidence && !before?.evidence ? [{ kind: 'sealed', evidence: after.evidence } as const] : []),
  ];
}

function ending(before: Progress | undefined, { ending }: Progress): Change[] {
  return ending && !before?.ending ? [{ kind: 'stopped', ending }] : [];
}

function state(before: Progress | undefined, { state, phase }: Progress): Change[] {
  return before?.state === state && before.phase === phase ? [] : [{ kind: 'state', state, phase }];
}

function steps(before: Progress | undefined, after: Progress): Change[] {
  const known = new Map(before?.steps.map((step) => [step.id, step]));
  const isNews = (step: StepRecord) => {
    const former = known.get(step.id);
    return former?.status !== step.status || former.startedAt !== step.startedAt;
  };
  return after.steps.filter(isNews).map((step) => ({ kind: 'step', step }));
}

function traffic(before: Progress | undefined, { traffic, killSwitch }: Progress): Change[] {
  const moved = before?.traffic.percent !== traffic.percent || before?.traffic.confirmed !== traffic.confirmed;
  return [
    ...(moved && traffic.percent !== null ? [{ kind: 'traffic', ...traffic } as const] : []),
    ...(before !== undefined && before.killSwitch !== killSwitch
      ? [{ kind: 'kill-switch', position: killSwitch } as const]
      : []),
  ];
}

function waiting(before: Progress | undefined, after: Progress): Change[] {
  const same = (one: Waiting, other: Waiting) =>
    one.kind === other.kind && one.what === other.what && one.until === other.until && one.have === other.have;
  return after.waitingFor
    .filter((now) => !before?.waitingFor.some((then) => same(now, then)))
    .map((it) => ({ kind: 'waiting', waiting: it }));
}

function refused(before: Progress | undefined, { messages }: Progress): Change[] {
  const fresh = messages.refusedInAll - (before?.messages.refusedInAll ?? 0);
  if (fresh <= 0) return [];
  return messages.refused.slice(-fresh).map(({ name, by, why }) => ({ kind: 'refused', name, by, why }));
}

/** Of several that failed since the look before, the last one is told. */
function untold(before: Progress | undefined, { notifications }: Progress): Change[] {
  const { failed, lastProblem } = notifications;
  const isNews = lastProblem !== null && failed !== (before?.notifications.failed ?? 0);
  return isNews ? [{ kind: 'untold', problem: lastProblem }] : [];
}
