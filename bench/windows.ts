import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { watchActivities, type WindowReport, type WindowRequest } from '../src/activities/watch.ts';
import type { Room } from '../src/activities/room.ts';
import { openWorlds } from '../src/activities/world.ts';
import { readConfig } from '../src/config.ts';
import { openFileStore } from '../src/evidence/file-store.ts';
import type { MetricSource } from '../src/metrics/source.ts';
import type { CleanUp } from './clean-up.ts';
import { benchPlan } from './plan.ts';
import type { Told } from './promise.ts';
import { startSandbox } from './sandbox.ts';
import { quantileOf } from './statistics.ts';

/** How a single process kept up with watching many windows at once. Milliseconds. */
export interface WindowsResult {
  readonly windows: number;
  readonly every: number;
  /** From when a sample was due until it was there. */
  readonly sample: { readonly p50: number; readonly p99: number; readonly most: number };
  /** How many processors this process kept busy. */
  readonly processors: number;
  /** Windows in which no two samples were further apart than a watch allows. */
  readonly gapless: number;
}

const WINDOWS = 500;
const EVERY = 10_000;
const SAMPLES = 6;
const LENGTH = EVERY * (SAMPLES - 1);
const RATE = 100;
const SLOWEST = { p50: 5_000, p95: 5_000, p99: 5_000 };
const SHARE = 100;

/**
 * Watches 500 windows that all begin at the same moment, which is the worst there can be, on a real router with real traffic,
 * with its metrics over HTTP and its evidence in files.
 */
export async function measureWindows(
  root: string,
  { say, cleanUp }: { say: (line: string) => void; cleanUp: CleanUp },
): Promise<WindowsResult> {
  const sandbox = await startSandbox(root, RATE, cleanUp);
  const evidence = mkdtempSync(join(tmpdir(), 'golive-bench-windows-'));
  cleanUp.add(() => rmSync(evidence, { recursive: true, force: true }));
  const { operator } = readConfig({ GOLIVE_CONFIG: sandbox.config });
  const world = openWorlds(operator.profiles)({
    profile: 'sandbox',
    tenant: 'tenant_acme_prod',
    environment: 'production',
  });
  const signal = AbortSignal.timeout(10_000);
  await world.traffic.set(SHARE, await world.traffic.read(signal), signal);

  const store = openFileStore(evidence);
  const from = Date.now();
  const lateness: number[] = [];
  const cpu = process.cpuUsage();
  say(`${WINDOWS} windows, ${SAMPLES} samples of each, one every ${EVERY / 1000} s`);
  const reports = await Promise.all(
    Array.from({ length: WINDOWS }, (_, index) => {
      const timed = { ...world, metrics: timedFrom(from, world.metrics, lateness) };
      return watchOne(`window-${index}`, { worlds: () => timed, store, trust: { mode: 'namespace' } }, from);
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  sandbox.stop();
  return resultOf(reports, lateness, (user + system) / 1000 / (Date.now() - from));
}

/** Notes for every sample how long after it was due it was there. */
function timedFrom(from: number, metrics: MetricSource, lateness: number[]): MetricSource {
  let samples = 0;
  return {
    async snapshot(signal) {
      const due = from + EVERY * samples;
      samples += 1;
      const snapshot = await metrics.snapshot(signal);
      lateness.push(Date.now() - due);
      return snapshot;
    },
  };
}

function watchOne(folder: string, room: Room, from: number): Promise<WindowReport> {
  const scope = { profile: 'sandbox', tenant: 'tenant_acme_prod', environment: 'production', folder };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const activities = watchActivities(room);
  return environment.run(() => activities.watchWindow(scope, requestFrom(from)));
}

function requestFrom(from: number): WindowRequest {
  return {
    purpose: 'soak',
    from,
    until: from + LENGTH,
    length: LENGTH,
    percent: SHARE,
    // How well the platform does here is not what is measured, and a breach would end the watch.
    limits: {
      ...benchPlan('sandbox', 'tenant_bench').limits,
      latencyMs: SLOWEST,
      errorShare: 0.99,
      allowShare: { min: 0, max: 1 },
    },
    sampleEvery: EVERY,
    ordinal: 1,
    carry: null,
  };
}

function resultOf(reports: readonly WindowReport[], lateness: readonly number[], processors: number): WindowsResult {
  const at = (quantile: number) => quantileOf(lateness, quantile);
  return {
    windows: reports.length,
    every: EVERY,
    sample: { p50: at(0.5), p99: at(0.99), most: at(1) },
    processors,
    gapless: reports.filter(({ carry }) => carry.watched.gaps.length === 0).length,
  };
}

/** What the figures say, and whether the promise is kept: every sample within its interval, no window with a gap. */
export function windowsReport({ windows, every, sample, processors, gapless }: WindowsResult): Told {
  const isMet = sample.most <= every && gapless === windows;
  return {
    lines: [
      `${windows} windows in one process, a sample every ${every / 1000} s`,
      `sample after it was due, p50 ${sample.p50} ms, p99 ${sample.p99} ms, most ${sample.most} ms; at most ${every} ms is promised`,
      `${gapless} of them without a gap; ${processors.toFixed(2)} processors busy`,
      isMet ? 'MET' : 'MISSED',
    ],
    isMet,
  };
}
