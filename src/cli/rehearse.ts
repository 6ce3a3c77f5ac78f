import type { Fault } from './faults.ts';
import { runRehearsal } from './rehearsal.ts';
import { openScreen, screenKind, type ScreenWish } from './screen/screens.ts';
import { withServices } from './session.ts';
import type { Surroundings } from './surroundings.ts';

export interface RehearseOptions extends ScreenWish {
  readonly fault?: Fault | undefined;
  readonly byHand?: true | undefined;
  readonly speed: number;
}

/** `golive rehearse`: a whole go-live against the sandbox, with a view of it. Answers the exit code, which tells the outcome. */
export function rehearse(options: RehearseOptions, surroundings: Surroundings): Promise<number> {
  const { out, env } = surroundings;
  const { fault, speed, byHand = false } = options;
  const screen = openScreen(screenKind(options, out, env), out);
  const wish = { shelf: 'rehearsals', ports: { frontend: 0, ui: 0 }, fault, speed, signed: false, screen } as const;
  return withServices(surroundings, wish, async (session) => {
    const outcome = await runRehearsal({ speed, byHand }, surroundings, { ...session, screen });
    screen.finish(outcome);
    return outcome.exitCode;
  });
}
