import { awaited, awaitedInShort } from './awaited.ts';
import { signalBlock } from './commands.ts';
import { inUtc } from './instant.ts';
import { code, fenced, inline, paragraph } from './markdown.ts';
import { MESSAGES, type MessageName } from './messages.ts';
import { PLACEHOLDERS } from './placeholders.ts';
import { rowOf, type StepId } from './plan.ts';
import { remediesFor } from './remedies.ts';
import { hasGoneBack } from './requests.ts';
import type { Progress, StepRecord } from './run.ts';
import { shareInWords } from './share.ts';

const STEPS_SHOWN = 12;
const REFUSALS_SHOWN = 3;

/** The description of a message in the Temporal UI: what it does and a body to copy, with gaps where a line may break. */
export function describeMessage(name: MessageName): string {
  const example = JSON.stringify(MESSAGES[name].example, null, 1).replaceAll(/\n\s*/g, ' ');
  return `${MESSAGES[name].does} Example: ${example}`;
}

/**
 * What the Temporal UI shows as current details (Markdown; it is a query result and costs no event). First what somebody
 * who was woken up must know: what is awaited, from whom, until when, and what to paste. Counts are written in words, because the UI turns `1/2`
 * into a fraction, and times are absolute, because the text is as old as the last change.
 */
export function detailsOf(progress: Progress): string {
  return [
    `## ${headline(progress)}`,
    standing(progress),
    ...awaited(progress),
    ...toSend(progress),
    ...untold(progress),
    ...refused(progress),
    ...found(progress),
    ...underWay(progress),
    ...latestSteps(progress.steps),
    ...toStop(progress),
    proof(progress),
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

const SEAL: StepId = 'archive-evidence';
const SEALING = 'Sealing the evidence: the run stays open until that is done';

function headline(progress: Progress): string {
  const { state, step, traffic, waitingFor, ending } = progress;
  switch (state) {
    case 'checking':
      if (step?.id === SEAL) return SEALING;
      return `Checking${step ? ` ${code(step.id)}` : ''}: nobody is needed`;
    case 'blocked':
      return `Blocked: ${blockedAt(progress)} did not pass`;
    case 'waiting':
      return `Waiting for people: ${awaitedInShort(waitingFor)}`;
    case 'held':
      return `Held at ${traffic.percent ?? '…'} %: golive moves nothing, the watch goes on`;
    case 'watching':
      return `Watching the traffic at ${traffic.percent ?? '…'} %: nobody is needed`;
    case 'rolling-back':
      if (step?.id === SEAL) return SEALING;
      return isToBeReleased(progress)
        ? 'Safe and halted: people must release the kill switch'
        : `Rolling back${step ? `: ${rowOf(step.id).title}` : ''}`;
    case 'rollback-incomplete':
      if (ending === null) return 'HANDS NEEDED: the go-live cannot be closed, the traffic stays where it is';
      return waitingFor.every(({ what }) => what === SEAL)
        ? 'HANDS NEEDED: the evidence cannot be sealed, nothing else is left to do'
        : 'ROLLBACK INCOMPLETE: hands are needed now';
    case 'live':
      return 'Live: the go-live is complete';
    case 'rolled-back':
      return 'Rolled back: the platform is in its safe state';
    case 'rejected':
      return 'Rejected before traffic: nothing is live';
    case 'canceled':
      return 'Canceled: the platform is in its safe state';
    case 'destroyed':
      return hasGoneBack(progress)
        ? 'Destroyed: the guardian has brought the platform into its safe state'
        : 'Destroyed: no traffic had to be taken back, the evidence is sealed';
  }
}

function blockedAt({ waitingFor }: Progress): string {
  return waitingFor
    .filter(({ kind }) => kind === 'recheck')
    .map(({ what }) => code(what))
    .join(', ');
}

function isToBeReleased({ waitingFor }: Progress): boolean {
  return waitingFor.some(({ kind }) => kind === 'approval');
}

function standing(progress: Progress): string {
  const { traffic, killSwitch, step, ending, rehearsal, trust, tenant, environment, release, waitingFor } = progress;
  const where = [tenant, environment, release].map((name) => code(name ?? '…'));
  return paragraph(
    ending === null ? '' : stopped(ending),
    `Traffic **${shareInWords(traffic)}** · kill switch **${killSwitch}** · ${where.join(' ')}`,
    step === null ? '' : stepLine(step, waitingFor),
    rehearsal ? '`REHEARSAL`: the clock runs fast; this proves nothing about production.' : '',
    trust === 'namespace' ? '`TRUST: NAMESPACE`: whoever may write here is believed.' : '',
  );
}

function stopped({ why, by, at }: NonNullable<Progress['ending']>): string {
  return `**Stopped:** ${inline(why)}${by === null ? '' : `, by ${inline(by)}`}, ${inUtc(at)}`;
}

/** What is awaited has its deadline beside it. */
function stepLine(
  { id, title, since, deadline }: NonNullable<Progress['step']>,
  waitingFor: Progress['waitingFor'],
): string {
  const isSaid = deadline === null || waitingFor.some(({ until }) => until === deadline);
  return `Step ${code(id)}: ${title}, since ${inUtc(since)}${isSaid ? '' : `, until ${inUtc(deadline)}`}`;
}

/** How to send what a block above shows, for somebody who has never done it. */
function toSend({ waitingFor }: Progress): string[] {
  if (!waitingFor.some(({ message }) => message !== undefined)) return [];
  return [
    'To send it from this page: _More Actions_, _Send an Update_ (it answers whether it counted), the name after `--name`, and ' +
      'the line in braces as its input. In a shell: the whole block. Fill in `you`, `…` and links first, or leave out what is not needed.',
  ];
}

/** People who were not reached do not know that they are awaited: whoever looks here can tell them. */
function untold({ notifications: { failed, lastProblem } }: Progress): string[] {
  if (lastProblem === null) return [];
  const { at, notice, why } = lastProblem;
  return [paragraph(`**Could not be told, ${failed} in all**`, `At ${inUtc(at)}: ${inline(notice)} (${inline(why)})`)];
}

/** What did not pass and waits for nobody. */
function found({ steps, waitingFor }: Progress): string[] {
  const wrong = steps.filter(
    ({ id, reasons, status }) =>
      reasons.length > 0 && status !== 'passed' && !waitingFor.some(({ what }) => what === id),
  );
  if (wrong.length === 0) return [];
  const lines = wrong.map(({ id, reasons }) => `${code(id)}: ${inline(reasons.join('; '))}`);
  return [paragraph('**What was found**', ...lines)];
}

/** What somebody can do where a rollback does not get on, which nobody can be told of when nothing is answered at all. */
function underWay({ steps }: Progress): string[] {
  const lines = steps
    .filter(({ id, status }) => status === 'running' && rowOf(id).kind === 'rollback')
    .flatMap(({ id }) => remediesFor(id).map((remedy) => `${code(id)}: ${remedy}`));
  return lines.length === 0 ? [] : [paragraph('**If it does not get on within a minute**', ...lines)];
}

/** Lines instead of a table, whose cells touch each other in the Temporal UI. */
function latestSteps(steps: readonly StepRecord[]): string[] {
  const lines = steps
    .slice(-STEPS_SHOWN)
    .map(({ id, status, summary }) => `${code(id)} ${status}${summary === '' ? '' : `: ${inline(summary)}`}`);
  return lines.length > 0 ? [paragraph('**Latest steps**', ...lines)] : [];
}

function refused({ messages: { refused, refusedInAll } }: Progress): string[] {
  const latest = refused
    .slice(-REFUSALS_SHOWN)
    .map(({ name, by, at, why }) => `${code(name)} by ${inline(by)} at ${inUtc(at)}: ${inline(why)}`);
  return latest.length > 0 ? [paragraph(`**Refused, ${refusedInAll} in all**`, ...latest)] : [];
}

function toStop({ golive, ending, state }: Progress): string[] {
  if (ending !== null || state === 'live') return [];
  const command = signalBlock(golive, 'abort', { by: PLACEHOLDERS.by, reason: PLACEHOLDERS.reason });
  return [
    'To stop it at any time and make the platform safe: _Request Cancellation_ on this page, or _Send an Update_ with `abort` and ' +
      'the line in braces, or the whole block in a shell. Never _Terminate_: the guardian would have to take over.',
    fenced(command),
  ];
}

function proof({ plan, evidence }: Progress): string {
  return paragraph(
    plan === null ? '' : `Plan ${code(plan)}`,
    evidence === null ? '' : `Evidence ${code(evidence.path)}, manifest ${code(evidence.manifest)}`,
  );
}
