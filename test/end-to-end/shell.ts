import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { serverPath } from '../support/servers.ts';
import type { Rig } from './rig.ts';

/** What a command printed, and how it ended. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly trouble: string;
}

/** A shell of a person who has the `temporal` command and knows where the server is. */
export class Shell {
  readonly #env: NodeJS.ProcessEnv;

  private constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  static async open({ home, address }: Rig): Promise<Shell> {
    const programs = join(home, 'bin');
    await mkdir(programs);
    await symlink(serverPath('temporalCli'), join(programs, 'temporal'));
    const path = [programs, process.env['PATH']].join(delimiter);
    return new Shell({ PATH: path, HOME: home, TEMPORAL_ADDRESS: address });
  }

  /** Pastes a command and answers what came of it, whatever that is. */
  async paste(command: string): Promise<Printed> {
    return new Promise((settle) => {
      execFile('sh', ['-c', command], { env: this.#env }, (error, out, trouble) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        settle({ code, out, trouble });
      });
    });
  }

  /** Pastes a command that has to work, and answers what it printed. */
  async run(command: string): Promise<string> {
    const { code, out, trouble } = await this.paste(command);
    if (code !== 0) throw new Error(`exit code ${code} of ${command}\n${trouble}`);
    return out;
  }
}
