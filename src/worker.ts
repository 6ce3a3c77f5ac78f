import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from './activities/index.ts';
import { ConfigError, readConfig } from './config.ts';
import { TASK_QUEUE } from './domain/ids.ts';
import type { OperatorConfig } from './domain/profile-schema.ts';
import { openSigner, type Signer } from './evidence/dsse.ts';
import { companionsOf } from './evidence/report/companions.ts';
import { openStore } from './evidence/open-store.ts';
import { createLog, temporalLogger } from './worker/log.ts';
import { serveReadiness } from './worker/readiness.ts';
import { requireSearchAttributes, SearchAttributesUnfit } from './worker/search-attributes.ts';
import { readSoftware, WORKFLOW_BUNDLE } from './worker/software.ts';
import { stillAlive } from './worker/still-alive.ts';

/**
 * Thousands of messages at once take seconds to hear. After five, if nothing else is said, the SDK interrupts the workflow, and
 * Node 20 then ends the whole process with every run in it; it would again after each restart. The SDK has this option and
 * does not show it.
 */
const PATIENT_WITH_FLOODS: object = { isolateExecutionTimeout: '60s' };

async function main(): Promise<void> {
  const { operator, healthPort, metricsAddress, logLevel } = readConfig(process.env);
  const log = createLog(logLevel);
  let worker: Worker | undefined;
  if (healthPort !== undefined) await serveReadiness(healthPort, () => worker?.getState() ?? 'INITIALIZED');
  const metrics = metricsAddress === undefined ? {} : { metrics: { prometheus: { bindAddress: metricsAddress } } };
  Runtime.install({
    logger: temporalLogger(log),
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    telemetryOptions: metrics,
  });

  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const client = await Connection.connect(connectionOptions);
  await requireSearchAttributes(client, namespace);
  await client.close();

  const store = openStore(operator.evidence.store);
  const sealing = { software: readSoftware(), signer: signerOf(operator), companionsOf };
  const connection = await NativeConnection.connect(connectionOptions);
  worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: { codePath: fileURLToPath(WORKFLOW_BUNDLE) },
    activities: createActivities({ operator, store, sealing }),
    interceptors: { activity: [stillAlive] },
    // Longer than any single change, so that a restart interrupts none; a watch is handed over instead.
    shutdownGraceTime: '20s',
    // A watch that is relieved hears of it with its next heartbeat; by default that could take a minute.
    maxHeartbeatThrottleInterval: '1s',
    // Every run with traffic holds a slot for as long as it is watched, and a rollback must always find one.
    maxConcurrentActivityTaskExecutions: 1000,
    maxCachedWorkflows: 500,
    // For so long a task waits for the worker that knows the run, though it may have died with a breach just seen.
    stickyQueueScheduleToStartTimeout: '2s',
    ...PATIENT_WITH_FLOODS,
  });
  log.info({ namespace, taskQueue: TASK_QUEUE, profiles: Object.keys(operator.profiles) }, 'worker ready');
  await worker.run();
  await connection.close();
}

function signerOf({ evidence: { signingKey } }: OperatorConfig): Signer | undefined {
  return signingKey === undefined ? undefined : openSigner(signingKey);
}

main().catch((error: unknown) => {
  const told = error instanceof ConfigError || error instanceof SearchAttributesUnfit;
  const text = told ? error.message : error instanceof Error ? `${error.name}: ${error.message}` : 'unknown failure';
  process.stderr.write(`golive worker: ${text}\n`);
  process.exitCode = 1;
});
