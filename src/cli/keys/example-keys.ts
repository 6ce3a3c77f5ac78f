import { shellWord } from '../../domain/commands.ts';
import { PEOPLE } from '../../sandbox/answers.ts';
import { ISSUER } from '../../sandbox/home.ts';

/** Who decides in the example plan, in which group: two of its gates ask for a group alone. */
const DECIDERS = [
  ...PEOPLE.approvers.map((person) => ({ person, group: ['--group', 'platform-oncall'] })),
  { person: PEOPLE.reviewer, group: [] },
];

/** The commands that make a key for each of those who decide in the example plan. `approverKeys`: the set of their public keys. */
export function exampleKeyCommands(approverKeys: string): string[] {
  return DECIDERS.map(({ person, group }) => {
    const file = `${person.split('@')[0]}.key.json`;
    const words = ['--for', person, ...group, '--issuer', ISSUER, '--out', file, '--public', approverKeys];
    return `golive keys new ${words.map(shellWord).join(' ')}`;
  });
}
