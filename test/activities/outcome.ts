import { ApplicationFailure } from '@temporalio/common';
import { FAILURES, type FailureCode } from '../../src/domain/failure-codes.ts';
import type { Finding } from '../../src/domain/verdict.ts';
import type { Stage } from './stage.ts';

/** How a call ended: with a verdict, or with a failure that the workflow knows. */
export type Outcome =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'failure'; readonly code: FailureCode; readonly failure: ApplicationFailure };

/** Anything but a finding or a failure of the table is thrown on. */
export async function outcomeOf(call: Promise<Finding>): Promise<Outcome> {
  try {
    return { kind: 'finding', finding: await call };
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || !isCode(error.type)) throw error;
    return { kind: 'failure', code: error.type, failure: error };
  }
}

/** One word for an outcome: its verdict or its code. */
export function wordOf(outcome: Outcome): string {
  return outcome.kind === 'finding' ? outcome.finding.verdict : outcome.code;
}

/** Everything of an outcome that could travel, as text. */
export function textOf(outcome: Outcome): string {
  if (outcome.kind === 'finding') return JSON.stringify(outcome.finding);
  const { message, stack, details, type } = outcome.failure;
  return JSON.stringify({ message, stack, details, type });
}

/** The names of the sandbox's secrets that a text contains. */
export function secretsIn(text: string, { sandbox }: Stage): string[] {
  return Object.entries(sandbox.secrets)
    .filter(([, secret]) => text.includes(secret))
    .map(([name]) => name);
}

function isCode(word: string | null | undefined): word is FailureCode {
  return typeof word === 'string' && Object.hasOwn(FAILURES, word);
}
