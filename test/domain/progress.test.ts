import { describe, expect, it } from 'vitest';
import { EMPTY_DESK, type Ask } from '../../src/domain/desk.ts';
import { progressOf, type RunFacts } from '../../src/domain/progress.ts';
import type { RunState } from '../../src/domain/run.ts';
import { contractJson } from '../support/plans.ts';
import { BEN, CHI, DEE } from './people.ts';
import * as run from './runs.ts';

const waiting = run.runOf({
  phase: 'rollout',
  steps: [run.record('infrastructure-health'), run.running('begin-traffic')],
  desk: run.deskOf([run.approval], {
    accepted: 4,
    refusals: {
      count: 1,
      latest: [{ at: run.hours(1), name: 'approve', by: 'ana@acme.example', why: 'the requester cannot approve' }],
    },
  }),
});

const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value);

/** Every place of a document with the JSON type that stands there; the entries of a list count as one place. */
function places(value: unknown, path = ''): string[] {
  const here = `${path}: ${kindOf(value)}`;
  if (typeof value !== 'object' || value === null) return [here];
  const inner = Array.isArray(value) ? value.map((item) => ['[]', item] as const) : Object.entries(value);
  return [here, ...inner.flatMap(([name, item]) => places(item, `${path}/${name}`))];
}

describe('the answer of the progress query', () => {
  it('has every field of the contract with the same JSON type', () => {
    const answered = places(JSON.parse(JSON.stringify(progressOf(waiting))));
    expect(answered).toEqual(expect.arrayContaining(places(contractJson('progress.example.json'))));
  });

  it('is the same after a journey as JSON', () => {
    const progress = progressOf(waiting);
    expect(JSON.parse(JSON.stringify(progress))).toEqual(progress);
  });

  it('names the newest step that is not over, and until when it waits', () => {
    expect(progressOf(waiting).step).toEqual({
      id: 'begin-traffic',
      title: 'Approve the first traffic',
      since: run.clock(0),
      deadline: run.clock(72),
    });
    expect(progressOf(run.runOf({ steps: [run.record('begin-traffic')] })).step).toBeNull();
  });

  it('knows nothing of a plan before one is admitted, and says so with null', () => {
    const unknown = { tenant: null, environment: null, release: null, trust: null, plan: null };
    const progress = progressOf(run.runOf({ ...unknown, steps: [], desk: EMPTY_DESK }));
    expect(progress).toMatchObject({ ...unknown, state: 'checking', step: null, waitingFor: [] });
  });
});

describe('the state of a run', () => {
  const asking = (...asks: Ask[]): Partial<RunFacts> => ({ desk: run.deskOf(asks) });
  const { ending } = run;

  it.each<[RunState, string, Partial<RunFacts>]>([
    ['checking', 'a check runs', {}],
    ['checking', 'nothing has begun', { steps: [] }],
    ['blocked', 'something waits for a recheck', asking(run.recheck)],
    [
      'blocked',
      'something waits for a recheck while people are asked and the share is held',
      { desk: run.deskOf([run.approval, run.recheck], { held: run.hold }) },
    ],
    ['waiting', 'people are asked', asking(run.approval)],
    ['waiting', 'a sample is to be reviewed', asking(run.review)],
    ['waiting', 'a control waits for its owner', asking(run.attestationOf('on-call', CHI))],
    ['held', 'somebody holds it', { desk: run.deskOf([], { held: run.hold }) }],
    ['held', 'somebody holds it while people are asked', { desk: run.deskOf([run.approval], { held: run.hold }) }],
    ['watching', 'a window is open', { steps: [run.running('steady-state')] }],
    ['watching', 'a stage of the ramp is held', { steps: [run.running('ramp-25')] }],
    ['rolling-back', 'it was stopped', { ending }],
    ['rolling-back', 'the release of the kill switch is asked for', { ending, ...asking(run.approval) }],
    ['rolling-back', 'it was stopped while it was held', { ending, desk: run.deskOf([], { held: run.hold }) }],
    ['rollback-incomplete', 'the rollback needs hands', { ending, ...asking(run.approval, run.hands) }],
    ['live', 'it is live', { outcome: 'live' }],
    ['rolled-back', 'it was rolled back', { ending, outcome: 'rolled-back', ...asking(run.hands) }],
    ['rejected', 'it was rejected', { ending, outcome: 'rejected' }],
    ['canceled', 'it was canceled', { ending, outcome: 'canceled' }],
  ])('is %s when %s', (state, _what, facts) => {
    expect(progressOf(run.runOf(facts)).state).toBe(state);
  });
});

describe('what a run waits for', () => {
  const waitingFor = (ask: Ask) => progressOf(run.runOf({ desk: run.deskOf([ask]) })).waitingFor[0];
  const bodyOf = (how: string): unknown => JSON.parse(how.slice(how.indexOf(`'`) + 1, -1));

  it.each<[string, Ask, object, object]>([
    [
      'an approval',
      run.approval,
      { have: 1, need: 2, from: [BEN, CHI, DEE], until: run.clock(72), gate: 'begin-traffic', nonce: 'b1c6' },
      { gate: 'begin-traffic', by: 'you', plan: run.PLAN, nonce: 'b1c6' },
    ],
    [
      'an attestation of the owner',
      run.attestationOf('role-review', CHI),
      { have: 0, need: 1, from: [CHI], facts: run.FACTS },
      { control: 'role-review', by: CHI, plan: run.PLAN, facts: run.FACTS, statement: '…', evidence: 'https://…' },
    ],
    [
      'an attestation of anybody',
      run.attestationOf('circuit-breakers', null),
      { from: ['anybody but the requester'] },
      { control: 'circuit-breakers', by: 'you', plan: run.PLAN, statement: '…', evidence: 'https://…' },
    ],
    [
      'what is left of a review',
      run.review,
      { have: 1, need: 2, from: [DEE], items: ['evt_02'], until: run.clock(4) },
      { sample: run.SAMPLE, by: 'you', plan: run.PLAN, verdicts: [{ id: 'evt_02', correct: true }] },
    ],
    ['a recheck', run.recheck, { have: 0, need: 1, what: 'audit-pipeline' }, { by: 'you', step: 'audit-pipeline' }],
    ['hands', run.hands, { until: null, what: 'policy-rollback' }, { by: 'you', step: 'policy-rollback' }],
  ])('%s, with the command that supplies it', (_what, ask, expected, body) => {
    const shown = waitingFor(ask);
    expect(shown).toMatchObject({ kind: ask.kind, ...expected });
    expect(bodyOf(shown?.how ?? '')).toEqual(body);
  });

  it('groups are called groups, so that nobody takes one for a person', () => {
    const ask = { ...run.approval, people: [BEN], groups: ['security'] };
    expect(waitingFor(ask)?.from).toEqual([BEN, 'group security']);
  });

  it('the end of a hold comes after everything else that is waited for', () => {
    const { waitingFor: all } = progressOf(run.runOf({ desk: run.deskOf([run.approval], { held: run.hold }) }));
    expect(all.map(({ kind, what }) => [kind, what])).toEqual([
      ['approval', 'begin-traffic'],
      ['resume', 'held by ana@acme.example'],
    ]);
  });

  it('a hold that keeps traffic from moving says until when', () => {
    const held = { desk: run.deskOf([], { held: run.hold }), heldUntil: run.hours(72) };
    expect(progressOf(run.runOf(held)).waitingFor).toMatchObject([{ kind: 'resume', until: run.clock(72) }]);
  });
});
