import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { vouchingFor } from '../domain/vouching.ts';
import { shellWord, signalCommand } from '../domain/commands.ts';
import type { Progress, Waiting } from '../domain/run.ts';
import { PEOPLE, sayingsFor, type Saying } from '../sandbox/answers.ts';
import type { Services } from './services.ts';

const SETTLED_AFTER_MS = 1_500;

/** How to talk to a server that was just started, line by line, for a shell. */
export function connectionLines(
  { temporalCli, temporalAddress, uiUrl }: Pick<Services, 'temporalCli' | 'temporalAddress' | 'uiUrl'>,
  env: NodeJS.ProcessEnv,
): string[] {
  return [
    `Temporal UI: ${uiUrl}`,
    'In another terminal:',
    `  export TEMPORAL_ADDRESS=${temporalAddress} GOLIVE_UI_URL=${uiUrl}`,
    // A shell reads an alias twice: where it is made, and where it is used.
    ...(isOnPath('temporal', env) ? [] : [`  alias temporal=${shellWord(shellWord(temporalCli))}`]),
  ];
}

/** Looking at a run and ending it: possible at any time. */
export function anyTimeLines(golive: string): string[] {
  const abort = { by: PEOPLE.rescuer, reason: 'tried it' };
  return [
    `  temporal workflow query --workflow-id ${shellWord(golive)} --name progress`,
    `  ${signalCommand(golive, 'abort', abort)}`,
  ];
}

/** A command to paste, and what it does. */
export interface HandCommand {
  readonly does: string;
  readonly command: string;
}

/** What has to be sent for a run to go on; the attestations of one person are one command. */
export function commandsFor({
  golive,
  plan,
  waitingFor,
}: Pick<Progress, 'golive' | 'plan' | 'waitingFor'>): HandCommand[] {
  const sayings = waitingFor.flatMap((waiting) => sayingsFor(waiting, plan).slice(0, waiting.need - waiting.have));
  const attestations = sayings.filter(({ name }) => name === 'attest');
  const owners = [...new Set(attestations.map(({ by }) => by))];
  const merged = owners.map((by) => allAttestationsOf(by, waitingFor, plan));
  return [...merged, ...sayings.filter(({ name }) => name !== 'attest')].map(({ name, by, body }) => ({
    does: `${name} as ${by}`,
    command: signalCommand(golive, name, body),
  }));
}

function allAttestationsOf(by: string, waitingFor: readonly Waiting[], plan: Progress['plan']): Omit<Saying, 'key'> {
  const mine = waitingFor.filter((it) => it.kind === 'attestation' && sayingsFor(it, plan)[0]?.by === by);
  return { name: 'attest', by, body: { ...vouchingFor(mine), by, plan, statement: 'checked by hand' } };
}

/**
 * The commands that are news: told once, when the list has stopped changing, because checks that run side by side come to
 * their questions one after another.
 */
export class HandCommands {
  readonly #told = new Set<string>();
  #latest = '';
  #since = 0;

  /** What to print at `now` (epoch milliseconds); mostly nothing. */
  news(progress: Progress, now: number): HandCommand[] {
    const commands = commandsFor(progress);
    const text = commands.map(({ command }) => command).join('\n');
    if (text !== this.#latest) {
      this.#latest = text;
      this.#since = now;
    }
    if (now - this.#since < SETTLED_AFTER_MS) return [];
    const news = commands.filter(({ command }) => !this.#told.has(command));
    for (const { command } of news) this.#told.add(command);
    return news;
  }
}

function isOnPath(program: string, env: NodeJS.ProcessEnv): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
