import { isPersonIn } from '../../domain/desk.ts';
import { personKey } from '../../domain/person.ts';
import { CONTROL_IDS, proofOf, type ControlId } from '../../domain/plan.ts';
import type { Contents } from '../contents/contents.ts';
import { isOf, type Entry } from '../contents/entries.ts';
import { membersOf } from '../contents/members.ts';
import type { BundleProblem } from '../inspect.ts';
import { JOURNAL } from '../layout.ts';
import { ruled, type Ruling } from './ruling.ts';

type Settled = Entry<'step-settled'>;
type Said = Entry<'message'>;

/** What controls and the review of denials rest on: the word of the people whom the plan names, given for what was found. */
export function wordsOf({ entries, plan }: Contents): Ruling {
  const passed = entries.filter(isOf('step-settled')).filter(({ body }) => body.status === 'passed');
  const spoken = entries.filter(isOf('message')).filter(({ body }) => body.counted);
  const problems: BundleProblem[] = [];
  for (const settled of passed) {
    const before = spoken.filter(({ sequence }) => sequence < settled.sequence);
    const why = whyNot(settled, before, plan);
    if (why !== undefined) problems.push({ path: JOURNAL, why: `line ${settled.sequence}: ${why}` });
  }
  const vouched = new Set(passed.map(({ body }) => body.step).filter(needsWord)).size;
  const says = [
    `For all ${vouched} controls that need somebody's word there is one, of the person the plan names, about the facts that were found.`,
  ];
  return ruled('words', problems, { says, open: ['Whether what people vouched for is true.'] });
}

function whyNot(settled: Settled, before: readonly Said[], plan: Contents['plan']): string | undefined {
  const { step } = settled.body;
  if (step === 'deny-review') return whyNotReviewed(before, plan);
  if (!needsWord(step)) return undefined;
  const owner = plan.controls[step]?.owner;
  const isGiven = before.some((said) => {
    if (personKey(said.body.by) === personKey(plan.requestedBy)) return false;
    if (owner !== undefined && personKey(owner) !== personKey(said.body.by)) return false;
    return vouchesFor(said, settled, step);
  });
  return isGiven ? undefined : `nobody who may vouched for ${step} as it was found`;
}

/** Whether it was given for this control and these facts, and had not expired. */
function vouchesFor({ body: { name, said } }: Said, { at, body }: Settled, control: ControlId): boolean {
  if (name !== 'attest') return false;
  const { control: one, controls, seen, facts, expires } = membersOf(said);
  if (typeof expires === 'string' && Date.parse(expires) <= at) return false;
  const found = body.subject ?? body.evidence ?? undefined;
  const seenOf = membersOf(seen)[control];
  if (seenOf !== undefined) return seenOf === found;
  if (one === control) return facts === found;
  return Array.isArray(controls) && controls.includes(control) && found === undefined;
}

function whyNotReviewed(before: readonly Said[], plan: Contents['plan']): string | undefined {
  const reviews = before.filter(({ body }) => body.name === 'review');
  const stranger = reviews.find(({ body }) => !isPersonIn(plan.denyReview.reviewers, body.by));
  if (stranger !== undefined) return `${stranger.body.by} reviewed denials and is no reviewer of the plan`;
  const { sample } = membersOf(reviews.at(-1)?.body.said);
  const verdicts = reviews.flatMap(({ body }) => {
    const said = membersOf(body.said);
    return said['sample'] === sample && Array.isArray(said['verdicts']) ? (said['verdicts'] as unknown[]) : [];
  });
  if (verdicts.length === 0) return 'deny-review passes though nobody reviewed a denial';
  return verdicts.every((verdict) => membersOf(verdict)['correct'] === true)
    ? undefined
    : 'deny-review passes though a denial was found incorrect';
}

function needsWord(step: string): step is ControlId {
  const control = CONTROL_IDS.find((id) => id === step);
  return control !== undefined && (proofOf(control) === 'word' || proofOf(control) === 'both');
}
