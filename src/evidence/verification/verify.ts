import type { KeyObject } from 'node:crypto';
import type { KeySet } from '../../approvals/key-set.ts';
import type { Digest } from '../../domain/verdict.ts';
import { readContents } from '../contents/contents.ts';
import { inspectBundle, type BundleFiles } from '../inspect.ts';
import { MANIFEST } from '../layout.ts';
import { decodeManifest, type Manifest } from '../manifest.ts';
import { approvalsOf } from './approvals.ts';
import { factsOf } from './facts.ts';
import { orderOf } from './order.ts';
import { outcomeOf } from './outcome.ts';
import { quorumOf } from './quorum.ts';
import { recordsOf } from './records.ts';
import { ruled, RULES, unruled, type Ruling } from './ruling.ts';
import { signatureOf } from './signature.ts';
import { windowsOf } from './windows.ts';
import { wordsOf } from './words.ts';

/** What the reader knows from elsewhere; whatever is missing stays open. */
export interface Trusted {
  /** Digest of the manifest, as the run's result names it. */
  readonly manifest?: Digest | undefined;
  /** The operator's key. */
  readonly publicKey?: KeyObject | undefined;
  /** Key sets of those who vouch for approvers. */
  readonly approvers?: readonly KeySet[] | undefined;
}

/** What looking at a bundle proved, rule by rule. It is good when no rule is broken. */
export interface Verification {
  readonly ok: boolean;
  readonly bundle: (Pick<Manifest, 'golive' | 'outcome' | 'rehearsal'> & { readonly manifest: Digest }) | null;
  readonly rulings: readonly Ruling[];
}

/**
 * Looks at a sealed bundle with nothing else at hand: recomputes what can be recomputed and evaluates the rules of the
 * runbook again. Never throws for anything that lies in a bundle. Files that do not fit their digests are the only thing
 * that is told about a bundle that has them: nothing else in it can be relied on.
 */
export async function verifyEvidence(bundle: BundleFiles, trusted: Trusted): Promise<Verification> {
  const files = remembered(bundle);
  const inspected = await inspectBundle(files, trusted.manifest);
  if (!inspected.ok) return verification(null, [ruled('files', inspected.problems)]);
  const { golive, outcome, rehearsal, manifest } = inspected;
  const says = [
    `All ${inspected.files} files are those that the manifest lists, and the ${inspected.journal.sequence} entries of the journal are one unbroken chain.`,
  ];
  const open =
    trusted.manifest === undefined
      ? ['Whether it is the bundle of a certain run: name the digest in its result with --manifest.']
      : [];
  const whole = ruled('files', [], { says, open });
  const rulings = [whole, await signatureOf(files, trusted.publicKey), ...(await rulesOf(files, trusted))];
  return verification({ golive, outcome, rehearsal, manifest }, rulings);
}

async function rulesOf(bundle: BundleFiles, { approvers }: Trusted): Promise<readonly Ruling[]> {
  const manifest = decodeManifest(await bundle.read(MANIFEST));
  const read = await readContents(bundle);
  if (typeof manifest === 'string') return [ruled('contents', [{ path: MANIFEST, why: manifest }])];
  if (!read.ok) return [ruled('contents', read.problems)];
  const { contents } = read;
  const { decisions, ruling } = await approvalsOf(contents, approvers);
  return [
    outcomeOf(manifest, contents),
    orderOf(contents.entries),
    quorumOf(contents, decisions),
    ruling,
    wordsOf(contents),
    factsOf(contents),
    await recordsOf(bundle, contents.plan),
    ...windowsOf(contents),
  ];
}

function verification(bundle: Verification['bundle'], found: readonly Ruling[]): Verification {
  const ruledOn = new Set(found.map(({ rule }) => rule));
  const isBroken = found.some(({ standing }) => standing === 'broken');
  const unseen = RULES.filter((rule) => !ruledOn.has(rule)).map((rule) => unruled(rule));
  return { ok: !isBroken, bundle, rulings: [...found, ...unseen] };
}

/** Every file is read once, however many rules look at it. */
function remembered({ files, read }: BundleFiles): BundleFiles {
  const known = new Map<string, Promise<Uint8Array>>();
  return {
    files,
    read: (path) => {
      const reading = known.get(path) ?? read(path);
      known.set(path, reading);
      return reading;
    },
  };
}
