import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { bareActivities } from './bare-activities.ts';
import { fakeActivities } from './fake-activities.ts';
import type { Reply, Request, Use, WorkerTask } from './worker-control.ts';

/** Runs one worker in a process of its own until it is told to stop or its parent is gone. */
async function main(): Promise<void> {
  const { kind, address, taskQueue, bundle } = JSON.parse(process.argv[2] ?? '') as WorkerTask;
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { codePath: bundle },
    activities: kind === 'goLive' ? fakeActivities() : bareActivities,
    // As src/worker.ts has it, for both.
    maxHeartbeatThrottleInterval: '1s',
    maxConcurrentActivityTaskExecutions: 1000,
    maxCachedWorkflows: 500,
  });
  const running = worker.run();
  process.on('message', (request: Request) => {
    if (request === 'stop') worker.shutdown();
    else reply(use());
  });
  // A parent that was killed cannot ask for anything any more.
  process.on('disconnect', () => process.exit());
  reply('ready');
  await running;
  await connection.close();
  process.disconnect();
}

function use(): Use {
  const { user, system } = process.cpuUsage();
  return { rss: process.memoryUsage.rss(), cpu: (user + system) / 1000 };
}

const reply = (answer: Reply) => process.send?.(answer);

// A terminal sends Ctrl-C to the children as well; it is the parent that ends them.
process.on('SIGINT', () => undefined);
await main();
