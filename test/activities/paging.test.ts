import { afterEach, beforeEach, expect, it } from 'vitest';
import { startStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.close());

const page = () => stage.activities.page({ golive: 'golive/tenant_acme_prod/production', text: 'hands are needed' });

it('tells the pager which go-live needs what', async () => {
  await page();
  expect(stage.sandbox.control.state().pages.map(({ body }): unknown => JSON.parse(body))).toEqual([
    { text: 'golive/tenant_acme_prod/production: hands are needed' },
  ]);
});

it.each([
  { kind: 'status', status: 500 },
  { kind: 'status', status: 404 },
  { kind: 'redirect' },
  { kind: 'drop-before' },
] as const)('does not take $kind for a page that arrived, and keeps the address to itself', async (effect) => {
  stage.sandbox.control.arm({ kind: 'call', operationId: 'page', effect });
  const failure: unknown = await page().catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'PagingFailed', message: '1 of 1 pagers did not accept', nonRetryable: false });
  expect(JSON.stringify(failure)).not.toContain(stage.sandbox.url);
});
