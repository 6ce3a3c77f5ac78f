import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT } from './exit-codes.ts';
import type { Fault } from './faults.ts';
import { Processes, ProgramDied } from './processes.ts';
import type { Screen } from './screen/screens.ts';
import { startServices, type Services } from './services.ts';
import { CommandFailed, Interrupted, type Surroundings } from './surroundings.ts';
import type { TemporalPorts } from './temporal-server.ts';

const LEASH = fileURLToPath(new URL('./leash.js', import.meta.url));

export interface SessionWish {
  /** Below `.golive`: every session has its own folder there, with its configuration, keys, logs and evidence. */
  readonly shelf: 'rehearsals' | 'dev';
  readonly ports: TemporalPorts;
  readonly fault: Fault | undefined;
  readonly speed: number;
  readonly signed: boolean;
  readonly screen: Screen;
}

export interface Session {
  readonly services: Services;
  readonly home: string;
  /** Aborted when somebody wants the end, or when one of the services has died. */
  readonly signal: AbortSignal;
}

/**
 * Starts the services, uses them, and stops everything that was started, however it went. Answers the exit code; what a
 * person can understand is shown on the screen, a defect is thrown.
 */
export async function withServices(
  surroundings: Surroundings,
  { shelf, screen, ...wish }: SessionWish,
  use: (session: Session) => Promise<number>,
): Promise<number> {
  const { root, interrupted } = surroundings;
  const home = newHome(root, shelf);
  const processes = new Processes(home, LEASH);
  const signal = AbortSignal.any([interrupted, processes.trouble]);
  const tell = (text: string) => screen.note(text);
  try {
    tell(`${wish.fault === undefined ? '' : `with the fault ${wish.fault}; `}all files are in ${home}`);
    const services = await startServices(surroundings, processes, { ...wish, home, tell, signal });
    return await use({ services, home, signal });
  } catch (error) {
    return explained(error, screen);
  } finally {
    await processes.stop();
    screen.close();
  }
}

function explained(error: unknown, screen: Screen): number {
  if (!(error instanceof Interrupted || error instanceof CommandFailed || error instanceof ProgramDied)) throw error;
  const exitCode = error instanceof Interrupted ? error.exitCode : EXIT.failed;
  screen.fail(error.message, error instanceof ProgramDied ? error.lines : [], exitCode);
  return exitCode;
}

function newHome(root: string, shelf: SessionWish['shelf']): string {
  const home = join(root, '.golive', shelf, new Date().toISOString().replaceAll(/[:.]/g, '-'));
  mkdirSync(home, { recursive: true });
  return home;
}
