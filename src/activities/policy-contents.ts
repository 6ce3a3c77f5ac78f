import { z } from 'zod';
import { planSchema } from '../domain/plan-schema.ts';
import type { Progress } from '../domain/run.ts';
import { digestSchema } from '../evidence/canonical.ts';
import { readFacts } from '../evidence/facts.ts';
import { EvidenceProblem } from '../evidence/problem.ts';
import type { PolicyContent } from '../evidence/statement.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { Scope } from './world.ts';

const active = z.array(z.object({ packName: z.string(), versionId: z.string(), contentSha256: digestSchema }));
/** The facts of the step `policy-set`, whether or not the platform's command line took part. */
const policyFacts = z.union([z.object({ active }), z.object({ versions: z.object({ active }) })]);

/** The versions that the plan wants active, with the digests of their contents as far as the run has seen them. */
export async function policyContents(
  store: EvidenceStore,
  { folder }: Pick<Scope, 'folder'>,
  request: unknown,
  { steps }: Progress,
): Promise<readonly PolicyContent[]> {
  const plan = planSchema.safeParse(request);
  if (!plan.success) return [];
  const evidence = steps.find(({ id }) => id === 'policy-set')?.evidence ?? null;
  const seen = evidence === null ? [] : await seenIn(() => readFacts(store, folder, evidence));
  return Object.entries(plan.data.policy.active).map(([pack, version]) => {
    const found = seen.find(({ packName, versionId }) => packName === pack && versionId === version);
    return { pack, version, content: found?.contentSha256 ?? null };
  });
}

async function seenIn(facts: () => Promise<unknown>): Promise<z.output<typeof active>> {
  try {
    const read = policyFacts.safeParse(await facts()).data;
    if (read === undefined) return [];
    return 'active' in read ? read.active : read.versions.active;
  } catch (error) {
    if (error instanceof EvidenceProblem && error.kind === 'missing') return [];
    throw error;
  }
}
