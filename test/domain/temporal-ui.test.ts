import { expect, test } from 'vitest';
import { startFormLink } from '../../src/domain/temporal-ui.ts';

test('the link to the start form fills in all but the plan', () => {
  expect(startFormLink('http://127.0.0.1:8233', 'default', 'golive/tenant_acme_prod/production')).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/start-workflow' +
      '?workflowId=golive%2Ftenant_acme_prod%2Fproduction&taskQueue=golive&workflowType=goLive',
  );
});

test.each(['https://temporal.acme.example/ui', 'https://temporal.acme.example/ui/'])(
  'the path of the UI %s is kept, and nothing in a name can change the link',
  (ui) => {
    const { origin, pathname, searchParams } = new URL(startFormLink(ui, 'a/b?c', 'golive/x&taskQueue=other#y'));
    expect(`${origin}${pathname}`).toBe(
      'https://temporal.acme.example/ui/namespaces/a%2Fb%3Fc/workflows/start-workflow',
    );
    expect([...searchParams]).toEqual([
      ['workflowId', 'golive/x&taskQueue=other#y'],
      ['taskQueue', 'golive'],
      ['workflowType', 'goLive'],
    ]);
  },
);
