import { goliveCommand, signalCommand } from './commands.ts';
import type { Ask, AttestationAsk, Desk, GateAsk, ReviewAsk } from './desk.ts';
import type { MessageName } from './messages.ts';
import { rowOf, type StepId } from './plan.ts';
import type { Outcome, Progress, RunState, Waiting } from './run.ts';

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
  | 'ending'
  | 'evidence'
> & { readonly outcome: Outcome | null; readonly desk: Desk };

const iso = (at: number) => new Date(at).toISOString();

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
  const { desk } = facts;
  const waiting = desk.asks.map((ask) => waitingOf(ask, facts));
  if (desk.held === null) return waiting;
  const how = decide(facts, 'resume', { by: YOU, reason: '…' }, 'resume');
  const { by } = desk.held;
  return [...waiting, { kind: 'resume', what: `held by ${by}`, have: 0, need: 1, from: [], until: null, how }];
}

const YOU = 'you';

/** The command for a decision: where decisions are signed it is ours, because nobody signs by hand. */
function decide(
  { desk, golive }: RunFacts,
  name: MessageName,
  body: object,
  ...words: readonly [string, ...string[]]
): string {
  return desk.trust === 'signed' ? goliveCommand(golive, ...words) : signalCommand(golive, name, body);
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
      const { step: what, until } = ask;
      return again(
        { kind: 'recheck', what, until: iso(until) },
        signalCommand(facts.golive, 'recheck', { by: YOU, step: what }),
      );
    }
    case 'hands': {
      const { step: what } = ask;
      return again(
        { kind: 'hands', what, until: null },
        signalCommand(facts.golive, 'retryRollback', { by: YOU, step: what }),
      );
    }
  }
}

function again(waiting: Pick<Waiting, 'kind' | 'what' | 'until'>, how: string): Waiting {
  return { ...waiting, have: 0, need: 1, from: ['anybody'], how };
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
    approvedBy: approvals.map(({ by }) => by),
    from: [...people, ...groups.map((group) => `group ${group}`)],
    until: iso(until),
    how: decide(facts, 'approve', body, 'approve', gate),
  };
}

function attestationOf(ask: AttestationAsk, facts: RunFacts): Waiting {
  const { control, owner, about, until, given } = ask;
  const seen = ask.facts === null ? {} : { facts: ask.facts };
  const body = { control, by: owner ?? YOU, plan: facts.plan ?? '', ...seen, statement: '…', evidence: 'https://…' };
  return {
    kind: 'attestation',
    what: control,
    ...seen,
    about,
    have: given === null ? 0 : 1,
    need: 1,
    from: owner === null ? ['anybody but the requester'] : [owner],
    until: iso(until),
    how: decide(facts, 'attest', body, 'attest', control),
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
    how: decide(facts, 'review', body, 'review'),
  };
}
