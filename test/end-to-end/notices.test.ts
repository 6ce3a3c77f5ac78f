import { expect, it } from 'vitest';
import type { Page } from '../../src/sandbox/pager.ts';
import { planAt, Rig, untilProgress } from './rig.ts';

const SPEED = 1440;

interface Event {
  readonly event_action: string;
  readonly dedup_key: string;
  readonly payload?: { readonly summary: string };
}

const textsOf = (pages: readonly Page[]) =>
  pages.filter(({ to }) => to === 'webhook').map(({ body }) => (JSON.parse(body) as { text: string }).text);
const eventsOf = (pages: readonly Page[]) =>
  pages.filter(({ to }) => to === 'pagerduty').map(({ body }) => JSON.parse(body) as Event);

it(
  'an aborted go-live pages once while the webhook is down, tells the webhook when it is back, and leaves no alert open',
  { timeout: 180_000 },
  async () => {
    const rig = await Rig.start();
    const people = new AbortController();
    try {
      rig.startWorker();
      const handle = await rig.startGoLive(planAt(SPEED));
      const deciding = rig.people(handle, SPEED, people.signal);
      await untilProgress(handle, 'traffic flows', ({ traffic }) => traffic.confirmed && traffic.percent === 5);
      const { heal } = await rig.arm({
        kind: 'call',
        operationId: 'page',
        effect: { kind: 'status', status: 503 },
        times: 'always',
      });
      await handle.executeUpdate('abort', { args: [{ by: 'chi@acme.example', reason: 'customers report denials' }] });
      const attempts = async () => {
        const { raw } = await handle.describe();
        return raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'tellPeople')?.attempt ?? 0;
      };
      await expect.poll(attempts, { timeout: 60_000 }).toBeGreaterThan(2);
      await heal();
      await handle.result().catch(() => undefined);
      expect((await handle.describe()).status.name).toBe('FAILED');
      await deciding;

      const pages = await rig.pages();
      const events = eventsOf(pages);
      const triggered = events.filter(({ event_action: action }) => action === 'trigger');
      const begun = triggered.filter(({ payload }) =>
        payload?.summary.startsWith('REHEARSAL: ROLLBACK begins: aborted'),
      );
      expect(begun).toHaveLength(1);
      const last = new Map(events.map(({ dedup_key: key, event_action: action }) => [key, action]));
      expect(last.size).toBeGreaterThan(0);
      expect([...last].filter(([, action]) => action !== 'resolve')).toEqual([]);

      const texts = textsOf(pages);
      expect(texts.filter((text) => text.startsWith('REHEARSAL: ROLLBACK begins: aborted'))).toHaveLength(1);
      expect(texts.filter((text) => text.startsWith('REHEARSAL: ROLLED BACK'))).toHaveLength(1);
      expect(texts.find((text) => text.startsWith('REHEARSAL: Please approve begin-traffic'))).toContain(
        '--name approve',
      );
    } finally {
      people.abort();
      await rig.close();
    }
  },
);
