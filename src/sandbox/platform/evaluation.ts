import type { DecisionWord } from './audit.ts';
import type { Obstacle } from './emergency.ts';
import type { IntentRequest } from './requests.ts';

export interface GateResult {
  readonly gate: string;
  readonly outcome: 'PASSED' | 'FAILED' | 'ESCALATED';
  readonly reason: string;
}

/** The contract's `AuthorityDecision`. */
export interface AuthorityDecision {
  readonly decision: DecisionWord;
  readonly riskScore: number | null;
  readonly policyCompliant: boolean | null;
  readonly rationale: readonly string[];
  readonly gateTrace: readonly GateResult[];
}

/** A decision and the rule that made it, as `pack/rule`. */
export interface Evaluation {
  readonly decision: AuthorityDecision;
  readonly policyId: string | null;
  readonly reason: string;
}

/** The action that is allowed only while the named version is in force. */
const VERSIONED_PROBE = 'golive.probe.version.';

const ESCALATE_ABOVE = 60;
const DENY_ABOVE = 90;

type Rule = { readonly id: string; readonly effect: 'by-risk' | 'deny' } | undefined;

const NOT_HALTED: GateResult = { gate: 'emergency', outcome: 'PASSED', reason: 'not_halted' };

/** Decides one intent under the versions in force. An action that no rule covers is denied (D-17). */
export function evaluate(request: IntentRequest, versionsInForce: readonly string[]): Evaluation {
  const { baseRiskScore, policyCompliant } = request.riskContext;
  const rule = ruleFor(request.proposedAction, versionsInForce);
  const conclude = (decision: DecisionWord, rationale: string, ...gates: readonly GateResult[]): Evaluation => ({
    decision: {
      decision,
      riskScore: baseRiskScore,
      policyCompliant,
      rationale: [rationale],
      gateTrace: [NOT_HALTED, ...gates],
    },
    policyId: rule?.id ?? null,
    reason: gates.at(-1)?.reason ?? NOT_HALTED.reason,
  });
  const failed = (reason: string): GateResult => ({ gate: 'policy', outcome: 'FAILED', reason });

  if (rule === undefined) return conclude('DENIED', 'No active rule covers this action.', failed('NO_MATCHING_POLICY'));
  if (rule.effect === 'deny')
    return conclude('DENIED', `Rule ${rule.id} forbids this action.`, failed('DENIED_BY_RULE'));
  if (!policyCompliant) return conclude('DENIED', `Rule ${rule.id} needs compliance.`, failed('NOT_COMPLIANT'));

  const policy: GateResult = { gate: 'policy', outcome: 'PASSED', reason: rule.id };
  const risk = (outcome: GateResult['outcome'], reason: string): GateResult => ({ gate: 'risk', outcome, reason });
  if (baseRiskScore > DENY_ABOVE) {
    return conclude('DENIED', `Rule ${rule.id} forbids this risk.`, policy, risk('FAILED', 'above_limit'));
  }
  if (baseRiskScore > ESCALATE_ABOVE) {
    return conclude('ESCALATED', `Rule ${rule.id} needs a person.`, policy, risk('ESCALATED', 'above_limit'));
  }
  return conclude('APPROVED', `Rule ${rule.id} allows this action.`, policy, risk('PASSED', 'within_limit'));
}

/** What is answered while evaluation is stopped (D-04): nothing was evaluated, so there is no score. */
export function stopped(obstacle: Obstacle): Evaluation {
  const gate = obstacle === 'connector_paused' ? 'connector' : 'emergency';
  return {
    decision: {
      decision: 'DENIED',
      riskScore: null,
      policyCompliant: null,
      rationale: ['Evaluation is stopped.'],
      gateTrace: [{ gate, outcome: 'FAILED', reason: obstacle }],
    },
    policyId: null,
    reason: obstacle,
  };
}

function ruleFor(action: string, versionsInForce: readonly string[]): Rule {
  if (action === 'golive.probe.allow') return { id: 'payments-guardrails/golive-probe-allow', effect: 'by-risk' };
  if (action === 'golive.probe.deny') return { id: 'payments-guardrails/golive-probe-deny', effect: 'deny' };
  if (action.startsWith(VERSIONED_PROBE)) {
    const inForce = versionsInForce.includes(action.slice(VERSIONED_PROBE.length));
    return { id: 'payments-guardrails/golive-probe-version', effect: inForce ? 'by-risk' : 'deny' };
  }
  if (action.startsWith('payments.')) return { id: 'payments-guardrails/payments', effect: 'by-risk' };
  if (action.startsWith('data.')) return { id: 'data-access/customer-data', effect: 'by-risk' };
  return undefined;
}
