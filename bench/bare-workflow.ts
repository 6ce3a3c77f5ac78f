import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { BareActivities } from './bare-activities.ts';
import type { Shape, Wave } from './shape.ts';

const goOn = defineSignal('message');
const goOnUpdate = defineUpdate('message');
/** How many messages it waits for. */
const awaited = defineQuery<number>('awaited');

const { act } = proxyActivities<BareActivities>({ startToCloseTimeout: '60s' });

/** The least that has this shape: no state, no details, no search attributes, nothing in any payload. */
export async function bare(shape: Shape): Promise<void> {
  let received = 0;
  let expected = 0;
  setHandler(goOn, () => void (received += 1));
  setHandler(goOnUpdate, () => void (received += 1));
  setHandler(awaited, () => expected - received);

  let deadlines = new CancellationScope();
  for (const stage of shape) {
    expected += stage.messages;
    await condition(() => received >= expected);
    deadlines.cancel();
    deadlines = new CancellationScope();
    for (const wave of stage.waves) await run(wave, deadlines);
  }
  deadlines.cancel();
}

async function run({ activities, timers, deadlines }: Wave, scope: CancellationScope): Promise<void> {
  for (let index = 0; index < deadlines; index += 1) scope.run(() => sleep('72h')).catch(() => undefined);
  await Promise.all([
    ...Array.from({ length: activities }, () => act()),
    ...timers.map((milliseconds) => sleep(milliseconds)),
  ]);
}
