/**
 * The runbook as a table: every step in the order in which a go-live walks through it, with the items of the runbook
 * it answers. Behaviour is code (`workflows/go-live.ts`); vocabulary is this table.
 */

export type Phase = 'preflight' | 'controls' | 'incident-readiness' | 'rollout' | 'post-launch' | 'rollback';

export type StepKind = 'check' | 'control' | 'gate' | 'shift' | 'window' | 'review' | 'archive' | 'rollback';

/** What a control rests on: facts a machine can read, the word of a named person, both, or a word for the rest of the facts. */
export type Proof = 'facts' | 'word' | 'both' | 'rest';

interface Row {
  readonly id: string;
  readonly phase: Phase;
  readonly title: string;
  /** Items of the runbook (`docs/runbook.md`) that this step answers. */
  readonly runbook: readonly string[];
  readonly kind: StepKind;
}

type AnyRow =
  (Row & { readonly kind: Exclude<StepKind, 'control'> }) | (Row & { readonly kind: 'control'; readonly proof: Proof });

// A row a line, so that it reads as the table it is.
/* prettier-ignore */
export const STEPS = [
  { phase: 'preflight', id: 'tenant-capabilities', kind: 'check', runbook: ['P0'], title: 'The tenant answers as the contract says' },
  { phase: 'preflight', id: 'infrastructure-health', kind: 'check', runbook: ['P1'], title: 'Runtime services are healthy' },
  { phase: 'preflight', id: 'policy-set', kind: 'control', proof: 'rest', runbook: ['P2a', 'P2b', 'P2c'], title: 'The planned policy set is active' },
  { phase: 'preflight', id: 'operational-readiness', kind: 'check', runbook: ['P3a', 'P3b', 'P3c', 'P3d', 'P3e'], title: 'The readiness suite passes' },
  { phase: 'preflight', id: 'token-signing', kind: 'check', runbook: ['P4'], title: 'A test token verifies' },
  { phase: 'preflight', id: 'audit-pipeline', kind: 'check', runbook: ['P5'], title: 'Audit events are recorded' },

  { phase: 'controls', id: 'kill-switch-drill', kind: 'control', proof: 'both', runbook: ['C1'], title: 'The kill switch works' },
  { phase: 'controls', id: 'token-revocation-drill', kind: 'control', proof: 'both', runbook: ['C2'], title: 'A credential can be revoked at once' },
  { phase: 'controls', id: 'circuit-breakers', kind: 'control', proof: 'word', runbook: ['C3'], title: 'Circuit breakers fit the load' },
  { phase: 'controls', id: 'production-keys', kind: 'control', proof: 'both', runbook: ['C4'], title: 'Production keys have minimum scopes' },
  { phase: 'controls', id: 'key-isolation', kind: 'control', proof: 'facts', runbook: ['C5'], title: 'Staging keys cannot reach production' },
  { phase: 'controls', id: 'role-review', kind: 'control', proof: 'both', runbook: ['C6'], title: 'Roles are reviewed for least privilege' },
  { phase: 'controls', id: 'health-monitoring', kind: 'control', proof: 'both', runbook: ['C7'], title: 'Health endpoints are monitored' },
  { phase: 'controls', id: 'latency-alert', kind: 'control', proof: 'both', runbook: ['C8'], title: 'Latency raises an alert' },
  { phase: 'controls', id: 'error-rate-alert', kind: 'control', proof: 'both', runbook: ['C9'], title: 'Errors raise an alert' },
  { phase: 'controls', id: 'audit-lag-alert', kind: 'control', proof: 'both', runbook: ['C10'], title: 'Audit lag raises an alert' },
  { phase: 'controls', id: 'rollback-version', kind: 'control', proof: 'facts', runbook: ['C11'], title: 'The previous policy versions can be returned to' },
  { phase: 'controls', id: 'rollback-rehearsal', kind: 'control', proof: 'both', runbook: ['C12'], title: 'The rollback was rehearsed in staging' },
  { phase: 'controls', id: 'rollback-approvers', kind: 'control', proof: 'both', runbook: ['C13'], title: 'Those who approve a rollback are known' },

  { phase: 'incident-readiness', id: 'on-call', kind: 'control', proof: 'both', runbook: ['I1'], title: 'An operator is on call for the first week' },
  { phase: 'incident-readiness', id: 'incident-runbook', kind: 'control', proof: 'word', runbook: ['I2'], title: 'The incident runbook is reviewed' },
  { phase: 'incident-readiness', id: 'incident-channel', kind: 'control', proof: 'word', runbook: ['I3'], title: 'A channel for incidents exists' },
  { phase: 'incident-readiness', id: 'escalation-path', kind: 'control', proof: 'word', runbook: ['I4'], title: 'The escalation path is defined' },

  { phase: 'rollout', id: 'begin-traffic', kind: 'gate', runbook: ['P0'], title: 'Approve the first traffic' },
  { phase: 'rollout', id: 'low-traffic', kind: 'shift', runbook: ['R1', 'R1m'], title: 'A small share of traffic' },
  { phase: 'rollout', id: 'steady-state', kind: 'window', runbook: ['R2a', 'R2b'], title: 'Steady state at low traffic' },
  { phase: 'rollout', id: 'deny-review', kind: 'review', runbook: ['R2c'], title: 'A sample of denials is reviewed' },
  { phase: 'rollout', id: 'increase-traffic', kind: 'gate', runbook: ['R3'], title: 'Approve more traffic' },
  { phase: 'rollout', id: 'ramp-25', kind: 'shift', runbook: ['R3'], title: 'A quarter of the traffic' },
  { phase: 'rollout', id: 'ramp-50', kind: 'shift', runbook: ['R3'], title: 'Half of the traffic' },
  { phase: 'rollout', id: 'ramp-100', kind: 'shift', runbook: ['R3'], title: 'All of the traffic' },

  { phase: 'post-launch', id: 'post-launch-watch', kind: 'window', runbook: ['R4a'], title: 'A day at full traffic' },
  { phase: 'post-launch', id: 'post-launch-readiness', kind: 'check', runbook: ['R4a'], title: 'The readiness suite passes again' },
  { phase: 'post-launch', id: 'audit-review', kind: 'control', proof: 'rest', runbook: ['R4b'], title: 'The audit log is complete' },
  { phase: 'post-launch', id: 'deny-patterns', kind: 'control', proof: 'rest', runbook: ['R4c'], title: 'No unexpected deny patterns' },
  { phase: 'post-launch', id: 'archive-evidence', kind: 'archive', runbook: ['R4d'], title: 'The evidence is archived' },

  { phase: 'rollback', id: 'kill-switch-on', kind: 'rollback', runbook: ['B1'], title: 'Kill switch on' },
  { phase: 'rollback', id: 'traffic-to-safe', kind: 'rollback', runbook: ['B1'], title: 'Traffic to its safe share' },
  { phase: 'rollback', id: 'policy-rollback', kind: 'rollback', runbook: ['B2'], title: 'Previous policy versions back' },
  { phase: 'rollback', id: 'verify-rollback', kind: 'rollback', runbook: ['B3'], title: 'The rollback is verified' },
  { phase: 'rollback', id: 'release-kill-switch', kind: 'gate', runbook: ['B4'], title: 'Approve releasing the kill switch' },
  { phase: 'rollback', id: 'kill-switch-off', kind: 'rollback', runbook: ['B4'], title: 'Kill switch off' },
  { phase: 'rollback', id: 'archive-evidence', kind: 'archive', runbook: ['R4d'], title: 'The evidence is archived' },
] as const satisfies readonly AnyRow[];

export type StepRow = (typeof STEPS)[number];
export type StepId = StepRow['id'];
type IdOf<Kind extends StepKind> = Extract<StepRow, { kind: Kind }>['id'];
export type CheckId = IdOf<'check'>;
export type ControlId = IdOf<'control'>;
/** Controls that rest on a person's word alone. */
export type AttestedControlId = Extract<StepRow, { proof: 'word' }>['id'];
/** Controls with facts that a machine can read. */
export type FactualControlId = Exclude<ControlId, AttestedControlId>;
export type GateId = IdOf<'gate'>;
export type ReviewId = IdOf<'review'>;
export type ShiftId = IdOf<'shift'>;
export type WindowId = IdOf<'window'>;

const isKind =
  <Kind extends StepKind>(kind: Kind) =>
  (row: StepRow): row is Extract<StepRow, { kind: Kind }> =>
    row.kind === kind;

export const STEP_IDS: readonly StepId[] = [...new Set(STEPS.map((row) => row.id))];

/** In the order of the runbook. */
export const PHASES: readonly Phase[] = [...new Set(STEPS.map(({ phase }) => phase))];
export const CONTROL_IDS = STEPS.filter(isKind('control')).map((row) => row.id);
export const GATE_IDS = STEPS.filter(isKind('gate')).map((row) => row.id);

/** `archive-evidence` stands in two phases with the same title; the first row serves both. */
const ROWS = new Map<StepId, Row>(STEPS.toReversed().map((row) => [row.id, row]));

/** The row of a step. */
export function rowOf(id: StepId): Row {
  return ROWS.get(id) as Row;
}

const CONTROLS = STEPS.filter(isKind('control'));

/** What a control rests on. Every control has a row; without one nothing less than both would do. */
export function proofOf(id: ControlId): Proof {
  return CONTROLS.find((row) => row.id === id)?.proof ?? 'both';
}
