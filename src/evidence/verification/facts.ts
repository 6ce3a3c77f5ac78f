import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { STEP_IDS, type StepId } from '../../domain/plan.ts';
import type { Digest } from '../../domain/verdict.ts';
import type { Contents } from '../contents/contents.ts';
import { isOf, type Entry } from '../contents/entries.ts';
import type { BundleProblem } from '../inspect.ts';
import { factsPath, JOURNAL } from '../layout.ts';
import { ruled, type Ruling } from './ruling.ts';

const shownStep = z.object({ id: z.enum(STEP_IDS), verdict: z.string().nullable(), evidence: z.string().nullable() });
const shownSchema = z.object({ steps: z.array(shownStep) });
type ShownStep = z.output<typeof shownStep>;

/** Whether the facts behind every finding are there, and those who decided were shown what was found. */
export function factsOf({ entries, facts }: Contents): Ruling {
  const named = entries.flatMap(digestsIn);
  const missing = [...new Set(named)].filter((digest) => !facts.has(digest));
  const problems: BundleProblem[] = missing.map((digest) => ({ path: factsPath(digest), why: 'is missing' }));
  for (const opening of entries.filter(isOf('gate-opened'))) {
    const why = whyNotShown(opening, entries, facts.get(opening.body.shown));
    if (why !== undefined) problems.push({ path: JOURNAL, why: `line ${opening.sequence}: ${why}` });
  }
  const says = [
    `The facts behind every finding in the journal are in the bundle (it names ${new Set(named).size} of the ${facts.size} files of facts), and what was shown at each gate is what had been found.`,
  ];
  return ruled('facts', problems, { says, open: ['Whether the platform told the truth when it was asked.'] });
}

function digestsIn({ kind, body }: Entry): readonly Digest[] {
  if (kind === 'gate-opened') return [body.shown];
  if (kind === 'step-settled') return [body.evidence, body.subject].filter((digest) => digest !== null);
  return kind === 'undone' && body.evidence !== null ? [body.evidence] : [];
}

/** What is shown at a gate is gathered when it begins, and must be what every step had come to by then. */
function whyNotShown(
  { body, sequence }: Entry<'gate-opened'>,
  entries: readonly Entry[],
  value: unknown,
): string | undefined {
  const shown = shownSchema.safeParse(value);
  if (!shown.success) return value === undefined ? undefined : `what was shown at ${body.gate} is no list of steps`;
  const begun = entries.findLast(
    (entry) => entry.kind === 'step-started' && entry.body.step === body.gate && entry.sequence < sequence,
  );
  const found = foundBefore(begun?.sequence ?? sequence, entries);
  const { steps } = shown.data;
  const other = steps.find((step) => !isDeepStrictEqual(step, found.get(step.id)));
  if (other !== undefined) return `${other.id} was shown at ${body.gate} with what was not found`;
  const hidden = [...found.keys()].find((known) => !steps.some(({ id }) => id === known));
  return hidden === undefined ? undefined : `${hidden} was not shown at ${body.gate}`;
}

/** Every step that had begun by then. Whoever has taken over shows only what was done since. */
function foundBefore(until: number, entries: readonly Entry[]): ReadonlyMap<StepId, ShownStep> {
  const found = new Map<StepId, ShownStep>();
  for (const entry of entries) {
    if (entry.sequence >= until) break;
    if (entry.kind === 'taken-over') found.clear();
    if (entry.kind !== 'step-started' && entry.kind !== 'step-settled') continue;
    const { step: id } = entry.body;
    const { verdict, evidence } = entry.kind === 'step-settled' ? entry.body : { verdict: null, evidence: null };
    found.set(id, { id, verdict, evidence });
  }
  return found;
}
