import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { TASK_QUEUE, workflowIdOf } from '../../src/domain/ids.ts';
import { playPeople } from '../../src/sandbox/people.ts';
import { untilProgress } from '../end-to-end/rig.ts';
import { onlyWhenAll } from './extent.ts';
import { judge } from './judge.ts';
import { patientPlan } from './plan.ts';
import { World } from './world.ts';

const SPEED = 4_000;
/** Longer than the adapter waits for an answer, so that the move is made when its call has long been over. */
const MOVES_AFTER = 12_000;

beforeEach((context) => onlyWhenAll(context));

it('a move that the router makes long after its call was given up is taken back', { timeout: 240_000 }, async () => {
  const world = await World.start();
  const ended = new AbortController();
  onTestFinished(async () => {
    ended.abort();
    await world.close();
  });
  await world.sandbox.arm({
    kind: 'call',
    operationId: 'putShare',
    effect: { kind: 'slow', ms: MOVES_AFTER, wait: 'before-acting' },
    times: 1,
  });
  world.startWorker();
  const plan = patientPlan(SPEED);
  const workflowId = workflowIdOf(plan.tenant, plan.environment);
  const handle = await world.client.workflow.start('goLive', { args: [plan], taskQueue: TASK_QUEUE, workflowId });
  const people = playPeople(handle, { speed: SPEED, signal: ended.signal });
  await untilProgress(handle, 'the first move', ({ step }) => step?.id === 'low-traffic', 120_000);
  const isMoved = delay(MOVES_AFTER);
  await handle.signal('abort', { by: 'chi@acme.example', reason: 'not today' });
  await handle.result().catch(() => undefined);
  ended.abort();
  await Promise.all([people, isMoved]);

  expect(await judge(world, handle, plan)).toEqual({ state: 'rolled-back', broken: [] });
  const shares = (await world.sandbox.ledger()).flatMap((effect) => (effect.what === 'share' ? [effect.to] : []));
  expect(shares).toEqual([5, 0]);
});
