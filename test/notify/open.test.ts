import { describe, expect, it } from 'vitest';
import { openPagers } from '../../src/notify/open.ts';
import { ended, notice } from './notice.ts';
import { receiver, status } from './receiver.ts';

const webhook = (url: string) => ({ kind: 'webhook', url, least: 'info' }) as const;
const pagerDuty = (url: string) => ({ kind: 'pagerduty', url, routingKey: 'key', least: 'critical' }) as const;

describe('The configured pagers', () => {
  it('are told in their order, each in its own way', async () => {
    const slack = await receiver(status(200));
    const duty = await receiver(status(202));
    const pagers = openPagers([webhook(`${slack.url}/hook?token=1`), pagerDuty(`${duty.url}/v2/enqueue`)]);
    const { signal } = new AbortController();
    for (const pager of pagers) await pager.tell({ notice: notice(), link: undefined, signal });
    expect(slack.received).toMatchObject([{ path: '/hook?token=1', body: { text: expect.any(String) } }]);
    expect(duty.received).toMatchObject([{ path: '/v2/enqueue', body: { event_action: 'trigger' } }]);
    expect(pagers.map((pager) => pager.hears({ ...ended, ends: [] }))).toEqual([true, false]);
  });

  it.each([
    'http://hooks.acme.example/services/T0/B0/secret',
    'http://127.0.0.1.evil.example/secret',
    'http://localhost.evil.example/secret',
    'ftp://127.0.0.1/secret',
    'file:///etc/secret',
    'https://ana:secret@hooks.acme.example/',
    'secret',
    '',
  ])('cannot be at %s, and the error does not say where that is', (address) => {
    for (const pager of [webhook(address), pagerDuty(address)]) {
      const open = () => openPagers([webhook('https://hooks.acme.example/x'), pager]);
      expect(open).toThrow(TypeError);
      expect(open).toThrow(/^paging\.1\.url: (?:is not an address|must be )/);
      expect(open).not.toThrow(/secret|evil|acme/);
    }
  });

  it.each(['http://127.0.0.1:8080/x', 'http://localhost/x', 'http://[::1]/x', 'https://hooks.acme.example/x?y=z'])(
    'can be at %s',
    (address) => {
      expect(openPagers([webhook(address)])).toHaveLength(1);
    },
  );
});
