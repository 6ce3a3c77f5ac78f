import { describe, expect, it } from 'vitest';
import type { Notice } from '../../src/domain/notices.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { openPagerDuty } from '../../src/notify/pagerduty.ts';
import { openPost } from '../../src/notify/post.ts';
import { ended, notice, ROLLBACK } from './notice.ts';
import { receiver, status } from './receiver.ts';

const KEY = 'r0uting-key-of-the-test';
const LINK = 'https://temporal.acme.example/namespaces/default/workflows/golive';
const { signal } = new AbortController();

async function sent(told: Notice, { least = 'warning', link }: { least?: Severity; link?: string } = {}) {
  const { url, received } = await receiver(status(202));
  const pager = openPagerDuty({ place: 'paging.0', url, routingKey: KEY, least }, openPost());
  await pager.tell({ notice: told, link, signal });
  return received.map(({ body }) => body);
}

describe('PagerDuty', () => {
  it('is triggered under the key of the matter, with the story, how bad it is and all that is known', async () => {
    expect(await sent(notice(), { link: LINK })).toEqual([
      {
        routing_key: KEY,
        event_action: 'trigger',
        dedup_key: 'golive/acme/production rollback',
        client: 'golive',
        client_url: LINK,
        links: [{ href: LINK, text: 'The run in the Temporal UI' }],
        payload: {
          summary: 'ROLLBACK begins: errors are 3 % (acme/production)',
          severity: 'critical',
          source: 'golive/acme/production',
          group: 'acme/production',
          custom_details: {
            golive: 'golive/acme/production',
            place: 'acme/production',
            release: '2026-11-22.1',
            traffic: '25 %',
            killSwitch: 'off',
            rehearsal: false,
            details: 'By ana@acme.example.',
            command: "temporal workflow signal --name abort --input '{}'",
          },
        },
      },
    ]);
  });

  it('is not triggered by what is only good to know', async () => {
    expect(await sent(notice({ severity: 'info' }), { least: 'info' })).toEqual([]);
  });

  it('is triggered before anything is resolved, and never below what it is to hear', async () => {
    const waiting = { key: 'golive/acme/production approval', severity: 'warning' } as const;
    const actions = async (...told: Parameters<typeof sent>) =>
      (await sent(...told)).map((event) => (event as { event_action: string }).event_action);
    expect(await actions(notice({ ends: [waiting] }))).toEqual(['trigger', 'resolve']);
    expect(await actions(notice({ severity: 'warning', ends: [ROLLBACK] }), { least: 'critical' })).toEqual([
      'resolve',
    ]);
  });

  it('resolves every matter that is over, under the key under which it was triggered', async () => {
    const waiting = { key: 'golive/acme/production approval', severity: 'warning' } as const;
    expect(await sent({ ...ended, ends: [ROLLBACK, waiting] })).toEqual([
      { routing_key: KEY, event_action: 'resolve', dedup_key: ROLLBACK.key },
      { routing_key: KEY, event_action: 'resolve', dedup_key: waiting.key },
    ]);
  });

  it('gets one short key for one long one, and another for another', async () => {
    const keyOf = async (key: string) => ((await sent(notice({ key })))[0] as { dedup_key: string }).dedup_key;
    const [one, same, other] = [
      await keyOf('x'.repeat(300)),
      await keyOf('x'.repeat(300)),
      await keyOf('x'.repeat(301)),
    ];
    expect(one.length).toBeLessThanOrEqual(255);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  it.each([200, 204, 400])('has not accepted with %i, and the key stands in no error', async (code) => {
    const { url, received } = await receiver(status(code));
    const pager = openPagerDuty({ place: 'paging.0', url, routingKey: KEY, least: 'info' }, openPost());
    const failure: unknown = await pager
      .tell({ notice: notice(), link: undefined, signal })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ problem: 'refused', message: expect.stringMatching(/^paging\.0: /) });
    expect(`${(failure as Error).stack} ${JSON.stringify(failure)}`).not.toContain(KEY);
    expect(received).toHaveLength(1);
  });
});
