import { goliveCommand, signalCommand } from './commands.ts';
import type { Ask, AttestationAsk, Desk, GateAsk, Order, ReviewAsk } from './desk.ts';
import { iso } from './instant.ts';
import { PLACEHOLDERS } from './placeholders.ts';
import { rowOf, type StepId } from './plan.ts';
import { ANYBODY, type MessageDraft, type Outcome, type Progress, type RunState, type Waiting } from './run.ts';

/** Everything a run knows about itself; what people see is derived from it and from nothing else. */
export type RunFacts = Pick<
  Progress,
  | 'golive'
  | 'tenant'
  | 'environment'
  | 'release'
  | 'rehearsal'
  | 'trust'
  | 'plan'
  | 'phase'
  | 'steps'
  | 'traffic'
  | 'killSwitch'
  | 'notifications'
  | 'ending'
  | 'evidence'
> & {
  readonly outcome: Outcome | null;
  readonly desk: Desk;
  /** When a hold that keeps traffic from moving becomes a stop, in epoch milliseconds. */
  readonly heldUntil: number | null;
};

const YOU = PLACEHOLDERS.by;

/** The one status of a run: the query, the Temporal UI, the command line and the report all show this. */
export function progressOf(facts: RunFacts): Progress {
  const { desk } = facts;
  const current = facts.steps.findLast((step) => step.status === 'running' || step.status === 'blocked');
  return {
    version: 1,
    golive: facts.golive,
    tenant: facts.tenant,
    environment: facts.environment,
    release: facts.release,
    rehearsal: facts.rehearsal,
    trust: facts.trust,
    plan: facts.plan,
    state: stateOf(facts, current?.id),
    phase: facts.phase,
    step: current
      ? { id: current.id, title: current.title, since: current.startedAt, deadline: current.deadline }
      : null,
    traffic: facts.traffic,
    killSwitch: facts.killSwitch,
    waitingFor: waitingFor(facts),
    steps: facts.steps,
    messages: {
      accepted: desk.accepted,
      refusedInAll: desk.refusals.count,
      refused: desk.refusals.latest.map((refusal) => ({ ...refusal, at: iso(refusal.at) })),
    },
    notifications: facts.notifications,
    ending: facts.ending,
    evidence: facts.evidence,
  };
}

function stateOf(facts: RunFacts, current: StepId | undefined): RunState {
  const { asks, held } = facts.desk;
  if (facts.outcome !== null) return facts.outcome;
  if (asks.some((ask) => ask.kind === 'hands')) return 'rollback-incomplete';
  if (facts.ending !== null) return 'rolling-back';
  if (asks.some((ask) => ask.kind === 'recheck')) return 'blocked';
  if (held !== null) return 'held';
  if (asks.length > 0) return 'waiting';
  const kind = current && rowOf(current).kind;
  return kind === 'window' || kind === 'shift' ? 'watching' : 'checking';
}

function waitingFor(facts: RunFacts): Waiting[] {
  const { asks, held } = facts.desk;
  const waiting = asks.map((ask) => waitingOf(ask, facts));
  return held === null ? waiting : [...waiting, resumeOf(held, facts)];
}

/** How a decision is sent: where decisions are signed by a command of ours, because nobody signs by hand. */
function decide(
  facts: RunFacts,
  message: MessageDraft,
  ...words: readonly [string, ...string[]]
): Pick<Waiting, 'how' | 'message'> {
  return facts.desk.trust === 'signed' ? { how: goliveCommand(facts.golive, ...words) } : send(facts, message);
}

function send({ golive }: RunFacts, message: MessageDraft): Pick<Waiting, 'how' | 'message'> {
  return { how: signalCommand(golive, message.name, message.body), message };
}

function waitingOf(ask: Ask, facts: RunFacts): Waiting {
  switch (ask.kind) {
    case 'approval':
      return approvalOf(ask, facts);
    case 'attestation':
      return attestationOf(ask, facts);
    case 'review':
      return reviewOf(ask, facts);
    case 'recheck': {
      const message: MessageDraft = { name: 'recheck', body: { by: YOU, step: ask.step } };
      return { ...again('recheck', ask.step), until: iso(ask.until), ...send(facts, message) };
    }
    case 'hands': {
      const message: MessageDraft = { name: 'retryRollback', body: { by: YOU, step: ask.step } };
      return { ...again('hands', ask.step), until: null, ...send(facts, message) };
    }
  }
}

function again(kind: Waiting['kind'], what: string): Pick<Waiting, 'kind' | 'what' | 'have' | 'need' | 'from'> {
  return { kind, what, have: 0, need: 1, from: ['anybody'] };
}

function resumeOf({ by, reason }: Order, facts: RunFacts): Waiting {
  const waiting = { kind: 'resume', what: `held by ${by}`, about: [reason], have: 0, need: 1, from: [] } as const;
  return {
    ...waiting,
    until: facts.heldUntil === null ? null : iso(facts.heldUntil),
    ...decide(facts, { name: 'resume', body: { by: YOU, reason: PLACEHOLDERS.reason } }, 'resume'),
  };
}

function approvalOf({ gate, nonce, shown, approvals, need, people, groups, until }: GateAsk, facts: RunFacts): Waiting {
  const seen = shown === null ? {} : { shown };
  const body = { gate, by: YOU, plan: facts.plan ?? '', nonce, ...seen };
  return {
    kind: 'approval',
    what: gate,
    gate,
    nonce,
    ...seen,
    have: approvals.length,
    need,
    from: [...people, ...groups.map((group) => `group ${group}`)],
    given: approvals.map(({ by }) => by),
    until: iso(until),
    ...decide(facts, { name: 'approve', body }, 'approve', gate),
  };
}

function attestationOf(ask: AttestationAsk, facts: RunFacts): Waiting {
  const { control, owner, about, until, given } = ask;
  const seen = ask.facts === null ? {} : { facts: ask.facts };
  const body = {
    control,
    by: owner ?? YOU,
    plan: facts.plan ?? '',
    ...seen,
    statement: PLACEHOLDERS.statement,
    evidence: PLACEHOLDERS.evidence,
  };
  return {
    kind: 'attestation',
    what: control,
    ...seen,
    about,
    have: given === null ? 0 : 1,
    need: 1,
    from: owner === null ? [ANYBODY] : [owner],
    until: iso(until),
    ...decide(facts, { name: 'attest', body }, 'attest', control),
  };
}

function reviewOf(
  { sample, ids, shown, wanted, available, reviewers, until, verdicts }: ReviewAsk,
  facts: RunFacts,
): Waiting {
  const open = ids.filter((id) => !verdicts.some((verdict) => verdict.id === id));
  const body = { sample, by: YOU, plan: facts.plan ?? '', verdicts: open.map((id) => ({ id, correct: true })) };
  return {
    kind: 'review',
    what: sample,
    items: open,
    denials: shown.filter(({ id }) => open.includes(id)),
    about: [`${ids.length} of ${available} denials, ${wanted} were asked for`],
    have: verdicts.length,
    need: ids.length,
    from: reviewers,
    until: iso(until),
    ...decide(facts, { name: 'review', body }, 'review'),
  };
}
