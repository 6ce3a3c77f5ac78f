import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxState } from '../../src/sandbox/control.ts';
import type { FaultWish } from '../../src/sandbox/faults/fault.ts';
import type { Effect } from '../../src/sandbox/ledger.ts';

/** The back door of a sandbox that runs as a process of its own, with its files below `home`. */
export class SandboxControl {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  /** Every effect that really took place, by the sandbox's own record. */
  async ledger(): Promise<readonly Effect[]> {
    return ((await this.#call('ledger')) as { effects: Effect[] }).effects;
  }

  async state(): Promise<SandboxState> {
    return (await this.#call('state')) as SandboxState;
  }

  /** Lets the sandbox suffer this fault until `heal` is called. */
  async arm(fault: FaultWish): Promise<void> {
    await this.#call('faults', { method: 'POST', body: JSON.stringify(fault) });
  }

  /** Ends every fault. */
  async heal(): Promise<void> {
    await this.#call('faults', { method: 'DELETE' });
  }

  async #call(path: string, init: RequestInit = {}): Promise<unknown> {
    const { control, controlToken } = JSON.parse(await readFile(join(this.#home, 'sandbox.json'), 'utf8')) as {
      control: string;
      controlToken: string;
    };
    const authorization = `Bearer ${(await readFile(controlToken, 'utf8')).trim()}`;
    const answer = await fetch(`${control}/${path}`, { ...init, headers: { authorization } });
    if (!answer.ok) throw new Error(`the sandbox answered ${path} with ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
  }
}
