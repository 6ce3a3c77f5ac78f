import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CleanUp } from './clean-up.ts';

/** What a worker process is told when it starts. */
export interface WorkerTask {
  readonly kind: 'goLive' | 'bare';
  readonly address: string;
  readonly taskQueue: string;
  /** Path of the workflow bundle. */
  readonly bundle: string;
}

export type Request = 'use' | 'stop';
export type Reply = 'ready' | Use;

/** What a worker process uses: resident memory in bytes, and processor time so far in milliseconds. */
export interface Use {
  readonly rss: number;
  readonly cpu: number;
}

/** A worker that runs in a process of its own, so that the driver's work is not counted as the worker's. */
export class WorkerControl {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves once the worker polls. */
  static async start(task: WorkerTask, cleanUp: CleanUp): Promise<WorkerControl> {
    const module = fileURLToPath(new URL('./worker-process.js', import.meta.url));
    const child = fork(module, [JSON.stringify(task)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    cleanUp.add(() => void child.kill('SIGKILL'));
    await answer(child);
    return new WorkerControl(child);
  }

  async use(): Promise<Use> {
    const answered = answer(this.#child);
    this.#child.send('use' satisfies Request);
    const reply = await answered;
    if (reply === 'ready') throw new Error('the worker answered something else than it was asked');
    return reply;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.send('stop' satisfies Request);
    await ended;
  }
}

async function answer(child: ChildProcess): Promise<Reply> {
  const message = once(child, 'message').then(([reply]) => reply as Reply);
  const end = once(child, 'exit').then(([code]) => {
    throw new Error(`a worker ended with exit code ${code}`);
  });
  return Promise.race([message, end]);
}
