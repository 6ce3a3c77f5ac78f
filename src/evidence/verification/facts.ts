import { z } from 'zod';
import { STEP_IDS } from '../../domain/plan.ts';
import type { Digest } from '../../domain/verdict.ts';
import type { Contents } from '../contents/contents.ts';
import { isOf, type Entry } from '../contents/entries.ts';
import type { BundleProblem } from '../inspect.ts';
import { factsPath, JOURNAL } from '../layout.ts';
import { ruled, type Ruling } from './ruling.ts';

const shownSchema = z.object({
  steps: z.array(z.object({ id: z.enum(STEP_IDS), verdict: z.string().nullable(), evidence: z.string().nullable() })),
});

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

/** What is shown at a gate is gathered when it begins, and must be what the steps had come to by then. */
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
  const found = new Map<string, Entry<'step-settled'>['body']>();
  for (const entry of entries)
    if (entry.kind === 'step-settled' && entry.sequence < (begun?.sequence ?? sequence))
      found.set(entry.body.step, entry.body);
  const other = shown.data.steps.find(({ id, verdict, evidence }) => {
    const settled = found.get(id);
    return verdict === 'pass' && (settled?.verdict !== 'pass' || settled.evidence !== evidence);
  });
  return other === undefined ? undefined : `${other.id} was shown at ${body.gate} with what was not found`;
}
