import { formatDuration } from '../../domain/duration.ts';
import type { Plan } from '../../domain/plan-schema.ts';
import type { Part } from '../screen/lines.ts';
import { field, paragraph, type Paragraph } from '../screen/wrapped.ts';
import type { CheckedPlan } from './checked-plan.ts';
import { deciders, timetable, type Stretch } from './timetable.ts';

const NAME = 19;
const DURATION = 11;
const NOTE = NAME + 2 * DURATION + 3;

/** What a plan means, for people. */
export function outline({ plan, digest }: Pick<CheckedPlan, 'plan' | 'digest'>): Paragraph[] {
  return [...identity(plan, digest), ...way(plan), ...limits(plan), ...rollback(plan)];
}

/** What the plan is about. */
function identity(plan: Plan, digest: string): Paragraph[] {
  const { release, summary, tenant, environment, profile, requestedBy, clock: pace } = plan;
  const rehearsal: Part[] = [['inverse', ` REHEARSAL ×${pace.speed} `], ' '];
  return [
    field('plan', ...(pace.speed > 1 ? rehearsal : []), ['bold', release], `: ${summary}`),
    field('digest', digest),
    field('for', `${tenant}, ${environment}, by the profile ${profile}`),
    field('asked by', `${requestedBy}, who decides nothing`),
    ...policies(plan).map((pack, index) => field(index === 0 ? 'policy' : '', pack)),
  ];
}

/** `data-access pv_17, rolled back to pv_16`, one a pack. */
export function policies({ policy }: Pick<Plan, 'policy'>): string[] {
  return Object.entries(policy.active).map(
    ([pack, version]) => `${pack} ${version}, rolled back to ${policy.previous[pack] ?? 'nothing'}`,
  );
}

function way(plan: Plan): Paragraph[] {
  const stretches = timetable(plan);
  const sum = (which: 'least' | 'most') => stretches.reduce((total, stretch) => total + stretch[which], 0);
  const [least, most] = [sum('least'), sum('most')];
  const { speed } = plan.clock;
  const { blocked } = plan.patience;
  return [
    paragraph(),
    paragraph([['dim', `${''.padEnd(NAME)}${'at least'.padStart(DURATION)}${'at most'.padStart(DURATION)}`]]),
    ...stretches.map(row),
    row({ name: 'in all', phase: 'post-launch', least, most, note: '' }),
    ...(speed > 1 ? [row(inRealTime(least / speed, most / speed))] : []),
    paragraph(),
    field(
      'blocked',
      `what does not pass waits up to ${formatDuration(blocked)}, each time, for somebody to mend it and have it rechecked`,
    ),
    field(
      'stale',
      `facts are measured anew after ${formatDuration(plan.freshness.facts)}, drills after ${formatDuration(plan.freshness.drills)}`,
    ),
    field('deadline', 'what nobody answers in time ends the go-live: rejected before traffic, rolled back with it'),
  ];
}

function row({ name, least, most, note }: Stretch): Paragraph {
  const time = (milliseconds: number) => (milliseconds === 0 ? '–' : formatDuration(milliseconds)).padStart(DURATION);
  return paragraph([name.padEnd(NAME), time(least), time(most), ['dim', note === '' ? '' : `   ${note}`]], NOTE);
}

function inRealTime(least: number, most: number): Stretch {
  const seconds = (time: number) => Math.round(time / 1000) * 1000;
  return { name: 'in real time', phase: 'post-launch', least: seconds(least), most: seconds(most), note: '' };
}

function limits({ limits: its }: Plan): Paragraph[] {
  const { latencyMs, errorShare, allowShare, minimumRequests, detectableErrorShare } = its;
  const percent = (share: number) => `${Number((100 * share).toFixed(3))} %`;
  return [
    paragraph(),
    field('latency', `p50 ${latencyMs.p50} ms, p95 ${latencyMs.p95} ms, p99 ${latencyMs.p99} ms at most`),
    field('errors', `at most ${percent(errorShare)}; a window has to be able to show ${percent(detectableErrorShare)}`),
    field('allowed', `${percent(allowShare.min)} to ${percent(allowShare.max)} of the decisions`),
    field('requests', `at least ${minimumRequests} in a window`),
    field(
      'checks',
      `policy engine ${its.policyEngineMs} ms, token signing ${its.tokenSigningMs} ms, audit lag ${formatDuration(its.auditLag)}, a halt denies within ${formatDuration(its.haltToDeny)}`,
    ),
  ];
}

function rollback({ rollout, policy, gates }: Plan): Paragraph[] {
  const release = gates['release-kill-switch'];
  const back = Object.entries(policy.previous).map(([pack, version]) => `${pack} ${version}`);
  return [
    paragraph(),
    field(
      'rollback',
      `on a breached limit, seen within ${formatDuration(rollout.sampleEvery)} of the sample that shows it, a rejection, a missed deadline, abort or cancel, once traffic has moved`,
    ),
    field(
      '',
      `kill switch on, traffic to ${rollout.safePercent} %, policies back to ${back.join(', ')}, all of it verified`,
    ),
    field(
      '',
      `released by ${deciders(release)} within ${formatDuration(release.within)}; until then everything is denied`,
    ),
  ];
}
