import type { StepId } from '../../domain/plan.ts';
import { accountOf, type Account } from '../../evidence/contents/account.ts';
import { readContents, type Contents } from '../../evidence/contents/contents.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../screen/lines.ts';
import { CommandFailed, type Surroundings } from '../surroundings.ts';
import { bundleAt } from './place.ts';

/** Said wherever a bundle is only read: what is told may have been changed. */
export const NOT_VERIFIED = 'This was read, not verified: `golive evidence verify` says whether it is what was sealed.';

/** A seal is made before its step is settled: what lies inside cannot tell how that ended, the seal itself does. */
export const SEAL: StepId = 'archive-evidence';

/**
 * What a bundle tells, without verifying it.
 * @throws {CommandFailed} when it cannot be read
 */
export async function toldAt(
  place: string,
  surroundings: Pick<Surroundings, 'env'>,
): Promise<{ readonly contents: Contents; readonly account: Account }> {
  const { bundle, problems } = await bundleAt(place, surroundings);
  const read = problems.length > 0 ? { ok: false as const, problems } : await readContents(bundle);
  if (read.ok) return { contents: read.contents, account: withoutSeal(accountOf(read.contents)) };
  const [first] = read.problems;
  throw new CommandFailed(`${place} cannot be read: ${first?.path ?? '.'} ${first?.why ?? ''}.`, EXIT.failed);
}

function withoutSeal(account: Account): Account {
  return { ...account, steps: account.steps.filter(({ id }) => id !== SEAL) };
}

/** Writes lines, and nothing that a terminal would obey: what lies in a bundle was written by many. */
export function writeLines(out: Surroundings['out'], lines: readonly string[]): void {
  out.write(`${lines.map(printable).join('\n')}\n`);
}

/** A moment in one form: `2026-11-22 08:05:12 UTC`. Epoch milliseconds. */
export function momentOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
