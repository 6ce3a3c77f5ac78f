import { timestamp } from './platform/ids.ts';

/** Something that changed the world, as opposed to a call that merely asked for it. */
export type Change =
  | { readonly what: 'share'; readonly from: number; readonly to: number; readonly version: string }
  | { readonly what: 'emergency'; readonly action: string; readonly target: string | null }
  | { readonly what: 'rollback'; readonly pack: string; readonly from: string; readonly to: string }
  | { readonly what: 'deployment'; readonly version: string }
  | { readonly what: 'credential-created'; readonly credential: string; readonly name: string }
  | { readonly what: 'credential-revoked'; readonly credential: string }
  | { readonly what: 'export'; readonly export: string };

/** Who did it and in which words: `reason` repeats the `reason` or `comments` of the request. */
export interface Cause {
  readonly tenant: string | null;
  readonly actor: string;
  readonly reason: string | null;
}

export type Effect = Change & Cause & { readonly sequence: number; readonly at: string };

/** Every effect in the order in which it happened: what a test compares with what should have happened. */
export class Ledger {
  readonly #effects: Effect[] = [];

  get effects(): readonly Effect[] {
    return this.#effects;
  }

  record(change: Change, cause: Cause): void {
    this.#effects.push({ sequence: this.#effects.length + 1, at: timestamp(), ...change, ...cause });
  }
}
