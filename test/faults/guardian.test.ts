import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { guardianIdOf, TASK_QUEUE } from '../../src/domain/ids.ts';
import type { Progress } from '../../src/domain/run.ts';
import type { Effect } from '../../src/sandbox/ledger.ts';
import { brokenBuild } from '../end-to-end/broken-build.ts';
import type { StepId } from '../../src/domain/plan.ts';
import { Rig, ROOT, until, untilProgress } from '../end-to-end/rig.ts';
import { onlyWhenAll, onlyWhenAsked } from './extent.ts';
import { patientPlan } from './plan.ts';

const SPEED = 1440;
/** The promise, from the loss to a platform that is safe. */
const SAFE_WITHIN = 120_000;
/** Until a go-live has come as far as it should, on a machine that runs several. */
const FAR = 240_000;
const LIMIT = { timeout: 600_000 };

type GoLive = Awaited<ReturnType<Rig['startGoLive']>>;

/** A go-live that has moved traffic, with everything around it. */
interface Scene {
  readonly rig: Rig;
  readonly plan: ReturnType<typeof patientPlan>;
  readonly golive: GoLive;
  readonly guardian: WorkflowHandle;
  readonly worker: ReturnType<Rig['startWorker']>;
}

/** Where a go-live is when it is lost: in each phase in which there is traffic, or was. */
const MOMENTS = ['in the first soak', 'in the day after launch', 'in its own rollback'] as const;
type Moment = (typeof MOMENTS)[number];

async function withTraffic(moment: Moment, story: (scene: Scene) => Promise<void>): Promise<void> {
  const rig = await Rig.start('--rate', '40');
  const people = new AbortController();
  let deciding: Promise<unknown> = Promise.resolve();
  try {
    const plan = patientPlan(SPEED);
    const worker = rig.startWorker();
    const golive = await rig.startGoLive(plan);
    const guardian = rig.client.workflow.getHandle(guardianIdOf(plan.tenant, plan.environment));
    deciding = rig.people(golive, SPEED, people.signal);
    const isAt = (step: StepId) => untilProgress(golive, step, ({ steps }) => steps.some(({ id }) => id === step), FAR);
    await isAt(moment === 'in the day after launch' ? 'post-launch-watch' : 'steady-state');
    if (moment === 'in its own rollback') {
      // Nobody releases it, so that it is still there to be lost.
      people.abort();
      await golive.signal('abort', { by: 'ben@acme.example', reason: 'it goes back' });
      await isAt('release-kill-switch');
    }
    await story({ rig, plan, golive, guardian, worker });
  } finally {
    people.abort();
    await deciding;
    await rig.close();
  }
}

/** Resolves when the platform is safe, by its own record: halted, and no traffic on it. */
async function untilSafe(rig: Rig): Promise<void> {
  const isSafe = async () => {
    const effects = await rig.ledger();
    const share = effects.findLast(({ what }) => what === 'share');
    if (share?.what !== 'share' || share.to !== 0 || !isHalted(effects)) throw new Error(JSON.stringify(share));
  };
  await until('the platform is safe', isSafe, SAFE_WITHIN);
}

function isHalted(effects: readonly Effect[]): boolean {
  const last = effects.findLast((effect) => effect.what === 'emergency' && effect.action.startsWith('tenant_'));
  return last?.what === 'emergency' && last.action === 'tenant_halt';
}

/** People release the kill switch at the guardian, and it ends. */
async function failureOf({ rig, guardian }: Scene): Promise<ApplicationFailure> {
  const people = new AbortController();
  const deciding = rig.people(guardian, SPEED, people.signal);
  const failure: unknown = await guardian.result().catch((error: unknown) => error);
  people.abort();
  await deciding;
  if (failure instanceof WorkflowFailedError && failure.cause instanceof ApplicationFailure) return failure.cause;
  throw new Error('the guardian did not fail');
}

/** Why the go-live was lost, once its guardian has made the platform safe and sealed the evidence. */
async function takenOver(scene: Scene): Promise<string> {
  await untilSafe(scene.rig);
  const failure = await failureOf(scene);
  expect(failure.type).toBe('Destroyed');
  const progress = await scene.guardian.query<Progress>('progress');
  expect(progress).toMatchObject({ state: 'destroyed', killSwitch: 'off', traffic: { percent: 0, confirmed: true } });
  await expectEvidence(scene, progress);
  const halts = (await scene.rig.ledger()).filter(
    (effect) =>
      effect.what === 'emergency' && effect.action === 'tenant_halt' && effect.reason?.includes('kill-switch-on'),
  );
  expect(halts).toHaveLength(1);
  return failure.message;
}

/** The journal of the go-live goes on where it broke off, is sealed, and verifies. */
async function expectEvidence({ rig, golive }: Scene, { evidence }: Progress): Promise<void> {
  const folder = join(rig.home, 'evidence', evidence?.path ?? 'nowhere');
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as { outcome: string };
  expect(manifest.outcome).toBe('destroyed');
  const verify = ['evidence', 'verify', folder, '--key', join(rig.home, 'keys/evidence.pub')];
  const verified = await promisify(execFile)(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...verify]).then(
    () => 'verified',
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  );
  expect(verified).toBe('verified');
  const lines = (await readFile(join(folder, 'journal.jsonl'), 'utf8')).trimEnd().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as { kind: string; body?: { golive?: string } });
  const kinds = entries.map(({ kind }) => kind);
  expect(kinds.indexOf('admitted')).toBeLessThan(kinds.indexOf('taken-over'));
  expect(entries.find(({ kind }) => kind === 'taken-over')?.body?.golive).toBe(golive.workflowId);
  expect(kinds.at(-1)).toBe('journal-closed');
}

beforeEach((context) => {
  if (context.task.name.includes('terminated in the first soak')) onlyWhenAsked(context);
  else onlyWhenAll(context);
});

describe.concurrent('A go-live', () => {
  it.for(MOMENTS)('that is terminated %s is taken over, rolled back and sealed', LIMIT, (moment) =>
    withTraffic(moment, async (scene) => {
      const { rig, plan, golive } = scene;
      await expectHeld(scene);
      await golive.terminate('somebody wanted to');
      expect(await takenOver(scene)).toMatch(/was terminated/);
      const next = await rig.startGoLive(plan);
      await untilProgress(next, 'the next one begins', ({ steps }) => steps.some(({ id }) => id === 'policy-set'));
      await next.terminate();
    }),
  );

  it.for(MOMENTS)('that is deleted %s is taken over, rolled back and sealed', LIMIT, (moment) =>
    withTraffic(moment, async (scene) => {
      const { rig, golive } = scene;
      const workflowExecution = { workflowId: golive.workflowId };
      await rig.client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
      expect(await takenOver(scene)).toMatch(/was (?:deleted|terminated)/);
    }),
  );

  it.for(MOMENTS)('that is reset %s is taken over, and what the reset made of it does not go on', LIMIT, (moment) =>
    withTraffic(moment, async (scene) => {
      const { rig, golive } = scene;
      const history = await golive.fetchHistory();
      const task = history.events?.find(({ workflowTaskCompletedEventAttributes: done }) => Boolean(done));
      await rig.client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: golive.workflowId, runId: golive.firstExecutionRunId },
        workflowTaskFinishEventId: task?.eventId ?? null,
        requestId: 'a-reset',
        reason: 'somebody wanted to',
      });
      expect(await takenOver(scene)).toMatch(/was terminated or reset/);
      const heir = rig.client.workflow.getHandle(golive.workflowId);
      expect((await heir.describe()).status.name).not.toBe('RUNNING');
    }),
  );

  it.for(MOMENTS)('that a broken build wedges %s is taken over, although the build stays broken', LIMIT, (moment) =>
    withTraffic(moment, async (scene) => {
      const { rig, golive, worker } = scene;
      const root = await brokenBuild(rig.home);
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      rig.startWorker(root);
      await golive.signal('hold', { by: 'ben@acme.example', reason: 'wakes the workflow up' });
      expect(await takenOver(scene)).toMatch(/does not get on/);
      expect((await golive.describe()).status.name).toBe('TERMINATED');
    }),
  );

  it('whose guardian is terminated gets another one, holds itself, and people hear of it', LIMIT, () =>
    withTraffic('in the first soak', async (scene) => {
      const { rig, golive, guardian } = scene;
      const { runId } = await guardian.describe();
      await guardian.terminate('somebody wanted to');
      await until('there is another guardian', async () => {
        const now = await guardian.describe();
        if (now.runId === runId || now.status.name !== 'RUNNING') throw new Error(now.status.name);
      });
      await until('people were told', async () => {
        const pages = JSON.stringify(await rig.pages());
        if (!pages.includes('HELD: UNGUARDED')) throw new Error(pages.slice(0, 200));
      });
      await golive.terminate('somebody wanted to');
      expect(await takenOver(scene)).toMatch(/was terminated/);
    }),
  );
});

/** A second go-live of the same tenant and environment fails at once, and names who holds it. */
async function expectHeld({ rig, plan, golive }: Scene): Promise<void> {
  const start = { args: [plan], taskQueue: TASK_QUEUE, workflowId: 'a-second-one' };
  const second: unknown = await rig.client.workflow.execute('goLive', start).catch((error: unknown) => error);
  expect(second).toMatchObject({ cause: { type: 'Rejected' } });
  expect(String((second as WorkflowFailedError).cause?.message)).toContain(golive.workflowId);
}
