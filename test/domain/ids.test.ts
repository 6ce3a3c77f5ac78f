import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evidenceFolder, isKeyOf, requestKey, workflowIdOf } from '../../src/domain/ids.ts';
import { STEP_IDS } from '../../src/domain/plan.ts';

/** Two runs that were started in the same minute: only their ends differ. */
const CHAIN = '019a9f3e-6c1b-7d52-8f30-3b1d1d2c4a55';
const SAME_MINUTE = '019a9f3e-6c1b-7d52-8f30-9e0b7f61c2aa';

const keyParts = fc.record({
  chain: fc.constantFrom(CHAIN, SAME_MINUTE),
  step: fc.constantFrom(...STEP_IDS),
  generation: fc.integer({ min: 1, max: 50 }),
});

test('a tenant and environment have one go-live', () => {
  expect(workflowIdOf('tenant_acme_prod', 'production')).toBe('golive/tenant_acme_prod/production');
});

test('a request key names the release, the run, the step and the repetition', () => {
  expect(requestKey('2026-11-22.1', CHAIN, 'kill-switch-on')).toBe('golive:2026-11-22.1:3b1d1d2c4a55:kill-switch-on:1');
  expect(requestKey('2026-11-22.1', CHAIN, 'kill-switch-on', 3)).toMatch(/:kill-switch-on:3$/);
});

test('two changes have two keys, and one change has one', () => {
  fc.assert(
    fc.property(keyParts, keyParts, (one, other) => {
      const [first, second] = [one, other].map(({ chain, step, generation }) =>
        requestKey('r1', chain, step, generation),
      );
      expect(first === second).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

test('the key of one step never begins the key of another, so that a search finds only its own', () => {
  const keys = STEP_IDS.map((step) => requestKey('r1', CHAIN, step));
  const inside = keys.filter((key) => keys.some((other) => other !== key && other.includes(key)));
  expect(inside).toEqual([]);
});

test('a key is of its own step and of no other', () => {
  fc.assert(
    fc.property(keyParts, fc.constantFrom(...STEP_IDS), ({ chain, step, generation }, other) => {
      expect(isKeyOf(other, requestKey('2026-11-22.1', chain, step, generation))).toBe(other === step);
    }),
  );
});

test.each([
  '',
  'golive',
  'an incident',
  'golive:r1:3b1d1d2c4a55:kill-switch-on',
  'golive:r1:3b1d1d2c4a55:kill-switch-on:',
  'golive:r1:3b1d1d2c4a55:kill-switch-on:x',
  'golive:r1:3b1d1d2c4a55:kill-switch-on:1:1',
  'golive::3b1d1d2c4a55:kill-switch-on:1',
  'golive:r1::kill-switch-on:1',
  'other:r1:3b1d1d2c4a55:kill-switch-on:1',
])('what is not a whole key is a key of nothing: %j', (key) => {
  expect(isKeyOf('kill-switch-on', key)).toBe(false);
});

test('two runs of one release have two folders for their evidence', () => {
  const folders = [CHAIN, SAME_MINUTE].map((chain) => evidenceFolder('t1', 'production', 'r1', chain));
  expect(folders).toEqual(['t1/production/r1-3b1d1d2c4a55', 't1/production/r1-9e0b7f61c2aa']);
});
