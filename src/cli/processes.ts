import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lastLines } from './log-tail.ts';

/** A program to start. Its output goes to a file named after it. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** A program that should have stayed ended by itself. */
export class ProgramDied extends Error {
  override readonly name = 'ProgramDied';
  readonly lines: readonly string[];

  constructor(program: string, how: string, log: string) {
    super(`The ${program} ${how} (its log: ${log}).`);
    this.lines = lastLines(log);
  }
}

const GRACE_MS = 5_000;

/**
 * The programs that a command started. Each leads its own process group, so that Ctrl-C in a terminal reaches only the
 * command, which then stops them all; a leash stops them when the command is killed. None outlives {@link stop}.
 */
export class Processes {
  readonly #logs: string;
  readonly #leash: ChildProcess;
  readonly #running = new Set<ChildProcess>();
  readonly #trouble = new AbortController();
  #stopped: Promise<void> | undefined;

  /** `logs`: an existing folder. `leash`: the compiled `leash.ts`. */
  constructor(logs: string, leash: string) {
    this.#logs = logs;
    this.#leash = spawn(process.execPath, [leash], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#leash.on('error', () => undefined);
    this.#leash.stdin?.on('error', () => undefined);
  }

  /** Aborted, with a {@link ProgramDied}, when a program ends that nobody stopped. */
  get trouble(): AbortSignal {
    return this.#trouble.signal;
  }

  logOf(name: string): string {
    return join(this.#logs, `${name.replaceAll(' ', '-')}.log`);
  }

  start({ name, command, args, env }: Program): void {
    if (this.#stopped !== undefined) throw new Error('nothing is started any more');
    const log = openSync(this.logOf(name), 'a');
    // The open pipe to its standard input is for programs that end by themselves when it closes.
    const child = spawn(command, args, { env, detached: true, stdio: ['pipe', log, log] });
    closeSync(log);
    child.stdin?.on('error', () => undefined);
    child.once('error', (error) => this.#report(name, `cannot be started: ${error.message}`));
    if (child.pid === undefined) return;
    this.#running.add(child);
    this.#leash.stdin?.write(`+${child.pid}\n`);
    child.once('exit', (code, signal) => {
      this.#running.delete(child);
      this.#leash.stdin?.write(`-${child.pid}\n`);
      this.#report(name, `ended unexpectedly with ${signal ?? `exit code ${code}`}`);
    });
  }

  /** Asks all of them to end, ends by force who has not after five seconds, and resolves when all are gone. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    const gone = [...this.#running].map((child) => new Promise<void>((resolve) => child.once('exit', () => resolve())));
    this.#signalAll('SIGTERM');
    const force = new AbortController();
    void delay(GRACE_MS, undefined, force).then(
      () => this.#signalAll('SIGKILL'),
      () => undefined,
    );
    await Promise.all(gone);
    force.abort();
    const released = new Promise<void>((resolve) => this.#leash.once('exit', () => resolve()));
    this.#leash.stdin?.end();
    if (this.#leash.pid !== undefined && this.#leash.exitCode === null && this.#leash.signalCode === null)
      await released;
  }

  #signalAll(signal: NodeJS.Signals): void {
    for (const { pid } of this.#running) {
      try {
        if (pid !== undefined) process.kill(-pid, signal);
      } catch {
        // It ended between the list and the signal; its exit event is under way.
      }
    }
  }

  #report(name: string, how: string): void {
    if (this.#stopped === undefined) this.#trouble.abort(new ProgramDied(name, how, this.logOf(name)));
  }
}
