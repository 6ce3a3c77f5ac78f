import { MESSAGES } from '../../../src/domain/messages.ts';
import type { SealedEvidence } from '../../../src/domain/run.ts';
import { callsOf, endingOf, entriesOf, factsOfKind, sealingOf, type RunRecord } from '../record.ts';
import type { Invariant } from './invariant.ts';

/** S10: whatever anybody said is in the journal, which has no gap and whose chain holds. */
export const everythingIsRecorded: Invariant = (record) => {
  const { chain, journal } = record;
  // With its last entry the journal is closed: what is said later comes too late to be kept, or to count.
  const closed = Date.parse(entriesOf(record, 'ended').at(0)?.at ?? '') || Infinity;
  const messages = factsOfKind(record, 'message').filter(
    ({ name, at }) => Object.hasOwn(MESSAGES, name) && at < closed,
  );
  // An abort that is repeated changes nothing and is no news.
  const firstAbort = messages.findIndex(({ name }) => name === 'abort');
  const said = messages.filter(({ name }, index) => name !== 'abort' || index === firstAbort);
  const kept = entriesOf(record, 'message').length;
  return [
    ...(chain.ok ? [] : [`the journal does not hold at line ${chain.line}: ${chain.why}`]),
    ...journal.flatMap(({ sequence }, index) =>
      sequence === index + 1 ? [] : [`entry ${index + 1} of the journal says that it is ${sequence}`],
    ),
    ...(said.length <= kept
      ? []
      : [`${said.length} messages came before the journal was closed, ${kept} are in the journal`]),
  ];
};

/** S11: a run ends only after its evidence was sealed and read back, and what it names is what lies there. */
export const endsOnlySealed: Invariant = (record) => {
  const ended = endingOf(record);
  if (ended === undefined || ended.how === 'terminated' || ended.how === 'timed-out') return [];
  if (!wasAdmitted(record))
    return record.effects.length === 0 ? [] : ['a run that was never admitted changed something'];
  const sealed = sealingOf(record);
  if (sealed === undefined || sealed.id > ended.id) return ['the run ended and its evidence was not sealed'];
  const { bundle } = record;
  if (!bundle.ok) return bundle.problems.map(({ path, why }) => `the sealed evidence does not verify: ${path} ${why}`);
  const { manifest } = sealed.result as SealedEvidence;
  return bundle.manifest === manifest ? [] : ['the sealed evidence is not the one that the run names'];
};

/** What ends before its plan is admitted has begun nothing, and has nothing to prove. */
function wasAdmitted(record: RunRecord): boolean {
  return callsOf(record, 'admitPlan').some(({ completed }) => completed !== undefined);
}

/** S12: no secret was written anywhere. */
export const noSecretsAreWritten: Invariant = ({ secrets, written }) =>
  [...written].flatMap(([where, text]) =>
    [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => `${name} was written to ${where}`),
  );

const MOST_FAILED_TASKS = 3;

/** L4: nothing from outside makes the workflow stumble again and again. */
export const tasksDoNotKeepFailing: Invariant = ({ history }) => {
  let failed = 0;
  let most = 0;
  for (const { what } of history) {
    if (what === 'task-failed') failed += 1;
    if (what === 'task-completed') failed = 0;
    most = Math.max(most, failed);
  }
  return most > MOST_FAILED_TASKS ? [`${most} workflow tasks failed in a row`] : [];
};
