import type { CommandLine, Validation, ValidationOutcome } from '../intended/meritt.ts';
import type { Measurement } from './findings.ts';

type Doubtful = Exclude<ValidationOutcome, 'valid' | 'invalid'>;

const DOUBTS: Readonly<Record<Doubtful, string>> = {
  silent: 'printed nothing, as one that looks at nothing does',
  'unknown-code': 'ended in a way that says nothing about policies',
  killed: 'was killed',
  late: 'did not finish in time',
  'too-much-output': 'printed too much',
  'not-started': 'could not be started',
};

/** P2a: every policy validates, by the word of the platform's command line. What it printed goes to the evidence alone. */
export async function measureValidation(commandLine: CommandLine, signal: AbortSignal): Promise<Measurement> {
  const facts = await commandLine.validatePolicies(signal);
  const measured = { summary: 'every policy validates', facts };
  switch (facts.outcome) {
    case 'valid':
      return measured;
    case 'invalid':
      return { ...measured, faults: [`the platform's command line finds a policy invalid ${endOf(facts)}`] };
    default:
      return { ...measured, doubts: [`the platform's command line ${DOUBTS[facts.outcome]} ${endOf(facts)}`] };
  }
}

function endOf({ ending, durationMs }: Validation): string {
  switch (ending.how) {
    case 'exited':
      return `(exit code ${ending.code})`;
    case 'killed':
      return `(${ending.signal})`;
    case 'not-started':
      return `(${ending.error})`;
    case 'late':
    case 'too-much-output':
      return `(ended by force after ${durationMs} ms)`;
  }
}
