import { isPersonIn } from '../../domain/desk.ts';
import { personKey } from '../../domain/person.ts';
import { GATE_IDS, type GateId, type StepId } from '../../domain/plan.ts';
import type { Contents } from '../contents/contents.ts';
import { isOf, type Entry } from '../contents/entries.ts';
import { membersOf } from '../contents/members.ts';
import type { BundleProblem } from '../inspect.ts';
import { JOURNAL } from '../layout.ts';
import type { Decisions } from './approvals.ts';
import { ruled, type Ruling } from './ruling.ts';

/** What may only be done behind which gate. */
const BEHIND: Readonly<Partial<Record<StepId, GateId>>> = {
  'low-traffic': 'begin-traffic',
  'ramp-25': 'increase-traffic',
  'ramp-50': 'increase-traffic',
  'ramp-100': 'increase-traffic',
  'kill-switch-off': 'release-kill-switch',
};

type Opening = Entry<'gate-opened'>;
type Said = Entry<'message'>;

/** A gate as it stands: open with what was said, or passed. */
interface Gate {
  readonly opening: Opening;
  readonly approvals: readonly Said[];
  readonly isRejected: boolean;
  readonly isPassed: boolean;
}

type Gates = ReadonlyMap<GateId, Gate>;
type Held = Pick<Contents, 'plan' | 'planDigest'> & { readonly decisions: Decisions; readonly isSigned: boolean };

/** Every gate that passed, held against the plan, and everything that lies behind one, held against the gate. */
export function quorumOf({ entries, plan, planDigest }: Contents, decisions: Decisions): Ruling {
  const isSigned = entries.some(({ kind, body }) => kind === 'admitted' && body.trust === 'signed');
  const held: Held = { plan, planDigest, decisions, isSigned };
  const problems: BundleProblem[] = [];
  let gates: Gates = new Map();
  let passed = 0;
  for (const entry of entries) {
    const why = whyNot(entry, gates, held);
    if (why !== undefined) problems.push({ path: JOURNAL, why: `line ${entry.sequence}: ${why}` });
    gates = gatesAfter(gates, entry);
    passed += entry.kind === 'step-settled' && isGateId(entry.body.step) && entry.body.status === 'passed' ? 1 : 0;
  }
  const says = [
    `Each of the ${passed} gates that passed had as many approvals as the plan asks for, each person counted once, none the requester, before anything behind it was done.`,
  ];
  const isByGroup = !isSigned && entries.filter(isOf('gate-opened')).some(({ body }) => body.groups.length > 0);
  const open = isByGroup
    ? ['Who is in a group: nobody signs in this mode, so anybody counted where the plan names groups.']
    : [];
  return ruled('quorum', problems, { says, open });
}

function gatesAfter(gates: Gates, entry: Entry): Gates {
  switch (entry.kind) {
    case 'gate-opened':
      return new Map(gates).set(entry.body.gate, {
        opening: entry,
        approvals: [],
        isRejected: false,
        isPassed: false,
      });
    case 'message':
      return changed(gates, membersOf(entry.body.said)['gate'], (gate) => decided(gate, entry));
    // Whatever was said of a gate is over with these: it is opened anew, and people are asked anew.
    case 'approval-void':
      return without(gates, entry.body.gate);
    case 'step-started':
      return without(gates, entry.body.step);
    case 'step-settled': {
      const isPassed = entry.body.status === 'passed';
      return changed(gates, entry.body.step, (gate) => ({ ...gate, isPassed }));
    }
    default:
      return gates;
  }
}

function changed(gates: Gates, id: unknown, change: (gate: Gate) => Gate): Gates {
  const gate = isGateId(id) ? gates.get(id) : undefined;
  return isGateId(id) && gate !== undefined ? new Map(gates).set(id, change(gate)) : gates;
}

function without(gates: Gates, id: StepId): Gates {
  return new Map([...gates].filter(([gate]) => gate !== id));
}

function decided(gate: Gate, said: Said): Gate {
  const { name, counted } = said.body;
  if (!counted || gate.isPassed) return gate;
  if (name === 'reject') return { ...gate, isRejected: true };
  return name === 'approve' ? { ...gate, approvals: [...gate.approvals, said] } : gate;
}

function whyNot(entry: Entry, gates: Gates, held: Held): string | undefined {
  if (entry.kind === 'gate-opened') return whyNotAsPlanned(entry, held);
  if (entry.kind !== 'step-settled' || entry.body.status !== 'passed') return undefined;
  const { step } = entry.body;
  const needed = BEHIND[step];
  if (needed !== undefined)
    return gates.get(needed)?.isPassed === true
      ? undefined
      : `${step} passes though ${needed} does not stand at passed`;
  if (!isGateId(step)) return undefined;
  const gate = gates.get(step);
  if (gate === undefined) return `${step} passes without having been opened`;
  return gate.isRejected ? `${step} passes though it was rejected` : whyNoQuorum(gate, entry.at, held);
}

/** A gate asks for what the plan says: fewer approvals, or other people, would be another gate. */
function whyNotAsPlanned({ body: { gate, need, people, groups } }: Opening, { plan }: Held): string | undefined {
  const { approvals, from } = plan.gates[gate];
  if (need !== approvals) return `${gate} asks for ${need} approvals, the plan for ${approvals}`;
  const isSame = sameNames(people, from.people ?? []) && sameNames(groups, from.groups ?? []);
  return isSame ? undefined : `${gate} asks other people than the plan`;
}

function whyNoQuorum({ opening, approvals }: Gate, at: number, held: Held): string | undefined {
  const { gate, need } = opening.body;
  const { validFor } = held.plan.gates[gate];
  const oldest = at - validFor / held.plan.clock.speed;
  const counting = approvals.filter((approval) => approval.at > oldest && isFor(approval, opening, held));
  const people = new Set(counting.map(({ body }) => personKey(body.by)));
  return people.size >= need ? undefined : `${gate} passes with ${people.size} of ${need} approvals that hold`;
}

/** Whether it approves this opening of this plan, and its sender may. */
function isFor(
  { body: { by, said, decision } }: Said,
  { body: { gate, nonce, shown, people, groups } }: Opening,
  held: Held,
) {
  const { plan, planDigest, decisions, isSigned } = held;
  if (personKey(by) === personKey(plan.requestedBy)) return false;
  const named = new Map(Object.entries(said as object));
  if (named.get('plan') !== planDigest || named.get('gate') !== gate) return false;
  if ((named.get('nonce') ?? nonce) !== nonce || (named.get('shown') ?? shown) !== shown) return false;
  if (!isSigned) return isPersonIn(people, by) || groups.length > 0;
  const signed = decision === null ? undefined : decisions.get(decision);
  if (signed === undefined || !named.has('nonce')) return false;
  return isPersonIn(people, by) || groups.some((group) => signed.groups.includes(group));
}

function isGateId(value: unknown): value is GateId {
  return GATE_IDS.some((id) => id === value);
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}
