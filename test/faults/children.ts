import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LEASH = fileURLToPath(new URL('../../dist/cli/leash.js', import.meta.url));

/** Processes that end with this one, however it ends. Each leads a group of its own. */
export class Children {
  readonly #held = new Set<ChildProcess>();
  readonly #leash = spawn(process.execPath, [LEASH], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });

  hold(child: ChildProcess): ChildProcess {
    this.#held.add(child);
    this.#leash.stdin.write(`+${child.pid}\n`);
    child.once('exit', () => {
      this.#held.delete(child);
      this.#leash.stdin.write(`-${child.pid}\n`);
    });
    return child;
  }

  /** Kills a process as if its machine had lost power, and waits until it is gone. */
  async kill(child: ChildProcess): Promise<void> {
    if (!this.#held.has(child)) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#held].map((child) => this.kill(child)));
    this.#leash.stdin.end();
    await once(this.#leash, 'exit');
  }
}
