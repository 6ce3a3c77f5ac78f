import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { conclude } from '../../src/activities/findings.ts';
import { Lease, requireLease, underLease } from '../../src/activities/lease.ts';
import { actAndReadBack } from '../../src/activities/mutations.ts';
import { startStage } from './stage.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
});

/** A change that counts how often it was asked for. */
function changing(asked: () => Promise<void>) {
  return actAndReadBack({
    act: asked,
    read: () => Promise.resolve('done'),
    isDone: () => true,
    unconfirmed: () => 'not done',
  });
}

it('whoever gives signs of life in time may change something', async () => {
  const asked = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const lease = new Lease(10_000);
  for (const pause of [6_000, 9_000, 9_999]) {
    vi.advanceTimersByTime(pause);
    lease.renew();
  }
  await underLease(lease, () => changing(asked));
  expect(asked).toHaveBeenCalledOnce();
});

it('whoever slept through its lease asks for no change, and a late sign of life does not help', async () => {
  const asked = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const lease = new Lease(10_000);
  vi.advanceTimersByTime(10_000);
  lease.renew();
  await expect(underLease(lease, () => changing(asked))).rejects.toMatchObject({ code: 'Overslept' });
  expect(asked).not.toHaveBeenCalled();
});

it('whoever slept through its lease adds nothing to the evidence, which may be sealed by now', async () => {
  const stage = await startStage();
  onTestFinished(() => stage.close());
  const { store, scope } = stage;
  let looks = 0;
  const lease = new Lease(10_000);
  const measured = () =>
    underLease(lease, () => conclude(store, scope, { summary: 'as it should be', facts: { look: ++looks } }));
  expect(await stage.keeps((await measured()).evidence)).toBe(true);
  const before = await store.list(scope.folder);
  vi.advanceTimersByTime(10_000);
  await expect(measured()).rejects.toMatchObject({ code: 'Overslept' });
  expect(await store.list(scope.folder)).toEqual(before);
});

it('where nobody else could be at it, no lease is needed', () => {
  vi.advanceTimersByTime(3_600_000);
  expect(requireLease).not.toThrow();
});
