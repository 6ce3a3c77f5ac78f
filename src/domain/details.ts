import { vouchingCommand } from './vouching.ts';
import { remedyFor } from './remedies.ts';
import type { ShownDenial } from './desk.ts';
import { MESSAGES, type MessageName } from './messages.ts';
import type { Progress, RunState, StepRecord, Waiting } from './run.ts';
import { shareInWords } from './share.ts';

const SENTENCES: Record<RunState, string> = {
  checking: 'Checking; nobody is needed.',
  blocked: 'Blocked: something did not pass. Mend it, then recheck, or abort.',
  waiting: 'Waiting for people.',
  held: 'Held: the share stays where it is, the watch goes on.',
  watching: 'Watching the traffic; nobody is needed.',
  'rolling-back': 'Rolling back to the safe state.',
  'rollback-incomplete': 'ROLLBACK INCOMPLETE: hands are needed now.',
  live: 'Live: the go-live is complete.',
  'rolled-back': 'Rolled back: the platform is in its safe state.',
  rejected: 'Rejected before traffic: nothing is live.',
  canceled: 'Canceled: the platform is in its safe state.',
};

const WORDS: Record<Waiting['kind'], string> = {
  approval: 'Approval of',
  attestation: 'Attestation of',
  review: 'Review of the denials',
  recheck: 'A recheck of',
  hands: 'Hands for',
  resume: 'A resume,',
};

const STEPS_SHOWN = 12;
const DENIALS_SHOWN = 10;

/** The description of a message in the Temporal UI: what it does and a body to copy. */
export function describeMessage(name: MessageName): string {
  return `${MESSAGES[name].does} Example: ${JSON.stringify(MESSAGES[name].example)}`;
}

/**
 * What the Temporal UI shows as current details (Markdown; it is a query result and costs no event). Counts are written
 * in words because the UI turns `1/2` into a fraction, and times stand in the text because it is fetched only on load.
 */
export function detailsOf(progress: Progress): string {
  const { traffic, step } = progress;
  const head = [
    `**${sentenceOf(progress)}**`,
    ...(progress.rehearsal ? ['`REHEARSAL` — the clock runs fast; this proves nothing about production.'] : []),
    ...(progress.trust === 'namespace' ? ['`TRUST: NAMESPACE` — whoever may write here is believed.'] : []),
    `Traffic ${shareInWords(traffic)} · kill switch ${progress.killSwitch} · release \`${progress.release ?? '…'}\` · plan \`${progress.plan ?? '…'}\``,
    ...(step
      ? [`Step \`${step.id}\`: ${step.title}, since ${step.since}${step.deadline ? `, until ${step.deadline}` : ''}`]
      : []),
    ...(progress.ending
      ? [`Stopped: ${inline(progress.ending.why)}${progress.ending.by ? `, by ${inline(progress.ending.by)}` : ''}`]
      : []),
  ];
  return [
    ...head,
    ...awaited(progress),
    ...untold(progress),
    ...problems(progress.steps),
    ...latestSteps(progress.steps),
    ...refused(progress),
    ...(progress.evidence ? [`Evidence: \`${progress.evidence.path}\` (\`${progress.evidence.manifest}\`)`] : []),
  ].join('\n\n');
}

function sentenceOf({ state, waitingFor }: Progress): string {
  const isToBeReleased = state === 'rolling-back' && waitingFor.some((it) => it.kind === 'approval');
  return isToBeReleased ? 'Safe and halted: people must release the kill switch.' : SENTENCES[state];
}

function awaited(progress: Progress): string[] {
  const rest = progress.waitingFor.filter((it) => it.kind !== 'attestation').map(waitingLine);
  const blocks = [...rest, ...attestationLines(progress)];
  return blocks.length > 0 ? ['### Waiting for', blocks.join('\n')] : [];
}

function waitingLine({ kind, what, have, need, from, until, how, denials = [] }: Waiting): string {
  const people = from.length > 0 ? ` from ${from.join(', ')}` : '';
  const line = `- ${WORDS[kind]} \`${what}\`: ${have} of ${need}${people}${until ? `, until ${until}` : ''}`;
  const more = denials.length > DENIALS_SHOWN ? [`  - … and ${denials.length - DENIALS_SHOWN} more`] : [];
  return [line, ...denials.slice(0, DENIALS_SHOWN).map(denialLine), ...more].join('\n') + command(how);
}

function denialLine({ id, at, actor, policy, reason }: ShownDenial): string {
  return `  - \`${id}\` at ${at}: ${inline(actor)} was denied by ${inline(policy ?? 'no policy')} (${inline(reason ?? 'no reason')})`;
}

/** What the same person is to vouch for, with one command for all of it. */
function attestationLines(progress: Progress): string[] {
  const attestations = progress.waitingFor.filter((it) => it.kind === 'attestation');
  const owners = [...new Set(attestations.map((it) => it.from.join(', ')))];
  return owners.map((owner) => {
    const mine = attestations.filter((it) => it.from.join(', ') === owner);
    const what = mine.map(
      ({ what, about = [] }) => `  - \`${what}\`${about.length > 0 ? `: ${inline(about.join('; '))}` : ''}`,
    );
    const until = mine[0]?.until ?? 'further notice';
    return `- Attestation by ${owner}, until ${until}:\n${what.join('\n')}${command(vouchingCommand(progress, mine))}`;
  });
}

function command(how: string): string {
  return `\n\n  \`\`\`\n  ${how}\n  \`\`\``;
}

/** People who were not reached do not know that they are awaited: whoever looks here can tell them. */
function untold({ notifications: { failed, lastProblem } }: Progress): string[] {
  if (lastProblem === null) return [];
  const { at, notice, why } = lastProblem;
  return [`### Could not be told (${failed} in all)`, `- At ${at}: ${inline(notice)} (${inline(why)})`];
}

function problems(steps: readonly StepRecord[]): string[] {
  const wrong = steps.filter((step) => step.reasons.length > 0 && step.status !== 'passed');
  if (wrong.length === 0) return [];
  return ['### What is wrong', wrong.map(problemLine).join('\n')];
}

/** What a step found, and what to do about it. */
function problemLine({ id, reasons }: StepRecord): string {
  const remedy = remedyFor(id);
  return `- \`${id}\`: ${inline(reasons.join('; '))}${remedy === undefined ? '' : `\n  - _What to do:_ ${remedy}`}`;
}

function latestSteps(steps: readonly StepRecord[]): string[] {
  const rows = steps.slice(-STEPS_SHOWN).map((step) => `| \`${step.id}\` | ${step.status} | ${inline(step.summary)} |`);
  return rows.length > 0 ? [['| step | status | |', '| --- | --- | --- |', ...rows].join('\n')] : [];
}

function refused({ messages }: Progress): string[] {
  const latest = messages.refused
    .slice(-3)
    .map((it) => `- \`${it.name}\` by ${inline(it.by)} at ${it.at}: ${inline(it.why)}`);
  return latest.length > 0 ? [`### Refused (${messages.refusedInAll} in all)`, latest.join('\n')] : [];
}

/** What others wrote stays text: it must not be able to look like a part of this page. */
function inline(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>|#]/g, String.raw`\$&`);
}
