import { goliveCommand, signalBlock } from './commands.ts';
import type { ShownDenial } from './desk.ts';
import { inUtc } from './instant.ts';
import { code, fenced, inline, paragraph } from './markdown.ts';
import { remediesFor } from './remedies.ts';
import type { MessageDraft, Progress, Waiting } from './run.ts';
import { vouchingDraft } from './vouching.ts';

const DENIALS_SHOWN = 10;

/** What is awaited, in half a sentence: `approval of begin-traffic (1 of 2) and 3 attestations`. */
export function awaitedInShort(waitingFor: readonly Waiting[]): string {
  const attestations = waitingFor.filter(({ kind }) => kind === 'attestation');
  const rest = waitingFor.filter(({ kind }) => kind !== 'attestation').map(inShort);
  const [first] = attestations;
  const vouching = first && attestations.length === 1 ? inShort(first) : `${attestations.length} attestations`;
  return [...rest, ...(first ? [vouching] : [])].join(' and ');
}

function inShort({ kind, what, have, need }: Waiting): string {
  switch (kind) {
    case 'approval':
      return `approval of ${code(what)} (${have} of ${need})`;
    case 'attestation':
      return `attestation of ${code(what)}`;
    case 'review':
      return `review of denials (${have} of ${need})`;
    case 'recheck':
      return `recheck of ${code(what)}`;
    case 'hands':
      return `hands for ${code(what)}`;
    case 'resume':
      return 'resume';
  }
}

/** What is awaited: a paragraph that says what, from whom and until when, and the command that supplies it. */
export function awaited(progress: Progress): string[] {
  const rest = progress.waitingFor.filter(({ kind }) => kind !== 'attestation');
  return [...rest.flatMap((waiting) => section(waiting, progress)), ...attestationSections(progress)];
}

function section(waiting: Waiting, progress: Progress): string[] {
  const { until, how, message } = waiting;
  const title = `**${titleOf(waiting)}${until === null ? '' : `, until ${inUtc(until)}`}**`;
  const command = message === undefined ? how : commandFor(progress, message);
  return [paragraph(title, ...linesOf(waiting, progress)), fenced(command)];
}

function titleOf({ kind, what, have, need }: Waiting): string {
  switch (kind) {
    case 'approval':
      return `Approval of ${code(what)}: ${have} of ${need}`;
    case 'attestation':
      return `Attestation of ${code(what)}`;
    case 'review':
      return `Review of denials: ${have} of ${need}`;
    case 'recheck':
      return `Blocked at ${code(what)}`;
    case 'hands':
      return `Hands for ${code(what)}`;
    case 'resume':
      return inline(what.replace(/^h/, 'H'));
  }
}

function linesOf(waiting: Waiting, progress: Progress): string[] {
  const { kind, from, given = [], about = [], denials = [] } = waiting;
  const people = `From ${from.map(inline).join(', ')}`;
  switch (kind) {
    case 'approval':
      return [people, given.length > 0 ? `So far ${given.map(inline).join(', ')}` : ''];
    case 'review':
      return [`${people}; ${about.map(inline).join('; ')}`, ...denialLines(denials)];
    case 'recheck':
    case 'hands':
      return problemLines(waiting, progress);
    case 'attestation':
    case 'resume':
      return about.map(inline);
  }
}

function denialLines(denials: readonly ShownDenial[]): string[] {
  const more = denials.length > DENIALS_SHOWN ? [`… and ${denials.length - DENIALS_SHOWN} more`] : [];
  return [...denials.slice(0, DENIALS_SHOWN).map(denialLine), ...more];
}

function denialLine({ id, at, actor, policy, reason }: ShownDenial): string {
  return `${code(id)} at ${inline(at)}: ${inline(actor)} was denied by ${inline(policy ?? 'no policy')} (${inline(reason ?? 'no reason')})`;
}

/** What a step found, and what to do about it before it is repeated. */
function problemLines({ what, kind }: Waiting, { steps }: Progress): string[] {
  const reasons = steps.find(({ id }) => id === what)?.reasons ?? [];
  const again = kind === 'recheck' ? 'Then have it checked again:' : 'Then have it tried again:';
  return [...reasons.map(inline), ...remediesFor(what).map((remedy) => `_What to do:_ ${remedy}`), again];
}

/** What the same person is to vouch for, with one command for all of it. */
function attestationSections(progress: Progress): string[] {
  const attestations = progress.waitingFor.filter(({ kind }) => kind === 'attestation');
  const owners = [...new Set(attestations.map(ownerOf))];
  return owners.flatMap((owner) =>
    attestationSection(
      owner,
      attestations.filter((it) => ownerOf(it) === owner),
      progress,
    ),
  );
}

const ownerOf = ({ from }: Waiting): string => from.join(', ');

function attestationSection(owner: string, mine: readonly Waiting[], progress: Progress): string[] {
  const until = mine
    .flatMap((it) => it.until ?? [])
    .toSorted()
    .at(0);
  const title = `**Attestation by ${inline(owner)}${until === undefined ? '' : `, until ${inUtc(until)}`}**`;
  const controls = mine.map(({ what, about = [] }) => [code(what), ...about.map(inline)].join('; ').replace(';', ':'));
  const how =
    progress.trust === 'signed'
      ? goliveCommand(progress.golive, 'attest')
      : commandFor(progress, vouchingDraft(progress, mine));
  return [paragraph(title, ...controls), fenced(how)];
}

function commandFor({ golive }: Progress, { name, body }: MessageDraft): string {
  return signalBlock(golive, name, body);
}
