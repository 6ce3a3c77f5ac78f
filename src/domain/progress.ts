import type { Ask, Desk } from './desk.ts';
import { signalCommand } from './signal-command.ts';
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
  const { desk, golive } = facts;
  const plan = facts.plan ?? '';
  const waiting = desk.asks.map((ask) => waitingOf(ask, golive, plan));
  if (desk.held === null) return waiting;
  const how = signalCommand(golive, 'resume', { by: 'you', reason: '…' });
  const { by } = desk.held;
  return [...waiting, { kind: 'resume', what: `held by ${by}`, have: 0, need: 1, from: [], until: null, how }];
}

function waitingOf(ask: Ask, golive: string, plan: string): Waiting {
  const by = 'you';
  switch (ask.kind) {
    case 'approval': {
      const shown = ask.shown === null ? {} : { shown: ask.shown };
      return {
        kind: 'approval',
        what: ask.gate,
        gate: ask.gate,
        nonce: ask.nonce,
        ...shown,
        have: ask.approvals.length,
        need: ask.need,
        from: [...ask.people, ...ask.groups.map((group) => `group ${group}`)],
        until: iso(ask.until),
        how: signalCommand(golive, 'approve', { gate: ask.gate, by, plan, nonce: ask.nonce, ...shown }),
      };
    }
    case 'attestation': {
      const evidence = 'https://…';
      const facts = ask.facts === null ? {} : { facts: ask.facts };
      const body = { control: ask.control, by: ask.owner ?? by, plan, ...facts, statement: '…', evidence };
      return {
        kind: 'attestation',
        what: ask.control,
        ...facts,
        about: ask.about,
        have: ask.given === null ? 0 : 1,
        need: 1,
        from: ask.owner === null ? ['anybody but the requester'] : [ask.owner],
        until: iso(ask.until),
        how: signalCommand(golive, 'attest', body),
      };
    }
    case 'review': {
      const open = ask.ids.filter((id) => !ask.verdicts.some((verdict) => verdict.id === id));
      const verdicts = open.map((id) => ({ id, correct: true }));
      return {
        kind: 'review',
        what: ask.sample,
        items: open,
        have: ask.verdicts.length,
        need: ask.ids.length,
        from: ask.reviewers,
        until: iso(ask.until),
        how: signalCommand(golive, 'review', { sample: ask.sample, by, plan, verdicts }),
      };
    }
    case 'recheck':
      return {
        kind: 'recheck',
        what: ask.step,
        have: 0,
        need: 1,
        from: ['anybody'],
        until: iso(ask.until),
        how: signalCommand(golive, 'recheck', { by, step: ask.step }),
      };
    case 'hands':
      return {
        kind: 'hands',
        what: ask.step,
        have: 0,
        need: 1,
        from: ['anybody'],
        until: null,
        how: signalCommand(golive, 'retryRollback', { by, step: ask.step }),
      };
  }
}
