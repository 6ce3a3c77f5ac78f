import { expect, test } from 'vitest';
import { progressOf, type RunFacts } from '../../src/domain/progress.ts';
import { SEARCH_ATTRIBUTES, searchAttributesOf } from '../../src/domain/search-attributes.ts';
import { BEN, CHI } from './people.ts';
import * as run from './runs.ts';

const attributes = (facts: Partial<RunFacts>) => searchAttributesOf(progressOf(run.runOf(facts)));

const TYPES = {
  KEYWORD: (value: unknown) => typeof value === 'string',
  INT: (value: unknown) => Number.isInteger(value),
  KEYWORD_LIST: (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

test('every attribute of a run has the type under which it is registered', () => {
  const values = attributes({ desk: run.deskOf([run.approval, run.recheck]) });
  expect(Object.keys(values).sort()).toEqual(Object.keys(SEARCH_ATTRIBUTES).sort());
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) {
    expect([name, TYPES[type](Object(values)[name])]).toEqual([name, true]);
  }
});

test('what is not known yet is left out, and a share of zero is known', () => {
  expect(attributes({ tenant: null, environment: null, traffic: { percent: null, confirmed: false } })).toEqual({
    GoLiveState: 'checking',
    GoLivePhase: 'preflight',
    GoLiveAwaiting: [],
  });
  expect(attributes({ traffic: { percent: 0, confirmed: true } })).toMatchObject({ GoLiveTrafficPercent: 0 });
});

test('a gate is awaited by its name and everything else by its kind, once', () => {
  const asks = [
    run.approval,
    run.attestationOf('circuit-breakers', BEN),
    run.attestationOf('on-call', CHI),
    run.review,
    run.hands,
  ];
  const { GoLiveAwaiting } = attributes({ desk: run.deskOf(asks, { held: run.hold }) });
  expect(GoLiveAwaiting).toEqual(['begin-traffic', 'attestation', 'review', 'hands', 'resume']);
});
