import type { Progress, Waiting } from '../../domain/run.ts';
import { EXIT } from '../exit-codes.ts';
import { askedOf } from '../screen/change-text.ts';
import { clock } from '../screen/lines.ts';
import { field, type Paragraph } from '../screen/wrapped.ts';
import { CommandFailed } from '../surroundings.ts';

/** Nobody is asked for this now; with what the go-live waits for instead. */
export function notNow(what: string, { golive, state, phase, waitingFor }: Progress): CommandFailed {
  const instead =
    waitingFor.length === 0
      ? 'waits for nobody'
      : `waits for ${waitingFor.map((waiting) => askedOf(waiting)).join('; ')}`;
  return new CommandFailed(`${what}: ${golive} is ${state} (${phase}) and ${instead}.`, EXIT.refused);
}

/** Until when somebody may answer, and how much time that leaves. */
export function untilField({ until }: Pick<Waiting, 'until'>, now: number): Paragraph {
  if (until === null) return field('until', 'further notice');
  return field('until', `${until.slice(0, 19).replace('T', ' ')} UTC, ${clock(Date.parse(until) - now)} left`);
}
