import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { guardianActivities, type Sight } from '../../src/activities/guardian.ts';
import { keepBegun } from '../../src/activities/standing.ts';
import { appendEntries, closeJournal } from '../../src/evidence/journal.ts';
import { digestOfBytes } from '../../src/evidence/digest.ts';
import { MANIFEST } from '../../src/evidence/layout.ts';
import type { EvidenceStore } from '../../src/evidence/store.ts';
import { passing } from '../support/fakes.ts';
import { inRun, THIS_RUN } from './called.ts';
import { startStage, type Stage } from './stage.ts';

const AT = '2026-11-22T10:00:00.000Z';
const RESCUE = {
  haltKey: 'golive:test:c0ffee00:kill-switch-on:1',
  shareKey: 'golive:test:c0ffee00:traffic-to-safe:1',
  safePercent: 0,
  within: 300,
  release: 'test',
  rehearsal: true,
};
/** What is stuck for so long counts as lost with the next look. */
const LONG_STUCK = { events: 7, forMs: 3_600_000 };

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.close());

/** What the server says of the run, at one look after the other. */
type Said = 'stuck' | 'completed';

/** A watch over a run that has moved traffic; answers what it saw and what was done about it. */
async function watched(...said: readonly [Said, ...Said[]]): Promise<{ sight: Sight; done: readonly string[] }> {
  return watchedBy(stage.store, said);
}

async function watchedBy(
  kept: EvidenceStore,
  said: readonly Said[],
): Promise<{ sight: Sight; done: readonly string[] }> {
  const done: string[] = [];
  const note = (what: string) => () => Promise.resolve(done.push(what)).then(() => passing());
  const { store, scope } = stage;
  await inRun(() => keepBegun(store, scope, null));
  const activities = guardianActivities(
    { store: kept, worlds: () => Promise.reject(new Error('not asked')) as never, trust: { mode: 'namespace' } },
    {
      brakes: { switchOn: note('halt'), trafficToSafe: note('safe') },
      alarm: () => Promise.resolve(void done.push('alarm')),
      isSigned: false,
      storeWithin: 50,
    },
  );
  let looks = 0;
  const describe = () => {
    const now = said[Math.min(looks++, said.length - 1)];
    return Promise.resolve(
      now === 'stuck'
        ? { status: { name: 'RUNNING' }, historyLength: 7, raw: { pendingWorkflowTask: { attempt: 9 } } }
        : { status: { name: 'COMPLETED' }, historyLength: 9, raw: {} },
    );
  };
  const terminate = () => Promise.resolve(void done.push('terminate'));
  // Of a client the watch needs these alone.
  const client = {
    withAbortSignal: <T>(_signal: AbortSignal, act: () => Promise<T>) => act(),
    withDeadline: <T>(_deadline: number, act: () => Promise<T>) => act(),
    workflow: { getHandle: () => ({ describe, terminate }) },
  } as unknown as Client;
  const environment = new MockActivityEnvironment(
    { heartbeatDetails: LONG_STUCK },
    { logger: new DefaultLogger('ERROR'), client },
  );
  const ward = { golive: 'golive/of/the-test', runId: THIS_RUN.runId, chain: THIS_RUN.runId };
  const sight = (await environment.run(() => activities.watchOver(scope, ward, RESCUE))) as Sight;
  return { sight, done };
}

async function decide(): Promise<void> {
  const { store, scope } = stage;
  const digest = digestOfBytes(Buffer.from('a document'));
  const documents = { plan: digest, progress: digest, software: digest };
  await appendEntries(store, scope.folder, [{ sequence: 1, at: AT, kind: 'ended' }]);
  await closeJournal(store, scope.folder, { at: AT, golive: 'golive', outcome: 'live', rehearsal: true, ...documents });
}

it('a run that is stuck with traffic under way is replaced: safe first, and nobody else drives', async () => {
  const { sight, done } = await watched('stuck');
  expect(sight).toMatchObject({ kind: 'lost', trafficMoved: 'yes' });
  expect(done.toSorted()).toEqual(['alarm', 'halt', 'safe', 'terminate']);
});

it('a run that is stuck once its outcome is decided is left as it is, until it has ended by itself', async () => {
  await decide();
  await stage.store.put(`${stage.scope.folder}/${MANIFEST}`, Buffer.from('{}'));
  const { sight, done } = await watched('stuck', 'completed');
  expect(sight).toEqual({ kind: 'ended' });
  expect(done).toEqual([]);
});

it('a bundle that nobody signs is known by its manifest', async () => {
  await decide();
  expect((await watched('completed')).sight).toMatchObject({ kind: 'unsealed' });
  await stage.store.put(`${stage.scope.folder}/${MANIFEST}`, Buffer.from('{}'));
  expect((await watched('completed')).sight).toEqual({ kind: 'ended' });
});

it('a store that hangs keeps nobody from braking', async () => {
  const never = () => new Promise<never>(() => undefined);
  const hanging = { ...stage.store, exists: never, read: never, put: never };
  const { sight, done } = await watchedBy(hanging, ['stuck']);
  expect(sight).toMatchObject({ kind: 'lost', trafficMoved: 'unknown' });
  expect(done.toSorted()).toEqual(['alarm', 'halt', 'safe', 'terminate']);
});
