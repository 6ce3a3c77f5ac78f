import { STEPS, type GateId, type Phase } from '../../domain/plan.ts';
import type { Plan } from '../../domain/plan-schema.ts';

/** A stretch of the way forward. Durations in milliseconds of the plan's clock. */
export interface Stretch {
  readonly name: string;
  readonly phase: Phase;
  /** When everybody answers at once and nothing is missing; what machines take is not counted. */
  readonly least: number;
  /** When everybody answers at the last moment and every window is extended as far as it may be. */
  readonly most: number;
  readonly note: string;
}

type Gate = Plan['gates'][GateId];

/** The way forward, stretch by stretch: how long it takes at least, and at most without anything being mended. */
export function timetable(plan: Plan): Stretch[] {
  const { rollout, patience, gates, denyReview } = plan;
  const [quarter, half, all] = rollout.ramp;
  const low = rollout.lowTraffic;
  const words = (name: string, phase: Phase, note: string): Stretch => {
    return { name, phase, least: 0, most: patience.attestation, note };
  };
  const checks = (phase: Phase, note: string): Stretch =>
    words(phase, phase, `${STEPS.filter((row) => row.phase === phase).length} steps; ${note}`);
  const gate = (name: GateId): Stretch => {
    return { name, phase: 'rollout', least: 0, most: gates[name].within, note: deciders(gates[name]) };
  };
  const window = (name: string, phase: Phase, length: number, percent: number): Stretch => {
    return { name, phase, least: length, most: length + rollout.extendAtMost, note: `watched at ${percent} %` };
  };
  return [
    checks('preflight', 'somebody vouches for what no machine could check'),
    checks('controls', 'their owners vouch'),
    checks('incident-readiness', 'their owners vouch'),
    gate('begin-traffic'),
    { name: 'low-traffic', phase: 'rollout', least: 0, most: 0, note: `traffic to ${low.percent} %` },
    window('steady-state', 'rollout', low.hold, low.percent),
    {
      name: 'deny-review',
      phase: 'rollout',
      least: 0,
      most: patience.review,
      note: `${denyReview.sample} denials, reviewed by ${denyReview.reviewers.join(', ')}`,
    },
    gate('increase-traffic'),
    window('ramp-25', 'rollout', quarter.hold, quarter.percent),
    window('ramp-50', 'rollout', half.hold, half.percent),
    window('ramp-100', 'rollout', all.hold, all.percent),
    window('post-launch-watch', 'post-launch', rollout.postLaunch, all.percent),
    words('audit-review', 'post-launch', `somebody vouches, at ${all.percent} %`),
    words('deny-patterns', 'post-launch', `somebody vouches, at ${all.percent} %`),
  ];
}

/** `2 of ben@acme.example, chi@acme.example, group platform-oncall` */
export function deciders({ approvals, from: { people = [], groups = [] } }: Pick<Gate, 'approvals' | 'from'>): string {
  return `${approvals} of ${[...people, ...groups.map((group) => `group ${group}`)].join(', ')}`;
}
