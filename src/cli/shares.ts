import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { SandboxFacts } from './services.ts';

const ledger = z.object({ effects: z.array(z.object({ what: z.string(), to: z.unknown().optional() })) });
const ANSWER_WITHIN_MS = 3_000;

/** Every share that the sandbox's router really moved to, in order, from its own ledger. */
export async function readShares({ control, controlToken }: SandboxFacts): Promise<number[]> {
  const token = await readFile(controlToken, 'utf8');
  const answer = await fetch(`${control}/ledger`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const { effects } = ledger.parse(await answer.json());
  return effects.flatMap(({ what, to }) => (what === 'share' && typeof to === 'number' ? [to] : []));
}
