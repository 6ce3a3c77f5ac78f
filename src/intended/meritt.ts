import { describeOutput, plainText, type Output } from './output.ts';
import { runProgram, type Ending, type ProgramRun } from './program.ts';

/** Which command line it is and what it is given. */
export interface CommandLineOptions {
  /** `meritt`, `intended`, or an absolute path. */
  readonly binary: string;
  /** The command line's own word for the environment. */
  readonly environment: string;
  /** Its whole environment. All but `PATH` and `HOME` are taken for secrets. */
  readonly variables: Readonly<Record<string, string>>;
  /** Other secrets that it may find for itself and must not repeat. */
  readonly secrets?: readonly string[] | undefined;
  /** For the whole run, in milliseconds. */
  readonly timeoutMs: number;
}

/** The platform's command line, for what its API cannot be asked. */
export interface CommandLine {
  /** Asks once whether every policy validates. Throws nothing but the reason of the caller's own signal. */
  validatePolicies(signal: AbortSignal): Promise<Validation>;
}

/** Only `valid` says that every policy validates, and only `invalid` that one does not; the others say nothing. */
export type ValidationOutcome =
  'valid' | 'invalid' | 'silent' | 'unknown-code' | 'killed' | 'late' | 'too-much-output' | 'not-started';

/** The outcome and the facts behind it. */
export interface Validation {
  readonly outcome: ValidationOutcome;
  readonly binary: string;
  readonly args: readonly string[];
  readonly ending: Ending;
  readonly durationMs: number;
  readonly stdout: Output;
  readonly stderr: Output;
}

const LARGEST_OUTPUT = 1_048_576;
/** Variables that say where things are. */
const NO_SECRETS: readonly string[] = ['PATH', 'HOME'];

/** Gets ready to ask; nothing is started yet. */
export function openCommandLine(options: CommandLineOptions): CommandLine {
  const { binary, environment, variables, timeoutMs } = options;
  const args = ['policy', 'validate', '--all', '--environment', environment];
  const secrets = [...(options.secrets ?? []), ...secretsOf(variables)];
  return {
    validatePolicies: async (signal) => {
      const run = await runProgram({ binary, args, variables, timeoutMs, largestOutput: LARGEST_OUTPUT }, signal);
      const { ending, durationMs, stdout, stderr } = run;
      return {
        outcome: outcomeOf(run),
        binary,
        args,
        ending,
        durationMs,
        stdout: describeOutput(stdout, secrets),
        stderr: describeOutput(stderr, secrets),
      };
    },
  };
}

function secretsOf(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).flatMap(([name, value]) => (NO_SECRETS.includes(name) ? [] : [value]));
}

/**
 * Neither exit codes nor output are documented. So success is 0 and nothing else, and 1, which programs end with that
 * worked and found something, is the only code that speaks about policies: 2 is a wrong usage, 126 and more is the system.
 * Success needs a word on standard output: a stub, a wrapper that swallows its child and `true` also end with 0, and a
 * warning on the other output does not show that anything was validated.
 */
function outcomeOf({ ending, stdout }: ProgramRun): ValidationOutcome {
  if (ending.how !== 'exited') return ending.how;
  if (ending.code === 1) return 'invalid';
  if (ending.code !== 0) return 'unknown-code';
  return plainText(stdout).trim() === '' ? 'silent' : 'valid';
}
