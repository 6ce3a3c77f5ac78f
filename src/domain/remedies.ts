import type { AttestedControlId, StepId } from './plan.ts';

/** Every step that can be blocked or need hands: all but those for which people give their word alone. */
type MendableId = Exclude<StepId, AttestedControlId>;

const WATCH_ANEW =
  'Find out why too little could be observed: metrics that cannot be read, or too few requests. The window then begins anew.';

const GATE =
  'Make the evidence store take what is shown to those who decide, which must be kept before they are asked.';

const SHIFT =
  'Where the audit log cannot be read, bring it back; where the share is moved by hand, have it moved as the reason says; where too little was seen, bring the metrics back; and bring back what was approved, which is measured once more right before the traffic first moves.';

/** What to do about a step that does not pass, before it is repeated. The codes of calls are in `docs/failures.md`. */
const REMEDIES: Readonly<Record<MendableId, string>> = {
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
  'kill-switch-drill': 'Find out who else has halted the tenant, or why a halt does not take effect or does not end.',
  'token-revocation-drill': 'Find out why a revoked credential goes on working, or why one cannot be revoked.',
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
  'begin-traffic': GATE,
  'low-traffic': SHIFT,
  'steady-state': WATCH_ANEW,
  'deny-review':
    'Where the audit log cannot be read, bring it back; else mend the policy that denied wrongly and start again, or wait for more denials.',
  'increase-traffic': GATE,
  'ramp-25': SHIFT,
  'ramp-50': SHIFT,
  'ramp-100': SHIFT,
  'post-launch-watch': WATCH_ANEW,
  'post-launch-readiness': 'Mend the part that is named, or abort: the platform takes all of the traffic.',
  'audit-review': 'Ask those who run the platform about the missing events before the evidence is sealed.',
  'deny-patterns': 'Look at the new pattern in the audit log; abort if it denies what should be allowed.',
  'archive-evidence':
    'Make the evidence store writable again, or bring the share back to where the reason says; the run stays open until it is sealed.',
  'kill-switch-on': "Halt the tenant by hand in the platform's console, now; the traffic is taken back beside this.",
  'traffic-to-safe': 'Move the traffic to its safe share at the router by hand, now.',
  'policy-rollback':
    'Deploy the previous versions, which the plan names under policy.previous, by hand, or give the worker the right to; the platform stays halted meanwhile.',
  'verify-rollback': 'Mend what is named; the platform stays halted until the previous policies are seen to work.',
  'release-kill-switch':
    'Reach those who may release it, or mend why they do not want to or cannot be shown what they decide on; the platform stays halted and is asked about anew.',
  'kill-switch-off':
    'Look whether the tenant is halted. If it is not, and you do not know who released it, halt it; mend what the reason names and have it tried again.',
};

/** What to do about a step; nothing where it is none that can be blocked or need hands. */
export function remediesFor(id: string): readonly string[] {
  return Object.hasOwn(REMEDIES, id) ? [REMEDIES[id as MendableId]] : [];
}
