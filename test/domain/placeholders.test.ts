import { expect, test } from 'vitest';
import { detailsOf } from '../../src/domain/details.ts';
import type { MessageName } from '../../src/domain/messages.ts';
import { progressOf } from '../../src/domain/progress.ts';
import { receive } from '../../src/domain/receive.ts';
import { BEN } from './people.ts';
import * as run from './runs.ts';

const anybody = { ...run.approval, people: [], groups: ['platform-oncall'], approvals: [] };
const asks = [anybody, run.attestationOf('circuit-breakers', null), run.attestationOf('incident-channel', BEN)];
const facts = run.runOf({ desk: run.deskOf(asks, { held: run.hold, trust: 'namespace' }) });
const messages = progressOf(facts).waitingFor.flatMap(({ message }) => message ?? []);
const answerTo = (name: MessageName, body: object) =>
  receive(facts.desk, { name, args: [body], at: run.hours(3) }).answer;

test.each([
  ['approve', 'by'],
  ['attest', 'by, statement, evidence'],
  ['resume', 'by, reason'],
] as const)('%s as it is shown, with nothing filled in, does not count and says so', (name, blanks) => {
  const body = messages.find((message) => message.name === name)?.body ?? {};
  expect(answerTo(name, body)).toMatchObject({ counted: false, text: `still has to be filled in: ${blanks}` });
});

test('filled in they count', () => {
  const filled = { by: BEN, statement: 'they fit', evidence: 'https://wiki.acme.example/breakers', reason: 'go on' };
  const answers = messages.map(({ name, body }) => {
    const known = Object.entries(filled).filter(([field]) => field in body);
    return answerTo(name, { ...body, ...Object.fromEntries(known) });
  });
  expect(answers.map(({ counted }) => counted)).toEqual([true, true, true, true]);
});

test('whoever stops a go-live in a hurry is heard with nothing filled in', () => {
  const [, body = ''] = /--name abort --input '\n(.*)\n'/.exec(detailsOf(progressOf(facts))) ?? [];
  expect(answerTo('abort', JSON.parse(body) as object)).toMatchObject({ counted: true });
});
