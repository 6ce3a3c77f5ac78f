import { defineQuery, proxyActivities, setHandler, sleep } from '@temporalio/workflow';

/** How many timers have fired. */
export const fired = defineQuery<number>('fired');

interface Steps {
  readonly even: () => Promise<void>;
  readonly odd: () => Promise<void>;
}

const TIMERS = 120;
const EVERY = 25;
const MANY_TURNS = 30;

/** Does something whenever one of many timers fires, every other time a little later: in another order when several fire in one task. */
export async function restless(): Promise<void> {
  let count = 0;
  setHandler(fired, () => count);
  const { even, odd } = proxyActivities<Steps>({ startToCloseTimeout: '10s' });
  const timers = Array.from({ length: TIMERS }, async (_, index) => {
    await sleep(1_000 + index * EVERY);
    count += 1;
    if (index % 2 === 0) return even();
    for (let turn = 0; turn < MANY_TURNS; turn += 1) await Promise.resolve();
    return odd();
  });
  await Promise.all(timers);
}
