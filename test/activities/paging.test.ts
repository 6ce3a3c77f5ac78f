import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { translated } from '../../src/activities/failures.ts';
import { pagingActivities } from '../../src/activities/paging.ts';
import type { Notice } from '../../src/domain/notices.ts';
import type { OperatorConfig } from '../../src/domain/profile-schema.ts';
import { ended, notice } from '../notify/notice.ts';
import { receiver, status } from '../notify/receiver.ts';
import { startStage } from './stage.ts';

type Paging = Pick<OperatorConfig, 'paging' | 'temporalUi'>;

const SECRET = 'T0KEN-of-the-webhook';
const webhook = (url: string) => ({ kind: 'webhook', url: `${url}/${SECRET}`, least: 'info' }) as const;

/** One attempt, as a worker makes it, that may go on from the heartbeat of the one before; answers its last heartbeat. */
async function attempt(operator: Paging, notices: readonly Notice[], heartbeatDetails?: unknown): Promise<unknown> {
  const environment = new MockActivityEnvironment({ heartbeatDetails }, { logger: new DefaultLogger('ERROR') });
  let heartbeat: unknown = heartbeatDetails;
  environment.on('heartbeat', (details: unknown) => (heartbeat = details));
  const activities = translated(pagingActivities(operator));
  try {
    await environment.run(() => activities.tellPeople({ notices }));
    return heartbeat;
  } catch (failure) {
    return { failure, heartbeat };
  }
}

/** Answers so many times that it is not available, then accepts. */
function unavailable(times: number, code = 503, headers: Readonly<Record<string, string>> = {}) {
  let left = times;
  return receiver((request, response) => {
    left -= 1;
    status(left < 0 ? 200 : code, left < 0 ? {} : headers)(request, response);
  });
}

describe('People', () => {
  it('are told by every pager, all notices in their order', async () => {
    const [one, other] = [await receiver(status(200)), await receiver(status(200))];
    await attempt({ paging: [webhook(one.url), webhook(other.url)] }, [notice(), ended]);
    for (const { received } of [one, other]) {
      expect(received.map(({ body }) => (body as { text: string }).text.slice(0, 8))).toEqual(['ROLLBACK', 'ROLLED B']);
    }
  });

  it('are not told again by a pager that has accepted because another one has not', async () => {
    const [works, fails] = [await receiver(status(200)), await unavailable(1)];
    const operator = { paging: [webhook(works.url), webhook(fails.url)] };
    const first = await attempt(operator, [notice(), ended]);
    expect(first).toMatchObject({
      failure: {
        type: 'PagingFailed',
        message: '1 of 2 pagers did not accept (paging.1: unavailable with 503)',
        nonRetryable: false,
      },
    });
    await attempt(operator, [notice(), ended], (first as { heartbeat: unknown }).heartbeat);
    expect(works.received).toHaveLength(2);
    expect(fails.received).toHaveLength(3);
  });

  it('are told of nothing by a pager that wants to hear of worse', async () => {
    const { url, received } = await receiver(status(200));
    await attempt({ paging: [{ ...webhook(url), least: 'critical' }] }, [notice({ severity: 'warning' })]);
    expect(received).toEqual([]);
  });

  it('are not told at all where nobody is configured, and that is no failure', async () => {
    expect(await attempt({ paging: [] }, [notice()])).toBeUndefined();
  });

  it('are led to the run where the operator has said where the Temporal UI is', async () => {
    const { url, received } = await receiver(status(200));
    await attempt({ paging: [webhook(url)], temporalUi: 'https://temporal.acme.example/' }, [notice()]);
    expect(received).toMatchObject([
      {
        body: {
          text: expect.stringMatching(/\nhttps:\/\/temporal\.acme\.example\/namespaces\/\w+\/workflows\/[^/]+\/[^/]+$/),
        },
      },
    ]);
  });
});

describe('A pager that asks to be left alone', () => {
  const delay = async (...headers: readonly (readonly [number, Record<string, string>])[]) => {
    const pagers = await Promise.all(headers.map(([code, header]) => unavailable(1, code, header)));
    const result = await attempt({ paging: pagers.map(({ url }) => webhook(url)) }, [notice()]);
    return (result as { failure: { nextRetryDelay?: number } }).failure.nextRetryDelay;
  };

  it('is left alone for so long, within bounds', async () => {
    expect(await delay([429, { 'retry-after': '7' }])).toBe(7_000);
    expect(await delay([429, { 'retry-after': '86400' }])).toBe(60_000);
    expect(await delay([429, {}])).toBeUndefined();
  });

  it('does not hold up another one that asked for nothing', async () => {
    expect(await delay([429, { 'retry-after': '30' }], [503, {}])).toBeUndefined();
    expect(await delay([429, { 'retry-after': '30' }], [503, { 'retry-after': '3' }])).toBe(3_000);
  });
});

it('keeps addresses and keys to itself when nobody is reached', async () => {
  const { url } = await receiver(status(404));
  const key = 'r0uting-key';
  const paging = [webhook(url), { kind: 'pagerduty', url, routingKey: key, least: 'info' }] as const;
  const result = await attempt({ paging: [...paging] }, [notice()]);
  const { failure } = result as { failure: Error };
  expect(failure.message).toBe('2 of 2 pagers did not accept (paging.0: refused with 404; paging.1: refused with 404)');
  for (const secret of [SECRET, key, url]) expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toContain(secret);
});

it('reaches the webhook and the PagerDuty of the sandbox', async () => {
  const stage = await startStage();
  await attempt(stage.operator, [notice(), ended]);
  const pages = stage.sandbox.control.state().pages.map(({ to, body }) => [to, JSON.parse(body) as object] as const);
  await stage.close();
  expect(pages.filter(([to]) => to === 'webhook')).toHaveLength(2);
  expect(pages.filter(([to]) => to === 'pagerduty').map(([, body]) => body)).toMatchObject([
    { event_action: 'trigger', dedup_key: 'golive/acme/production rollback' },
    { event_action: 'resolve', dedup_key: 'golive/acme/production rollback' },
  ]);
});
