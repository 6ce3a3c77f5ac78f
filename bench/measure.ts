import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { TASK_QUEUE } from '../src/domain/ids.ts';
import type { CleanUp } from './clean-up.ts';
import { BARE_TASK_QUEUE, type Bench } from './flows.ts';
import { measureLatency } from './latency.ts';
import { measureMemory } from './memory.ts';
import { measureReplay } from './replay.ts';
import { resultsOf, type Results } from './results.ts';
import { startServer } from './server.ts';
import { randomFrom } from './statistics.ts';
import { surroundingsOf } from './surroundings.ts';
import { measureThroughput } from './throughput.ts';
import { WorkerControl } from './worker-control.ts';

/** Starts a server and the workers, and takes one measurement after the other, so that none disturbs another. */
export async function measure(
  root: string,
  { seed, say, cleanUp }: { seed: number; say: (line: string) => void; cleanUp: CleanUp },
): Promise<Results> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const { address, connection } = await startServer(root, cleanUp);
  const surroundings = await surroundingsOf(root, seed, connection);
  const bench: Bench = { client: new Client({ connection }), address, random: randomFrom(seed), root, say };
  const { bundle, bareBundle } = await bundles(root, cleanUp);
  say(`server ${surroundings.versions.temporalServer} at ${address}, ${surroundings.cores} cores`);
  if (surroundings.loadBefore > surroundings.cores / 2) {
    say(`this machine is busy (load ${surroundings.loadBefore.toFixed(1)}): the ratios of this run are unreliable`);
  }

  const [goLive, bare] = await Promise.all([
    WorkerControl.start({ kind: 'goLive', address, taskQueue: TASK_QUEUE, bundle }, cleanUp),
    WorkerControl.start({ kind: 'bare', address, taskQueue: BARE_TASK_QUEUE, bundle: bareBundle }, cleanUp),
  ]);
  const latency = await measureLatency(bench);
  const throughput = await measureThroughput(bench, { goLive, bare });
  await Promise.all([goLive.stop(), bare.stop()]);
  const memory = await measureMemory(bench, bundle, cleanUp);
  say('replay');
  const replayMsPerEvent = await measureReplay(bundle, throughput.histories);
  await connection.close();
  return resultsOf(surroundings, { latency, throughput, memory, replayMsPerEvent });
}

/** Paths of the two bundles. Our own is copied first, because somebody may build again while it is being measured. */
async function bundles(root: string, cleanUp: CleanUp): Promise<{ bundle: string; bareBundle: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'golive-bench-'));
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const bundle = join(folder, 'workflow-bundle.js');
  copyFileSync(join(root, 'dist/workflow-bundle.js'), bundle);
  const workflowsPath = fileURLToPath(new URL('./bare-workflow.js', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const bareBundle = join(folder, 'bare-bundle.js');
  writeFileSync(bareBundle, code);
  return { bundle, bareBundle };
}
