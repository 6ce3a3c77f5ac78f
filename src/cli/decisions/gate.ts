import { rowOf, type GateId } from '../../domain/plan.ts';
import type { Plan } from '../../domain/plan-schema.ts';
import type { Progress, StepRecord, Waiting } from '../../domain/run.ts';
import { formatDuration } from '../../domain/duration.ts';
import { policies } from '../plan/outline.ts';
import { markOf } from '../screen/change-text.ts';
import { field, paragraph, type Paragraph } from '../screen/wrapped.ts';
import type { Compose, Standing } from './draft.ts';
import { given, told, WHY } from './told.ts';
import { notNow, untilField } from './waiting-for.ts';

export interface GateWish {
  /** Default: the gate that is open. */
  readonly gate?: GateId | undefined;
  readonly reason?: string | undefined;
}

const NAME = 24;

/** `approve`: bound to the opening of the gate and to the evidence that is shown there. */
export function approving({ gate, reason }: GateWish): Compose {
  return (standing) => {
    const waiting = openGate(standing.progress, gate);
    standing.show(gateParagraphs(standing, waiting));
    const why = given(reason);
    return Promise.resolve({
      name: 'approve',
      bodies: [{ ...bindingOf(waiting), ...(why === undefined ? {} : { reason: why }) }],
      question: `Approve ${waiting.what}?`,
      unasked: 'needs --yes',
    });
  };
}

/** `reject`: one rejection ends the go-live. */
export function rejecting({ gate, reason }: GateWish): Compose {
  return async (standing) => {
    const waiting = openGate(standing.progress, gate);
    standing.show(gateParagraphs(standing, waiting));
    const why = given(reason) ?? (await told(standing.ask, WHY, '--reason'));
    return {
      name: 'reject',
      bodies: [{ ...bindingOf(waiting), reason: why }],
      question: `Reject ${waiting.what}? One rejection ends the go-live.`,
      unasked: 'goes',
    };
  };
}

/** The gate that is open, or the one that is named when it is. */
function openGate({ waitingFor, ...progress }: Progress, gate: GateId | undefined): Waiting {
  const open = waitingFor.filter(({ kind }) => kind === 'approval');
  const found = open.find(({ what }) => gate === undefined || what === gate);
  if (found !== undefined) return found;
  throw notNow(gate === undefined ? 'No gate is open' : `The gate ${gate} is not open`, { waitingFor, ...progress });
}

function bindingOf({ what, nonce, shown }: Waiting): Record<string, unknown> {
  return { gate: what, ...(nonce === undefined ? {} : { nonce }), ...(shown === undefined ? {} : { shown }) };
}

function gateParagraphs({ progress, plan, now }: Standing, waiting: Waiting): Paragraph[] {
  const { what, shown, nonce, from, have, need, given = [] } = waiting;
  const already = given.length === 0 ? '' : `, by ${given.join(', ')}`;
  return [
    ...(plan === null ? [] : policies(plan.plan).map((pack, index) => field(index === 0 ? 'policy' : '', pack))),
    paragraph(),
    field('gate', ['bold', what], `: ${rowOf(what as GateId).title}`),
    ...(plan === null ? [] : [field('allows', allows(what as GateId, plan.plan))]),
    field('evidence', shown ?? 'none is shown'),
    field('nonce', nonce ?? 'none'),
    untilField(waiting, now),
    field('approved', `${have} of ${need}${already}`),
    field('from', from.join(', ')),
    paragraph(),
    ...progress.steps.filter(({ id }) => id !== what).map(stepParagraph),
  ];
}

/** What may happen once enough people have approved. */
function allows(gate: GateId, { rollout }: Plan): string {
  switch (gate) {
    case 'begin-traffic':
      return `traffic to ${rollout.lowTraffic.percent} %, watched for ${formatDuration(rollout.lowTraffic.hold)}`;
    case 'increase-traffic': {
      const stages = rollout.ramp.map(({ percent, hold }) => `${percent} % for ${formatDuration(hold)}`);
      return `traffic to ${stages.join(', then ')}, then watched for ${formatDuration(rollout.postLaunch)}`;
    }
    case 'release-kill-switch':
      return `the kill switch off, with the traffic at ${rollout.safePercent} %`;
  }
}

/** One step that those who decide go by. */
function stepParagraph({ id, status, verdict, summary, reasons }: StepRecord): Paragraph {
  const found = status === 'passed' ? summary : reasons.join('; ');
  return paragraph([markOf(status), ' ', id.padEnd(NAME), `${verdict ?? status}  `, ['dim', found]], NAME + 2);
}
