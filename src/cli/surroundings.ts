import { EXIT } from './exit-codes.ts';

/** What a command is given by `main.ts`, the only file that knows the process it runs in. */
export interface Surroundings {
  /** The checkout: where `dist`, `contract` and `.golive` are. */
  readonly root: string;
  readonly in: NodeJS.ReadStream;
  readonly out: NodeJS.WriteStream;
  /** For what is no part of the answer: a command whose answer is piped on still shows and asks. */
  readonly err: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C and its like; the reason is an {@link Interrupted}. */
  readonly interrupted: AbortSignal;
}

/** Somebody wants this to end now. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE') {
    super(`interrupted by ${signal}: everything that was started is being stopped`);
    this.exitCode = 128 + { SIGINT: 2, SIGTERM: 15, SIGHUP: 1, SIGPIPE: 13 }[signal];
  }
}

/** Something that a person can mend; the message says how and is all that is shown. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
