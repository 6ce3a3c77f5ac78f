import type { Progress } from '../../domain/run.ts';
import type { StartedPlan } from '../run/started-plan.ts';
import { field, paragraph, type Paragraph } from '../screen/wrapped.ts';

/** What stands above every decision: which run it is about, and how much anybody's word is worth there. */
export function header(
  { golive, release, rehearsal, trust, traffic, killSwitch, state, plan }: Progress,
  started: StartedPlan | null,
): Paragraph[] {
  const speed = started?.plan.clock.speed;
  const share =
    traffic.percent === null ? 'unknown' : `${traffic.percent} %${traffic.confirmed ? '' : ', not confirmed'}`;
  return [
    paragraph([
      ...(rehearsal ? [['inverse', ` REHEARSAL${speed === undefined ? '' : ` ×${speed}`} `] as const, ' '] : []),
      ['bold', golive],
      ` ${state}`,
    ]),
    ...(trust === 'namespace'
      ? [paragraph([['yellow', 'TRUST: NAMESPACE: whoever may write there is believed.']])]
      : []),
    field('release', release ?? 'unknown', ...(started === null ? [] : [`: ${started.plan.summary}`])),
    ...(started === null ? [] : [field('asked by', started.plan.requestedBy)]),
    field('plan', plan ?? 'not admitted yet'),
    ...(started === null ? [field('', ['yellow', 'its text cannot be read here; only its digest is known'])] : []),
    field('traffic', `${share}; kill switch ${killSwitch}`),
  ];
}
