import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MessageName } from '../../src/domain/messages.ts';
import type { Answer } from '../../src/domain/receive.ts';
import type { Progress } from '../../src/domain/run.ts';
import { sayingsFor } from '../../src/sandbox/answers.ts';
import { flood, sendAll, type Hostile } from './flood.ts';
import { planAt, Rig, untilProgress } from './rig.ts';
import { Signers } from './signers.ts';

/** Slow enough for approvals to last as long as these tests. */
const SPEED = 60;
/** The server takes 10,000 signals a run. */
const HOSTILE = 9_998;
const AT_ONCE = 50;
const MEBIBYTE = 1024 * 1024;
/** On two cores that others use as well. */
const HEARD_WITHIN_MS = 120_000;
/** The server fails a workflow task by itself when more than a hundred events arrive meanwhile, and has it done again. */
const MORE_THAN_IT_BUFFERS = 'WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND';

type Handle = Awaited<ReturnType<Rig['startGoLive']>>;
type Say = (name: MessageName, body: object) => Promise<unknown>;

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start('--rate', '20');
}, 120_000);
afterAll(() => rig.close());

const BEGIN = 'begin-traffic';
const RELEASE = 'release-kill-switch';
const atGate = ({ waitingFor }: Progress, gate = BEGIN) => waitingFor.find(({ what }) => what === gate);
const have = (count: number) => (progress: Progress) => atGate(progress)?.have === count;

/** People vouch for everything, until the first gate is open. */
async function untilGate(handle: Handle, say: Say): Promise<Progress> {
  const said = new Set<string>();
  for (;;) {
    const progress = await untilProgress(handle, 'somebody is asked', ({ waitingFor }) => waitingFor.length > 0);
    if (atGate(progress)) return progress;
    for (const { key, name, body } of progress.waitingFor.flatMap((waiting) => sayingsFor(waiting, progress.plan))) {
      if (!said.has(key)) await say(name, body);
      said.add(key);
    }
  }
}

function approvalBy(by: string, progress: Progress, gate = BEGIN) {
  const { nonce } = atGate(progress, gate) ?? {};
  return { gate, by, plan: progress.plan, nonce, reason: 'looked at it' };
}

async function kill(worker: ChildProcess): Promise<void> {
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
}

it('ten thousand signals of every bad kind, half of them while no worker runs: what people say counts, and nothing else', async () => {
  const plan = planAt(SPEED);
  const gate = { ...plan.gates['begin-traffic'], approvals: 3 };
  const handle = await rig.startGoLive({ ...plan, gates: { ...plan.gates, 'begin-traffic': gate } });
  const say: Say = (name, body) => handle.executeUpdate<Answer, [object]>(name, { args: [body] });
  const send = (hostile: readonly Hostile[]) => sendAll(rig.client, handle.workflowId, hostile, AT_ONCE);
  const first = rig.startWorker();
  const asked = await untilGate(handle, say);
  const { messages: before } = asked;
  expect(await say('approve', approvalBy('ben@acme.example', asked))).toMatchObject({ counted: true });

  const hostile = flood(HOSTILE);
  await send(hostile.slice(0, HOSTILE / 2));
  await kill(first);
  await send(hostile.slice(HOSTILE / 2));
  await handle.signal<[object]>('approve', approvalBy('chi@acme.example', asked));
  const second = rig.startWorker();
  const { messages, state } = await untilProgress(handle, 'both approvals count', have(2), HEARD_WITHIN_MS);
  const refused = hostile.filter(({ isRefused }) => isRefused).length;
  expect(state).toBe('waiting');
  expect(messages).toMatchObject({
    accepted: before.accepted + 2,
    refusedInAll: before.refusedInAll + refused,
    refused: { length: 20 },
  });

  expect(await say('abort', { by: 'chi@acme.example', reason: 'enough' })).toMatchObject({ counted: true });
  const failure: unknown = await handle.result().catch((error: unknown) => error);
  expect(failure).toMatchObject({ cause: { type: 'Rejected' } });
  await kill(second);

  const { troubles, events, mebibytes } = await historyOf(handle);
  console.info(`${HOSTILE} hostile signals: ${refused} refused, ${events} events, ${mebibytes.toFixed(1)} MiB`);
  expect(troubles).toEqual([]);
  expect(events).toBeLessThan(2 * HOSTILE);
  expect(mebibytes).toBeLessThan(20);
}, 240_000);

/** How long the history is, and the workflow tasks in it that failed by something else than what the server does by itself. */
async function historyOf(handle: Handle) {
  const text = historyToJSON(await handle.fetchHistory());
  const { events } = JSON.parse(text) as { events: { workflowTaskFailedEventAttributes?: { cause: string } }[] };
  const causes = events.flatMap(({ workflowTaskFailedEventAttributes: failed }) => failed?.cause ?? []);
  const { historySizeBytes } = (await handle.describe()).raw.workflowExecutionInfo ?? {};
  const troubles = causes.filter((cause) => cause !== MORE_THAN_IT_BUFFERS);
  return { troubles, events: events.length, mebibytes: Number(historySizeBytes) / MEBIBYTE };
}

it('tokens move the first traffic, one from before the worker was killed and one from while none ran, and release the kill switch', async () => {
  const signers = await Signers.believedIn(rig.home);
  const plan = planAt(SPEED);
  const handle = await rig.startGoLive(plan);
  const say: Say = async (name, body) =>
    handle.executeUpdate<Answer, [object]>(name, { args: [await signers.sign(plan, name, { ...body })] });
  const worker = rig.startWorker();
  const asked = await untilGate(handle, say);
  expect(asked).toMatchObject({ trust: 'signed' });

  const first = approvalBy('ben@acme.example', asked);
  expect(await say('approve', first)).toMatchObject({ counted: true, text: 'counted 1 of 2' });
  await kill(worker);
  const second = await signers.sign(plan, 'approve', approvalBy('chi@acme.example', asked));
  await handle.signal<[object]>('approve', second);
  rig.startWorker();
  await untilProgress(handle, 'the first traffic', ({ traffic }) => traffic.percent === 5 && traffic.confirmed);
  const shares = (await rig.ledger()).flatMap((effect) => (effect.what === 'share' ? [effect.to] : []));
  expect(shares).toEqual([5]);

  await handle.signal<[object]>('abort', { by: 'chi@acme.example', reason: 'enough' });
  const back = await untilProgress(handle, 'the release is asked for', (it) => atGate(it, RELEASE) !== undefined);
  expect(back).toMatchObject({ killSwitch: 'on', traffic: { percent: 0, confirmed: true } });
  for (const by of ['chi@acme.example', 'dee@acme.example']) {
    expect(await say('approve', approvalBy(by, back, RELEASE))).toMatchObject({ counted: true });
  }
  const failure: unknown = await handle.result().catch((error: unknown) => error);
  expect(failure).toMatchObject({ cause: { type: 'RolledBack' } });
  const done = (await rig.ledger()).flatMap((effect) => ('action' in effect ? [effect.action] : []));
  expect(done.at(-1)).toBe('tenant_resume');
}, 180_000);
