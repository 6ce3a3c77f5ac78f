import type { Admission, Behaviour } from '../platform/behaviour.ts';
import { AGENTS_KEY_NAME } from '../platform/world.ts';
import type { WorldFaultName } from './fault.ts';
import type { Lie } from './lie.ts';

const NEW_VERSIONS = ['pv_42', 'pv_17'];
const SLOW_MS = 3000;
const SERVE: Admission = { kind: 'serve', delayMs: 0 };
const SLOW: Admission = { kind: 'serve', delayMs: SLOW_MS };
const UNAVAILABLE: Admission = { kind: 'unavailable' };
const DENY: Admission = { kind: 'deny', reason: 'DENIED_BY_RULE' };
const DENY_ANEW: Admission = { kind: 'deny', reason: 'REGION_FORBIDDEN' };
const ALLOW: Admission = { kind: 'allow' };

const SPIKE_SHARE = 0.2;
const SLOW_SHARE = 0.1;
const NEWLY_DENIED_SHARE = 0.03;
/** Too few to break what a plan promises of half an hour. */
const BAD_MINUTE_SHARE = 0.05;
const DRIFTED_SHARE = 0.1;

const MINUTES = 1440;
const HOURS = 24;

/** Faults that strike the requests of the router, and never a probe of ours. */
export const TRAFFIC_LIES = {
  'error-spike': befalling(UNAVAILABLE, () => SPIKE_SHARE),
  'bad-minute': befalling(UNAVAILABLE, (since, day) => (since < day / MINUTES ? BAD_MINUTE_SHARE : 0)),
  'slow-drift': befalling(UNAVAILABLE, (since, day) => DRIFTED_SHARE * Math.min(1, (since * HOURS) / day)),
  'slow-tail': befalling(SLOW, () => SLOW_SHARE),
  'allow-all': befalling(ALLOW, () => 1),
  'deny-all': befalling(DENY, () => 1),
  'new-deny-reason': befalling(DENY_ANEW, () => NEWLY_DENIED_SHARE),
} satisfies Partial<Record<WorldFaultName, Lie>>;

/**
 * A share of the requests is admitted otherwise, and evenly so, while the new policy versions are in force and the traffic's
 * share is high enough. The share of requests may depend on the milliseconds since the first of them, and on a day's.
 */
function befalling(admission: Admission, shareAt: (since: number, day: number) => number): Lie {
  return ({ atShare }, { share, day }) => {
    let began: number | undefined;
    let due = 0.5;
    const admit: Behaviour['admission'] = (tenant, credential) => {
      const active = tenant.policies.packs().map(({ activeVersionId }) => activeVersionId);
      const applies =
        credential.name === AGENTS_KEY_NAME &&
        share.state.percent >= atShare &&
        NEW_VERSIONS.every((version) => active.includes(version));
      if (!applies) return SERVE;
      began ??= performance.now();
      due += shareAt(performance.now() - began, day);
      if (due < 1) return SERVE;
      due -= 1;
      return admission;
    };
    return { admission: admit };
  };
}
