import type { CheckId, FactualControlId, ReviewId, ShiftId } from './plan.ts';

/** Steps that can be blocked by what they find. */
type BlockableId = CheckId | FactualControlId | ReviewId | ShiftId;

const SHIFT =
  'Where the share is moved by hand, have it moved as the reason says; where too little was seen, bring the metrics back.';

/** What to do about a step that does not pass, before it is rechecked. The codes of calls are in `docs/failures.md`. */
const REMEDIES: Readonly<Record<BlockableId, string>> = {
  'tenant-capabilities':
    'Compare what did not fit with contract/intended-surface-a.openapi.yaml, override the path in the profile or end what is halted.',
  'infrastructure-health': 'Bring the service back to healthy with every one of its checks passing.',
  'policy-set':
    'Deploy the versions of the plan, retire others, mend what does not validate, or start again with a plan that says what is active.',
  'operational-readiness': 'Mend the part that is named; a bound that is too tight is a matter for a new plan.',
  'token-signing':
    'Compare issuer, type, audience and algorithms in the profile with what the tenant issues, and its published keys.',
  'audit-pipeline':
    'Bring the audit pipeline back: a gap or a broken chain is for the platform to explain before any traffic.',
  'kill-switch-drill':
    'Find out who else has halted the tenant, or why a halt does not take effect; nothing was left halted by the drill.',
  'token-revocation-drill': 'Find out why a revoked credential goes on working; the drill has revoked what it made.',
  'production-keys':
    'Replace the key by one with fewer scopes or a shorter life, or widen keys.production in the profile.',
  'key-isolation': 'Revoke the key that reaches too far and make another one for staging alone.',
  'role-review':
    'Take the role away from those who do not need it, close second accounts, or raise keys.maxAdmins in the profile.',
  'health-monitoring':
    'Add what is missing to the monitoring, the alert or a target by the address of the health endpoint, or name the right alert under monitoring.alerts in the profile.',
  'latency-alert':
    'Add the alert and an Alertmanager to the monitoring, or name the right alert under monitoring.alerts in the profile.',
  'error-rate-alert':
    'Add the alert and an Alertmanager to the monitoring, or name the right alert under monitoring.alerts in the profile.',
  'audit-lag-alert':
    'Add the alert and an Alertmanager to the monitoring, or name the right alert under monitoring.alerts in the profile.',
  'rollback-version':
    'Name a superseded version under policy.previous; a withdrawn one or a draft cannot be gone back to.',
  'rollback-rehearsal': 'Deploy two versions of one pack in staging that the versioned probe tells apart.',
  'rollback-approvers': 'Make those who may release the kill switch active members with a deciding role.',
  'on-call': 'Make the one on call an active member who may operate, or name somebody who is, in a new plan.',
  'low-traffic': SHIFT,
  'deny-review': 'Mend the policy that denied wrongly and start again, or wait for more denials.',
  'ramp-25': SHIFT,
  'ramp-50': SHIFT,
  'ramp-100': SHIFT,
  'post-launch-readiness': 'Mend the part that is named, or abort: the platform takes all of the traffic.',
  'audit-review': 'Ask those who run the platform about the missing events before the evidence is sealed.',
  'deny-patterns': 'Look at the new pattern in the audit log; abort if it denies what should be allowed.',
};

/** What to do about a step, where it is one that can be blocked. */
export function remedyFor(id: string): string | undefined {
  return Object.hasOwn(REMEDIES, id) ? REMEDIES[id as BlockableId] : undefined;
}
