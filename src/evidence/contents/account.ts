import { rowOf, STEPS, type GateId, type Phase, type StepId } from '../../domain/plan.ts';
import type { Outcome, StepStatus } from '../../domain/run.ts';
import type { Digest, Verdict } from '../../domain/verdict.ts';
import type { Contents } from './contents.ts';
import { isOf, type Entry } from './entries.ts';
import { membersOf } from './members.ts';

/** One step as the journal tells it. Times are epoch milliseconds; `attempts` counts how often it was begun. */
export interface StepAccount {
  readonly id: StepId;
  readonly phase: Phase;
  readonly title: string;
  /** Items of the runbook. */
  readonly items: readonly string[];
  readonly status: StepStatus;
  readonly verdict: Verdict | null;
  readonly summary: string;
  readonly reasons: readonly string[];
  readonly evidence: Digest | null;
  readonly subject: Digest | null;
  readonly startedAt: number;
  readonly settledAt: number | null;
  readonly attempts: number;
}

/** What somebody said about an open gate. */
export interface GateWord {
  readonly at: number;
  readonly by: string;
  readonly decides: 'approve' | 'reject';
  readonly reason: string;
  /** Id of the signed decision; null where nobody signs. */
  readonly decision: Digest | null;
}

/** One opening of a gate, and what became of it. */
export interface GateAccount {
  readonly gate: GateId;
  readonly title: string;
  readonly openedAt: number;
  readonly need: number;
  readonly from: readonly string[];
  readonly shown: Digest;
  readonly words: readonly GateWord[];
  readonly settled: { readonly at: number; readonly passed: boolean; readonly summary: string } | null;
  /** Why the approvals did not count any more, where they did not. */
  readonly voided: string | null;
}

/** Somebody's word on a control or on denials. */
export interface Word {
  readonly at: number;
  readonly by: string;
  readonly about: readonly string[];
  readonly statement: string;
  readonly link: string | null;
  readonly decision: Digest | null;
}

export interface Refusal {
  readonly at: number;
  readonly name: string;
  readonly by: string;
  readonly why: string;
}

/** A whole run, as its journal tells it. */
export interface Account {
  readonly golive: string;
  readonly trust: 'namespace' | 'signed' | null;
  readonly rehearsal: boolean;
  readonly outcome: Outcome | null;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly stopped: { readonly at: number; readonly why: string; readonly by: string | null } | null;
  /** In the order of the runbook. */
  readonly steps: readonly StepAccount[];
  readonly gates: readonly GateAccount[];
  readonly words: readonly Word[];
  readonly refusals: readonly Refusal[];
}

/** Tells a run from what it left behind. */
export function accountOf({ entries, closing }: Contents): Account {
  const admitted = entries.find(isOf('admitted'))?.body;
  const stopped = entries.find(isOf('stopped'));
  const messages = entries.filter(isOf('message'));
  return {
    golive: closing?.golive ?? admitted?.golive ?? 'unknown',
    trust: admitted?.trust ?? null,
    rehearsal: closing?.rehearsal ?? admitted?.rehearsal ?? false,
    outcome: closing?.outcome ?? entries.find(isOf('ended'))?.body.outcome ?? null,
    beganAt: entries.at(0)?.at ?? 0,
    endedAt: closing === undefined ? (entries.at(-1)?.at ?? 0) : Date.parse(closing.at),
    stopped: stopped === undefined ? null : { at: stopped.at, why: stopped.body.why, by: stopped.body.by },
    steps: stepsIn(entries),
    gates: gatesIn(entries),
    words: messages.filter(({ body }) => body.counted).flatMap(wordIn),
    refusals: messages
      .filter(({ body }) => !body.counted)
      .map(({ at, body: { name, by, text } }) => ({ at, name, by, why: text })),
  };
}

function stepsIn(entries: readonly Entry[]): readonly StepAccount[] {
  const steps = new Map<StepId, StepAccount>();
  const stopped = entries.find(isOf('stopped'));
  for (const entry of entries) {
    if (entry.kind === 'step-started') steps.set(entry.body.step, begun(entry, steps.get(entry.body.step)));
    if (entry.kind !== 'step-settled') continue;
    const { step, ...found } = entry.body;
    const before = steps.get(step);
    if (before !== undefined) steps.set(step, { ...before, ...found, settledAt: entry.at });
  }
  const order = new Map(STEPS.map(({ id }, index) => [id, index]));
  const sorted = [...steps.values()].sort((one, other) => (order.get(one.id) ?? 0) - (order.get(other.id) ?? 0));
  return stopped === undefined ? sorted : sorted.map((step) => brokenOff(step, stopped.at));
}

function begun({ at, body: { step, title } }: Entry<'step-started'>, before: StepAccount | undefined): StepAccount {
  const { phase, runbook } = rowOf(step);
  return {
    id: step,
    phase,
    title,
    items: runbook,
    status: 'running',
    verdict: null,
    summary: '',
    reasons: [],
    evidence: null,
    subject: null,
    startedAt: at,
    settledAt: null,
    attempts: (before?.attempts ?? 0) + 1,
  };
}

/** What was under way when the run was stopped was stopped with it. */
function brokenOff(step: StepAccount, at: number): StepAccount {
  const isOver = step.startedAt <= at && (step.status === 'running' || step.status === 'blocked');
  return isOver ? { ...step, status: 'stopped' } : step;
}

function gatesIn(entries: readonly Entry[]): readonly GateAccount[] {
  const gates: GateAccount[] = [];
  const change = (gate: GateId, patch: (before: GateAccount) => Partial<GateAccount>) => {
    const index = gates.findLastIndex((it) => it.gate === gate);
    const before = gates[index];
    if (before !== undefined) gates[index] = { ...before, ...patch(before) };
  };
  for (const entry of entries) {
    if (entry.kind === 'gate-opened') gates.push(opened(entry));
    if (entry.kind === 'approval-void') change(entry.body.gate, () => ({ voided: entry.body.why }));
    if (entry.kind === 'message') {
      const word = gateWordIn(entry);
      if (word !== undefined) change(word.gate, ({ words }) => ({ words: [...words, word] }));
    }
    if (entry.kind !== 'step-settled') continue;
    const { step, status, summary } = entry.body;
    const gate = gates.find((it) => it.gate === step)?.gate;
    if (gate !== undefined) change(gate, () => ({ settled: { at: entry.at, passed: status === 'passed', summary } }));
  }
  return gates;
}

function opened({ at, body: { gate, need, people, groups, shown } }: Entry<'gate-opened'>): GateAccount {
  const from = [...people, ...groups.map((group) => `anybody in ${group}`)];
  return { gate, title: rowOf(gate).title, openedAt: at, need, from, shown, words: [], settled: null, voided: null };
}

function gateWordIn({ at, body }: Entry<'message'>): (GateWord & { readonly gate: GateId }) | undefined {
  const { name, by, counted, said, decision } = body;
  if (!counted || (name !== 'approve' && name !== 'reject')) return undefined;
  const { gate, reason } = membersOf(said);
  return { gate: gate as GateId, at, by, decides: name, reason: textOf(reason), decision };
}

function wordIn({ at, body: { name, by, said, decision } }: Entry<'message'>): readonly Word[] {
  const { control, controls, seen, statement, evidence, verdicts } = membersOf(said);
  if (name === 'review') {
    const judged = Array.isArray(verdicts) ? verdicts.length : 0;
    return [{ at, by, about: ['deny-review'], statement: `judged ${judged} denials`, link: null, decision }];
  }
  if (name !== 'attest') return [];
  const about = [control, ...(Array.isArray(controls) ? (controls as unknown[]) : []), ...Object.keys(membersOf(seen))];
  const link = typeof evidence === 'string' ? evidence : null;
  return [
    { at, by, about: about.filter((id) => typeof id === 'string'), statement: textOf(statement), link, decision },
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
