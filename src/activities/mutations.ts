import { SurprisingShapeError } from '../intended/errors.ts';
import { Failure } from './failures.ts';
import { requireLease } from './lease.ts';

interface Change<State> {
  readonly act: () => Promise<unknown>;
  readonly read: () => Promise<State>;
  readonly isDone: (state: State) => boolean;
  /** A problem that says that nothing was attempted: then there is nothing to read back. */
  readonly isUnattempted?: (problem: Error) => boolean;
  /** What to say when everything was answered and nothing changed. */
  readonly unconfirmed: (state: State) => string;
}

interface Changed<State> {
  /** As read back. */
  readonly state: State;
  /** What did not fit in the answer: nothing for a change, which shows, and everything for a drill, which measures. */
  readonly misfits: readonly string[];
}

/**
 * Acts once and reads back. Reading back decides, not the answer: one that was lost or mangled may hide an effect that
 * happened, and repeating it would make two of it.
 * @throws the problem of the act, or `EffectUnconfirmed`, when the change does not show; `Overslept` before anything was asked for
 */
export async function actAndReadBack<State>({
  act,
  read,
  isDone,
  isUnattempted = () => false,
  unconfirmed,
}: Change<State>): Promise<Changed<State>> {
  requireLease();
  const problem = await problemOf(act);
  if (problem !== undefined && isUnattempted(problem)) throw problem;
  const state = await read();
  if (isDone(state)) return { state, misfits: problem instanceof SurprisingShapeError ? [problem.message] : [] };
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
