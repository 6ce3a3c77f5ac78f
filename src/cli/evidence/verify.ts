import { isDigest } from '../../evidence/digest.ts';
import { ruled, type Ruling, type RuleName } from '../../evidence/verification/ruling.ts';
import { verifyEvidence as verify, type Trusted, type Verification } from '../../evidence/verification/verify.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed, type Surroundings } from '../surroundings.ts';
import { bundleAt, keySetIn, publicKeyIn } from './place.ts';
import { writeLines } from './told.ts';

export interface VerifyOptions {
  readonly key?: string | undefined;
  readonly approvers?: readonly string[] | undefined;
  readonly manifest?: string | undefined;
  readonly json?: true | undefined;
}

/** A bundle that lies in ruins is not told in full. */
const MOST_PROBLEMS = 50;

/**
 * Verifies a sealed bundle, offline unless it lies in a bucket, and says in plain words what that proved, what is broken and
 * where, and what stays open.
 */
export async function verifyEvidence(
  place: string,
  options: VerifyOptions,
  surroundings: Pick<Surroundings, 'out' | 'env'>,
): Promise<number> {
  const trusted = await trustedIn(options);
  const { bundle, problems } = await bundleAt(place, surroundings);
  const verification =
    problems.length > 0
      ? { ok: false, bundle: null, rulings: [ruled('files', problems)] }
      : await verify(bundle, trusted);
  const text = options.json === true ? [JSON.stringify(verification)] : linesOf(verification);
  writeLines(surroundings.out, text);
  return verification.ok ? EXIT.done : EXIT.failed;
}

async function trustedIn({ key, approvers, manifest }: VerifyOptions): Promise<Trusted> {
  if (manifest !== undefined && !isDigest(manifest))
    throw new CommandFailed('--manifest is not a digest, sha256: and 64 hex digits.', EXIT.usage);
  return {
    manifest,
    publicKey: key === undefined ? undefined : await publicKeyIn(key),
    approvers:
      approvers === undefined || approvers.length === 0 ? undefined : await Promise.all(approvers.map(keySetIn)),
  };
}

function linesOf({ ok, bundle, rulings }: Verification): string[] {
  const proven = rulings.flatMap(({ rule, standing, says }) =>
    standing === 'proven' ? says.map((it) => line('✔', rule, it)) : [],
  );
  const broken = rulings.flatMap(brokenLines);
  const open = rulings.flatMap(({ open: said }) => said.map((it) => `  ?  ${it}`));
  const head =
    bundle === null
      ? 'This is not a bundle that can be relied on.'
      : `${bundle.golive}: ${bundle.outcome}${bundle.rehearsal ? ', a REHEARSAL' : ''}`;
  const verdict = ok ? 'Nothing in it is broken.' : 'It does not verify.';
  return [
    head,
    ...section('Proven', proven),
    ...section('Broken', broken),
    ...section('Not proven by this bundle alone', open),
    '',
    bundle === null ? verdict : `${verdict} Manifest ${bundle.manifest}`,
  ];
}

function brokenLines({ rule, problems }: Ruling): string[] {
  const told = problems.slice(0, MOST_PROBLEMS).map(({ path, why }) => line('✘', rule, `${path}: ${why}`));
  const left = problems.length - told.length;
  return left > 0 ? [...told, line('✘', rule, `and ${left} more`)] : told;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function line(sign: string, rule: RuleName, text: string): string {
  return `  ${sign}  ${rule.padEnd(11)} ${text}`;
}
