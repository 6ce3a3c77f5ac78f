import { request } from 'undici';
import type { OperatorConfig } from '../domain/profile-schema.ts';
import { Failure } from './failures.ts';

const DEADLINE = 10_000;

export function pagingActivities(pagers: OperatorConfig['paging']) {
  return {
    /** Tells every configured pager. Webhooks get `{"text": …}`, which Slack understands. */
    async page({ golive, text }: { golive: string; text: string }): Promise<void> {
      const results = await Promise.allSettled(pagers.map(({ url }) => post(url, `${golive}: ${text}`)));
      const failed = results.filter(({ status }) => status === 'rejected').length;
      // The address is a secret, so which one failed is told by its place in the configuration alone.
      if (failed > 0) throw new Failure('PagingFailed', `${failed} of ${pagers.length} pagers did not accept`);
    },
  };
}

async function post(url: string, text: string): Promise<void> {
  const { statusCode, body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
    signal: AbortSignal.timeout(DEADLINE),
  });
  await body.dump();
  if (statusCode < 200 || statusCode > 299) throw new Error('refused');
}
