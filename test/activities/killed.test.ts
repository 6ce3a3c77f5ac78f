import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { compile, ended, linesOf, type Program } from '../support/processes.ts';
import { expectAtRest } from './at-rest.ts';
import { killSwitchDrill, type Deed } from './deeds.ts';
import { effectsOf } from './effects.ts';
import { HOLDS, KILLINGS, MOMENTS, type Hold } from './killings.ts';
import type { CallEffect } from './lost-answers.ts';
import { startStage, type Stage } from './stage.ts';
import { taskOf } from './task.ts';

let victim: Program;
beforeAll(() => {
  victim = compile('activities/victim.ts');
}, 60_000);
afterAll(() => victim.remove());

const CELLS = KILLINGS.flatMap((killing) => MOMENTS.map((moment) => ({ ...killing, moment })));

it.concurrent.for(CELLS)(
  '$name, killed when $moment and asked for again, has its effects and no others',
  { timeout: 60_000 },
  async ({ moment, endings, ...mutation }, { onTestFinished }) => {
    const stage = await startStage();
    onTestFinished(() => stage.close());
    await mutation.prepare?.(stage);
    const before = stage.effects().length;
    const done = () => effectsOf(stage, before);
    const hold = HOLDS[moment](mutation);
    const isHeld = arm(stage, hold);

    const child = await start(mutation.act, stage);
    onTestFinished(() => void child.kill('SIGKILL'));
    await untilTrue(child, () => isHeld() && done().length === hold.made);
    child.kill('SIGKILL');
    // Had the platform gone on by now, this would have been another moment.
    expect(done()).toHaveLength(hold.made);
    expect(await ended(child)).toBe('SIGKILL');
    await vi.waitFor(() => expect(done()).toHaveLength(hold.landed), 10_000);

    expect(await mutation.act(stage)).toMatchObject({ verdict: 'pass' });
    expect(done()).toEqual(endings[moment]);
    if (mutation.kind !== 'change') await expectAtRest(stage);
  },
);

it('a process that nobody kills does the same and reports it', async ({ onTestFinished }) => {
  const stage = await startStage();
  onTestFinished(() => stage.close());
  const child = await start(killSwitchDrill, stage);
  const lines = linesOf(child, () => undefined);
  expect(await ended(child)).toBe(0);
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ verdict: 'pass' }]);
  expect(effectsOf(stage)).toHaveLength(2);
});

/** Does a deed in a process of its own. */
async function start(deed: Deed, stage: Stage): Promise<ChildProcess> {
  return victim.start(stage.config, JSON.stringify(await taskOf(deed, stage)));
}

/** Lets the platform hold one call, and those before it pass; the answer tells whether that one has come. */
function arm({ sandbox: { control } }: Stage, { call: { nth = 1, ...operation }, wait, ms }: Hold): () => boolean {
  const passing: CallEffect = { kind: 'slow', ms: 1 };
  if (nth > 1) control.arm({ kind: 'call', ...operation, effect: passing, times: nth - 1 });
  const held = control.arm({ kind: 'call', ...operation, effect: { kind: 'slow', wait, ms } });
  return () => control.armed().every(({ id }) => id !== held);
}

/** Fails when the process ends before. */
async function untilTrue(child: ChildProcess, isTrue: () => boolean): Promise<void> {
  const check = () => {
    if (child.exitCode !== null) throw new Error('the process ended before it could be killed');
    return isTrue();
  };
  await vi.waitUntil(check, { timeout: 30_000, interval: 5 });
}
