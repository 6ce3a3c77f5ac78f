import { z } from 'zod';
import { isPersonIn } from '../../domain/desk.ts';
import { personKey } from '../../domain/person.ts';
import { CONTROL_IDS, proofOf, type ControlId } from '../../domain/plan.ts';
import type { Digest } from '../../domain/verdict.ts';
import type { Contents } from '../contents/contents.ts';
import { isOf, type Entry } from '../contents/entries.ts';
import { membersOf } from '../contents/members.ts';
import type { BundleProblem } from '../inspect.ts';
import { JOURNAL } from '../layout.ts';
import { ruled, type Ruling } from './ruling.ts';

type Settled = Entry<'step-settled'>;
type Said = Entry<'message'>;

const drawnSample = z.object({ items: z.array(z.object({ id: z.string() })).min(1) });

/** What controls and the review of denials rest on: the word of the people whom the plan names, given for what was found. */
export function wordsOf(contents: Contents): Ruling {
  const passed = contents.entries.filter(isOf('step-settled')).filter(({ body }) => body.status === 'passed');
  const problems: BundleProblem[] = [];
  for (const settled of passed) {
    const why = whyNot(settled, contents);
    if (why !== undefined) problems.push({ path: JOURNAL, why: `line ${settled.sequence}: ${why}` });
  }
  const vouched = new Set(passed.map(({ body }) => body.step).filter(needsWord)).size;
  const says = [
    `For all ${vouched} controls that need somebody's word there is one, of the person the plan names, about the facts that were found.`,
  ];
  return ruled('words', problems, { says, open: ['Whether what people vouched for is true.'] });
}

function whyNot(settled: Settled, contents: Contents): string | undefined {
  const { step } = settled.body;
  const { plan, entries } = contents;
  if (step === 'deny-review') return whyNotReviewed(saidBefore(settled, entries), contents);
  if (!needsWord(step)) return undefined;
  const owner = plan.controls[step]?.owner;
  const since = lastVoid(step, settled, entries)?.sequence ?? 0;
  const isGiven = saidBefore(settled, entries).some((said) => {
    if (said.sequence < since) return false;
    if (personKey(said.body.by) === personKey(plan.requestedBy)) return false;
    if (owner !== undefined && personKey(owner) !== personKey(said.body.by)) return false;
    return vouchesFor(said, settled, step);
  });
  return isGiven ? undefined : `nobody who may vouched for ${step} as it was found`;
}

function saidBefore({ sequence }: Settled, entries: readonly Entry[]): readonly Said[] {
  return entries.filter(isOf('message')).filter((said) => said.body.counted && said.sequence < sequence);
}

/** Where somebody was asked anew: a word from before counts no more, also when the facts come back. */
function lastVoid(control: ControlId, { sequence }: Settled, entries: readonly Entry[]) {
  return entries
    .filter(isOf('word-void'))
    .findLast((entry) => entry.body.control === control && entry.sequence < sequence);
}

/** Whether it was given for this control and these facts, and had not expired. */
function vouchesFor({ body: { name, said } }: Said, { at, body }: Settled, control: ControlId): boolean {
  if (name !== 'attest') return false;
  const { control: one, controls, seen, facts, expires } = membersOf(said);
  // An end that nobody can read has come.
  if (expires !== undefined && !(typeof expires === 'string' && Date.parse(expires) > at)) return false;
  const found = body.subject ?? body.evidence ?? undefined;
  const seenOf = membersOf(seen)[control];
  if (seenOf !== undefined) return seenOf === found;
  if (one === control) return facts === found;
  return Array.isArray(controls) && controls.includes(control) && found === undefined;
}

function whyNotReviewed(before: readonly Said[], { plan, facts }: Contents): string | undefined {
  const reviews = before.filter(({ body }) => body.name === 'review');
  const stranger = reviews.find(({ body }) => !isPersonIn(plan.denyReview.reviewers, body.by));
  if (stranger !== undefined) return `${stranger.body.by} reviewed denials and is no reviewer of the plan`;
  const { sample } = membersOf(reviews.at(-1)?.body.said);
  const verdicts = reviews.flatMap(({ body }) => verdictsOn(sample, body.said));
  if (verdicts.length === 0) return 'deny-review passes though nobody reviewed a denial';
  if (verdicts.some(({ correct }) => correct !== true)) return 'deny-review passes though a denial was found incorrect';
  const drawn = drawnSample.safeParse(facts.get(sample as Digest)).data?.items;
  if (drawn === undefined) return 'deny-review passes though nothing shows what was sampled';
  const judged = new Set(verdicts.map(({ id }) => id));
  const left = drawn.filter(({ id }) => !judged.has(id)).length;
  return left === 0 ? undefined : `deny-review passes though nobody judged ${left} of ${drawn.length} sampled denials`;
}

function verdictsOn(wanted: unknown, said: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { sample, verdicts } = membersOf(said);
  return sample === wanted && Array.isArray(verdicts) ? verdicts.map(membersOf) : [];
}

function needsWord(step: string): step is ControlId {
  const control = CONTROL_IDS.find((id) => id === step);
  return control !== undefined && (proofOf(control) === 'word' || proofOf(control) === 'both');
}
