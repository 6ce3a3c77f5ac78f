import { expect, test } from 'vitest';
import { failed, inconclusive, passed, VERDICTS } from '../../src/domain/verdict.ts';

test('a pass has no reason against it', () => {
  expect(passed('5 of 5 healthy')).toEqual({ verdict: 'pass', summary: '5 of 5 healthy', reasons: [] });
});

test.each([
  ['fail', failed('two are down')],
  ['inconclusive', inconclusive('two are down')],
])('%s says why, and says it in the summary too', (verdict, finding) => {
  expect(finding).toEqual({ verdict, summary: 'two are down', reasons: ['two are down'] });
});

test('there are three verdicts and one of them is a pass', () => {
  expect(VERDICTS).toEqual(['pass', 'fail', 'inconclusive']);
});
