import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';

/** Where and with what it was measured. */
export interface Surroundings {
  readonly measuredAt: string;
  readonly seed: number;
  readonly versions: {
    readonly golive: string;
    readonly node: string;
    readonly temporalSdk: string;
    readonly temporalServer: string;
  };
  readonly cores: number;
  readonly processor: string;
  /** Of the minute before: what else ran on this machine. */
  readonly loadBefore: number;
}

export async function surroundingsOf(root: string, seed: number, connection: Connection): Promise<Surroundings> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  return {
    measuredAt: new Date().toISOString(),
    seed,
    versions: {
      golive: versionIn(join(root, 'package.json')),
      node: process.version,
      temporalSdk: versionIn(join(root, 'node_modules/@temporalio/worker/package.json')),
      temporalServer: serverVersion ?? 'unknown',
    },
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}

function versionIn(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
