import { personKey } from '../../../src/domain/person.ts';
import { entriesOf } from '../record.ts';
import type { Invariant } from './invariant.ts';
import { openingsOf, validity } from './quorum.ts';

/** S8: who asks and who approves are different people, and so are those who approve. */
export const differentPeople: Invariant = (record) => {
  const requester = personKey(record.plan.requestedBy);
  return openingsOf(record).flatMap(({ gate, nonce, approvals }) => {
    const people = approvals.map(({ by, at }) => ({ person: personKey(by), at }));
    // Whoever approved so long ago that it has expired may approve once more.
    const isTwice = people.some(({ person, at }, index) =>
      people.slice(0, index).some((it) => it.person === person && it.at + validity(record, gate) > at),
    );
    return [
      ...(people.some(({ person }) => person === requester) ? [`the requester approved ${gate}`] : []),
      ...(isTwice ? [`somebody approved ${gate} (${nonce}) twice`] : []),
    ];
  });
};

/** S9: an approval counts once, for the plan and the opening that it was given for. */
export const approvalsCountOnce: Invariant = (record) => {
  const signed = entriesOf(record, 'message').flatMap(({ body }) =>
    body.counted && body.decision !== null ? [body.decision] : [],
  );
  const nonces = openingsOf(record).map(({ nonce }) => nonce);
  const plans = entriesOf(record, 'admitted').map(({ body }) => body.plan);
  return [
    ...repeatedIn(signed).map((decision) => `${decision} counted twice`),
    ...repeatedIn(nonces).map((nonce) => `a gate was opened with the used nonce ${nonce}`),
    ...openingsOf(record)
      .flatMap(({ approvals }) => approvals)
      .filter(({ plan }) => !plans.some((admitted) => admitted === plan))
      .map(({ by }) => `${by} approved another plan, and it counted`),
  ];
};

function repeatedIn(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}
