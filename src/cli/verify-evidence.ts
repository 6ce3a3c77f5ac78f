import type { Digest } from '../domain/verdict.ts';
import type { BundleVerdict } from '../evidence/inspect.ts';
import { verifyBundle } from '../evidence/verify.ts';
import { EXIT } from './exit-codes.ts';
import type { Surroundings } from './surroundings.ts';

export interface VerifyOptions {
  readonly manifest?: string | undefined;
  readonly json?: true | undefined;
}

/** Recomputes every digest of a sealed bundle and the chain of its journal, offline; names everything that does not fit. */
export async function verifyEvidence(
  directory: string,
  { manifest, json }: VerifyOptions,
  { out }: Pick<Surroundings, 'out'>,
): Promise<number> {
  const verdict = await verifyBundle(directory, manifest as Digest | undefined);
  if (json) out.write(`${JSON.stringify(verdict)}\n`);
  else
    out.write(
      `${(verdict.ok ? proven(verdict, manifest) : verdict.problems.map(({ path, why }) => `${path}: ${why}`)).join('\n')}\n`,
    );
  return verdict.ok ? EXIT.done : EXIT.failed;
}

function proven({ golive, outcome, rehearsal, files }: Extract<BundleVerdict, { ok: true }>, named?: string): string[] {
  return [
    `${golive}: ${outcome}${rehearsal ? ', a REHEARSAL' : ''}`,
    `All ${files} files have the digest that the manifest names, and the journal is one unbroken chain.`,
    named === undefined
      ? 'Not checked: whether it is the bundle of a certain run; name the digest from its result with --manifest.'
      : 'The manifest is the one that was named.',
    'Not proven: who sealed it; this version does not sign.',
  ];
}
