import { Failure } from './failures.ts';

interface Change<State> {
  readonly act: () => Promise<unknown>;
  readonly read: () => Promise<State>;
  readonly isDone: (state: State) => boolean;
  /** What to say when everything was answered and nothing changed. */
  readonly unconfirmed: (state: State) => string;
}

/**
 * Acts once and answers the state read back. Reading back decides, not the answer: one that was lost or mangled may hide an
 * effect that happened, and repeating it would make two of it.
 * @throws the problem of the act, or `EffectUnconfirmed`, when the change does not show
 */
export async function actAndReadBack<State>({ act, read, isDone, unconfirmed }: Change<State>): Promise<State> {
  const problem = await problemOf(act);
  const state = await read();
  if (isDone(state)) return state;
  throw problem ?? new Failure('EffectUnconfirmed', unconfirmed(state));
}

async function problemOf(act: () => Promise<unknown>): Promise<Error | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Failure('Unexpected', 'something was thrown');
  }
}
