import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { freePorts } from '../src/cli/ports.ts';
import { CommandFailed } from '../src/cli/surroundings.ts';
import { findTemporalCli, temporalServerArguments } from '../src/cli/temporal-server.ts';
import type { CleanUp } from './clean-up.ts';
import { BenchProblem } from './problem.ts';

const READY_WITHIN = 15_000;

export interface Server {
  readonly address: string;
  readonly connection: Connection;
}

/**
 * Starts a dev server in memory on a free port and resolves once it answers.
 * @throws {BenchProblem} when there is none or it does not come up
 */
export async function startServer(root: string, cleanUp: CleanUp): Promise<Server> {
  const [frontend = 0, ui = 0] = await freePorts([0, 0]);
  const child = spawn(findServer(root), [...temporalServerArguments({ frontend, ui }), '--headless'], {
    stdio: 'ignore',
  });
  cleanUp.add(() => void child.kill('SIGKILL'));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', ({ message }) => reject(new BenchProblem(`the dev server cannot be started: ${message}`)));
    child.once('exit', (code) => reject(new BenchProblem(`the dev server ended with exit code ${code}`)));
  });
  const address = `127.0.0.1:${frontend}`;
  return { address, connection: await Promise.race([connected(address), failed]) };
}

function findServer(root: string): string {
  try {
    return findTemporalCli(root, process.env);
  } catch (error) {
    throw error instanceof CommandFailed ? new BenchProblem(error.message, { cause: error }) : error;
  }
}

async function connected(address: string): Promise<Connection> {
  const until = Date.now() + READY_WITHIN;
  for (;;) {
    try {
      return await Connection.connect({ address, connectTimeout: '1s' });
    } catch (error) {
      if (Date.now() > until) throw new BenchProblem('the dev server does not answer', { cause: error });
      await delay(100);
    }
  }
}
