import { expect, it } from 'vitest';
import { exampleKeyCommands } from '../../src/cli/keys/example-keys.ts';
import { readExamplePlan, rehearsalPlan } from '../../src/cli/rehearsal-plan.ts';
import { GATE_IDS } from '../../src/domain/plan.ts';
import { planSchema } from '../../src/domain/plan-schema.ts';
import { ROOT } from './compiled.ts';

const plan = planSchema.parse(rehearsalPlan(readExamplePlan(ROOT), { speed: 1440, byHand: true }));
const keys = exampleKeyCommands('.golive/approvers.jwks.json').map((command) => {
  const words = command.split(' ');
  const after = (option: string) => words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ''] : []));
  return { person: after('--for').join(), groups: after('--group'), file: after('--out').join() };
});

it.each(GATE_IDS)('With the keys of the example enough people may decide at the gate %s', (gate) => {
  const { approvals, from } = plan.gates[gate];
  const { people = [], groups: those = [] } = from;
  const allowed = keys.filter(
    ({ person, groups }) => people.includes(person) || groups.some((group) => those.includes(group)),
  );
  expect(allowed.length).toBeGreaterThanOrEqual(approvals);
});

it('With the keys of the example everybody decides whom the plan names', () => {
  const named = [...Object.values(plan.controls).map((control) => control?.owner), ...plan.denyReview.reviewers];
  const people = keys.map(({ person }) => person);
  expect(people).toEqual(expect.arrayContaining(named.filter((person) => person !== undefined)));
  expect(new Set(keys.map(({ file }) => file)).size).toBe(keys.length);
});
