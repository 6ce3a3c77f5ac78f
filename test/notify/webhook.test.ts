import { describe, expect, it } from 'vitest';
import type { Notice } from '../../src/domain/notices.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { openPost } from '../../src/notify/post.ts';
import { openWebhook } from '../../src/notify/webhook.ts';
import { ended, notice } from './notice.ts';
import { receiver, status } from './receiver.ts';

const { signal } = new AbortController();

async function sent(told: Notice, link?: string): Promise<unknown> {
  const { url, received } = await receiver(status(200));
  await openWebhook({ place: 'paging.0', url, least: 'info' }, openPost()).tell({ notice: told, link, signal });
  return received[0]?.body;
}

describe('A webhook', () => {
  it('gets the notice as text, and where the run can be looked at', async () => {
    const text = [
      'ROLLBACK begins: errors are 3 % (acme/production)',
      'Release 2026-11-22.1 · traffic 25 % · kill switch off',
      'By ana@acme.example.',
      "temporal workflow signal --name abort --input '{}'",
    ];
    expect(await sent(notice())).toEqual({ text: text.join('\n') });
    const link = 'https://temporal.acme.example/namespaces/default/workflows/golive';
    expect(await sent(notice(), link)).toEqual({ text: [...text, link].join('\n') });
  });

  it('gets nothing in which somebody else could call everybody or lead somewhere', async () => {
    const body = await sent(
      notice({ summary: '<!channel> <https://evil.example|here> & more', lines: [], command: null }),
    );
    expect(body).toMatchObject({
      text: expect.stringMatching(/^&lt;!channel&gt; &lt;https:\/\/evil\.example\|here&gt; &amp; more\n/),
    });
  });

  it.each<[Severity, boolean, boolean, boolean]>([
    ['info', true, true, true],
    ['warning', false, true, true],
    ['critical', false, false, true],
  ])('for %s hears what is as bad as that, and its end', (least, info, warning, critical) => {
    const webhook = openWebhook({ place: 'paging.0', url: 'https://x.example', least }, openPost());
    expect(webhook.hears(notice({ severity: 'info' }))).toBe(info);
    expect(webhook.hears(notice({ severity: 'warning' }))).toBe(warning);
    expect(webhook.hears(notice())).toBe(critical);
    expect(webhook.hears(ended)).toBe(true);
  });
});
