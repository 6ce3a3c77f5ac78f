import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { TASK_QUEUE, workflowIdOf } from '../../src/domain/ids.ts';
import { playPeople } from '../../src/sandbox/people.ts';
import { until, untilProgress } from '../end-to-end/rig.ts';
import { onlyWhenAll } from './extent.ts';
import { judge } from './judge.ts';
import { patientPlan } from './plan.ts';
import { World } from './world.ts';

/** Ten minutes of the plan's clock pass in less than a second; people are paged by the real one. */
const SPEED = 1_000;
const DOWN_FOR = 100_000;
const FIRST_PAGE_WITHIN = 90_000;

beforeEach((context) => onlyWhenAll(context));

it('a platform that is away for the whole rollback is waited for, with pages, and is safe soon after it is back', async () => {
  const world = await World.start();
  const ended = new AbortController();
  onTestFinished(async () => {
    ended.abort();
    await world.close();
  });
  world.startWorker();
  const plan = patientPlan(SPEED);
  const workflowId = workflowIdOf(plan.tenant, plan.environment);
  const handle = await world.client.workflow.start('goLive', { args: [plan], taskQueue: TASK_QUEUE, workflowId });
  const people = playPeople(handle, { speed: SPEED, signal: ended.signal });
  await untilProgress(handle, 'traffic', ({ steps }) => steps.some(({ id }) => id === 'steady-state'), 120_000);

  const isBack = delay(DOWN_FOR);
  await world.toPlatform.become({ kind: 'down' });
  await handle.signal('abort', { by: 'chi@acme.example', reason: 'nothing answers' });
  const paged = (text: string) => async () => {
    const pages = JSON.stringify((await world.sandbox.state()).pages);
    if (!pages.includes(text)) throw new Error('nobody was paged');
  };
  await until('people hear of the rollback', paged('ROLLBACK begins'));
  await until('people hear that nothing is done', paged('STILL NOT DONE: kill-switch-on'), FIRST_PAGE_WITHIN);
  await isBack;
  expect((await handle.describe()).status.name).toBe('RUNNING');

  await world.toPlatform.become({ kind: 'clear' });
  await handle.result().catch(() => undefined);
  ended.abort();
  await people;
  expect(await judge(world, handle, plan)).toEqual({ state: 'rolled-back', broken: [] });
  const { share, tenants } = await world.sandbox.state();
  expect([share.percent, tenants[0]?.emergency.halted]).toEqual([0, false]);
}, 400_000);
