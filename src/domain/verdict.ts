/**
 * What a check can say. `inconclusive` means "could not be measured", and is never treated as `pass`:
 * a run that cannot see is a run that must not go on.
 */
export const VERDICTS = ['pass', 'fail', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** SHA-256 as the platform and our evidence write it: `sha256:` plus 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

/** Characters of a finding's summary. */
export const LONGEST_SUMMARY = 120;

/** The answer of one check. Only this travels through workflow history; the facts behind it stay in the evidence store. */
export interface Finding {
  readonly verdict: Verdict;
  /** One sentence for people, of at most {@link LONGEST_SUMMARY} characters. */
  readonly summary: string;
  /** Why it is not a pass; empty exactly when it is one. */
  readonly reasons: readonly string[];
  /** Digest of the facts in the evidence store. */
  readonly evidence?: Digest;
  /** Digest of what a person vouches for: those facts that stay the same for as long as what was measured does. */
  readonly subject?: Digest;
  /** What no machine could check here, so that somebody has to vouch for it. */
  readonly open?: readonly string[];
  /** Why there is no measurement: the code of the call that failed for good (`failure-codes.ts`). */
  readonly code?: string;
}

export const passed = (summary: string): Finding => ({ verdict: 'pass', summary, reasons: [] });
export const failed = (why: string): Finding => ({ verdict: 'fail', summary: why, reasons: [why] });
export const inconclusive = (why: string): Finding => ({ verdict: 'inconclusive', summary: why, reasons: [why] });
